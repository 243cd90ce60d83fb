"""A campaign that may not be sent is refused with every reason at once, and nobody is reached."""

from collections.abc import Callable
from hashlib import sha256

import msgspec
import pytest

from channels.contract import Channel
from engine import controllers, lists
from engine.list_files import RowFile
from engine.list_imports import ListImport, import_list
from tests.scenarios.campaign import Campaign, Json
from tests.scenarios.site import CONTENT, Site, people

Change = Callable[[Site, Json], object]


def hosted(site: Site, name: str, text: str, *purposes: str) -> None:
    """Import a list."""
    path = site.app.settings.home_folder / f"{name}.csv"
    path.write_text(text)
    wanted = ListImport(site.controller.name, name, RowFile(path), purposes)
    import_list(site.app, wanted, noted=lambda note: None, progress=lambda rows, size: None)


def dropped(site: Site, name: str, text: str) -> Json:
    """Put a file into the drop folder; return what a job says of it."""
    folder = site.app.settings.drop_folder / site.controller.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return {"file": {"name": name, "sha256": sha256(text.encode()).hexdigest()}}


def from_list_for_reminders(site: Site, job: Json) -> None:
    hosted(site, "rappels", "email\na@example.org\n", "rappels")
    job["recipients"] = {"list": "rappels"}


def from_a_deleted_list(site: Site, job: Json) -> None:
    hosted(site, "partis", "email\na@example.org\n", "offres")
    lists.delete(site.app, site.controller.name, "partis")
    job["recipients"] = {"list": "partis"}


def from_a_changed_file(site: Site, job: Json) -> None:
    job["recipients"] = dropped(site, "clients.csv", "email\na@example.org\n")
    dropped(site, "clients.csv", "email\nb@example.org\n")


def from_a_file_with_two_email_columns(site: Site, job: Json) -> None:
    job["recipients"] = dropped(site, "deux.csv", "email,E-mail\na@example.org,b@example.org\n")


def of_an_ended_contract(site: Site, job: Json) -> None:
    controllers.end(site.app, site.controller.name)


def wrong_in_every_way(site: Site, job: Json) -> None:
    of_an_ended_contract(site, job)
    job.update(
        purpose="sondages",
        recipients={"list": "personne"},
        on_doubt="resend",
        route=["email", "sms"],
        content={**email(html="<p>Bonjour</p>"), "sms": {"sender": "B!", "text": "x"}},
    )


def email(**changes: str) -> Json:
    return {"email": {**CONTENT["email"], **changes}}


def consent(**proof: object) -> Json:
    return {"type": "consent", "proof": proof}


REFUSED: dict[str, tuple[Change, set[str]]] = {
    "no connector": (
        lambda site, job: job.update(route=["sms"], content={"sms": CONTENT["sms"]}),
        {"no_connector"},
    ),
    "a purpose that was never agreed": (
        lambda site, job: job.update(purpose="sondages"),
        {"purpose_not_permitted"},
    ),
    "a purpose of the other kind": (
        lambda site, job: job.update(purpose="rappels"),
        {"purpose_of_other_kind"},
    ),
    "a contract that has ended": (of_an_ended_contract, {"controller_not_alive"}),
    "a history longer than agreed": (
        lambda site, job: (
            site.new_controller(),
            job.update(controller=site.new_controller(history="P1Y").name, history="P2Y"),
        ),
        {"history_not_agreed"},
    ),
    "marketing without an unsubscribe link": (
        lambda site, job: job.update(content=email(html="<p>Bonjour</p>")),
        {"unsubscribe_missing"},
    ),
    "a template that cannot be compiled": (
        lambda site, job: job.update(content=email(subject="Pour {{ prenom")),
        {"content_unusable"},
    ),
    "a list that does not exist": (
        lambda site, job: job.update(recipients={"list": "personne"}),
        {"recipients_missing"},
    ),
    "a deleted list": (from_a_deleted_list, {"recipients_missing"}),
    "a list bound to another purpose": (from_list_for_reminders, {"list_not_for_purpose"}),
    "a file that is not there": (
        lambda site, job: job.update(
            recipients={"file": {"name": "absent.csv", "sha256": "0" * 64}}
        ),
        {"recipients_missing"},
    ),
    "a file that was changed": (from_a_changed_file, {"recipients_changed"}),
    "a file with two columns for one address": (
        from_a_file_with_two_email_columns,
        {"recipients_unreadable"},
    ),
    "consent given in the future": (
        lambda site, job: job.update(basis=consent(given_at="2026-11-27")),
        {"evidence_dated_ahead"},
    ),
    "consent for another channel": (
        lambda site, job: job.update(basis=consent(channels=["sms"])),
        {"consent_not_for_channel"},
    ),
    "a purchase in the future": (
        lambda site, job: job.update(
            basis={"type": "soft_opt_in", "proof": {"last_purchase_at": "2027-01-01"}}
        ),
        {"evidence_dated_ahead"},
    ),
    "a letter that nobody wrote": (
        lambda site, job: (
            site.outbox(Channel.POST),
            job.update(route=["post"], content={"post": {"text": "-20 %"}}),
        ),
        {"sender_identity_missing", "unsubscribe_missing"},
    ),
    "to send again in doubt": (
        lambda site, job: job.update(on_doubt="resend"),
        {"resend_not_safe"},
    ),
    "everything at once": (
        wrong_in_every_way,
        {
            "controller_not_alive",
            "purpose_not_permitted",
            "recipients_missing",
            "resend_not_safe",
            "no_connector",
            "content_unusable",
            "unsubscribe_missing",
        },
    ),
}


