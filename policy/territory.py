"""Where a recipient may be, as far as a number, a postal code and a country tell.

Whatever is left open stays open: several places mean *any of these*, and rules about time hold in
all of them at once. No place at all means that nobody knows, which permits nothing. What is known
about a country is data (``policy.french_places``, ``policy.european_places``).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from policy.european_places import EUROPE
from policy.french_places import FRANCE
from policy.local_time import local_date
from policy.place import AddressPlan, Keys, Place
from policy.send_facts import Millis

__all__ = ["PLACES", "Clock", "Place", "clocks_of", "local_dates", "places_of"]

_Places = frozenset[str]

_PLANS: Final[tuple[AddressPlan, ...]] = (FRANCE, *EUROPE)
PLACES: Final[Mapping[str, Place]] = {place.key: place for plan in _PLANS for place in plan.places}


def _shared(table: Mapping[str, Keys]) -> Mapping[str, _Places]:
    """Return the table with sets, so that recipients share them instead of keeping their own."""
    return {code: frozenset(keys) for code, keys in table.items()}


_PLAN_OF: Final[Mapping[str, AddressPlan]] = {
    code: plan for plan in _PLANS for code in plan.by_country
}
_BY_COUNTRY: Final = _shared({code: plan.by_country[code] for code, plan in _PLAN_OF.items()})
_BY_NUMBER: Final = _shared(
    {prefix: keys for plan in _PLANS for prefix, keys in plan.by_number.items()}
)
_BY_POSTAL: Final = {plan.country: _shared(plan.by_postal) for plan in _PLANS}
# Read from files once, here: deciding reads nothing.
_ZONES: Final[Mapping[str, ZoneInfo]] = {
    zone: ZoneInfo(zone) for zone in sorted({place.zone for place in PLACES.values()})
}
_NOWHERE: Final[_Places] = frozenset()


@dataclass(frozen=True, slots=True)
class Clock:
    """Places, as keys, that are in one time zone and keep the national holidays of one country."""

    zone: ZoneInfo
    places: _Places


def places_of(
    *, number: str | None = None, postal_code: str | None = None, country: str | None = None
) -> _Places:
    """Return the keys of ``PLACES`` where a recipient may be; none where nobody knows.

    number       E.164, with its plus sign
    postal_code  as people write it. It is read by the rules of ``country``, or else of the country
                 of the number; alone it tells nothing, since many countries use the same codes
    country      ISO 3166-1 alpha-2

    A postal code and a number that agree narrow each other; where they disagree, both are possible.
    A country only ever adds, where it contradicts them. A number or a country that nothing is known
    about makes the whole unknown: the recipient may be there.
    """
    by_number = _longest(_BY_NUMBER, number) if number else None
    if (number and by_number is None) or (country and country not in _PLAN_OF):
        return _NOWHERE
    by_postal = _by_postal(postal_code, country, by_number) if postal_code else None
    return _combined(by_postal, by_number, country)


def local_dates(places: Collection[str], now: Millis) -> frozenset[date]:
    """Return which day it may be for somebody in one of ``places`` (keys; unknown ones tell none).

    now  milliseconds since the epoch, UTC
    """
    zones = {PLACES[key].zone for key in places if key in PLACES}
    return frozenset(local_date(_ZONES[zone], now) for zone in zones)


@lru_cache(maxsize=4096)
def clocks_of(places: _Places) -> tuple[Clock, ...]:
    """Return the places, as keys, by the clock that holds there; none if one of them is unknown."""
    if not places <= PLACES.keys():
        return ()
    by_clock: dict[tuple[str, str], set[str]] = {}
    for key in sorted(places):
        place = PLACES[key]
        by_clock.setdefault((place.zone, place.country), set()).add(key)
    return tuple(Clock(_ZONES[zone], frozenset(keys)) for (zone, _), keys in by_clock.items())


def _longest(table: Mapping[str, _Places], code: str) -> _Places | None:
    """Return what the longest beginning of ``code`` that is in ``table`` stands for."""
    for length in range(len(code), 0, -1):
        if code[:length] in table:
            return table[code[:length]]
    return None


def _by_postal(postal_code: str, country: str | None, by_number: _Places | None) -> _Places | None:
    plan = _PLAN_OF.get(country or (PLACES[min(by_number)].country if by_number else ""))
    code = re.sub(r"[\s-]", "", postal_code)
    if plan is None or plan.postal is None or not re.fullmatch(plan.postal, code):
        return None
    return _longest(_BY_POSTAL[plan.country], code)


@lru_cache(maxsize=4096)
def _combined(by_postal: _Places | None, by_number: _Places | None, country: str | None) -> _Places:
    if by_postal is None or by_number is None:
        found = by_postal or by_number or _NOWHERE
    else:
        found = (by_postal & by_number) or (by_postal | by_number)
    if not country:
        return found
    alone, plan = _BY_COUNTRY[country], _PLAN_OF[country]
    # The code of a country is also used for its parts that have a code of their own.
    covered = {place.key for place in plan.places} if country == plan.country else alone
    return found if found & covered else found | alone
