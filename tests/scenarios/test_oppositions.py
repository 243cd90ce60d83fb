"""Whoever objected is not contacted: however, whenever, and whatever is broken meanwhile."""

from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa

from channels.contract import Channel, Message, Traits
from engine import opposed
from engine.oppositions import find_suppressed
from tests.scenarios.provider import BUSY, REFUSED, UNKNOWN
from tests.scenarios.site import Site, addresses, people

IN_TWOS = Traits(slice_limit=2)
PATIENCE = 10.0


class LookUps:
    """Stands in front of the look-up of oppositions: counts it, and makes it fail."""

    def __init__(self) -> None:
        self.number = 0
        self.failing = False
        self.second = Event()

    def __call__(self, *args: Any, **kwargs: Any) -> set[bytes]:
        self.number += 1
        if self.failing:
            raise sa.exc.OperationalError("a look-up", None, ConnectionError())
        found = find_suppressed(*args, **kwargs)
        if self.number > 1:
            self.second.set()
        return found


@pytest.fixture
def look_ups(monkeypatch: pytest.MonkeyPatch) -> LookUps:
    made = LookUps()
    monkeypatch.setattr(opposed, "find_suppressed", made)
    return made


def once(act: Callable[[Message], None]) -> Callable[[Message], None]:
    """Act on the first message only."""
    left = [act]
    return lambda message: left.pop()(message) if left else None


def person(number: int) -> dict[str, object]:
    return {
        "ref": f"c-{number}",
        "email": f"p{number}@example.org",
        "tel": f"+3363998010{number}",
    }


OPPOSED: dict[str, Callable[[Site], None]] = {
    "the address, on every channel": lambda site: site.oppose("p1@example.org"),
    "the address, on this channel": lambda site: site.oppose(
        "P1@Example.org", channel=Channel.EMAIL
    ),
    "the person, on every channel": lambda site: site.oppose("c-1", "ref"),
    "the person, on this channel": lambda site: site.oppose("c-1", "ref", channel=Channel.EMAIL),
    "the address, on the whole platform": lambda site: site.oppose("p1@example.org", platform=True),
    "the address, for this purpose": lambda site: site.oppose("p1@example.org", purpose="offres"),
    "the person, for this purpose": lambda site: site.oppose("c-1", "ref", purpose="offres"),
    "this purpose, on the whole platform": lambda site: site.oppose(
        "p1@example.org", purpose="offres", platform=True
    ),
}
NOT_OPPOSED: dict[str, Callable[[Site], None]] = {
    "another channel's address": lambda site: site.oppose("+33639980101", "tel"),
    "the person, on another channel": lambda site: site.oppose("c-1", "ref", channel=Channel.SMS),
    "another purpose": lambda site: site.oppose("p1@example.org", purpose="rappels"),
    "the person, another purpose": lambda site: site.oppose("c-1", "ref", purpose="rappels"),
    "another purpose, on the whole platform": lambda site: site.oppose(
        "p1@example.org", purpose="rappels", platform=True
    ),
    "another controller's": lambda site: site.oppose(
        "p1@example.org", controller=site.new_controller().name
    ),
    "a neighbour": lambda site: site.oppose("p11@example.org"),
}


@pytest.mark.parametrize("oppose", OPPOSED.values(), ids=OPPOSED.keys())
def test_whoever_objected_is_never_reached(site: Site, oppose: Callable[[Site], None]) -> None:
    relay = site.provider()
    oppose(site)
    campaign = site.submit(person(1), person(2))
    site.finish()
    assert relay.asked == ["p2@example.org"]
    assert campaign.reasons == {("suppressed", "opposition"): 1, ("sent", ""): 1}


@pytest.mark.parametrize("oppose", NOT_OPPOSED.values(), ids=NOT_OPPOSED.keys())
def test_an_objection_to_something_else_stops_nothing(
    site: Site, oppose: Callable[[Site], None]
) -> None:
    relay = site.provider()
    oppose(site)
    campaign = site.submit(person(1), person(2))
    site.finish()
    assert sorted(relay.asked) == ["p1@example.org", "p2@example.org"]
    assert campaign.outcomes == {"sent": 2}


