"""Quoted-printable (RFC 2045 §6.7) in two steps: literals once per campaign, values per recipient.

A body is literals and values by turns. Literals are encoded beforehand; at each seam room for a
short value is reserved on the line, a longer value goes on lines of its own between soft breaks.
Both decode to exactly the same text. No line of the result starts with a dot, so that SMTP needs no
dot-stuffing, and none is longer than 76 characters.
"""

import re
from binascii import b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass

SHORT = 24  # characters reserved for a value inside a line
_WIDTH = 75  # and the "=" of a soft break
_SOFT_BREAK = "=\r\n"
_PLAIN = re.compile(r"(?![.])[!-<>-~]*(?: [!-<>-~]+)*").fullmatch
_CODES = [chr(c) if c in range(33, 127) and c != ord("=") else f"={c:02X}" for c in range(256)]
_CODES[ord(" ")], _CODES[ord("\t")] = " ", "\t"


@dataclass(frozen=True, slots=True)
class Seam:
    """Where a value goes: its slot, and what stands around it when it is not short."""

    slot: int
    before: str
    after: str


def encode_value(value: str) -> str:
    """Encode one value; a result of at most ``SHORT`` characters may stand inside a line."""
    if len(value) <= SHORT and _PLAIN(value):
        return value
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    # The codec takes one style of line end for the whole text and soft-breaks in that style.
    encoded = b2a_qp(value.encode("utf-8", "replace"), istext=True).decode("ascii")
    if len(encoded) - encoded.rfind("\n") - 1 > _WIDTH:
        encoded = _shorten_last_line(encoded)  # the codec leaves no room for a soft break there
    if encoded.startswith(".") or "\n." in encoded:
        encoded = "\n".join(_hide_dots(line) for line in encoded.split("\n"))
    return encoded.replace("\n", "\r\n") if "\n" in encoded else encoded


def encode_literals(literals: Sequence[str], slots: Sequence[int]) -> tuple[list[str], list[Seam]]:
    r"""Encode what stands between the values, and say how each value is set in.

    Literals use ``\\n`` line ends. Returns n+1 texts and n seams.
    """
    encoded: list[str] = []
    seams: list[Seam] = []
    column, certain = 0, True  # certain: the column is known, no value stands before on this line
    for index, literal in enumerate(literals):
        text, column = _encode_literal(literal, column)
        certain = "\n" in literal or (certain and not literal)
        if index == len(slots):
            encoded.append(text)
            break
        if column + SHORT > _WIDTH:
            text, column, certain = text + _SOFT_BREAK, 0, True
        encoded.append(text)
        following = literals[index + 1]
        ends = following.startswith("\n") or (not following and index + 1 == len(slots))
        alone = certain and column == 0
        seams.append(Seam(slots[index], "" if alone else _SOFT_BREAK, "" if ends else _SOFT_BREAK))
        column, certain = column + SHORT, False
    return encoded, seams


def _encode_literal(literal: str, column: int) -> tuple[str, int]:
    lines = []
    for number, line in enumerate(literal.split("\n")):
        text, column = _encode_line(line, 0 if number else column)
        lines.append(text)
    return "\r\n".join(lines), column


def _encode_line(line: str, column: int) -> tuple[str, int]:
    codes = [_CODES[byte] for byte in line.encode("utf-8", "replace")]
    if codes and codes[-1] in {" ", "\t"}:
        codes[-1] = f"={ord(codes[-1]):02X}"
    if codes and (codes[0] == "." or (column == 0 and line.startswith("From "))):
        codes[0] = f"={ord(codes[0]):02X}"
    pieces = []
    for code in codes:
        if column + len(code) > _WIDTH:
            pieces.append(_SOFT_BREAK)
            column = 0
        safe = "=2E" if code == "." and column == 0 else code
        pieces.append(safe)
        column += len(safe)
    return "".join(pieces), column


def _shorten_last_line(encoded: str) -> str:
    cut = len(encoded) - 4
    while "=" in encoded[cut - 2 : cut]:  # inside of =XX
        cut -= 1
    return f"{encoded[:cut]}=\n{encoded[cut:]}"


def _hide_dots(line: str) -> str:
    """Encode a dot at the start of a line; a line that gets too long is broken after it."""
    done = ""
    while line.startswith("."):
        line = "=2E" + line[1:]
        if len(line) <= _WIDTH:
            break
        done += "=2E=\n"
        line = line[3:]
    return done + line
