"""What kind of number a telephone number is, where it belongs, and what a shown sender is.

French numbers are looked up in tables by their first digits, because the plan says more than
metadata does (who may call from a number, what calling it costs), and because nearly every number
of a campaign is one. Other countries are judged by ``phonenumbers``, each number once.

Source: Arcep, decision 2018-0881 as amended by 2022-1583 (numbering plan).
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType

from channels.normal_form import AddressFault
from channels.phones import normalise

# By the first three digits after +33. What is not here is not assigned in this plan: 0639, 069x
# and 0709 are overseas.
_FRENCH_ROOTS: Final[Mapping[str, str]] = {
    **dict.fromkeys("12345", "fixed"),
    **dict.fromkeys(("60", "61", "62", "64", "65", "66", "67", "68"), "mobile"),
    **dict.fromkeys((*(f"63{digit}" for digit in range(9)), "695", "698", "699"), "mobile"),
    **dict.fromkeys(("73", "74", "75", "76", "77", "78", "79"), "mobile"),
    "700": "m2m",
    **dict.fromkeys((f"80{digit}" for digit in range(6)), "toll_free"),
    **dict.fromkeys((f"80{digit}" for digit in range(6, 10)), "shared_cost"),  # ordinary tariff
    **dict.fromkeys((f"8{digit}" for digit in range(1, 10)), "premium"),
    "9": "voip",
    # Set aside for platforms that call by machine: nobody answers there.
    **dict.fromkeys(("162", "163", "270", "271", "377", "378", "424", "425"), "platform"),
    **dict.fromkeys(("568", "569", "948", "949"), "platform"),
}
# By the first digits after +262, +590, +594 and +596.
_OVERSEAS_ROOTS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("26", "59"), "fixed"),
    **dict.fromkeys(("639", "69", "709"), "mobile"),
    **dict.fromkeys((f"80{digit}" for digit in range(6)), "toll_free"),
    **dict.fromkeys((f"80{digit}" for digit in range(6, 10)), "shared_cost"),
    **dict.fromkeys((f"8{digit}" for digit in range(1, 10)), "premium"),
    "9": "voip",
}
_FICTION: Final = frozenset({"19900", "26191", "35301", "46571", "53649", "63998"})
_OVERSEAS_PLATFORMS: Final = frozenset({"9475", "9476", "9477", "9478", "9479"})
_OVERSEAS_CODES: Final = frozenset({"262", "590", "594", "596"})
_COUNTRIES: Final[Mapping[str, str]] = {
    "590": "GP",
    "594": "GF",
    "596": "MQ",
    "508": "PM",
    "681": "WF",
    "687": "NC",
    "689": "PF",
}
_MAYOTTE: Final = re.compile(r"\+262(?:269|2689|639|7093)").match
_FRENCH_LENGTH: Final = len("+33") + 9
_MACHINE_LENGTH: Final = len("+33") + 13
_OVERSEAS_LENGTH: Final = len("+590") + 9
_SHORT: Final = re.compile(r"(?:\+33)?[1-9][0-9]{2,5}").fullmatch  # 3xxx, 10xx, 36xxx, 118xxx

_KIND_OF_TYPE: Final[Mapping[int, str]] = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed_or_mobile",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.UAN: "shared_cost",
}


def _by_three_digits(roots: Mapping[str, str]) -> dict[str, str]:
    """Return a table with a row for every three digits; a longer root goes before a shorter."""
    ordered = sorted(roots.items(), key=lambda root: len(root[0]))
    return {digits: kind for root, kind in ordered for digits in _beginning(root)}


def _beginning(root: str) -> Iterator[str]:
    missing = 3 - len(root)
    return (f"{root}{rest:0{missing}}" if missing else root for rest in range(10**missing))


_FRENCH: Final = _by_three_digits(_FRENCH_ROOTS)
_OVERSEAS: Final = _by_three_digits(_OVERSEAS_ROOTS)


def number_kind(e164: str) -> str | None:
    """Return the kind of a number in E.164 form; None: unknown, or no such number.

    ``mobile``, ``fixed``, ``voip``, ``toll_free``, ``premium`` (surcharged), ``shared_cost``
    (special, at an ordinary tariff), ``m2m``, ``short``, ``platform`` (where machines call from),
    ``fiction``, and ``fixed_or_mobile`` in countries whose numbers do not tell.
    """
    if e164[:3] == "+33":
        return _french_kind(e164)
    if e164[1:4] in _OVERSEAS_CODES:
        return _overseas_kind(e164)
    if _SHORT(e164):
        return "short"
    return _foreign_kind(e164)


def _french_kind(e164: str) -> str | None:
    if len(e164) == _FRENCH_LENGTH:
        if e164[3:8] in _FICTION:
            return "fiction"
        if e164[3:7] in _OVERSEAS_PLATFORMS:
            return "platform"
        kind = _FRENCH.get(e164[3:6])
        return None if kind == "m2m" else kind
    if len(e164) == _MACHINE_LENGTH and e164[3:6] == "700":
        return "m2m"
    return "short" if _SHORT(e164) else None


def _overseas_kind(e164: str) -> str | None:
    if len(e164) != _OVERSEAS_LENGTH:
        return None
    if e164[4:8] in _OVERSEAS_PLATFORMS:
        return "platform"
    return _OVERSEAS.get(e164[4:7])


def number_country(e164: str) -> str | None:
    """Return the country of a number (ISO 3166-1 alpha-2); None: unknown, or in no country.

    Overseas lands have their own: ``GP`` for +590 (Saint-Barthélemy and Saint-Martin share it),
    ``RE`` or ``YT`` for +262 by what follows.
    """
    if e164[:3] == "+33":
        return "FR"
    if e164[:4] == "+262":
        return "YT" if _MAYOTTE(e164) else "RE"
    return _COUNTRIES.get(e164[1:4]) or _foreign_country(e164)


def _parsed(e164: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return None


@lru_cache(maxsize=65_536)
def _foreign_kind(e164: str) -> str | None:
    parsed = _parsed(e164)
    return None if parsed is None else _KIND_OF_TYPE.get(phonenumbers.number_type(parsed))


@lru_cache(maxsize=65_536)
def _foreign_country(e164: str) -> str | None:
    parsed = _parsed(e164)
    region = None if parsed is None else phonenumbers.region_code_for_number(parsed)
    return None if region in {None, "001", "ZZ"} else region


# --- what is shown as the sender ---------------------------------------------------------------

_NAME: Final = re.compile(r"(?=[0-9]*[A-Za-z])[A-Za-z0-9]{3,11}").fullmatch
_CODE: Final = re.compile(r"[1-9][0-9]{2,5}").fullmatch
_NUMBER: Final = re.compile(r"\+?[0-9][0-9 .\-/()\u00a0\u202f]*").fullmatch
_SENDER_OF: Final[Mapping[str, str]] = {"mobile": "mobile", "platform": "platform"}
_FICTIONAL_MOBILE: Final = "+3363998"


def sender_kind(shown: str, country: str = "FR") -> str | None:
    """Return what is shown as the sender of a text message or call; None: nothing that may be.

    ``alphanumeric`` (3 to 11 letters and digits, at least one letter), ``short`` (3 to 6 digits),
    ``mobile``, ``platform``, ``other_number``, ``address`` (of email).

    country  whose national form a number without a country code has (ISO 3166-1)
    """
    text = shown.strip()
    if "@" in text:
        return "address"
    if _NAME(text):
        return "alphanumeric"
    if not _NUMBER(text):
        return None
    if _CODE(text.replace(" ", "")):
        return "short"
    e164 = _e164(text, country)
    if e164 is None:
        return None
    if e164.startswith(_FICTIONAL_MOBILE):
        return "mobile"
    return _SENDER_OF.get(number_kind(e164) or "", "other_number")


def _e164(text: str, country: str) -> str | None:
    if country == "FR":
        try:
            return normalise(text).value
        except AddressFault:
            return None
    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def deciding_part(e164: str) -> str:
    """Return what of a number decides on its kind and country, along with its length.

    Numbers that have it in common need to be looked at once.
    """
    return e164[:8] if e164[:3] == "+33" else e164
