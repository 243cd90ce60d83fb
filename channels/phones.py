"""The one normal form of a telephone number: E.164, read as a person in France writes it.

Well-formed French numbers are recognised by one expression compiled from the metadata of
``phonenumbers``; everything else is cleaned here, under rules that refuse rather than guess, and
then judged by the library. It never sees letters, a doubtful ``00`` or two numbers: it would turn
each of them into somebody else's number.

What is mended is told in ``Normalised.repaired``:

``missing_zero``  nine digits: a spreadsheet ate the zero
``missing_plus``  33 and nine digits
``trunk_zero``    the national 0 kept after +33
``text_mark``     the apostrophe by which spreadsheets mark text
``overseas``      a national number of an overseas department, which has a country code of its own
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

import phonenumbers
from phonenumbers import PhoneMetadata

from channels.normal_form import WITHOUT_INVISIBLE, AddressFault, Normalised

DEFAULT_REGION: Final = "FR"
COUNTRY_CODE: Final = "33"
# Overseas departments and communities share France's national numbering (0690 … 0697, 0262 …)
# but are reached from abroad, and billed, under country codes of their own.
OVERSEAS_REGIONS: Final = ("GP", "GF", "MQ", "RE", "YT")

SENTENCES: Final[Mapping[str, str]] = {
    "empty": "the number is empty",
    "extension": "the number has an extension; it cannot be kept",
    "scientific": "a spreadsheet wrote the number in scientific form; digits are lost",
    "spreadsheet_float": "a spreadsheet wrote the number with decimals",
    "letters_in_number": "the number has letters in it",
    "two_numbers": "the value holds more than one number; give one",
    "odd_sign": "the number has a sign that numbers do not have",
    "trunk_prefix_00x": "00 before this number can be a country code or one zero too many; write +",
    "short_number": "the number is a short number, or digits are missing",
    "too_long": "the number has too many digits",
    "machine_number": "the number belongs to a machine (0700)",
    "two_plans": "the number exists in France and overseas; write + and the country code",
    "unassigned": "no such number exists in its country's numbering plan",
}

# Numbers that ARCEP keeps free for works of fiction (decision 2018-0881): the only ones to test
# and rehearse with. The library calls +33 6 39 98 invalid, because 0639 belongs to Mayotte (+262)
# apart from that range.
_FICTION: Final = r"19900\d{4}|26191\d{4}|35301\d{4}|46571\d{4}|53649\d{4}|63998\d{4}"
_PLACES: Final = ("fixed_line", "mobile")
_CALLED: Final = ("toll_free", "premium_rate", "shared_cost", "uan", "voicemail")
_KINDS: Final = (*_PLACES, *_CALLED, "personal_number", "voip", "pager")


def _national_digits(region: str, kinds: tuple[str, ...]) -> str:
    """Return an expression of the national digits that the library calls valid."""
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None or metadata.general_desc is None:
        raise LookupError(f"phonenumbers has no metadata for {region}")
    found = (getattr(metadata, kind) for kind in kinds)
    patterns = [kind.national_number_pattern for kind in found if kind is not None]
    union = "|".join(f"(?:{pattern})" for pattern in patterns if pattern)
    return rf"(?=(?:{metadata.general_desc.national_number_pattern})\Z)(?:{union})"


_FRANCE: Final = _national_digits(DEFAULT_REGION, _KINDS)
_OVERSEAS: Final = tuple(
    (
        phonenumbers.country_code_for_region(region),
        re.compile(_national_digits(region, _PLACES), re.ASCII).fullmatch,
    )
    for region in OVERSEAS_REGIONS
)
_ANY_OVERSEAS: Final = "|".join(_national_digits(region, _PLACES) for region in OVERSEAS_REGIONS)
# What may follow +33, and what may follow a 0 without being in another plan as well (0596).
_after_country_code: Final = re.compile(rf"{_FRANCE}|{_FICTION}", re.ASCII).fullmatch
_after_zero: Final = re.compile(
    rf"(?!(?:{_ANY_OVERSEAS})\Z){_FRANCE}|{_FICTION}", re.ASCII
).fullmatch

# "+33…" or "0…" with nothing else, then the same in groups of two.
_BARE: Final = re.compile(r"(\+33|0)([1-9][0-9]{8})").fullmatch
_GROUPED: Final = re.compile(
    r"(\+33[ .-]?|0)([1-9])[ .-]([0-9]{2})[ .-]([0-9]{2})[ .-]([0-9]{2})[ .-]([0-9]{2})"
).fullmatch


def normalise(raw: str) -> Normalised:
    """Return the E.164 form of a telephone number.

    Raises AddressFault: a reason of ``SENTENCES``. Sources: ITU-T E.164, ARCEP 2018-0881.
    """
    if match := _BARE(raw):
        prefix, digits = match.groups()
    elif match := _GROUPED(raw):
        prefix, digits = match[1], "".join(match.groups()[1:])
    else:
        return _careful(raw)
    if (_after_zero if prefix == "0" else _after_country_code)(digits):
        return Normalised("+33" + digits)
    return _careful(raw)


# --- everything that is not plain --------------------------------------------------------------

_DASHES: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
_EXTENSION: Final = re.compile(r"\d\W*(?:poste|p\.|ext(?:ension|n)?|x|#)\W*\d+\W*$", re.IGNORECASE)
_SCIENTIFIC: Final = re.compile(r"\+?\d+(?:[.,]\d+)?e[+-]?\d+", re.IGNORECASE)
_FLOAT: Final = re.compile(r"\+?\d{7,}[.,]0+")
_PAIRS: Final = re.compile(r"\d\d(?:[/,]\d\d){4}")
_SEPARATED: Final = re.compile(r"[/;,|&\n\r]+|\b(?:ou|or|et|and)\b", re.IGNORECASE)
_DECORATION: Final = re.compile(r"[ .\-_/,()]+")
_TRUNK: Final = re.compile(r"\(\s*0\s*\)")
_FORM: Final = re.compile(r"(\+|00)?([0-9]+)")
_MACHINE: Final = re.compile(r"0700[0-9]{10}").fullmatch
_WITH_OR_WITHOUT_ZERO: Final = re.compile(r"(0?)([1-9][0-9]{8})").fullmatch
_WITHOUT_PLUS: Final = re.compile(rf"{COUNTRY_CODE}0?[1-9][0-9]{{8}}").fullmatch
_NATIONAL_DIGITS: Final = 9  # of France, without the trunk zero
_MOST_DIGITS: Final = 15  # E.164
_LEAST_DIGITS: Final = 7


def _careful(raw: str) -> Normalised:
    text, repaired = _cleaned(raw)
    if not text:
        raise _fault("empty")
    _refuse_what_is_no_number(text)
    _refuse_two_numbers(text)
    prefix, digits = _digits(text)
    normalised = _international(digits) if prefix else _as_written_in_france(digits)
    return Normalised(normalised.value, normalised.repaired or repaired)


def _cleaned(raw: str) -> tuple[str, str]:
    """Drop invisible signs, make every space and dash a plain one, take off what is around."""
    text = unicodedata.normalize("NFKC", raw.translate(WITHOUT_INVISIBLE)).translate(_DASHES)
    text = re.sub(r"[^\S\r\n]+", " ", text).strip()
    if text[:4].lower() == "tel:":
        text = text[4:].lstrip()
    if text[:1] in ("'", "\u2019"):
        return text[1:].lstrip(), "text_mark"
    return text, ""


def _refuse_what_is_no_number(text: str) -> None:
    packed = text.replace(" ", "")
    if _SCIENTIFIC.fullmatch(packed):
        raise _fault("scientific")
    if _FLOAT.fullmatch(packed):
        raise _fault("spreadsheet_float")
    if _EXTENSION.search(text):
        raise _fault("extension")


def _refuse_two_numbers(text: str) -> None:
    """Refuse a value with two numbers, and with any separator that could mean two."""
    if _PAIRS.fullmatch(text.replace(" ", "")):  # 06/39/98/01/23
        return
    parts = [part for part in _SEPARATED.split(text) if any(c.isdigit() for c in part)]
    if text.count("+") > 1:
        parts = [piece for part in parts for piece in re.split(r"(?=\+)", part)]
    if len(parts) > 1:
        raise _fault("two_numbers", _candidates(parts))


def _candidates(parts: list[str]) -> tuple[str, ...]:
    found = []
    for part in parts:
        try:
            found.append(normalise(part).value)
        except AddressFault:
            continue
    return tuple(found)


def _digits(text: str) -> tuple[str, str]:
    """Return the international prefix (``+``, ``00`` or none) and the digits after it."""
    if any(c.isalpha() for c in text):
        raise _fault("letters_in_number")
    # "(0)" is the national trunk zero beside a country code: not dialled together with it.
    abroad = text.lstrip("( ").startswith(("+", "00"))
    bare = _DECORATION.sub("", _TRUNK.sub("", text) if abroad else text)
    match = _FORM.fullmatch(bare)
    if match is None or not bare.isascii():
        raise _fault("odd_sign")
    prefix, digits = match[1] or "", match[2]
    if prefix == "00" and _could_be_extra_zero(digits):
        raise _fault("trunk_prefix_00x")
    return prefix, digits


def _could_be_extra_zero(digits: str) -> bool:
    """Whether ``00`` + digits is also a French number (0 + nine digits) with a zero too many."""
    return len(digits) == _NATIONAL_DIGITS or digits.startswith("0")


def _as_written_in_france(digits: str) -> Normalised:
    if _MACHINE(digits):
        raise _fault("machine_number")
    if match := _WITH_OR_WITHOUT_ZERO(digits):
        return _national_or_overseas(match[2], "" if match[1] else "missing_zero")
    if _WITHOUT_PLUS(digits):
        return Normalised(_international(digits).value, "missing_plus")
    raise _fault("short_number" if len(digits) <= _NATIONAL_DIGITS else "too_long")


def _national_or_overseas(digits: str, repaired: str) -> Normalised:
    """Give nine national digits their country code."""
    if _after_zero(digits):
        return Normalised(f"+{COUNTRY_CODE}{digits}", repaired)
    codes = {code for code, fits in _OVERSEAS if fits(digits)}
    if _after_country_code(digits):
        raise _fault("two_plans")
    if len(codes) != 1:
        raise _fault("unassigned")
    return Normalised(f"+{codes.pop()}{digits}", repaired or "overseas")


def _international(digits: str) -> Normalised:
    """Judge country code + national digits."""
    if digits.startswith(COUNTRY_CODE):
        rest = digits[len(COUNTRY_CODE) :]
        national = rest.removeprefix("0")
        if len(rest) - len(national) <= 1 and _after_country_code(national):
            return Normalised(
                f"+{COUNTRY_CODE}{national}", "trunk_zero" if rest != national else ""
            )
    if len(digits) > _MOST_DIGITS:
        raise _fault("too_long")
    if len(digits) < _LEAST_DIGITS:
        raise _fault("short_number")
    return Normalised(_judged_by_library("+" + digits))


def _judged_by_library(number: str) -> str:
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        raise _fault("unassigned") from None
    if not phonenumbers.is_valid_number(parsed):
        raise _fault("unassigned")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _fault(reason: str, candidates: tuple[str, ...] = ()) -> AddressFault:
    return AddressFault(reason, SENTENCES[reason], candidates)
