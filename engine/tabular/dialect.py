"""What kind of text file a list is: encoding and delimiter, seen from its first bytes.

The encoding is a byte order mark's, else UTF-16 when every second byte is zero, else UTF-8 when
the bytes are, else Windows-1252, which is what spreadsheets in France write. A head of plain
ASCII decides nothing yet: ``ascii`` is decided at the first other byte of the file. A few bad
bytes among more good UTF-8 sequences are damage to some rows, not another encoding.

The header line decides the delimiter, so that a list of one column works, and a comma inside an
address cannot outvote the header (``csv.Sniffer`` does both wrong).
"""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine.tabular.rows import UnreadableList

HEAD_SIZE: Final = 64 * 1024
"""Bytes that ``sniff`` wants to see; fewer only when the file is shorter."""

DELIMITERS: Final = (";", ",", "\t", "|")
ONE_COLUMN: Final = "\x1f"
"""Stands for the delimiter of a file without any: a sign that text does not hold."""

UNDECIDED: Final = "ascii"

_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NO_LISTS: Final[Mapping[bytes, tuple[str, str]]] = {
    b"PK\x03\x04": ("spreadsheet_file", "the file is a workbook or archive; save it as CSV"),
    b"\xd0\xcf\x11\xe0": ("spreadsheet_file", "the file is an old workbook; save it as CSV"),
    b"\x1f\x8b": ("compressed_file", "the file is compressed; unpack it first"),
    b"%PDF": ("not_text", "the file is a PDF; export the list as CSV"),
    codecs.BOM_UTF32_LE: ("utf_32", "the file is UTF-32; save it as UTF-8"),
    codecs.BOM_UTF32_BE: ("utf_32", "the file is UTF-32; save it as UTF-8"),
}
_QUOTED: Final = re.compile(r'"(?:[^"]|"")*"')
_SEPARATOR_LINE: Final = re.compile(r"sep=(.)\s*\Z", re.IGNORECASE)
_SAMPLE_LINES: Final = 50


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file is written.

    delimiter  one sign; ``ONE_COLUMN`` when there is none
    encoding   ``utf-8``, ``utf-16-le``, ``utf-16-be``, ``cp1252``, or ``ascii``: not decided yet
    skip       bytes of the byte order mark
    preamble   lines before the header (a spreadsheet's ``sep=;``)
    """

    delimiter: str
    encoding: str
    skip: int = 0
    preamble: int = 0


def sniff(head: bytes) -> Dialect:
    """Tell the dialect from the file's first ``HEAD_SIZE`` bytes.

    Raises UnreadableList: the bytes are a workbook, an archive or no text.
    """
    encoding, skip = sniff_encoding(head)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head[skip:])
    lines = [line for line in re.split(r"\r\n|\r|\n", _QUOTED.sub("_", text)) if line.strip()]
    if lines and (stated := _SEPARATOR_LINE.match(lines[0])):
        return Dialect(stated[1], encoding, skip, preamble=1)
    return Dialect(_delimiter(lines[: _SAMPLE_LINES + 1]), encoding, skip)


def sniff_encoding(head: bytes) -> tuple[str, int]:
    """Tell the encoding from the file's first bytes, and how long its byte order mark is.

    Raises UnreadableList: the bytes are a workbook, an archive or no text.
    """
    for magic, (reason, sentence) in _NO_LISTS.items():
        if head.startswith(magic):
            raise UnreadableList(reason, sentence)
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    # Half of the bytes of Western text in UTF-16 are zero, all on one side.
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 4 and min(even, odd) <= max(even, odd) // 8:
        return ("utf-16-le" if odd > even else "utf-16-be"), 0
    return guess_encoding(head, cut=len(head) >= HEAD_SIZE), 0


def guess_encoding(data: bytes, *, cut: bool = False) -> str:
    """Tell UTF-8 from Windows-1252; ``UNDECIDED`` when there is nothing but ASCII.

    cut  whether the data may end within a sign
    """
    if data.isascii():
        return UNDECIDED
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, final=not cut)
    except UnicodeDecodeError:
        text = data.decode("utf-8", "surrogateescape")
        bad = sum("\udc80" <= c <= "\udcff" for c in text)
        good = sum(c > "\x7f" for c in text) - bad
        return "utf-8" if good > bad else "cp1252"
    return "utf-8"


def _delimiter(lines: list[str]) -> str:
    """Choose the header's most frequent delimiter, among those that later lines confirm."""
    if not lines:
        return ONE_COLUMN
    header, rest = lines[0], lines[1:]
    best, best_rank = ONE_COLUMN, (0, 0)
    for sign in DELIMITERS:
        count = header.count(sign)
        rank = (sum(line.count(sign) == count for line in rest) + 1, count) if count else (0, 0)
        if rank > best_rank:
            best, best_rank = sign, rank
    return best
