"""Planning for a local time: where each recipient is, as far as anybody knows, and when they start.

Whoever says nothing of where they are (an email address without a country) is taken to be in
``HOME``; how many that were is counted. So is somebody whose number or country has no known zone.
"""

from collections.abc import Sequence
from typing import Final

from channels.contract import AddressKind
from engine.clock import Millis
from engine.planning.cursor import Cursor, Spilled
from engine.recipient_facts import COUNTRY, POSTAL_CODE
from policy.countries import COUNTRIES
from policy.own_time import own_start
from policy.territory import places_of

HOME: Final = "FR"
"""Where whoever is nowhere else is taken to be (ISO 3166-1); without a postal code: its capital."""

_UNKNOWN: Final[frozenset[str]] = frozenset()


class Starts:
    """When the recipients of a campaign start. ``assumed``: how many were taken to be at home."""

    def __init__(self, cursor: Cursor, begin: Millis) -> None:
        self.assumed = 0
        self._begin = begin
        self._minute = cursor.local_minute
        self._postal_code = _place_of(POSTAL_CODE, cursor.variables)
        self._country = _place_of(COUNTRY, cursor.variables)
        self._tel = _place_of(AddressKind.TEL, cursor.kinds)

    def sort(self, rows: Sequence[Spilled]) -> dict[Millis, list[Spilled]]:
        """Sort rows by their start, the earliest first; their order stays within each."""
        if self._minute is None:
            return {self._begin: list(rows)} if rows else {}
        found: dict[Millis, list[Spilled]] = {}
        for row in rows:
            found.setdefault(self._start_of(row, self._minute), []).append(row)
        return dict(sorted(found.items()))

    def _start_of(self, row: Spilled, minute: int) -> Millis:
        start = own_start(self._places(row), minute, self._begin)
        if start is not None:
            return start
        self.assumed += 1
        postal_code = _value(row.recipient.values, self._postal_code)
        at_home = places_of(postal_code=postal_code, country=HOME)
        start = own_start(at_home, minute, self._begin)
        if start is None:
            msg = f"no time zone is known for {HOME}"
            raise LookupError(msg)
        return start

    def _places(self, row: Spilled) -> frozenset[str]:
        who = row.recipient
        point = None if self._tel is None else who.points[self._tel]
        # A name instead of a code tells nothing, and is no reason to doubt the rest.
        code = (_value(who.values, self._country) or "").upper()
        country = code if code in COUNTRIES else None
        return places_of(
            number=None if point is None else point.address,
            postal_code=_value(who.values, self._postal_code),
            country=country,
        )


def _place_of(name: str, names: Sequence[str]) -> int | None:
    return names.index(name) if name in names else None


def _value(values: Sequence[str | None], place: int | None) -> str | None:
    value = None if place is None else values[place]
    return (value or "").strip() or None
