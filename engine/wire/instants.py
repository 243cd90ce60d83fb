"""Instants and durations as they stand on the wire.

Inside the engine an instant is a number of milliseconds (``engine.clock.Millis``); on the wire it
is an RFC 3339 timestamp that must carry its offset, since "nine o'clock" without one is a guess.
Durations are the ISO 8601 subset ``PnYnMnDTnHnMnS`` of whole numbers.
"""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Annotated

from msgspec import Meta

from engine.clock import DAY, HOUR, MINUTE, SECOND, Millis

Instant = Annotated[datetime, Meta(tz=True)]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LAST = datetime(9999, 12, 31, tzinfo=UTC)

# The last part refuses a newline at the end, which Python's ``$`` would let pass.
DURATION_PATTERN = (
    r"^P(?=[0-9T])(?:[0-9]{1,4}Y)?(?:[0-9]{1,4}M)?(?:[0-9]{1,5}D)?"
    r"(?:T(?=[0-9])(?:[0-9]{1,6}H)?(?:[0-9]{1,8}M)?(?:[0-9]{1,9}S)?)?$(?!\n)"
)
_DURATION = re.compile(
    r"P(?=[0-9T])(?:([0-9]{1,4})Y)?(?:([0-9]{1,4})M)?(?:([0-9]{1,5})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,6})H)?(?:([0-9]{1,8})M)?(?:([0-9]{1,9})S)?)?"
)


def to_millis(instant: datetime) -> Millis:
    """Return an aware datetime as milliseconds since the epoch."""
    return (instant - _EPOCH) // _MILLISECOND


def from_millis(millis: Millis) -> datetime:
    """Return milliseconds since the epoch as a datetime in UTC."""
    return _EPOCH + timedelta(milliseconds=millis)


class Duration:
    """A length of time with a calendar part (months) and an exact part (milliseconds).

    The two are kept apart because a month has no fixed length: add a duration to an instant with
    ``after``. Immutable and hashable. An ordinary class, since msgspec would decode a dataclass
    from a JSON object.
    """

    __slots__ = ("_millis", "_months")

    def __init__(self, *, months: int = 0, millis: Millis = 0) -> None:
        self._months = months
        self._millis = millis

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Read ``PnYnMnDTnHnMnS``.

        Raises ValueError when the text is no such duration; the message does not quote it.
        """
        found = _DURATION.fullmatch(text)
        if found is None:
            msg = "expected an ISO 8601 duration such as P2Y, P30D or PT6H"
            raise ValueError(msg)
        years, months, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        exact = days * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND
        return cls(months=years * 12 + months, millis=exact)

    @property
    def months(self) -> int:
        """The calendar part; a year is twelve months."""
        return self._months

    @property
    def millis(self) -> Millis:
        """The exact part; a day is 24 hours."""
        return self._millis

    def after(self, start: Millis) -> Millis:
        """Return the instant that lies this long after ``start``.

        Months are counted in the UTC calendar; the 31st becomes the last day of a shorter month.
        The end of the calendar (year 9999) is the latest answer.
        """
        if not self._months:
            return start + self._millis
        begin = from_millis(start)
        total = begin.year * 12 + begin.month - 1 + self._months
        year, month = total // 12, total % 12 + 1
        if year >= _LAST.year:
            return to_millis(_LAST)
        day = min(begin.day, monthrange(year, month)[1])
        moved = begin.replace(year=year, month=month, day=day)
        # ``start`` may be finer than a datetime's arithmetic on months: only whole days moved.
        return start + (moved - begin) // _MILLISECOND + self._millis

    def __str__(self) -> str:
        """Return the shortest ISO 8601 form; equal durations have equal texts."""
        years, months = divmod(self._months, 12)
        days, rest = divmod(self._millis, DAY)
        hours, rest = divmod(rest, HOUR)
        minutes, rest = divmod(rest, MINUTE)
        seconds = rest // SECOND
        date = "".join(f"{n}{unit}" for n, unit in ((years, "Y"), (months, "M"), (days, "D")) if n)
        time = "".join(
            f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n
        )
        if not date and not time:
            return "PT0S"
        return f"P{date}T{time}" if time else f"P{date}"

    def __repr__(self) -> str:
        """Return the ISO 8601 form, marked as a duration."""
        return f"Duration({self})"

    def __eq__(self, other: object) -> bool:
        """Compare both parts."""
        if not isinstance(other, Duration):
            return NotImplemented
        return (self._months, self._millis) == (other._months, other._millis)

    def __hash__(self) -> int:
        """Agree with equality."""
        return hash((self._months, self._millis))
