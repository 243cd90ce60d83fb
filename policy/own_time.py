"""When it is a given o'clock in the recipient's own time, wherever the recipient may be.

A day is the recipient's own as well: "14:00 on the third" comes half a day earlier in Nouméa than
in Paris. Where several zones are possible the latest of them counts, on the first day that all of
them can keep, so that nothing leaves before that o'clock of that day anywhere.

Minutes are counted from midnight, 0 to 1439. Instants are milliseconds since the epoch, UTC.
"""

from collections.abc import Collection
from datetime import date
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from policy.local_time import DAY, clock_change, day_start, instants_of, local_date
from policy.send_facts import Millis
from policy.territory import PLACES, clocks_of

_Zones = Collection[ZoneInfo]

_EVERY_ZONE: Final = frozenset(clock.zone for clock in clocks_of(frozenset(PLACES)))


@lru_cache(maxsize=4096)
def own_start(places: frozenset[str], minute: int, begin: Millis) -> Millis | None:
    """Return the first instant from ``begin`` on at which the clock shows a minute of the day.

    places  keys of ``PLACES``; none, or an unknown one, tell nothing: None

    An o'clock that the night of summer time skips is the end of the skip; one that comes twice is
    the first that is not before ``begin``.
    """
    zones = {clock.zone for clock in clocks_of(places)}
    return _start(zones, minute, begin) if zones else None


def first_start(minute: int, begin: Millis) -> Millis:
    """Return the earliest instant of ``own_start`` in any place: nothing leaves before it."""
    return min(_start({zone}, minute, begin) for zone in _EVERY_ZONE)


def last_start(minute: int, begin: Millis) -> Millis:
    """Return the latest instant of ``own_start``, for whichever places."""
    return _start(_EVERY_ZONE, minute, begin)


def day_begin(day: date, minute: int) -> Millis:
    """Return when a day first comes to a minute, anywhere.

    From there on ``own_start`` is on that very day in every place: no two of them are a day apart.
    """
    return min(_shown(zone, day, minute)[0] for zone in _EVERY_ZONE)


def _start(zones: _Zones, minute: int, begin: Millis) -> Millis:
    day = max(_first_day(zone, minute, begin) for zone in zones)
    shown = (_shown(zone, day, minute) for zone in zones)
    return max(min(instant for instant in each if instant >= begin) for each in shown)


def _first_day(zone: ZoneInfo, minute: int, begin: Millis) -> date:
    """Return the first day that comes to a minute at ``begin`` or later."""
    day = local_date(zone, begin)
    return day if _shown(zone, day, minute)[-1] >= begin else day + DAY


def _shown(zone: ZoneInfo, day: date, minute: int) -> tuple[Millis, ...]:
    """Return when a day comes to a minute: once, twice, or at the end of the skip over it."""
    found = instants_of(zone, day, minute)
    if found:
        return found
    change = clock_change(zone, day)
    return (day_start(zone, day) if change is None else change,)
