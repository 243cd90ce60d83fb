"""Public holidays of places: national ones, and those of a part of a country.

National days and those of a few parts come from the library ``holidays``. It gives French overseas
places more days than the law does (Code du travail, art. L3422-2), so those, and whatever else is
kept somewhere, are written in the ruleset with their source.
"""

from calendar import monthrange
from collections.abc import Iterable
from copy import copy
from datetime import date
from functools import cache
from typing import Final

from holidays import HolidayBase, country_holidays

from policy.rule_kinds import LocalHoliday
from policy.territory import PLACES

_Days = frozenset[date]


class Holidays:
    """Which days are public holidays where.

    local  days that the ruleset lists. Their places are keys of ``policy.territory.PLACES``

    Making one loads the calendars of all countries; afterwards nothing is read. May be shared by
    threads.
    """

    def __init__(self, local: tuple[LocalHoliday, ...] = ()) -> None:
        _load_calendars()
        self._listed: Final = local
        self._found: Final[dict[tuple[frozenset[str], int, bool], _Days]] = {}

    def is_holiday(self, place: str, day: date, *, local: bool) -> bool:
        """Return whether a day is a public holiday in a place, a key of ``PLACES``.

        local  days that only a part of the country keeps count, too
        Raises KeyError for a place that is unknown.
        """
        return day in self.days(frozenset((place,)), day.year, local=local)

    def days(self, places: frozenset[str], year: int, *, local: bool) -> _Days:
        """Return the holidays of a year that any of these places keeps. Raises KeyError likewise.

        They are kept per set of places, since deciding asks again and again about the same ones.
        """
        key = (places, year, local)
        if key not in self._found:
            self._found[key] = frozenset().union(
                *(self._of_place(place, year, local=local) for place in places)
            )
        return self._found[key]

    def _of_place(self, key: str, year: int, *, local: bool) -> _Days:
        place = PLACES[key]
        national = _in_library(place.country, None, year)
        if not local:
            return national
        own = _in_library(place.country, place.subdivision, year)
        return national | own | frozenset(self._listed_days(key, year))

    def _listed_days(self, key: str, year: int) -> Iterable[date]:
        for holiday in self._listed:
            # 29 February is kept in leap years only.
            if key in holiday.places and holiday.day <= monthrange(year, holiday.month)[1]:
                yield date(year, holiday.month, holiday.day)


@cache
def _calendar(country: str, subdivision: str | None) -> HolidayBase:
    return country_holidays(country, subdiv=subdivision)


@cache
def _load_calendars() -> None:
    for place in PLACES.values():
        _calendar(place.country, None)
        _calendar(place.country, place.subdivision)


@cache
def _in_library(country: str, subdivision: str | None, year: int) -> _Days:
    calendar = copy(_calendar(country, subdivision))
    # The library fills a calendar year by year when it is asked. Two threads that share one could
    # see a year half full, so a copy is filled, and forgets the list of years that it shares.
    calendar.years = set()
    calendar.get(date(year, 1, 1))  # asking fills the year
    return frozenset(day for day in calendar if day.year == year)
