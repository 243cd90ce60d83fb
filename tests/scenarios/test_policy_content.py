"""What rules say of the content, of who is shown as the sender, and of what is advertised."""

from collections.abc import Callable
from hashlib import sha256

import pytest

from channels.contract import Channel
from engine import controllers
from tests.open_rules import lay_down
from tests.scenarios.campaign import Campaign, Json
from tests.scenarios.site import CONTENT, Site, people
from tests.scenarios.written_rules import rule, ruleset


def reasons_of_refusal(site: Site, campaign: Campaign) -> list[str]:
    site.finish()
    assert campaign.state == "refused"
    (event,) = campaign.events("refused")
    return [one["reason"] for one in event["reasons"]]


NIR = "2 55 08 14 168 025 38"
SCREEN = ruleset(rule("screen", "art9", refuse=["nir", "words:health"]))


def in_content(site: Site, job: Json) -> None:
    job["content"] = {"email": dict(CONTENT["email"]) | {"subject": f"Dossier {NIR}"}}


def in_cells(site: Site, job: Json) -> None:
    job["recipients"] = {"inline": [{"email": "p@example.org", "dossier": NIR}]}


def in_names(site: Site, job: Json) -> None:
    job["recipients"] = {"inline": [{"email": "p@example.org", "numero_securite_sociale": "x"}]}


def in_file(site: Site, job: Json) -> None:
    folder = site.app.settings.drop_folder / site.controller.name
    folder.mkdir(parents=True, exist_ok=True)
    text = f"email,dossier\np@example.org,{NIR}\n"
    (folder / "clients.csv").write_text(text)
    digest = sha256(text.encode()).hexdigest()
    job["recipients"] = {"file": {"name": "clients.csv", "sha256": digest}}


@pytest.mark.parametrize("place", [in_content, in_cells, in_names, in_file])
def test_sensitive_data_refuses_wherever_it_stands_and_is_not_repeated(
    site: Site, place: Callable[[Site, Json], None]
) -> None:
    lay_down(site.app, SCREEN)
    relay = site.provider()
    job = site.job(*people(1))
    place(site, job)
    campaign = site.submit_job(job)
    assert reasons_of_refusal(site, campaign) == ["sensitive"]
    assert relay.asked == []
    told = str(site.events())
    assert "nir" in told
    assert NIR not in told
    assert NIR.replace(" ", "") not in told


def test_only_approved_senders_are_shown(site: Site) -> None:
    lay_down(
        site.app,
        ruleset(
            rule(
                "sender", "shown", when={"channels": ["sms"]}, kinds=["alphanumeric"], approved=True
            )
        ),
    )
    site.provider(Channel.SMS)
    row = {"tel": "+33639980001"}
    unknown = site.submit(row, route=["sms"])
    assert reasons_of_refusal(site, unknown) == ["sender_not_approved"]
    settings = site.controller.settings
    changed = controllers.ControllerSettings(
        purposes=settings.purposes, senders={Channel.SMS: ("BOUTIQUE",)}
    )
    controllers.configure(site.app, site.controller.name, changed)
    known = site.submit(row, route=["sms"])
    site.finish()
    assert known.outcomes == {"sent": 1}


@pytest.mark.parametrize(
    ("agreed", "said", "state"),
    [
        (("wine",), None, "refused"),
        ((), None, "finished"),
        (("wine",), [], "finished"),
        ((), ["wine"], "refused"),
        (("whine",), None, "refused"),  # no rule has a word for it: it may be misspelled
        (None, None, "refused"),  # nobody says what is advertised
    ],
)
def test_sectors_are_those_agreed_unless_the_campaign_says_so_itself(
    site: Site, agreed: tuple[str, ...] | None, said: list[str] | None, state: str
) -> None:
    lay_down(site.app, ruleset(rule("sector", "no.wine", refuse=["wine"])))
    site.provider()
    owner = site.new_controller(sectors=agreed)
    told = {} if said is None else {"sectors": said}
    campaign = site.submit(*people(1), controller=owner.name, **told)
    site.finish()
    assert campaign.state == state
