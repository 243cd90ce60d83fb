"""Clocks on the wall, in the nights in which they jump as well."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.local_time import clock_change, day_start, instants_of, local_date, wall_time
from policy.territory import PLACES
from tests.unit.policy.moments import at

PARIS, AZORES = ZoneInfo("Europe/Paris"), ZoneInfo("Atlantic/Azores")
ZONES = sorted({place.zone for place in PLACES.values()})

zones = st.sampled_from(ZONES).map(ZoneInfo)
instants = st.integers(at("2020-01-01T00:00Z"), at("2037-01-01T00:00Z"))
days = st.dates(date(2020, 1, 1), date(2036, 12, 31))


def test_a_clock_shows_the_millisecond() -> None:
    moment = at("2026-11-24T11:00") + 1
    assert wall_time(PARIS, moment) == datetime(2026, 11, 24, 11, 0, 0, 1000, PARIS)


def test_a_minute_that_is_skipped_has_no_instant() -> None:
    assert instants_of(PARIS, date(2027, 3, 28), 150) == ()


def test_a_minute_that_is_shown_twice_has_two_instants() -> None:
    shown = (at("2026-10-25T00:30Z"), at("2026-10-25T01:30Z"))
    assert instants_of(PARIS, date(2026, 10, 25), 150) == shown


def test_minute_1440_is_the_next_midnight() -> None:
    assert instants_of(PARIS, date(2026, 11, 24), 1440) == (at("2026-11-25T00:00"),)


def test_a_day_begins_at_midnight_or_when_a_clock_has_jumped_over_it() -> None:
    assert day_start(PARIS, date(2026, 11, 24)) == at("2026-11-24T00:00")
    assert day_start(AZORES, date(2027, 3, 28)) == at("2027-03-28T01:00Z")


def test_a_day_whose_first_hour_is_shown_twice_begins_with_the_first() -> None:
    assert day_start(AZORES, date(2026, 10, 25)) == at("2026-10-25T00:00Z")


@pytest.mark.parametrize(
    ("place", "day", "change"),
    [
        ("75", date(2027, 3, 28), "2027-03-28T01:00Z"),
        ("75", date(2026, 10, 25), "2026-10-25T01:00Z"),
        ("75", date(2026, 10, 26), None),
        ("975", date(2027, 3, 14), "2027-03-14T05:00Z"),
        ("975", date(2026, 11, 1), "2026-11-01T04:00Z"),
        ("974", date(2027, 3, 28), None),
    ],
)
def test_a_clock_jumps_at_its_own_instant(place: str, day: date, change: str | None) -> None:
    jumps = clock_change(ZoneInfo(PLACES[place].zone), day)
    assert jumps == (change and at(change))


@given(zones, days)
def test_a_day_begins_when_the_one_before_has_ended(zone: ZoneInfo, day: date) -> None:
    begins = day_start(zone, day)
    assert local_date(zone, begins) == day
    assert local_date(zone, begins - 1) == day - timedelta(days=1)


@given(zones, instants)
def test_what_a_clock_shows_leads_back_to_the_instant(zone: ZoneInfo, instant: int) -> None:
    shown = wall_time(zone, instant)
    minute = instant - instant % 60_000
    assert minute in instants_of(zone, shown.date(), shown.hour * 60 + shown.minute)
