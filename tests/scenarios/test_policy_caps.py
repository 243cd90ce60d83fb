"""Rules on how often: places are taken with the journal, given back, and never taken twice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from channels.contract import Channel, SendResult
from engine import consents, dispatch
from engine.checks import Checks, Fresh
from engine.consents import Proof
from engine.contact_caps import Reservation, Returned
from engine.contact_times import unpack
from engine.store import contacts
from engine.subjects import Subject
from engine.wire.job import ConsentMethod
from tests.open_rules import lay_down
from tests.scenarios.campaign import Json
from tests.scenarios.provider import BUSY, DEAD, DOUBT, REFUSED
from tests.scenarios.site import Site
from tests.scenarios.written_rules import cap, in_paris, rule, ruleset

Sites = Callable[..., Site]
ONCE = ruleset(cap(1, 30))
ACROSS = ruleset(cap(1, 30, counts=["sms", "email"]))
PLATFORM = ruleset(cap(1, 30, scope="platform"))
PROVEN = ruleset(
    cap(1, 30),
    rule("basis", "proof", one_of=[{"type": "consent", "proof": ["given_at"]}], covers=False),
)
LONG = {"not_after": "2027-02-01T00:00:00Z"}
NEXT = in_paris("2026-12-25T00:00")  # when a contact of 25 November has left thirty days


def persons(number: int) -> list[Json]:
    return [
        {
            "ref": f"c-{index}",
            "email": f"p{index}@example.org",
            "tel": f"+3363998{index:04}",
            "country": "FR",
        }
        for index in range(number)
    ]


def by_email(number: int) -> list[Json]:
    return [{key: row[key] for key in ("ref", "email", "country")} for row in persons(number)]


def places_taken(site: Site, refs: int) -> list[int]:
    """Return how many contacts of each person are stored under the controller."""
    pseudonyms = site.app.vault.pseudonyms(site.controller.name)
    scope = site.controller.number
    keys = [(pseudonyms.person(f"c-{index}"), scope) for index in range(refs)]
    with site.app.db.read() as connection:
        stored = contacts.read(connection, keys)
    return [len(unpack(stored.get(key, b""))) for key in keys]


@contextmanager
def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> Iterator[None]:
    """Let something happen between the decision about a slice and its journal, once."""
    reserve = Checks.reservation
    todo = [act]

    def late(checks: Checks, positions: list[int], returned: Returned) -> Reservation | None:
        if positions and todo:
            todo.pop()()
        return reserve(checks, positions, returned)

    with monkeypatch.context() as patch:
        patch.setattr(Checks, "reservation", late)
        yield
    assert not todo, "nobody was decided about"


def test_whoever_was_contacted_often_enough_waits_until_that_is_long_ago(site: Site) -> None:
    lay_down(site.app, ONCE)
    relay = site.provider()
    site.submit(*by_email(2))
    site.run()
    second = site.submit(*by_email(3), schedule=LONG)
    site.run()
    assert relay.addresses[2:] == ["p2@example.org"]
    assert (second.outcomes, second.waiting) == ({"sent": 1}, 2)
    assert site.due_instants() == [NEXT]
    site.clock.millis = NEXT - 1
    site.run()
    assert second.waiting == 2
    site.clock.millis = NEXT
    site.run()
    assert second.outcomes == {"sent": 3}
    assert places_taken(site, 3) == [2, 2, 1]


def test_who_waits_past_the_campaigns_end_expires(site: Site) -> None:
    lay_down(site.app, ONCE)
    site.provider()
    site.submit(*by_email(1))
    site.run()
    second = site.submit(*by_email(1), schedule={"not_after": "2026-12-20T12:00:00Z"})
    site.finish()
    assert second.outcomes == {"expired": 1}
    assert second.finished


def test_who_was_not_accepted_gives_the_place_back(site: Site) -> None:
    lay_down(site.app, ONCE)
    relay = site.provider()
    relay.script = {"p0@example.org": [BUSY]}
    first = site.submit(*by_email(2))
    site.run()
    assert (first.outcomes, places_taken(site, 2)) == ({"sent": 1}, [0, 1])
    second = site.submit(*by_email(2))
    site.run()
    assert second.outcomes == {"sent": 1}  # it got the place that was given back
    site.clock.move(3600)
    site.run()
    assert (first.waiting, places_taken(site, 2)) == (1, [1, 1])  # decided again: too often by now


@pytest.mark.parametrize("answer", [REFUSED, DEAD])
def test_a_definite_no_is_no_contact_and_the_next_channel_may_try(
    site: Site, answer: SendResult
) -> None:
    lay_down(site.app, ACROSS)
    relay, texts = site.provider(), site.provider(Channel.SMS)
    relay.script = {"p0@example.org": [answer]}
    campaign = site.submit(*persons(2), route=["email", "sms"])
    site.run()
    assert campaign.outcomes == {"sent": 2}
    assert texts.addresses == ["+33639980000"]
    assert places_taken(site, 2) == [1, 1]


def test_a_doubt_keeps_its_place(site: Site) -> None:
    lay_down(site.app, ONCE)
    relay = site.provider()
    relay.script = {"p0@example.org": [DOUBT]}
    site.submit(*by_email(1))
    site.run()
    second = site.submit(*by_email(1))
    site.run()
    assert (second.waiting, len(relay.reached)) == (1, 1)


def test_an_opposition_at_the_last_moment_gives_the_place_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_down(site.app, ONCE)
    site.provider()
    campaign = site.submit(*by_email(1))
    again = Checks.again
    monkeypatch.setattr(dispatch, "_FRESH_SECONDS", -1.0)  # every check is old by the hand-over

    def opposed(checks: Checks, positions: list[int], connector: int) -> Fresh:
        site.oppose("p0@example.org")
        return again(checks, positions, connector)

    monkeypatch.setattr(Checks, "again", opposed)
    site.run()
    assert campaign.outcomes == {"suppressed": 1}
    assert places_taken(site, 1) == [0]


@pytest.mark.parametrize("text", [ONCE, PROVEN], ids=["cap", "cap and a proof of each"])
def test_of_two_campaigns_that_decided_at_once_one_gets_the_last_place(
    site: Site, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    lay_down(site.app, text)
    relay = site.provider()
    agree(site, 2)
    first = site.submit(*by_email(2), schedule=LONG)
    second = site.submit(*by_email(2), schedule=LONG)
    site.plan()
    with meanwhile(monkeypatch, lambda: site.another_dispatcher().work("email")):
        site.dispatcher.work("email")
    site.run()
    assert sorted(relay.addresses) == ["p0@example.org", "p1@example.org"]
    assert first.waiting + second.waiting == 2
    assert places_taken(site, 2) == [1, 1]
    assert site.due_instants() == [NEXT]


def agree(site: Site, number: int) -> None:
    for index in range(number):
        consents.give(
            site.app,
            site.controller.name,
            [Subject("email", f"p{index}@example.org")],
            purpose="offres",
            channels=[Channel.EMAIL],
            proof=Proof(date(2026, 11, 2), ConsentMethod.PAPER, "v1", "shop"),
        )


def test_a_person_is_counted_whatever_the_address(site: Site) -> None:
    lay_down(site.app, ONCE)
    site.provider()
    site.submit({"ref": "c-0", "email": "old@example.org", "country": "FR"})
    site.run()
    second = site.submit({"ref": "c-0", "email": "new@example.org", "country": "FR"})
    site.run()
    assert second.waiting == 1


def test_on_the_platform_an_address_is_counted_whoever_writes(site: Site) -> None:
    lay_down(site.app, PLATFORM)
    relay = site.provider()
    other = site.new_controller()
    site.submit(*by_email(1))
    site.run()
    rows = [{"ref": "other-id", "email": "p0@example.org", "country": "FR"}]
    second = site.submit(*rows, controller=other.name)
    third = site.submit({**rows[0], "email": "else@example.org"}, controller=other.name)
    site.run()
    assert (second.waiting, third.outcomes) == (1, {"sent": 1})
    assert len(relay.reached) == 2


def test_without_a_rule_on_how_often_nothing_is_kept_of_contacts(site: Site) -> None:
    lay_down(site.app, ruleset())
    site.provider()
    site.submit(*by_email(1))
    site.run()
    assert places_taken(site, 1) == [0]


def test_a_contact_of_ones_own_counts_once_on_the_platform(site: Site) -> None:
    lay_down(site.app, ruleset(cap(2, 30, scope="platform")))
    relay = site.provider()
    for waiting in (0, 0, 1):
        campaign = site.submit(*by_email(1))
        site.run()
        assert campaign.waiting == waiting
    assert len(relay.reached) == 2
