"""How many parts a text message is billed as (3GPP TS 23.038, TS 23.040).

A text of the GSM 7-bit alphabet holds 160 septets alone or 153 in each of several parts; any other
sign makes the whole text UCS-2, with 70 or 67 UTF-16 units. A sign of two units, be it from the
extension table or a surrogate pair, is never cut in two.
"""

from collections.abc import Iterable
from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_LAST_OF_PLANE_0 = 0xFFFF


@dataclass(frozen=True, slots=True)
class Segments:
    """The size of one text.

    gsm7      False: UCS-2
    units     septets or UTF-16 units of the whole text
    parts     messages billed; 1 for an empty text
    culprits  signs that force UCS-2, in order of appearance, each once
    """

    gsm7: bool
    units: int
    parts: int
    culprits: str = ""


def segments(text: str) -> Segments:
    """Count a text as it stands; the caller composes accents (NFC) first."""
    culprits = "".join(dict.fromkeys(c for c in text if c not in _BASIC and c not in _EXTENSION))
    if culprits:
        widths = [2 if ord(c) > _LAST_OF_PLANE_0 else 1 for c in text]
        return Segments(
            gsm7=False, units=sum(widths), parts=_parts(widths, 70, 67), culprits=culprits
        )
    widths = [2 if c in _EXTENSION else 1 for c in text]
    return Segments(gsm7=True, units=sum(widths), parts=_parts(widths, 160, 153))


def _parts(widths: list[int], alone: int, each: int) -> int:
    if sum(widths) <= alone:
        return 1
    return _cut(widths, each)


def _cut(widths: Iterable[int], each: int) -> int:
    parts, room = 1, each
    for width in widths:
        if width > room:
            parts, room = parts + 1, each
        room -= width
    return parts
