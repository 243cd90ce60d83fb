"""Campaigns that leave at a time of day of each recipient's own, planned on both stores."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.bitmap import positions
from engine.clock import HOUR
from engine.planning.cursor import Cursor, decode_cursor
from engine.states import BatchState
from engine.wire.instants import from_millis, to_millis
from tests.planning.world import NOON, World, after

# NOON is 13:00 in Paris on 25 November 2026.
ZONES = {
    "FR": "Europe/Paris",
    "RE": "Indian/Reunion",
    "GF": "America/Cayenne",
    "NC": "Pacific/Noumea",
}
DAY: dict[str, object] = {"local_time": "14:00", "local_date": "2026-11-26"}


def at(text: str) -> int:
    return to_millis(datetime.fromisoformat(text))


def planned(world: World, rows: list[dict[str, Any]], schedule: dict[str, object]) -> int:
    return world.planned(world.job({"inline": rows}, schedule=schedule))


def people(code: str, number: int) -> list[dict[str, Any]]:
    """People of a country, whose addresses begin with its code."""
    return [
        {"email": f"{code}{index}@example.org".lower(), "country": code} for index in range(number)
    ]


def everywhere(number: int = 1) -> list[dict[str, Any]]:
    return [row for code in ZONES for row in people(code, number)]


def wall(address: str, start: int) -> datetime:
    """What the clock shows where somebody is, by the beginning of their address."""
    return from_millis(start).astimezone(ZoneInfo(ZONES[address[:2].upper()]))


def starts(world: World, campaign: int) -> dict[str, int]:
    """Who leaves when: each recipient's address, found through the batches of their block."""
    blocks: dict[int, list[Any]] = {}
    who = iter(world.recipients(campaign))
    batches = sorted(world.batches(campaign), key=lambda batch: batch.block_id)
    for batch in batches:
        blocks.setdefault(batch.block_id, []).append(batch)
    found: dict[str, int] = {}
    for together in blocks.values():
        places = [
            (place, batch.not_before) for batch in together for place in positions(batch.todo)
        ]
        assert sorted(place for place, _ in places) == list(range(len(places)))
        for _, start in sorted(places):
            point = next(who).points[0]
            assert point is not None
            assert point.address is not None
            assert point.address not in found
            found[point.address] = start
    assert next(who, None) is None
    return found


def cursor_of(world: World, campaign: int) -> Cursor:
    stored = world.row(campaign).cursor
    assert stored is not None
    return decode_cursor(stored)


def test_two_o_clock_is_two_o_clock_in_paris_saint_denis_cayenne_and_noumea(world: World) -> None:
    campaign = planned(world, everywhere(), DAY)
    found = starts(world, campaign)
    shown = {wall(address, start).strftime("%d %H:%M") for address, start in found.items()}
    assert shown == {"26 14:00"}
    assert len(found) == len(set(found.values())) == 4
    assert {batch.state for batch in world.batches(campaign)} == {BatchState.SCHEDULED}
    assert cursor_of(world, campaign).starts == dict.fromkeys(found.values(), 1)


def test_people_of_one_time_leave_in_one_batch(world: World) -> None:
    campaign = planned(world, people("FR", 30) + people("RE", 10), DAY)
    sizes = sorted(len(list(positions(batch.todo))) for batch in world.batches(campaign))
    assert sizes == [10, 30]
    assert len({batch.block_id for batch in world.batches(campaign)}) == 1
    assert world.row(campaign).open_batches == 2


def test_without_a_day_it_is_the_next_time_in_each_zone(world: World) -> None:
    found = starts(world, planned(world, everywhere(), {"local_time": "14:00"}))
    assert found == {
        "fr0@example.org": at("2026-11-25T14:00:00+01:00"),
        "re0@example.org": at("2026-11-26T14:00:00+04:00"),  # it is 16:00 there already
        "gf0@example.org": at("2026-11-25T14:00:00-03:00"),
        "nc0@example.org": at("2026-11-26T14:00:00+11:00"),
    }


def test_a_number_tells_the_time_zone(world: World) -> None:
    rows = [
        {"tel": "0639980001", "prenom": "P"},
        {"tel": "+262692123456", "prenom": "P", "country": "La Réunion"},
    ]
    job = world.job({"inline": rows}, route=["sms"], schedule=DAY)
    assert starts(world, world.planned(job)) == {
        "+33639980001": at("2026-11-26T14:00:00+01:00"),
        "+262692123456": at("2026-11-26T14:00:00+04:00"),
    }


