"""What comes in becomes a campaign or a dead letter with its reasons; nothing is lost."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from engine import controllers, dead_letters
from engine.dead_letters import DeadLetterFault
from engine.intake import Taken, decode_reasons, take
from engine.store.dead_letters import DROPPED, OPEN, REPLAYED
from tests.scenarios.campaign import Json
from tests.scenarios.site import ACCOUNT, Site, people
from tests.unit.wire.campaigns import body, example
from tests.unit.wire.faulty import PERSON
from tests.unit.wire.test_malformed_jobs import BODIES, SHAPES

Sites = Callable[..., Site]


def put(site: Site, message: bytes, account: str | None = ACCOUNT) -> Taken:
    return take(site.app, message, account, "m-1")


def malformed() -> dict[str, tuple[bytes, set[tuple[str, str]], int | None]]:
    """Every kind of message that is no campaign: its body, faults and the line of broken syntax."""
    kinds: dict[str, tuple[bytes, set[tuple[str, str]], int | None]] = {
        name: (message, {("", reason)}, line) for name, (message, reason, line) in BODIES.items()
    }
    for name, (change, faults) in SHAPES.items():
        tree = example()
        change(tree)
        kinds[name] = (body(tree), set(faults), None)
    return kinds


def test_malformed_messages_of_seventy_kinds_are_kept_with_their_reasons(site: Site) -> None:
    kinds = malformed()
    assert len(kinds) > 70
    for name, (message, faults, line) in kinds.items():
        taken = put(site, message)
        assert taken.campaign_id is None, name
        assert taken.dead_letter is not None, name
        row = dead_letters.get(site.app, taken.dead_letter)
        assert (row.state, row.account, row.message_id) == (OPEN, ACCOUNT, "m-1")
        told = decode_reasons(row.reasons)
        found = {(fault.field, fault.reason.value) for fault in told}
        assert found == faults or {("", reason) for _, reason in found} == faults, name
        assert all(fault.sentence for fault in told)
        assert line in {None, told[0].line}, name
        assert dead_letters.body(site.app, row.id) == message
        event = site.events("dead_letter")[-1]
        assert event["dead_letter"] == row.id
        assert [fault["field"] for fault in event["faults"]] == [fault.field for fault in told]
    assert len(dead_letters.every(site.app)) == len(kinds)


def test_the_body_of_a_dead_letter_stands_nowhere_in_the_clear(site: Site) -> None:
    secret = b"chantal.martin@example.org"
    for message in (
        b'{"id": "x", "who": "' + secret,
        body({secret.decode(): secret.decode()}),
        body(site.job({"email": secret.decode()}, kind=secret.decode())),
    ):
        assert put(site, message).campaign_id is None
    assert any(b'"syntax"' in value for value in site.stored())
    assert not any(secret in value or b"chantal" in value for value in site.stored())
    assert PERSON.encode() != secret


def test_an_accepted_campaign_stands_nowhere_in_the_clear(site: Site) -> None:
    site.provider()
    row = {"ref": "K-778899", "email": "chantal.martin@example.org", "prenom": "Gwénaëlle"}
    content = {
        "from": "Boutique <info@boutique.example.org>",
        "subject": "Ristourne Bergamote",
        "html": "<p>{{ prenom }} <a href='{{ unsubscribe_url }}'>stop</a></p>",
    }
    campaign = site.submit(row, content={"email": content})
    site.oppose("bernard.petit@example.org")
    site.finish()
    assert campaign.outcomes == {"sent": 1}
    for secret in ("chantal", "K-778899", "Gwénaëlle", "Bergamote", "bernard"):
        assert not any(secret.encode() in value for value in site.stored()), secret


@pytest.mark.parametrize(
    ("account", "changes", "fault"),
    [
        (ACCOUNT, {"controller": "nobody"}, ("controller", "not_allowed")),
        ("stranger", {}, ("controller", "not_allowed")),
        (None, {}, ("", "missing")),
    ],
    ids=["an unknown controller", "an account that may not", "no account"],
)
def test_who_may_not_speak_for_a_controller_is_not_heard(
    site: Site, account: str | None, changes: Json, fault: tuple[str, str]
) -> None:
    taken = site.take(site.job(*people(1), **changes), account)
    assert taken.campaign_id is None
    assert [(one.field, one.reason.value) for one in taken.faults] == [fault]
    assert not site.events("accepted")
    assert len(site.events("dead_letter")) == 1


def test_an_account_of_all_controllers_speaks_for_each(site: Site) -> None:
    controllers.grant(site.app, "operator", controllers.EVERY_CONTROLLER)
    assert site.take(site.job(*people(1)), "operator").campaign_id is not None


def test_the_same_message_twice_is_one_campaign(site: Site) -> None:
    relay = site.provider()
    job = site.job(*people(3))
    first, second = site.take(job), site.take(job)
    site.finish()
    third = site.take(job)  # also when it is over
    assert second.campaign_id == third.campaign_id == first.campaign_id
    assert (first.duplicate, second.duplicate, third.duplicate) == (False, True, True)
    assert len(site.events("duplicate")) == 2
    assert len(site.events("accepted")) == 1
    assert len(relay.reached) == 3


def test_the_same_campaign_written_otherwise_is_the_same(site: Site) -> None:
    job = site.job(*people(1), priority="normal", schedule={"spread": "PT60M"})
    other = dict(reversed(job.items())) | {"schedule": {"spread": "PT1H"}}
    del other["priority"]
    assert site.take(job).campaign_id == site.take(other).campaign_id


def test_the_same_id_with_another_content_is_refused(site: Site) -> None:
    relay = site.provider()
    job = site.job(*people(1))
    first = site.take(job)
    second = site.take(job | {"recipients": {"inline": people(9)}})
    assert first.campaign_id is not None
    assert second.campaign_id is None
    assert [(one.field, one.reason.value) for one in second.faults] == [("id", "contradiction")]
    site.finish()
    assert len(relay.reached) == 1


def test_two_controllers_may_use_the_same_id(site: Site) -> None:
    job = site.job(*people(1))
    other = site.new_controller()
    first, second = site.take(job), site.take(job | {"controller": other.name})
    assert first.campaign_id != second.campaign_id
    assert second.campaign_id is not None


def test_a_message_larger_than_the_setting_is_kept_as_a_dead_letter(new_site: Sites) -> None:
    site = new_site(max_job_bytes=2_000)
    taken = site.take(site.job(*people(100)))
    assert [fault.reason.value for fault in taken.faults] == ["too_big"]
    assert taken.dead_letter is not None
    assert site.take(site.job(*people(1))).campaign_id is not None


def test_a_message_as_large_as_the_setting_allows_goes_all_the_way(new_site: Sites) -> None:
    site = new_site(max_job_bytes=20 * 1024 * 1024)
    site.provider()
    rows = [row | {"story": "x" * 10_000} for row in people(1_000)]
    campaign = site.submit(*rows)
    site.plan()
    assert (campaign.state, campaign.waiting) == ("planned", 1_000)


@pytest.mark.parametrize("where", ["the installation", "the controller"])
def test_inline_recipients_can_be_forbidden(new_site: Sites, where: str) -> None:
    site = new_site(allow_inline=where != "the installation")
    relay = site.provider()
    if where == "the controller":
        site.controller = site.new_controller(allow_inline=False)
    campaign = site.submit(*people(1))
    site.finish()
    assert campaign.state == "refused"
    assert campaign.overview.found.row.reasons == ("recipients_not_permitted",)
    assert relay.asked == []


STRANGE: dict[str, Any] = {
    "message id with NUL": {"message_id": "m\0-1"},
    "message id without end": {"message_id": "m" * 100_000},
    "message id with half a surrogate": {"message_id": "m\ud83d"},
    "message id with a line break": {"message_id": "m\r\n1"},
    "account with NUL": {"account": "shop\0"},
}


@pytest.mark.parametrize("given", STRANGE.values(), ids=STRANGE.keys())
def test_strange_properties_keep_no_message_from_being_stored(site: Site, given: Json) -> None:
    taken = take(site.app, b"{}", **({"account": ACCOUNT, "message_id": "m-1"} | given))
    assert taken.dead_letter is not None


def test_a_message_id_that_could_name_somebody_is_not_kept(site: Site) -> None:
    for given in ("ana@example.org", "m-1"):
        take(site.app, b"{}", ACCOUNT, given)
    assert sorted(row.message_id for row in dead_letters.every(site.app)) == ["", "m-1"]


INSTANTS: dict[str, Json] = {
    "the end of the calendar": {"not_after": "9999-12-31T23:59:59.999Z"},
    "past the end of the calendar": {"not_before": "9999-12-31T23:59:59-12:00", "spread": "P9Y"},
    "both": {
        "not_before": "9999-12-31T23:59:59-12:00",
        "not_after": "9999-12-31T23:59:59-13:00",
        "spread": "P9Y",
    },
    "the beginning of the calendar": {"not_before": "0001-01-01T00:00:00+14:00"},
    "ten years": {"spread": "P10Y", "not_before": "9998-01-01T00:00:00Z"},
}


@pytest.mark.parametrize("schedule", INSTANTS.values(), ids=INSTANTS.keys())
def test_an_instant_at_the_edge_of_the_calendar_is_refused_by_name(
    site: Site, schedule: Json
) -> None:
    taken = site.take(site.job(*people(1), schedule=schedule))
    assert taken.campaign_id is None
    faults = {(fault.field, fault.reason.value) for fault in taken.faults}
    assert faults <= {("schedule.not_before", "bad_form"), ("schedule.not_after", "bad_form")}


def test_a_campaign_of_the_next_century_is_planned_and_waits(site: Site) -> None:
    relay = site.provider()
    window = {"not_before": "2989-01-01T00:00:00Z", "spread": "P10Y"}
    campaign = site.submit(*people(1), schedule=window, history="P10Y")
    site.run()
    assert (campaign.state, campaign.waiting, relay.asked) == ("planned", 1, [])


# --- dead letters --------------------------------------------------------------------------------


def test_a_dead_letter_is_replayed_once_its_cause_is_gone(site: Site) -> None:
    relay = site.provider()
    taken = site.take(site.job(*people(2)), "newcomer")
    assert taken.dead_letter is not None
    controllers.grant(site.app, "newcomer", site.controller.name)
    replayed = dead_letters.replay(site.app, taken.dead_letter)
    assert replayed.campaign_id is not None
    site.finish()
    assert len(relay.reached) == 2
    row = dead_letters.get(site.app, taken.dead_letter)
    assert (row.state, row.sealed) == (REPLAYED, None)
    assert dead_letters.every(site.app) == []
    for again in (dead_letters.replay, dead_letters.drop, dead_letters.body):
        with pytest.raises(DeadLetterFault):
            again(site.app, taken.dead_letter)


def test_a_replay_that_fails_again_leaves_one_open_letter(site: Site) -> None:
    taken = site.take(site.job(*people(2)), "newcomer")
    assert taken.dead_letter is not None
    for _ in range(3):
        assert dead_letters.replay(site.app, taken.dead_letter).campaign_id is None
    assert [row.id for row in dead_letters.every(site.app)] == [taken.dead_letter]
    assert dead_letters.body(site.app, taken.dead_letter)


def test_a_replay_speaks_with_the_voice_of_the_account_that_published_it(site: Site) -> None:
    taken = site.take(site.job(*people(1)), None)
    assert taken.dead_letter is not None
    again = dead_letters.replay(site.app, taken.dead_letter)
    assert [fault.reason.value for fault in again.faults] == ["missing"]


def test_a_dropped_letter_is_gone_for_good(site: Site) -> None:
    taken = put(site, b"not a campaign")
    assert taken.dead_letter is not None
    sealed = dead_letters.get(site.app, taken.dead_letter).sealed
    assert sealed is not None
    dead_letters.drop(site.app, taken.dead_letter)
    assert dead_letters.get(site.app, taken.dead_letter).state == DROPPED
    assert dead_letters.every(site.app) == []
    with pytest.raises(DeadLetterFault):
        dead_letters.body(site.app, taken.dead_letter)
    assert [row.id for row in dead_letters.every(site.app, closed=True)] == [taken.dead_letter]


def test_a_campaign_refused_by_admission_is_no_dead_letter(site: Site) -> None:
    campaign = site.submit(*people(1))  # no connector at all
    site.plan()
    assert campaign.state == "refused"
    assert dead_letters.every(site.app) == []
    assert msgspec.json.encode(campaign.events("refused"))
