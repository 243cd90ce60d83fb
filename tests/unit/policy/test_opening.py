"""The first instant that is open: nights in which clocks change, midnight, holidays, never."""

from datetime import date, timedelta

import pytest

from policy.holiday_calendar import Holidays
from policy.opening import LOOK_AHEAD, next_open
from policy.rule_kinds import Hours, LocalHoliday, Window
from policy.send_reasons import SendReason
from tests.unit.policy.moments import (
    HOLIDAYS,
    MINUTE,
    SMS,
    VOICE,
    WEEK,
    at,
    hours,
    utc,
)


def opens(rule: Hours, moment: str, *places: str) -> str:
    """Return when it opens after a moment in the first place, in UTC; empty where it is open."""
    found = next_open(rule, places, at(moment, places[0]), HOLIDAYS)
    return utc(found[1])[:16] + "Z" if found else ""


def test_a_window_in_the_hour_that_is_skipped_opens_the_day_after() -> None:
    rule = hours("02:15-02:45")
    assert opens(rule, "2027-03-28T01:00", "75") == "2027-03-29T00:15Z"


def test_a_window_that_begins_in_the_skipped_hour_opens_when_the_clock_jumps_into_it() -> None:
    rule = hours("02:15-04:00")
    assert opens(rule, "2027-03-28T01:00", "75") == "2027-03-28T01:00Z"


def test_a_window_in_the_hour_that_is_shown_twice_opens_twice() -> None:
    rule = hours("02:15-02:45")
    assert opens(rule, "2026-10-25T00:00", "75") == "2026-10-25T00:15Z"
    assert opens(rule, "2026-10-25T00:45Z", "75") == "2026-10-25T01:15Z"
    assert opens(rule, "2026-10-25T01:30Z", "75") == ""
    assert opens(rule, "2026-10-25T01:45Z", "75") == "2026-10-26T01:15Z"


def test_a_window_that_ended_opens_again_when_the_clock_goes_back_into_it() -> None:
    rule = hours("01:00-02:30")
    assert opens(rule, "2026-10-25T00:29Z", "75") == ""
    assert opens(rule, "2026-10-25T00:30Z", "75") == "2026-10-25T01:00Z"
    assert opens(rule, "2026-10-25T01:30Z", "75") == "2026-10-26T00:00Z"


@pytest.mark.parametrize(
    ("moment", "next_morning"),
    [
        ("2027-03-27T21:00", "2027-03-28T06:00Z"),
        ("2026-10-24T21:00", "2026-10-25T07:00Z"),
        ("2027-10-30T21:00", "2027-10-31T07:00Z"),
        ("2026-03-28T21:00", "2026-03-29T06:00Z"),
    ],
)
def test_the_morning_after_the_clocks_changed_begins_by_the_new_time(
    moment: str, next_morning: str
) -> None:
    assert opens(hours("08:00-20:00"), moment, "75") == next_morning


def test_a_day_whose_midnight_is_skipped_begins_when_the_clock_jumps_into_it() -> None:
    # On the Azores summer time begins at midnight: the clock goes from 24:00 to 01:00.
    rule = hours("00:00-06:00", days=("sun",))
    assert opens(rule, "2027-03-27T20:00", "PT-20") == "2027-03-28T01:00Z"


def test_miquelon_changes_its_clocks_with_the_united_states() -> None:
    rule = hours("08:00-20:00")
    assert opens(rule, "2027-03-13T21:00", "975") == "2027-03-14T10:00Z"
    assert opens(rule, "2026-10-31T21:00", "975") == "2026-11-01T11:00Z"


def test_a_window_until_midnight_meets_one_that_begins_there() -> None:
    rule = hours("22:00-24:00", "00:00-01:00")
    assert opens(rule, "2026-11-24T23:59:59.999", "75") == ""
    assert opens(rule, "2026-11-25T00:00", "75") == ""
    assert opens(rule, "2026-11-25T01:00", "75") == "2026-11-25T21:00Z"


def test_the_day_of_a_window_until_midnight_ends_there() -> None:
    rule = hours("22:00-24:00", days=("tue",))
    assert opens(rule, "2026-11-25T00:00", "75") == "2026-12-01T21:00Z"


def test_windows_may_overlap_and_stand_in_any_order() -> None:
    rule = hours("14:00-20:00", "09:00-12:00", "11:00-13:00")
    assert opens(rule, "2026-11-24T12:30", "75") == ""
    assert opens(rule, "2026-11-24T13:00", "75") == "2026-11-24T13:00Z"
    assert opens(rule, "2026-11-24T20:00", "75") == "2026-11-25T08:00Z"


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        ("2027-08-15T22:00", SendReason.HOLIDAY),  # a Sunday, in the evening
        ("2026-11-29T22:00", SendReason.DAY),  # a Sunday
        ("2026-11-24T22:00", SendReason.HOURS),
    ],
)
def test_a_holiday_is_told_before_a_day_and_a_day_before_hours(
    moment: str, reason: SendReason
) -> None:
    found = next_open(VOICE, ("75",), at(moment), HOLIDAYS)
    assert found is not None
    assert found[0] is reason