def test_an_address_that_two_controllers_write_to_is_opposed_for_one_of_them(site: Site) -> None:
    relay = site.provider()
    other = site.new_controller()
    site.oppose("p0@example.org")
    ours = site.submit(*people(1))
    theirs = site.submit(*people(1), controller=other.name)
    site.finish()
    assert (ours.outcomes, theirs.outcomes) == ({"suppressed": 1}, {"sent": 1})
    assert relay.asked == ["p0@example.org"]


def test_an_opposition_added_mid_campaign_stops_the_next_slice(
    site: Site, look_ups: LookUps
) -> None:
    relay = site.provider(traits=IN_TWOS)

    def oppose_all(first: Message) -> None:
        # The next slice has passed its checks already; it leaves more than a second later.
        assert look_ups.second.wait(PATIENCE)
        for address in addresses(people(6)):
            site.oppose(address)
        site.clock.move(2)

    relay.heed = once(oppose_all)
    campaign = site.submit(*people(6))
    site.finish()
    assert len(relay.asked) == 1  # not even the rest of the slice that was under way
    assert campaign.outcomes == {"sent": 1, "suppressed": 5}


def test_an_opposition_added_between_two_batches_stops_the_second(
    site: Site,
) -> None:
    relay = site.provider()
    campaign = site.submit(*people(4), schedule={"spread": "PT1H"})
    site.run()
    assert len(relay.asked) == 1
    for address in addresses(people(4)):
        site.oppose(address)
    site.finish()
    assert len(relay.asked) == 1
    assert campaign.outcomes == {"sent": 1, "suppressed": 3}


def test_an_opposition_added_while_waiting_for_another_try_ends_the_tries(site: Site) -> None:
    relay = site.provider(usual=BUSY)
    campaign = site.submit(*people(2))
    site.run()
    site.oppose("p0@example.org")
    site.finish()
    assert relay.times["p0@example.org"] == 1
    assert relay.times["p1@example.org"] == 9
    assert campaign.outcomes == {"suppressed": 1, "failed": 1}


def test_nothing_leaves_while_oppositions_cannot_be_looked_up(
    site: Site, look_ups: LookUps
) -> None:
    relay = site.provider()
    site.oppose("p3@example.org")
    campaign = site.submit(*people(5))
    look_ups.failing = True
    for _ in range(5):
        site.run()
        site.clock.move(2)
    assert relay.calls == 0
    assert look_ups.number >= 5
    assert campaign.waiting == 5
    look_ups.failing = False
    site.finish()
    assert campaign.outcomes == {"sent": 4, "suppressed": 1}


def test_a_slice_whose_look_up_grew_old_and_cannot_be_repeated_does_not_leave(
    site: Site, look_ups: LookUps
) -> None:
    relay = site.provider(traits=IN_TWOS)

    def lose_database(first: Message) -> None:
        assert look_ups.second.wait(PATIENCE)
        look_ups.failing = True
        site.clock.move(2)

    relay.heed = once(lose_database)
    campaign = site.submit(*people(6))
    site.run()
    assert len(relay.asked) == 1
    assert campaign.waiting == 5
    look_ups.failing = False
    site.finish()
    assert campaign.outcomes == {"sent": 6}


def test_who_is_suppressed_on_one_channel_is_not_tried_on_the_next(site: Site) -> None:
    texts, mails = site.provider(Channel.SMS), site.provider()
    site.oppose("+33639980101", "tel")
    campaign = site.submit(person(1), route=["sms", "email"])
    site.finish()
    assert texts.asked == mails.asked == []
    assert campaign.outcomes == {"suppressed": 1}


@pytest.mark.parametrize("answer", [REFUSED, UNKNOWN], ids=lambda answer: answer.kind)
def test_who_objected_to_the_next_channel_is_not_reached_there(site: Site, answer: Any) -> None:
    texts, mails = site.provider(Channel.SMS, usual=answer), site.provider()
    site.oppose("p1@example.org")
    campaign = site.submit(person(1), route=["sms", "email"])
    site.finish()
    assert len(texts.asked) == 1
    assert mails.asked == []
    assert campaign.outcomes == {"suppressed": 1}
