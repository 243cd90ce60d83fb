"""When a send may leave by the hours of a rule: the first instant that is open everywhere.

Between two boundaries nothing changes, so only boundaries are looked at: the beginnings of windows
and days and the jumps of clocks, in order, in every zone in which the recipient may be.
"""

from collections.abc import Collection, Iterator
from datetime import date
from functools import cache
from heapq import merge
from typing import Final

from policy.holiday_calendar import Holidays
from policy.local_time import DAY, DAY_LENGTH, clock_change, day_start, instants_of, local_date
from policy.local_time import wall_time as shown_at
from policy.rule_kinds import Day, Hours
from policy.send_facts import Millis
from policy.send_reasons import SendReason
from policy.territory import Clock, clocks_of

LOOK_AHEAD: Final[Millis] = 400 * DAY_LENGTH
_WEEK: Final[tuple[Day, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def next_open(
    rule: Hours, places: Collection[str], now: Millis, holidays: Holidays
) -> tuple[SendReason, Millis] | None:
    """Return why it is closed and when it opens next, or None where it is open now.

    places    keys of ``PLACES``: it must be open in all of them at once
    now       milliseconds since the epoch, UTC, as is the answer

    Where several reasons hold, a holiday is told before a day, and a day before hours. Two reasons
    mean that it will not open: ZONE_UNKNOWN (no place, or an unknown one; with ``now``) and
    NEVER_OPEN (not within ``LOOK_AHEAD``; with its end).
    """
    clocks = clocks_of(frozenset(places))
    if not clocks:
        return SendReason.ZONE_UNKNOWN, now
    reason = _why_closed(rule, clocks, now, holidays)
    if reason is None:
        return None
    for instant in merge(*(_boundaries(rule, clock, now, holidays) for clock in clocks)):
        if _why_closed(rule, clocks, instant, holidays) is None:
            return reason, instant
    return SendReason.NEVER_OPEN, now + LOOK_AHEAD


def _why_closed(
    rule: Hours, clocks: tuple[Clock, ...], instant: Millis, holidays: Holidays
) -> SendReason | None:
    shown = [(shown_at(clock.zone, instant), clock) for clock in clocks]
    if any(_is_holiday(rule, clock, wall.date(), holidays) for wall, clock in shown):
        return SendReason.HOLIDAY
    if not all(_is_day(rule, wall.date()) for wall, _ in shown):
        return SendReason.DAY
    if not all(_is_within(rule, wall.hour * 60 + wall.minute) for wall, _ in shown):
        return SendReason.HOURS
    return None


def _boundaries(rule: Hours, clock: Clock, now: Millis, holidays: Holidays) -> Iterator[Millis]:
    """Yield in order the instants after ``now`` at which one clock may open, within LOOK_AHEAD."""
    day = local_date(clock.zone, now)
    last = local_date(clock.zone, now + LOOK_AHEAD)
    while day <= last:
        if _is_day(rule, day) and not _is_holiday(rule, clock, day, holidays):
            for instant in _boundaries_of_day(rule, clock, day):
                if now < instant <= now + LOOK_AHEAD:
                    yield instant
        day += DAY


def _boundaries_of_day(rule: Hours, clock: Clock, day: date) -> list[Millis]:
    found = {day_start(clock.zone, day)}
    for window in rule.windows:
        found.update(instants_of(clock.zone, day, _minute(window.start)))
    change = clock_change(clock.zone, day)
    if change is not None:
        found.add(change)
    return sorted(found)


def _is_holiday(rule: Hours, clock: Clock, day: date, holidays: Holidays) -> bool:
    """Return whether a day is closed as a holiday in any of the places.

    They share their national holidays: whatever else one of them keeps is local.
    """
    if day in holidays.days(clock.places, day.year, local=False):
        return not rule.holidays
    return not rule.local_holidays and day in holidays.days(clock.places, day.year, local=True)


def _is_day(rule: Hours, day: date) -> bool:
    return _WEEK[day.weekday()] in rule.days


def _is_within(rule: Hours, minute: int) -> bool:
    return any(_minute(each.start) <= minute < _minute(each.end) for each in rule.windows)


@cache
def _minute(clock: str) -> int:
    """Return a minute of the day: ``08:30`` is 510, ``24:00`` is 1440."""
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
