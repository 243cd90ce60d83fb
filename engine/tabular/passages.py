"""Bytes of a list to text, a passage of whole lines at a time.

A passage is a function of the file and the offset where it starts, of nothing else: reading on
from a stored offset gives the very same passages.
"""

import re
from dataclasses import dataclass
from typing import BinaryIO, Final

from engine.tabular.dialect import UNDECIDED, guess_encoding
from engine.tabular.rows import LINE_LIMIT, Cursor

PASSAGE_SIZE: Final = 64 * 1024
"""Bytes: small enough for the processor's cache, which makes reading a tenth faster."""

# Undecodable bytes become lone surrogates, by which their row is found (PEP 383).
ERRORS: Final = {
    "ascii": "strict",
    "utf-8": "surrogateescape",
    "cp1252": "surrogateescape",
    "utf-16-le": "surrogatepass",
    "utf-16-be": "surrogatepass",
}
UNDECODED: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Passage:
    """Some whole lines.

    line   number of the first one, from 1
    final     nothing comes after
    damaged   some bytes were undecodable: they are lone surrogates in ``text``
    overlong  the passage stands for one line that is too long to be kept; ``text`` is empty
    """

    text: str
    line: int
    final: bool = False
    damaged: bool = False
    overlong: bool = False


class PassageSource:
    """Cuts a stream into passages; the reader says how much of each it could use."""

    def __init__(self, stream: BinaryIO, start: Cursor, size: int = PASSAGE_SIZE) -> None:
        self.encoding = start.encoding
        self.line = start.line
        self.offset = start.offset
        self._stream = stream
        self._size = size
        self._wanted = size
        self._buffer = b""
        self._ended = False
        self._cut = 0

    def next(self) -> Passage | None:
        """Return the passage at the offset; None at the end of the file."""
        self._fill()
        while (cut := self._last_line_end()) == 0 and not self._ended:
            if len(self._buffer) > LINE_LIMIT:
                return Passage("", self.line, overlong=True)
            self.extend()
            self._fill()
        self._cut = len(self._buffer) if self._ended else cut
        return self._decoded() if self._cut else None

    def extend(self) -> None:
        """Make the next passage at this offset longer: a record goes on beyond its end."""
        self._wanted += self._size

    def advance(self, lines: int, used: str | None = None) -> None:
        """Go on ``lines`` lines further, after ``used`` of the passage's text; None: all of it."""
        if used is None:
            self._drop(self._cut)
        else:
            self._drop(len(used.encode(self.encoding, ERRORS[self.encoding])))
        self.line += lines

    def pass_over_line(self) -> None:
        """Drop the overlong line, however long it is."""
        while (end := self._first_line_end()) == 0 and not self._ended:
            # The last sign stays: after "\r" the next one may be its "\n".
            self._drop(len(self._buffer) // self._unit * self._unit - self._unit)
            self._fill()
        self._drop(end or len(self._buffer))
        self.line += 1

    @property
    def _unit(self) -> int:
        """Bytes of a line end."""
        return 2 if self.encoding.startswith("utf-16") else 1

    def _sign(self, sign: str) -> bytes:
        return sign.encode(self.encoding)

    def _last_line_end(self) -> int:
        """Return where the last whole line of the buffer ends; 0: there is none."""
        lf = _aligned(self._buffer, self._sign("\n"), len(self._buffer))
        # A "\r" at the very end may be half of a line end.
        cr = _aligned(self._buffer, self._sign("\r"), len(self._buffer) - self._unit)
        return max(lf, cr) + self._unit if max(lf, cr) >= 0 else 0

    def _first_line_end(self) -> int:
        """Return where the first line of the buffer ends; 0: it does not, as far as is seen."""
        lf, cr = (_aligned_first(self._buffer, self._sign(sign)) for sign in "\n\r")
        if cr >= 0 and (lf < 0 or cr < lf - self._unit):
            known = cr + self._unit < len(self._buffer) or self._ended
            return cr + self._unit if known else 0
        return lf + self._unit if lf >= 0 else 0

    def _drop(self, count: int) -> None:
        self._buffer = self._buffer[count:]
        self.offset += count
        self._wanted = self._size

    def _fill(self) -> None:
        """Read until the buffer holds what is wanted; raw streams give less than asked."""
        parts = [self._buffer]
        missing = self._wanted - len(self._buffer)
        while missing > 0 and not self._ended:
            part = self._stream.read(missing)
            self._ended = not part
            parts.append(part)
            missing -= len(part)
        self._buffer = b"".join(parts)

    def _decoded(self) -> Passage:
        data = self._buffer[: self._cut]
        if self.encoding == UNDECIDED:
            self.encoding = guess_encoding(data)
        try:
            text, damaged = data.decode(self.encoding), False
        except UnicodeDecodeError:
            text, damaged = self._patched(data), True
        return Passage(text, self.line, final=self._ended, damaged=damaged)

    def _patched(self, data: bytes) -> str:
        if len(data) % self._unit:  # the file ends within a sign: its row must show it
            return data[:-1].decode(self.encoding, ERRORS[self.encoding]) + "\udcff"
        return data.decode(self.encoding, ERRORS[self.encoding])


def _aligned(data: bytes, sign: bytes, end: int) -> int:
    """Return where the last ``sign`` before ``end`` starts, on its own boundary; else -1."""
    at = data.rfind(sign, 0, max(end, 0))
    while at > 0 and at % len(sign):
        at = data.rfind(sign, 0, at + len(sign) - 1)
    return at


def _aligned_first(data: bytes, sign: bytes) -> int:
    at = data.find(sign)
    while at > 0 and at % len(sign):
        at = data.find(sign, at + 1)
    return at
