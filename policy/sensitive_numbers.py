"""Numbers that a campaign must not hold: the French social security number, and payment cards.

They are recognised by what makes them what they are (their parts, their key), because telephone
numbers, orders, bar codes and numbers of companies look much the same. What is found is told by
kind; the number itself never leaves this module.

Sources: decree 82-103 and INSEE (NIR: parts and key); ISO/IEC 7812-1 (cards: leading digits, the
last digit after Luhn).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

NIR: Final = "nir"
CARD: Final = "card"

# Signs with which people group digits, among them spaces that do not break a line.
_MARK: Final = r"[ \u00a0\u2009\u202f.\-\u2010\u2011\u2013/_]"
_MARKS: Final = re.compile(_MARK)
# Twelve signs are too few for either number. 2A and 2B (Corsica) are the only letters in one. What
# hangs on a letter is the code of something; after a plus comes a telephone number, after the
# letters of an IBAN (FR76 …) an account.
_RUN: Final = re.compile(
    rf"(?<![A-Za-z0-9+])(?<![A-Za-z]{{2}}[0-9]{{2}}{_MARK})"
    rf"[0-9](?:{_MARK}{{0,2}}(?:[0-9]|(?<=2)[ABab](?={_MARK}?[0-9]))){{12,}}(?![A-Za-z0-9])"
)

# Written in full: groups as on the card itself. In a longer row of digits only this counts.
_GROUPED_NIR: Final = re.compile(
    rf"(?<![0-9])[1-478]({_MARK})[0-9][0-9]\1[0-9][0-9]\1(?:[0-9][0-9]|2[AB])\1[0-9]{{3}}\1[0-9]{{3}}{_MARK}[0-9][0-9](?![0-9])",
    re.IGNORECASE,
)
_GROUPED_CARD: Final = re.compile(
    rf"(?<![0-9])[0-9]{{4}}({_MARK})(?:[0-9]{{4}}\1[0-9]{{4}}\1[0-9]{{4}}|[0-9]{{6}}\1[0-9]{{4,5}}|[0-9]{{3}}\1[0-9]{{3}}\1[0-9]{{3}})"
    r"(?![0-9])"
)
_KEY_APART: Final = re.compile(
    r"[ \u00a0]*[(/\-–]?[ \u00a0]*(?:cl[eé]|key)?[ \u00a0:]*([0-9]{2})(?![0-9])", re.IGNORECASE
)
_NIR_LABEL: Final = re.compile(
    r"\bnir\b|s[eé]curit[eé]\s+sociale|\bs[eé]cu\b|\bn[°o]?\s?ss\b|\bnss\b|social\s+security",
    re.IGNORECASE,
)
_CARD_LABEL: Final = re.compile(
    r"\bcartes?\b(?!\s+(?:de\s+)?fid)|\bcb\b|\bcards?\b|\bvisa\b|\bdiners\b", re.IGNORECASE
)
_LABEL_REACH: Final = 40  # how far before a number the words may stand that say what it is

_NIR_PARTS: Final = re.compile(
    r"[1-478]"  # sex; 3, 4, 7 and 8 in provisional numbers
    r"[0-9][0-9]"  # year
    r"(?:0[1-9]|1[0-2]|20|3[0-9]|4[0-2]|[5-9][0-9])"  # month; the rest where it is not known
    r"(?:0[1-9]|[1-9][0-9]|2[AB])"  # department; 96 to 99 overseas and abroad
    r"(?!000)[0-9]{3}(?!000)[0-9]{3}"  # commune, rank in its register
).fullmatch
_NIR_SIGNS: Final = 13
_KEYED_SIGNS: Final = 15
_KEY: Final = 97
_CORSICA: Final[Mapping[str, str]] = {"2A": "19", "2B": "18"}

# Which digits cards of a length begin with. Those of 13 and 14 digits are shared with bar codes
# and with the numbers of French companies (SIRET, which satisfy Luhn): they count where they are
# grouped as on a card, or called one.
_VISA: Final = r"4"
_MASTERCARD: Final = r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"
_DISCOVER: Final = r"6011|64[4-9]|65"
_JCB: Final = r"352[89]|35[3-8]"
_UNIONPAY: Final = r"62"
_MAESTRO: Final = r"5018|5020|5038|5893|6304|6759|676[1-3]"
_LEADING: Final[Mapping[int, Callable[[str], object]]] = {
    length: re.compile(leading).match
    for length, leading in {
        13: _VISA,
        14: r"30[0-5]|36|38|39",  # Diners
        15: r"34|37",  # American Express
        16: f"{_VISA}|{_MASTERCARD}|{_DISCOVER}|{_JCB}|{_UNIONPAY}|{_MAESTRO}",
        17: f"{_UNIONPAY}|{_MAESTRO}",
        18: f"{_UNIONPAY}|{_MAESTRO}",
        19: f"{_VISA}|{_UNIONPAY}|{_MAESTRO}",
    }.items()
}
_SHARED_LENGTHS: Final = (13, 14)
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)  # sum of the digits of twice a digit


# The same in brief: digits as "1", the letters of Corsica as "A", marks left out. Whatever this
# does not find is no run either, and it is looked for at memory speed.
_BRIEF: Final = bytes.maketrans(b"023456789abB", b"111111111AAA")
_LEFT_OUT: Final = " \u00a0\u2009\u202f.-\u2010\u2011\u2013/_".encode()
_BRIEF_RUNS: Final = (b"1" * _NIR_SIGNS, b"111111A111111")


def may_hold_numbers(text: str) -> bool:
    """Whether a text has so many digits in a row that ``numbers_in`` could find something."""
    brief = text.encode(errors="replace").translate(_BRIEF, _LEFT_OUT)
    return any(run in brief for run in _BRIEF_RUNS)


def numbers_in(text: str) -> Iterator[str]:
    """Yield ``nir`` or ``card`` for each such number, in order; numbers end with their line."""
    for match in _RUN.finditer(text):
        yield from _kinds(match, text)


def _kinds(match: re.Match[str], text: str) -> Iterator[str]:
    run = match[0]
    signs = _MARKS.sub("", run).upper()
    is_nir = _is_keyed_nir(signs) or _is_nir_alone(signs, match, text)
    is_card = _is_card(signs) and _looks_like_card(signs, match, text)
    if is_nir:
        yield NIR
    if is_card:  # a number may satisfy both keys: nobody knows which of the two it is
        yield CARD
    if not (is_nir or is_card) and len(signs) > _KEYED_SIGNS:
        yield from _among_other_digits(run)


def _among_other_digits(run: str) -> Iterator[str]:
    """Yield what a longer row of digits holds: grouped as usual, or as one piece of it."""
    yield from (NIR for one in _GROUPED_NIR.finditer(run) if _is_keyed_nir(_bare(one)))
    yield from (CARD for one in _GROUPED_CARD.finditer(run) if _is_card(_bare(one)))
    for piece in _MARKS.split(run):
        if _is_keyed_nir(piece.upper()):
            yield NIR
        if len(piece) >= _KEYED_SIGNS and _is_card(piece):
            yield CARD


def _bare(match: re.Match[str]) -> str:
    return _MARKS.sub("", match[0]).upper()


def _is_keyed_nir(signs: str) -> bool:
    whole = len(signs) == _KEYED_SIGNS and _NIR_PARTS(signs[:_NIR_SIGNS]) is not None
    return whole and _key(signs) == signs[_NIR_SIGNS:]


def _key(signs: str) -> str:
    """Return the key of a NIR: what its number lacks to a multiple of 97."""
    department = signs[5:7]
    number = signs[:5] + _CORSICA.get(department, department) + signs[7:_NIR_SIGNS]
    return f"{_KEY - int(number) % _KEY:02}"


def _is_nir_alone(signs: str, match: re.Match[str], text: str) -> bool:
    """Whether 13 signs are a NIR: bar codes look alike, so its key or a label must say so."""
    if _NIR_PARTS(signs) is None:
        return False
    key = _KEY_APART.match(text, match.end())
    if key is not None and key[1] == _key(signs):
        return True
    return _labelled(_NIR_LABEL, match, text)


def _is_card(signs: str) -> bool:
    leading = _LEADING.get(len(signs)) if signs.isdigit() else None
    return leading is not None and leading(signs) is not None and _luhn(signs)


def _luhn(digits: str) -> bool:
    total = sum(map(int, digits[-1::-2])) + sum(_DOUBLED[int(one)] for one in digits[-2::-2])
    return total % 10 == 0


def _looks_like_card(signs: str, match: re.Match[str], text: str) -> bool:
    if len(signs) not in _SHARED_LENGTHS:
        return True
    return bool(_GROUPED_CARD.fullmatch(match[0])) or _labelled(_CARD_LABEL, match, text)


def _labelled(label: re.Pattern[str], match: re.Match[str], text: str) -> bool:
    """Whether words just before a number, on its line, say what it is."""
    before = text[max(0, match.start() - _LABEL_REACH) : match.start()]
    return label.search(before.rpartition("\n")[2]) is not None
