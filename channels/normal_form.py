"""What every normaliser returns or raises, and the invisible signs that all of them drop.

``channels/addresses.py`` is the door: import from there.
"""

import unicodedata
from dataclasses import dataclass
from typing import Final

# Signs that people cannot see and that spreadsheets, web pages and phones leave around a value:
# byte order mark, zero-width space and joiners, direction marks, word joiner, soft hyphen.
# White space of every kind goes as well.
INVISIBLE: Final = (
    "\ufeff\u200b\u200c\u200d\u200e\u200f\u061c\u2060\u00ad"
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_SPACES: Final = "".join(c for c in map(chr, range(0x3001)) if c.isspace())
_OUTSIDE: Final = INVISIBLE + _SPACES
WITHOUT_INVISIBLE: Final = dict.fromkeys(map(ord, INVISIBLE))


class AddressFault(ValueError):
    """An address that cannot be used, or that could be two different ones.

    reason      a short word of a closed set, see the table of each normaliser
    candidates  the normalised addresses that one value seems to hold (``two_numbers``), for the
                client's own report only

    The text never holds the address: it may end up in a log.
    """

    def __init__(self, reason: str, sentence: str, candidates: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.candidates = candidates


@dataclass(frozen=True, slots=True)
class Normalised:
    """An address in the one form that is hashed, compared and handed to providers.

    repaired  what was mended, to be shown in reports (``missing_zero``); empty: nothing
    """

    value: str
    repaired: str = ""


def trimmed(raw: str) -> str:
    """Return ``raw`` composed (NFC), without white space and invisible signs around it."""
    return unicodedata.normalize("NFC", raw).strip(_OUTSIDE)