def refused(site: Site, campaign: Campaign, reasons: set[str]) -> None:
    """See that a campaign was refused for these reasons, and that nothing is left of it."""
    row = campaign.overview.found.row
    assert campaign.state == "refused"
    assert set(row.reasons) == reasons
    (event,) = campaign.events("refused")
    assert {reason["reason"] for reason in event["reasons"]} == reasons
    assert all(reason["sentence"] for reason in event["reasons"])
    assert not campaign.events("accepted") + campaign.events("finished")
    assert (row.accepted, row.open_batches) == (0, 0)


@pytest.mark.parametrize(("change", "reasons"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refusal_names_every_reason(site: Site, change: Change, reasons: set[str]) -> None:
    relay = site.provider()
    job = site.job(*people(2))
    change(site, job)
    campaign = site.submit_job(job)
    site.finish()
    refused(site, campaign, reasons)
    assert relay.asked == []


@pytest.mark.parametrize(
    ("country", "reason"),
    [(None, "connector_not_attested"), ("US", "connector_outside_eea")],
    ids=["not attested", "outside the EEA"],
)
def test_a_connector_that_nobody_answers_for_is_not_used(
    site: Site, country: str | None, reason: str
) -> None:
    relay = site.provider(attested=country)
    campaign = site.submit(*people(2))
    site.finish()
    refused(site, campaign, {reason})
    assert relay.asked == []


def test_a_connector_without_attestation_is_passed_over_by_dispatch(site: Site) -> None:
    unknown, known = site.provider(attested=None), site.provider(attested="FR")
    campaign = site.submit(*people(2))
    site.finish()
    assert campaign.outcomes == {"sent": 2}
    assert (unknown.asked, len(known.reached)) == ([], 2)


def test_every_channel_of_the_route_is_judged(site: Site) -> None:
    site.provider()
    site.provider(Channel.SMS, attested="US")
    text = {"sender": "BOUTIQUE", "text": "Bonjour"}
    content = {"email": CONTENT["email"], "sms": text}
    campaign = site.submit(*people(1), route=["email", "sms"], content=content)
    site.finish()
    refused(site, campaign, {"connector_outside_eea", "unsubscribe_missing"})


def test_a_service_message_needs_no_unsubscribe_link(site: Site) -> None:
    site.provider()
    campaign = site.submit(
        *people(1), kind="service", purpose="rappels", content=email(html="<p>Bonjour</p>")
    )
    site.finish()
    assert campaign.outcomes == {"sent": 1}


def test_a_refusal_is_final_and_told_once(site: Site) -> None:
    job = site.job(*people(2))
    campaign = site.submit_job(job)
    site.finish()
    site.provider()  # too late for this one
    assert site.take(job).duplicate
    site.finish()
    refused(site, campaign, {"no_connector"})


def test_a_dropped_file_is_sent_to_and_then_deleted(site: Site) -> None:
    relay = site.provider()
    job = site.job(*people(1))
    job["recipients"] = dropped(site, "clients.csv", "email;prenom\na@example.org;A\nb;B\n")
    campaign = site.submit_job(job)
    site.finish()
    assert relay.addresses == ["a@example.org"]
    assert campaign.outcomes == {"sent": 1, "invalid": 1}
    assert not list((site.app.settings.drop_folder / site.controller.name).iterdir())


def test_consent_may_be_of_today(site: Site) -> None:
    site.provider()
    basis = consent(given_at="2026-11-25", channels=["email", "sms"])
    campaign = site.submit(*people(1), basis=basis)
    site.finish()
    assert campaign.outcomes == {"sent": 1}


def test_where_today_began_earlier_consent_may_be_of_that_day_and_nowhere_else(site: Site) -> None:
    site.clock.millis += 5 * 3_600_000  # in Nouméa tomorrow has begun
    relay = site.provider()
    east = {"email": "east@example.org", "country": "NC", "postal_code": "98800"}
    here = {"email": "here@example.org", "country": "FR", "postal_code": "75011"}
    basis = consent(given_at="2026-11-26", channels=["email", "sms"])
    campaign = site.submit(east, here, *people(1), basis=basis)
    site.finish()
    assert relay.addresses == ["east@example.org"]
    assert campaign.reasons == {("sent", ""): 1, ("denied", "no_proof:open.basis"): 2}


@pytest.mark.parametrize("mention", ["{{ stop }}", "{{ unsubscribe_url }}"])
def test_a_marketing_letter_that_says_who_writes_and_how_to_object_goes_out(
    site: Site, mention: str
) -> None:
    controller = site.new_controller(stop_mention="STOP au 36063")
    folder = site.outbox(Channel.POST)
    letter = {"sender": "Boutique Zoé", "text": f"-20 % samedi. {mention}"}
    row = {"post": "Zoé\n12 rue des Essais\n75000 Paris"}
    job = site.job(row, controller=controller.name)
    campaign = site.submit_job(job | {"route": ["post"], "content": {"post": letter}})
    site.finish()
    assert campaign.outcomes == {"sent": 1}
    (file,) = (path for path in folder.rglob("*") if path.is_file())
    written = msgspec.json.decode(file.read_bytes())
    assert written["sender"] == "Boutique Zoé"
    assert written["text"].startswith("-20 % samedi. ")
    assert ("STOP au 36063" if "stop" in mention else "/s/") in written["text"]
