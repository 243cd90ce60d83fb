"""What a place is, and how the addresses of a country tell in which of its places somebody is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Keys = tuple[str, ...]  # of places


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the world with one time and one set of public holidays.

    key          unique: a French department or territory, or a country (ISO 3166-1 alpha-2), with
                 a suffix for a part of it that keeps another time
    country      whose national holidays are kept, ISO 3166-1 alpha-2
    zone         IANA time zone
    subdivision  of that country in the library ``holidays``, where its own days are read from there
    """

    key: str
    country: str
    zone: str
    subdivision: str | None = None


@dataclass(frozen=True, slots=True)
class AddressPlan:
    """How numbers, postal codes and country codes locate, for one country.

    places       all of the country's
    by_country   ISO 3166-1 alpha-2 code -> where somebody is of whom only this is known. The code
                 of the country itself stands for what has no code of its own
    by_number    beginning of an E.164 number -> where its holder may be; the longest one holds
    postal       the form of a postal code, as a regular expression, without spaces and hyphens;
                 None: postal codes tell nothing more
    by_postal    beginning of a postal code -> where it is; the longest one holds
    """

    country: str
    places: tuple[Place, ...]
    by_country: Mapping[str, Keys]
    by_number: Mapping[str, Keys]
    postal: str | None = None
    by_postal: Mapping[str, Keys] = field(default_factory=dict)
