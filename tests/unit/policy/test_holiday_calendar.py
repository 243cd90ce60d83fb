"""Public holidays: the nation's, those of Alsace-Moselle, those that a ruleset lists, abroad."""

import threading
from datetime import date

import pytest

from policy.holiday_calendar import Holidays
from policy.rule_kinds import LocalHoliday
from policy.territory import PLACES
from tests.unit.policy.moments import HOLIDAYS

ELEVEN = {
    date(2027, 1, 1),
    date(2027, 3, 29),
    date(2027, 5, 1),
    date(2027, 5, 6),
    date(2027, 5, 8),
    date(2027, 5, 17),
    date(2027, 7, 14),
    date(2027, 8, 15),
    date(2027, 11, 1),
    date(2027, 11, 11),
    date(2027, 12, 25),
}
GOOD_FRIDAY, SECOND_CHRISTMAS_DAY = date(2027, 3, 26), date(2027, 12, 26)
FRENCH = sorted(key for key, place in PLACES.items() if place.country == "FR")


@pytest.mark.parametrize("place", FRENCH)
def test_all_of_france_keeps_the_eleven_days_of_the_labour_code(place: str) -> None:
    assert HOLIDAYS.days(frozenset({place}), 2027, local=False) == ELEVEN


@pytest.mark.parametrize("place", FRENCH)
def test_only_alsace_and_moselle_keep_more_days_by_themselves(place: str) -> None:
    more = Holidays().days(frozenset({place}), 2027, local=True) - ELEVEN
    expected = {GOOD_FRIDAY, SECOND_CHRISTMAS_DAY} if place in {"57", "67", "68"} else set()
    assert more == expected


def test_days_of_a_part_count_only_where_they_are_asked_for() -> None:
    assert HOLIDAYS.is_holiday("67", GOOD_FRIDAY, local=True)
    assert not HOLIDAYS.is_holiday("67", GOOD_FRIDAY, local=False)
    assert HOLIDAYS.is_holiday("67", date(2027, 5, 6), local=True)


def test_a_day_that_a_ruleset_lists_is_kept_each_year_in_its_places_only() -> None:
    for year in (2026, 2027, 2031):
        assert HOLIDAYS.is_holiday("974", date(year, 12, 20), local=True)
        assert not HOLIDAYS.is_holiday("974", date(year, 12, 20), local=False)
        assert not HOLIDAYS.is_holiday("976", date(year, 12, 20), local=True)


def test_a_listed_leap_day_is_kept_in_leap_years() -> None:
    leap_day = LocalHoliday(places=("DE",), month=2, day=29, source="a test")
    listed = Holidays((leap_day,))
    assert listed.is_holiday("DE", date(2028, 2, 29), local=True)
    none_more = listed.days(frozenset({"DE"}), 2027, local=False)
    assert listed.days(frozenset({"DE"}), 2027, local=True) == none_more


@pytest.mark.parametrize(
    ("place", "day"),
    [
        ("DE", date(2027, 10, 3)),
        ("IT", date(2027, 6, 2)),
        ("CH", date(2027, 8, 1)),
        ("GB", date(2027, 12, 27)),  # a substitute for Saturday, 25 December
        ("ES-CN", date(2027, 10, 12)),
        ("PT-20", date(2027, 4, 25)),
        ("IS", date(2027, 6, 17)),
    ],
)
def test_other_countries_keep_their_own_national_days(place: str, day: date) -> None:
    assert HOLIDAYS.is_holiday(place, day, local=False)
    assert not HOLIDAYS.is_holiday("75", day, local=True)


def test_the_islands_of_spain_and_portugal_keep_their_own_days() -> None:
    assert HOLIDAYS.is_holiday("ES-CN", date(2028, 5, 30), local=True)
    assert not HOLIDAYS.is_holiday("ES", date(2028, 5, 30), local=True)
    assert HOLIDAYS.is_holiday("PT-30", date(2027, 7, 1), local=True)
    assert HOLIDAYS.is_holiday("PT-20", date(2027, 5, 17), local=True)
    assert not HOLIDAYS.is_holiday("PT", date(2027, 7, 1), local=True)


@pytest.mark.parametrize("place", sorted(PLACES))
def test_every_place_has_holidays(place: str) -> None:
    assert HOLIDAYS.is_holiday(place, date(2027, 1, 1), local=False)


def test_several_places_keep_the_days_of_each_of_them() -> None:
    both = HOLIDAYS.days(frozenset({"67", "974"}), 2027, local=True)
    assert both == ELEVEN | {GOOD_FRIDAY, SECOND_CHRISTMAS_DAY, date(2027, 12, 20)}


def test_an_unknown_place_is_a_fault() -> None:
    with pytest.raises(KeyError):
        HOLIDAYS.is_holiday("nowhere", date(2027, 1, 1), local=False)


def test_threads_that_ask_at_once_get_the_whole_year() -> None:
    found: list[int] = []

    def ask(year: int) -> None:
        found.append(len(Holidays().days(frozenset({"75"}), year, local=True)))

    threads = [threading.Thread(target=ask, args=(2040 + each // 8,)) for each in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 32
    assert min(found) >= 10
