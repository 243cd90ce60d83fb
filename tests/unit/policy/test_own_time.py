"""14:00 in the recipient's own time: from Papeete to Nouméa, and in the nights of summer time."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy import own_time
from policy.local_time import instants_of, wall_time
from policy.own_time import day_begin, first_start, last_start, own_start
from policy.territory import PLACES, places_of
from tests.unit.policy.moments import at

TWO = 14 * 60
HALF_PAST_TWO_AT_NIGHT = 150
PARIS = places_of(number="+33639980001")

places = st.frozensets(st.sampled_from(sorted(PLACES)), min_size=1, max_size=4)
minutes = st.integers(0, 1439)
begins = st.integers(at("2026-01-01T00:00Z"), at("2029-01-01T00:00Z"))
days = st.dates(date(2026, 1, 1), date(2036, 12, 31))


def walls(where: frozenset[str], instant: int) -> list[datetime]:
    return [wall_time(ZoneInfo(PLACES[key].zone), instant) for key in sorted(where)]


@pytest.mark.parametrize(
    ("number", "start"),
    [
        ("+33639980001", "2026-11-26T13:00Z"),  # Paris
        ("+262692", "2026-11-26T10:00Z"),  # La Réunion
        ("+594694", "2026-11-26T17:00Z"),  # Guyane
        ("+6877", "2026-11-26T03:00Z"),  # Nouvelle-Calédonie
        ("+689", "2026-11-27T00:00Z"),  # Polynésie: the latest of three zones is Papeete's
        ("+262", "2026-11-26T11:00Z"),  # La Réunion or Mayotte: 14:00 there is 15:00 here
    ],
)
def test_two_o_clock_comes_to_each_territory_in_its_own_time(number: str, start: str) -> None:
    midnight = day_begin(date(2026, 11, 26), TWO)
    assert own_start(places_of(number=number), TWO, midnight) == at(start)


def test_without_a_day_it_is_the_first_time_from_the_begin_on() -> None:
    assert own_start(PARIS, TWO, at("2026-11-26T14:00")) == at("2026-11-26T14:00")
    assert own_start(PARIS, TWO, at("2026-11-26T14:00") + 1) == at("2026-11-27T14:00")


def test_two_possible_zones_wait_for_a_day_that_both_can_keep() -> None:
    either = places_of(number="+262")
    begin = at("2026-11-26T10:30Z")  # 14:30 in Saint-Denis, 13:30 in Mamoudzou
    assert own_start(either, TWO, begin) == at("2026-11-27T11:00Z")


def test_nobody_knows_where() -> None:
    assert own_start(frozenset(), TWO, 0) is None
    assert own_start(frozenset({"atlantis"}), TWO, 0) is None


def test_an_hour_that_is_skipped_is_the_end_of_the_skip() -> None:
    begin = at("2027-03-27T12:00")
    assert own_start(PARIS, HALF_PAST_TWO_AT_NIGHT, begin) == at("2027-03-28T01:00Z")


def test_a_skip_over_midnight_ends_at_the_beginning_of_the_day() -> None:
    cairo = ZoneInfo("Africa/Cairo")
    assert instants_of(cairo, date(2026, 4, 24), 30) == ()
    assert own_time._shown(cairo, date(2026, 4, 24), 30) == (at("2026-04-23T22:00Z"),)


def test_an_hour_that_comes_twice_is_the_first_that_is_left() -> None:
    first, second = at("2026-10-25T00:30Z"), at("2026-10-25T01:30Z")
    assert own_start(PARIS, HALF_PAST_TWO_AT_NIGHT, first - 1) == first
    assert own_start(PARIS, HALF_PAST_TWO_AT_NIGHT, first + 1) == second
    assert own_start(PARIS, HALF_PAST_TWO_AT_NIGHT, second + 1) == at("2026-10-26T02:30")


@given(places, minutes, begins)
def test_nobody_hears_before_their_own_time(where: frozenset[str], minute: int, begin: int) -> None:
    start = own_start(where, minute, begin)
    assert start is not None
    assert start >= begin
    # Wherever they are, the o'clock of one and the same day has come, and it was not before begin.
    day = min(wall.date() for wall in walls(where, start))
    for wall in walls(where, start):
        assert wall.replace(tzinfo=None) >= datetime.combine(day, datetime.min.time()) + timedelta(
            minutes=minute
        )


@given(st.sampled_from(sorted(PLACES)), minutes, begins)
def test_who_is_in_one_place_waits_a_day_at_the_most(place: str, minute: int, begin: int) -> None:
    start = own_start(frozenset({place}), minute, begin)
    assert start is not None
    assert start - begin <= timedelta(hours=25) / timedelta(milliseconds=1)
    (wall,) = walls(frozenset({place}), start)
    shown = wall.hour * 60 + wall.minute
    skipped = not instants_of(ZoneInfo(PLACES[place].zone), wall.date(), minute)
    assert shown == minute or skipped


@given(places, minutes, begins)
def test_the_first_and_the_last_start_are_those_of_all(
    where: frozenset[str], minute: int, begin: int
) -> None:
    start = own_start(where, minute, begin)
    assert start is not None
    assert first_start(minute, begin) <= start <= last_start(minute, begin)


@given(st.sampled_from(sorted(PLACES)), minutes, days)
def test_a_day_that_is_named_is_the_day_in_every_place(place: str, minute: int, day: date) -> None:
    start = own_start(frozenset({place}), minute, day_begin(day, minute))
    assert start is not None
    (wall,) = walls(frozenset({place}), start)
    assert wall.date() == day