def test_a_postal_code_and_a_country_place_an_address_without_a_number(world: World) -> None:
    rows = [
        {"email": "re@example.org", "postal_code": "97400", "country": "FR"},
        {"email": "nc@example.org", "country": "nc"},
        {"email": "home@example.org", "postal_code": "97300"},  # taken to be French: Guyane
        {"email": "nowhere@example.org"},
        {"email": "far@example.org", "country": "US"},
        {"email": "name@example.org", "country": "France", "postal_code": "97400"},
    ]
    campaign = world.planned(world.job({"inline": rows}, schedule=DAY))
    assert starts(world, campaign) == {
        "re@example.org": at("2026-11-26T14:00:00+04:00"),
        "nc@example.org": at("2026-11-26T14:00:00+11:00"),
        "home@example.org": at("2026-11-26T14:00:00-03:00"),
        "nowhere@example.org": at("2026-11-26T14:00:00+01:00"),
        "far@example.org": at("2026-11-26T14:00:00+01:00"),
        "name@example.org": at("2026-11-26T14:00:00+04:00"),
    }
    assert cursor_of(world, campaign).assumed == 4


@pytest.mark.parametrize(
    ("local_time", "local_date", "start"),
    [
        ("02:30", "2027-03-28", "2027-03-28T03:00:00+02:00"),  # skipped that night
        ("02:30", "2027-10-31", "2027-10-31T02:30:00+02:00"),  # comes twice
        ("01:59", "2027-03-28", "2027-03-28T01:59:00+01:00"),
        ("14:00", "2027-03-28", "2027-03-28T14:00:00+02:00"),
    ],
)
def test_the_nights_of_summer_time(
    world: World, local_time: str, local_date: str, start: str
) -> None:
    schedule: dict[str, object] = {"local_time": local_time, "local_date": local_date}
    campaign = planned(world, people("FR", 1), schedule)
    assert list(starts(world, campaign).values()) == [at(start)]


def test_each_zone_is_spread_from_its_own_time_on(world: World) -> None:
    found = starts(
        world, planned(world, people("FR", 20) + people("RE", 5), {**DAY, "spread": "PT20M"})
    )
    minutes: dict[str, list[int]] = {"fr": [], "re": []}
    for address, start in found.items():
        shown = wall(address, start)
        minutes[address[:2]].append((shown.hour - 14) * 60 + shown.minute)
    assert sorted(minutes["fr"]) == list(range(20))
    assert sorted(minutes["re"]) == [0, 4, 8, 12, 16]


def test_whose_time_has_passed_when_planning_comes_to_it_leaves_at_once(world: World) -> None:
    campaign = world.admitted(world.job({"inline": everywhere()}, schedule=DAY))
    world.clock.millis = at("2026-11-26T13:30:00+01:00")
    world.plan(campaign)
    found = starts(world, campaign)
    assert {address: start - world.clock.millis for address, start in found.items()} == {
        "fr0@example.org": HOUR // 2,
        "re0@example.org": 0,
        "gf0@example.org": 4 * HOUR + HOUR // 2,
        "nc0@example.org": 0,
    }
    ready = [batch for batch in world.batches(campaign) if batch.state == BatchState.READY]
    assert sum(len(list(positions(batch.todo))) for batch in ready) == 2


@pytest.mark.usefixtures("small_steps", "in_threes")
def test_many_small_steps_start_everybody_once_and_in_their_time(world: World) -> None:
    campaign = planned(world, everywhere(15), DAY)
    found = starts(world, campaign)
    assert len(found) == world.row(campaign).accepted == 60
    shown = {wall(address, start).strftime("%d %H:%M") for address, start in found.items()}
    assert shown == {"26 14:00"}
    assert sorted(cursor_of(world, campaign).starts.values()) == [15, 15, 15, 15]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.sampled_from(sorted(ZONES)), min_size=1, max_size=12),
    st.integers(0, 1439),
    st.integers(0, 400 * 24),
)
def test_nobody_leaves_before_their_own_time_and_nobody_is_lost(
    world: World, codes: list[str], minute: int, hours: int
) -> None:
    rows = [
        {"email": f"{code}{number}@example.org".lower(), "country": code}
        for number, code in enumerate(codes)
    ]
    begin = NOON + hours * HOUR
    schedule: dict[str, object] = {
        "local_time": f"{minute // 60:02}:{minute % 60:02}",
        "not_before": after(hours * 3600),
    }
    found = starts(world, planned(world, rows, schedule))
    assert len(found) == len(rows)
    for address, start in found.items():
        shown = wall(address, start)
        assert begin <= start <= begin + 25 * HOUR
        assert shown.hour * 60 + shown.minute >= minute
