"""Where in France: departments, overseas departments and territories, their zones and addresses.

Sources: the numbering plan (Arcep decision 2018-0881), the official geographic code (INSEE) for the
keys, the address guides of the Universal Postal Union for postal codes, and the IANA time zone
database for the zones.
"""

from collections.abc import Mapping
from typing import Final

from policy.place import AddressPlan, Keys, Place

_ALSACE: Final = "6AE"  # the European Collectivity of Alsace, as the library calls it
_OWN_DAYS: Final[Mapping[str, str]] = {"57": "57", "67": _ALSACE, "68": _ALSACE}

# 20 is Corsica: its two departments share the beginning of the postal codes, the time and the days.
METROPOLITAN: Final[Keys] = tuple(f"{number:02}" for number in range(1, 96))

_OVERSEAS: Final[Mapping[str, str]] = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",  # keeps the dates of the United States for summer time
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",  # Saint-Martin
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",  # the Society, Tuamotu and Austral Islands
    "987-G": "Pacific/Gambier",
    "987-M": "Pacific/Marquesas",
    "988": "Pacific/Noumea",
}
_GUADELOUPE_AND_NORTH: Final[Keys] = ("971", "977", "978")  # share one beginning of numbers
_POLYNESIA: Final[Keys] = ("987", "987-G", "987-M")

FRANCE: Final = AddressPlan(
    country="FR",
    places=(
        *(Place(key, "FR", "Europe/Paris", _OWN_DAYS.get(key)) for key in METROPOLITAN),
        *(Place(key, "FR", zone) for key, zone in _OVERSEAS.items()),
    ),
    by_country={
        "FR": METROPOLITAN,
        "GP": _GUADELOUPE_AND_NORTH,  # lists often call the two northern islands by it, too
        "MQ": ("972",),
        "GF": ("973",),
        "RE": ("974",),
        "PM": ("975",),
        "YT": ("976",),
        "BL": ("977",),
        "MF": ("978",),
        "WF": ("986",),
        "PF": _POLYNESIA,
        "NC": ("988",),
    },
    by_number={
        # Mobiles go anywhere, and so may geographic numbers since 2023: no digit says more.
        "+33": METROPOLITAN,
        "+262": ("974", "976"),
        "+262262": ("974",),
        "+262263": ("974",),
        "+262692": ("974",),
        "+262693": ("974",),
        "+262269": ("976",),
        "+262639": ("976",),
        "+508": ("975",),
        "+590": _GUADELOUPE_AND_NORTH,
        "+594": ("973",),
        "+596": ("972",),
        "+681": ("986",),
        "+687": ("988",),
        "+689": _POLYNESIA,
    },
    postal=r"[0-9]{5}",
    by_postal={
        **{key: (key,) for key in METROPOLITAN},
        **{key: (key,) for key in ("972", "973", "974", "975", "976", "986", "988")},
        "970": _GUADELOUPE_AND_NORTH,  # addresses of firms
        "971": ("971",),
        "97133": ("977",),
        "97150": ("978",),
        # The fourth digit is the group of islands (Universal Postal Union).
        "987": _POLYNESIA,
        "9870": ("987",),
        "9871": ("987",),
        "9872": ("987",),
        "9873": ("987",),
        "9874": ("987-M",),
        "9875": ("987", "987-G"),
        "9876": ("987",),
        "9877": ("987",),
        "9878": ("987",),
    },
)