def test_holidays_are_open_where_the_rule_says_so() -> None:
    assert opens(hours("08:00-20:00"), "2027-12-25T11:00", "67") == ""


@pytest.mark.parametrize(
    ("holidays", "local_holidays", "national_day", "local_day"),
    [
        (True, True, "", ""),
        (True, False, "", "2027-12-27T07:00Z"),
        (False, True, "2027-12-26T07:00Z", ""),
        (False, False, "2027-12-27T07:00Z", "2027-12-27T07:00Z"),
    ],
)
def test_national_and_local_holidays_are_open_or_closed_apart(
    holidays: bool, local_holidays: bool, national_day: str, local_day: str
) -> None:
    rule = Hours(
        id="some.hours",
        source="a test",
        certainty="house",
        windows=(Window(start="08:00", end="20:00"),),
        holidays=holidays,
        local_holidays=local_holidays,
    )
    assert opens(rule, "2027-12-25T11:00", "67") == national_day
    assert opens(rule, "2027-12-26T11:00", "67") == local_day


def test_it_is_open_where_all_places_are() -> None:
    # 08:00 in Guadeloupe is 13:00 in Paris in winter, and 20:00 in Paris is 15:00 there.
    assert opens(SMS, "2026-11-24T11:00", "75", "971") == "2026-11-24T12:00Z"
    assert opens(SMS, "2026-11-24T19:59", "75", "971") == ""
    assert opens(SMS, "2026-11-24T20:00", "75", "971") == "2026-11-25T12:00Z"


def test_a_holiday_in_one_of_the_places_closes_all() -> None:
    assert opens(SMS, "2027-05-27T16:00", "75", "971") == "2027-05-28T12:00Z"


def test_places_that_are_never_open_together_never_open() -> None:
    # Seven hours around noon in Noumea are night in Tahiti, 21 hours behind it.
    now = at("2026-11-24T11:00")
    found = next_open(hours("10:00-13:00"), ("988", "987"), now, HOLIDAYS)
    assert found == (SendReason.NEVER_OPEN, now + LOOK_AHEAD)


@pytest.mark.parametrize("window", ["20:00-08:00", "08:00-08:00", "24:00-24:00"])
def test_an_empty_window_is_never_open(window: str) -> None:
    found = next_open(hours(window), ("75",), at("2026-11-24T08:00"), HOLIDAYS)
    assert found is not None
    assert found[0] is SendReason.NEVER_OPEN


def test_no_day_at_all_is_never_open() -> None:
    found = next_open(hours("08:00-20:00", days=()), ("75",), at("2026-11-24T08:00"), HOLIDAYS)
    assert found is not None
    assert found[0] is SendReason.NEVER_OPEN


def test_it_looks_ahead_four_hundred_days_and_not_a_millisecond_more() -> None:
    leap_day = date(2028, 2, 29)
    all_others = tuple(
        LocalHoliday(places=("75",), month=day.month, day=day.day, source="a test")
        for day in (leap_day + timedelta(days=ahead) for ahead in range(1, 366))
    )
    only_leap_days = Holidays(all_others)
    rule = hours("10:00-12:00", holidays=False)
    opening = at("2028-02-29T10:00")
    earliest = opening - LOOK_AHEAD
    assert LOOK_AHEAD == 400 * 24 * 60 * MINUTE
    assert next_open(rule, ("75",), earliest, only_leap_days) == (SendReason.HOLIDAY, opening)
    assert next_open(rule, ("75",), earliest - 1, only_leap_days) == (
        SendReason.NEVER_OPEN,
        opening - 1,
    )


@pytest.mark.parametrize("places", [(), ("75", "nowhere")])
def test_where_nobody_knows_the_place_nobody_knows_the_time(places: tuple[str, ...]) -> None:
    now = at("2026-11-24T11:00")
    assert next_open(hours("00:00-24:00"), places, now, HOLIDAYS) == (
        SendReason.ZONE_UNKNOWN,
        now,
    )


def test_an_instant_past_the_minute_waits_for_the_whole_minute() -> None:
    now = at("2026-11-24T13:59:59.999")
    assert next_open(VOICE, ("75",), now, HOLIDAYS) == (SendReason.HOURS, now + 1)


def test_every_day_of_the_week_can_be_chosen() -> None:
    monday = at("2026-11-23T12:00")
    for number, day in enumerate(WEEK):
        assert (
            next_open(hours("12:00-12:01", days=(day,)), ("75",), monday, HOLIDAYS) is None
        ) is (number == 0)
