"""When the demo plays: on the next working day at eleven, whatever day and hour it is now.

Text messages may not leave at night, on Sundays or on holidays; a reader should see them leave at
any time. At eleven in Paris it is early in the morning in Guadeloupe, so that some of them wait.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from engine.clock import Millis
from ops.cli import packs
from policy.french_places import METROPOLITAN
from policy.holiday_calendar import Holidays
from policy.reading import read_ruleset

_PARIS: Final = ZoneInfo("Europe/Paris")
_ELEVEN: Final = 11
_SATURDAY: Final = 5
_PLACES: Final = frozenset({*METROPOLITAN, "971"})  # where those who get text messages may be


def until_eleven(now: Millis) -> Millis:
    """Return how long it is, in milliseconds, until it is eleven in Paris on a working day."""
    holidays = Holidays(read_ruleset(packs.ruleset("fr").text).local_holiday)
    at = datetime.fromtimestamp(now / 1000, UTC).astimezone(_PARIS)
    eleven = at.replace(hour=_ELEVEN, minute=0, second=0, microsecond=0)
    while eleven <= at or _is_free(eleven, holidays):
        eleven += timedelta(days=1)  # of the calendar: eleven stays eleven when clocks change
    return int(eleven.timestamp() * 1000) - now


def _is_free(day: datetime, holidays: Holidays) -> bool:
    closed = holidays.days(_PLACES, day.year, local=True)
    return day.weekday() >= _SATURDAY or day.date() in closed
