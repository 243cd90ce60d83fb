"""What the clock on a wall shows at an instant, and at which instants it shows something.

Instants are milliseconds since the epoch, UTC. Twice a year in most of Europe a clock on the wall
skips an hour or shows it twice; both nights come out of the time zone database here, and nothing
else needs to know about them.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from policy.send_facts import Millis

# The same few days are asked about for every recipient; a year of them in several zones is kept.
_kept = lru_cache(maxsize=8192)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
DAY: Final = timedelta(days=1)
DAY_LENGTH: Final[Millis] = DAY // _MILLISECOND  # of a day without a change of the clock


def wall_time(zone: ZoneInfo, instant: Millis) -> datetime:
    """Return what the clock shows."""
    # Whole milliseconds are added, since a float of seconds would have to be rounded.
    return (_EPOCH + instant * _MILLISECOND).astimezone(zone)


def local_date(zone: ZoneInfo, instant: Millis) -> date:
    """Return which day it is."""
    return wall_time(zone, instant).date()


@_kept
def instants_of(zone: ZoneInfo, day: date, minute: int) -> tuple[Millis, ...]:
    """Return when the clock shows a minute of a day, counted from midnight, for the first time.

    None in an hour that is skipped, two where it is shown twice.
    """
    shown = datetime.combine(day, time()) + timedelta(minutes=minute)
    both = (_instant(shown.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    return tuple(sorted({at for at in both if wall_time(zone, at).replace(tzinfo=None) == shown}))


@_kept
def day_start(zone: ZoneInfo, day: date) -> Millis:
    """Return the first instant of a day: midnight, or the end of a skip over midnight."""
    shown = instants_of(zone, day, 0)
    if shown:
        return shown[0]
    noon = _instant(datetime.combine(day, time(12), tzinfo=zone))
    return _change_between(zone, noon - DAY_LENGTH, noon)


@_kept
def clock_change(zone: ZoneInfo, day: date) -> Millis | None:
    """Return the instant in a day, or at its end, at which the clock jumps; None: it does not."""
    begin, end = day_start(zone, day), day_start(zone, day + DAY)
    if _offset(zone, begin) == _offset(zone, end):
        return None
    return _change_between(zone, begin, end)


def _instant(shown: datetime) -> Millis:
    return (shown - _EPOCH) // _MILLISECOND


def _offset(zone: ZoneInfo, instant: Millis) -> timedelta | None:
    return wall_time(zone, instant).utcoffset()


def _change_between(zone: ZoneInfo, before: Millis, after: Millis) -> Millis:
    """Return the first instant with the offset of ``after``, which is not that of ``before``."""
    offset = _offset(zone, after)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == offset:
            after = middle
        else:
            before = middle
    return after
