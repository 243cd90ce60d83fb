"""The one normal form of a postal address: two to six lines of at most 38 signs.

Lines follow the French layout (NF Z10-011): addressee first, postal code and city last, below
them the country's name in capitals when it is not France. All lines are in capitals and without
commas, which is what the norm asks of the lower lines; it is done to every line because the form
is hashed, and an objection must not miss its person over a capital letter.

Nothing is ever cut off: a line that does not fit is refused.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from channels.normal_form import WITHOUT_INVISIBLE, AddressFault, Normalised

FEWEST_LINES: Final = 2
MOST_LINES: Final = 6
LINE_WIDTH: Final = 38

SENTENCES: Final[Mapping[str, str]] = {
    "empty": "the postal address is empty",
    "too_few_lines": "the postal address needs an addressee or street, and a city line",
    "too_many_lines": f"the postal address has more than {MOST_LINES} lines",
    "line_too_long": f"a line of the postal address has more than {LINE_WIDTH} signs",
    "control_sign": "the postal address holds a control sign",
    "no_postal_code": "the last line must be a postal code and city, or a country below them",
}

_FRANCE: Final = "FRANCE"
_LINE_ENDS: Final = re.compile(r"\r\n|[\r\n\v\f\x85\u2028\u2029]")
_PUNCTUATION: Final = re.compile(r"[\s,;]+")
_FRENCH_CITY: Final = re.compile(r"[0-9]{5} \S.*")
_HAS_DIGIT: Final = re.compile(r"\d")


def normalise(raw: str) -> Normalised:
    r"""Return the normal form of a postal address: its lines joined by ``\n``.

    ``repaired`` is ``country_line`` when a needless last line "France" was dropped.
    Raises AddressFault: a reason of ``SENTENCES``.
    """
    lines = [line for part in _LINE_ENDS.split(raw) if (line := _line(part))]
    repaired = ""
    if len(lines) > 1 and lines[-1] == _FRANCE and _FRENCH_CITY.fullmatch(lines[-2]):
        lines.pop()
        repaired = "country_line"
    reason = _fault_of(lines)
    if reason:
        raise AddressFault(reason, SENTENCES[reason])
    return Normalised("\n".join(lines), repaired)


def _line(part: str) -> str:
    text = unicodedata.normalize("NFC", part.translate(WITHOUT_INVISIBLE))
    # Capitals can decompose ("ǰ"): composed again, so that the form is its own normal form.
    text = unicodedata.normalize("NFC", text.upper())
    return _PUNCTUATION.sub(" ", text).strip()


def _fault_of(lines: list[str]) -> str:
    if not lines:
        return "empty"
    if any(unicodedata.category(c)[0] == "C" for line in lines for c in line):
        return "control_sign"
    if len(lines) < FEWEST_LINES:
        return "too_few_lines"
    if len(lines) > MOST_LINES:
        return "too_many_lines"
    if max(map(len, lines)) > LINE_WIDTH:
        return "line_too_long"
    return "" if _ends_well(lines) else "no_postal_code"


def _ends_well(lines: list[str]) -> bool:
    """Whether the last line is a French city, or a country below something else's city."""
    last = lines[-1]
    if _FRENCH_CITY.fullmatch(last):
        return True
    return len(lines) > FEWEST_LINES and last != _FRANCE and not _HAS_DIGIT.search(last)
