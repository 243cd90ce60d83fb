"""The week of an ``hours`` rule as a grid of text: a row a day, a sign for each half hour."""

from policy.rule_kinds import Hours
from policy.strictness import joined

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HALF_HOUR = 30
_HALVES = 48
_HOURS = 24
_RULER_EVERY = 3  # hours
OPEN, PARTLY, CLOSED = "#", "+", "."


def week_chart(rule: Hours) -> str:
    """Return the grid: ``#`` open, ``+`` open for a part of the half hour, ``.`` closed."""
    ruler = "".join(f"{hour:02}".ljust(2 * _RULER_EVERY) for hour in range(0, _HOURS, _RULER_EVERY))
    rows = [f"{day}  {_day(rule) if day in rule.days else CLOSED * _HALVES}" for day in _DAYS]
    return "\n".join([f"     {ruler}24", *rows])


def _day(rule: Hours) -> str:
    return "".join(_sign(rule, half * _HALF_HOUR) for half in range(_HALVES))


def _sign(rule: Hours, begin: int) -> str:
    """Return how much of the half hour from minute ``begin`` is open."""
    spans = [(_minute(one.start), _minute(one.end)) for one in joined(rule.windows)]
    opened = sum(max(0, min(end, begin + _HALF_HOUR) - max(start, begin)) for start, end in spans)
    if opened == _HALF_HOUR:
        return OPEN
    return PARTLY if opened else CLOSED


def _minute(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)
