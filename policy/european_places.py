"""Where in the rest of the European Economic Area, in the United Kingdom and in Switzerland.

One place for each country, and one more for each part that keeps another time or is far away.
Sources: ITU-T E.164 for calling codes, the IANA time zone database, the address guides of the
Universal Postal Union for postal codes.
"""

from collections.abc import Mapping
from typing import Final

from policy.place import AddressPlan, Place

_COUNTRIES: Final[Mapping[str, tuple[str, str]]] = {
    "AT": ("+43", "Europe/Vienna"),
    "BE": ("+32", "Europe/Brussels"),
    "BG": ("+359", "Europe/Sofia"),
    "CH": ("+41", "Europe/Zurich"),
    "CY": ("+357", "Asia/Nicosia"),
    "CZ": ("+420", "Europe/Prague"),
    "DE": ("+49", "Europe/Berlin"),
    "DK": ("+45", "Europe/Copenhagen"),
    "EE": ("+372", "Europe/Tallinn"),
    "FI": ("+358", "Europe/Helsinki"),
    "GB": ("+44", "Europe/London"),
    "GR": ("+30", "Europe/Athens"),
    "HR": ("+385", "Europe/Zagreb"),
    "HU": ("+36", "Europe/Budapest"),
    "IE": ("+353", "Europe/Dublin"),
    "IS": ("+354", "Atlantic/Reykjavik"),
    "IT": ("+39", "Europe/Rome"),
    "LI": ("+423", "Europe/Vaduz"),
    "LT": ("+370", "Europe/Vilnius"),
    "LU": ("+352", "Europe/Luxembourg"),
    "LV": ("+371", "Europe/Riga"),
    "MT": ("+356", "Europe/Malta"),
    "NL": ("+31", "Europe/Amsterdam"),
    "NO": ("+47", "Europe/Oslo"),
    "PL": ("+48", "Europe/Warsaw"),
    "RO": ("+40", "Europe/Bucharest"),
    "SE": ("+46", "Europe/Stockholm"),
    "SI": ("+386", "Europe/Ljubljana"),
    "SK": ("+421", "Europe/Bratislava"),
}


def _of_one_place(country: str, calling_code: str, zone: str) -> AddressPlan:
    return AddressPlan(
        country=country,
        places=(Place(country, country, zone),),
        by_country={country: (country,)},
        by_number={calling_code: (country,)},
    )


_SPAIN: Final = AddressPlan(
    country="ES",
    places=(
        Place("ES", "ES", "Europe/Madrid"),
        Place("ES-CN", "ES", "Atlantic/Canary", "CN"),
    ),
    by_country={"ES": ("ES", "ES-CN")},
    by_number={"+34": ("ES", "ES-CN")},
    postal=r"[0-9]{5}",
    by_postal={
        **{f"{province:02}": ("ES",) for province in range(1, 53)},
        "35": ("ES-CN",),  # Las Palmas
        "38": ("ES-CN",),  # Santa Cruz de Tenerife
    },
)
_PORTUGAL: Final = AddressPlan(
    country="PT",
    places=(
        Place("PT", "PT", "Europe/Lisbon"),
        Place("PT-20", "PT", "Atlantic/Azores", "20"),
        Place("PT-30", "PT", "Atlantic/Madeira", "30"),
    ),
    by_country={"PT": ("PT", "PT-20", "PT-30")},
    by_number={"+351": ("PT", "PT-20", "PT-30")},
    postal=r"[0-9]{4}([0-9]{3})?",
    by_postal={
        **{str(region): ("PT",) for region in range(1, 9)},
        **{f"9{region}": ("PT-30",) for region in range(5)},
        **{f"9{region}": ("PT-20",) for region in range(5, 10)},
    },
)

EUROPE: Final[tuple[AddressPlan, ...]] = (
    *(_of_one_place(country, *row) for country, row in _COUNTRIES.items()),
    _SPAIN,
    _PORTUGAL,
)
