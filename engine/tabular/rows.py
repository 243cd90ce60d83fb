"""What reading a list gives: rows, rejected lines, and a cursor to go on from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from engine.errors import EngineError

FIELD_LIMIT: Final = 64 * 1024
"""Most characters of one value; also how far an open quote is followed."""

LINE_LIMIT: Final = 1024 * 1024
"""Most bytes of one line; more is passed over without being kept."""

SENTENCES: Final[Mapping[str, str]] = {
    "too_few_columns": "the row has fewer columns than the header",
    "too_many_columns": "the row has more columns than the header; is a value without quotes?",
    "unclosed_quote": "a quote opened on this line is not closed where a value ends",
    "text_after_quote": "text follows a closing quote; double the quotes inside a value",
    "huge_field": f"a value has more than {FIELD_LIMIT} characters",
    "line_too_long": f"the line has more than {LINE_LIMIT} bytes",
    "nul": "the row holds a NUL sign; was the file cut or is it no text?",
    "undecodable": "the row holds bytes that the file's encoding does not have",
    "repeated_header": "the header comes again; were two files joined?",
    "bad_json": "the line is not JSON",
    "not_an_object": "the line is JSON, but not an object",
    "nested_value": "a value is a list or an object; give text, a number or null",
    "boolean_value": "a value is true or false; give text, a number or null",
    "duplicate_key": "two keys of the object mean the same column",
}


class UnreadableList(EngineError):
    """The file as a whole cannot be read as a list; ``reason`` is a short word."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Row:
    """One recipient: values by canonical column name, trimmed; None: null in the source.

    line      number of the file's line where the row starts, from 1
    repaired  ``rejoined_address``: the postal address, last in its row, was not in quotes and
              had delimiters in it; to be shown in reports
    """

    line: int
    values: dict[str, str | None]
    repaired: str = ""


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A line that is no row, and why; holds nothing of the line itself."""

    line: int
    reason: str

    @property
    def sentence(self) -> str:
        """The reason for a person."""
        return SENTENCES[self.reason]


Item = Row | RejectedLine


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where to go on: ``done`` items after the line that starts at byte ``offset``.

    line      number of that line, from 1
    encoding  what the bytes from there on are read as
    """

    offset: int
    line: int
    done: int
    encoding: str

    def __str__(self) -> str:
        return f"{self.offset}:{self.line}:{self.done}:{self.encoding}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the cursor that ``str`` wrote. Raises ValueError: it is none."""
        offset, line, done, encoding = text.split(":")
        return cls(int(offset), int(line), int(done), encoding)
