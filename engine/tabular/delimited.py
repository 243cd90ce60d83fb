"""CSV: a fast way for passages without odd signs, a careful one for the rest.

The standard reader splits the records, in its strict mode. What it lacks is done here: an open
quote that swallows rows is found and costs its own line only, NUL, damaged bytes and huge values
are told by line, and lines are counted as an editor counts them (LF, CRLF or CR).

When a record over several lines is wrong, its first line is rejected and reading goes on at the
next line: losing rows unseen would be worse than a few more rejected lines.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO, Final

from engine.tabular.dialect import HEAD_SIZE, Dialect, sniff
from engine.tabular.header import Header, HeaderFault, read_header
from engine.tabular.passages import PASSAGE_SIZE, UNDECODED, Passage, PassageSource
from engine.tabular.reader import ListReader, Parsed
from engine.tabular.rows import FIELD_LIMIT, Cursor, Item, RejectedLine, Row

if TYPE_CHECKING:
    from _csv import Reader

_QUOTE: Final = '"'
_LINE_END: Final = re.compile(r"\r\n?")
_PHONE_DIGITS: Final = 9
# Faults that an open quote explains: what follows the first line may be rows.
_READ_AGAIN: Final = frozenset({"unclosed_quote", "too_few_columns", "too_many_columns"})

Judge = Callable[[int, list[str]], Item | None]
"""From a line number and a record to a row or the reason why it is none; None: a blank line."""


def read_csv(
    stream: BinaryIO,
    *,
    start: Cursor | None = None,
    mapping: Mapping[str, str] | None = None,
    without: Sequence[str] = (),
    passage_size: int = PASSAGE_SIZE,
) -> "CsvReader":
    """Open a CSV list; the header is read at once, the rows as they are asked for.

    stream   seekable, at its beginning
    start    the ``cursor`` of an earlier reader of the same file, with the same mapping
    mapping  canonical name to the file's column: its name, or ``#2`` for the second one
    without  columns to leave out
    Raises UnreadableList: the file is no text. HeaderFault: its header cannot be used.
    """
    head = stream.read(HEAD_SIZE)
    dialect = sniff(head)
    header, cells, after_header = _open(
        stream, dialect, lambda cells: read_header(cells, mapping, without), passage_size
    )
    return CsvReader(stream, dialect, header, start or after_header, cells, passage_size)


class CsvReader(ListReader):
    """Rows of a CSV list, see ``read_csv``."""

    def __init__(
        self,
        stream: BinaryIO,
        dialect: Dialect,
        header: Header,
        start: Cursor,
        cells: list[str],
        size: int,
    ) -> None:
        stream.seek(start.offset)
        super().__init__(stream, start, size)
        self.dialect = dialect
        self.header = header
        self._cells = cells
        self._row = _row_maker(header)
        self._joint = dialect.delimiter + " "

    def _parse(self, passage: Passage) -> Parsed:
        if _is_plain(passage):
            return self._parse_plain(passage)
        return _CarefulPass(passage, self.dialect.delimiter, self._judge).parsed()

    def _parse_plain(self, passage: Passage) -> Parsed:
        """Read a passage without quotes and odd signs: every line is a record."""
        items: list[Item] = []
        line, width, row_of, cells = passage.line, self.header.width, self._row, self._cells
        strip, take = str.strip, items.append
        for record in _records(io.StringIO(passage.text, newline=""), self.dialect.delimiter):
            values = [*map(strip, record)]
            # Written out for speed: what nearly every row passes, without a call.
            if len(values) == width and any(values) and record != cells:
                take(Row(line, row_of(values)))
            elif (item := self._judge(line, record)) is not None:
                take(item)
            line += 1
        return Parsed(items, line - passage.line)

    def _judge(self, line: int, record: list[str]) -> Item | None:
        """Return the row or why it is none; None: the line is blank."""
        values = [*map(str.strip, record)]
        if not any(values):
            return None
        if len(values) < self.header.width:
            return RejectedLine(line, "too_few_columns")
        if len(values) > self.header.width:
            return self._rejoined(line, values)
        if record == self._cells:
            return RejectedLine(line, "repeated_header")
        return Row(line, self._row(values))

    def _rejoined(self, line: int, values: list[str]) -> Item:
        """Put a postal address together again that was written last and without quotes.

        Delimiters are ordinary in addresses, and only there.
        """
        last = self.header.width - 1
        if ("post", last) not in self.header.picks:
            return RejectedLine(line, "too_many_columns")
        address = f"{self.dialect.delimiter} ".join(values[last:]).strip(self._joint)
        return Row(line, self._row([*values[:last], address]), "rejoined_address")


class _CarefulPass:
    """One passage, record by record, with an eye on quotes and odd signs."""

    def __init__(self, passage: Passage, delimiter: str, judge: Judge) -> None:
        self._passage = passage
        self._text = io.StringIO(passage.text, newline="")
        self._delimiter = delimiter
        self._judge = judge

    def parsed(self) -> Parsed:
        """Read the passage up to its last whole record."""
        text, items = self._passage.text, list[Item]()
        at, line = 0, self._passage.line
        reader = _records(self._text, self._delimiter)
        while at < len(text):
            before = reader.line_num
            record = _next_record(reader)
            end, lines = self._text.tell(), reader.line_num - before
            if record is None and self._goes_on(at, end):
                break
            item = self._item(line, record, text[at:end], lines)
            if lines > 1 and isinstance(item, RejectedLine) and item.reason in _READ_AGAIN:
                end, lines = self._after_first_line(at), 1
                reader = _records(self._text, self._delimiter)
            if item is not None:
                items.append(item)
            at, line = end, line + lines
        return Parsed(items, line - self._passage.line, text[at:])

    def _goes_on(self, start: int, end: int) -> bool:
        """Whether the record may be whole once the text after this passage is there."""
        at_end = end == len(self._passage.text) and not self._passage.final
        return at_end and end - start <= FIELD_LIMIT

    def _after_first_line(self, start: int) -> int:
        self._text.seek(start)
        self._text.readline()
        return self._text.tell()

    def _item(self, line: int, record: list[str] | None, raw: str, lines: int) -> Item | None:
        if record is None:
            return RejectedLine(line, _fault_of_broken(raw, lines))
        if lines > 1:
            record = [_LINE_END.sub("\n", value) for value in record]
        reason = self._fault(record, raw, lines)
        return RejectedLine(line, reason) if reason else self._judge(line, record)

    def _fault(self, record: list[str], raw: str, lines: int) -> str:
        if lines > 1 and (len(raw) > FIELD_LIMIT or _swallowed_a_row(record, self._delimiter)):
            return "unclosed_quote"
        if "\0" in raw:
            return "nul"
        if self._passage.damaged and UNDECODED.search(raw):
            return "undecodable"
        if len(raw) > FIELD_LIMIT and max(map(len, record)) > FIELD_LIMIT:
            return "huge_field"
        return ""


def _fault_of_broken(raw: str, lines: int) -> str:
    if lines == 1 and len(raw) > FIELD_LIMIT:
        return "huge_field"
    return "unclosed_quote" if lines > 1 or raw.count(_QUOTE) % 2 else "text_after_quote"


def _swallowed_a_row(record: list[str], delimiter: str) -> bool:
    """Whether a value over several lines holds a line that is a row itself.

    Two open quotes can look like one honest value. A line within a value that has all the
    columns and an email address or number is taken for a person who must not be lost.
    """
    others = len(record) - 1
    return others > 0 and any(
        inner.count(delimiter) == others and _names_a_person(inner)
        for value in record
        if "\n" in value
        for inner in value.split("\n")[1:]
    )


def _names_a_person(line: str) -> bool:
    return "@" in line or sum(map(str.isdigit, line)) >= _PHONE_DIGITS


def _is_plain(passage: Passage) -> bool:
    text = passage.text
    if passage.damaged or _QUOTE in text or "\0" in text:
        return False
    return max(map(len, io.StringIO(text, newline=""))) <= FIELD_LIMIT


def _records(lines: Iterable[str], delimiter: str) -> "Reader":
    # Spaces before a quote would make the quote part of the value.
    return csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)


def _next_record(reader: "Reader") -> list[str] | None:
    """Return the next record; None: its quotes are wrong."""
    try:
        return next(reader)
    except csv.Error:
        return None


def _row_maker(header: Header) -> Callable[[list[str]], dict[str, str | None]]:
    names, picks = header.names, header.picks
    if [index for _, index in picks] == list(range(header.width)):
        return lambda values: dict(zip(names, values, strict=False))
    return lambda values: {name: values[index] for name, index in picks}


def _open(
    stream: BinaryIO, dialect: Dialect, name: Callable[[list[str]], Header], size: int
) -> tuple[Header, list[str], Cursor]:
    """Read the header; return it, its cells as written, and the cursor after it."""
    stream.seek(dialect.skip)
    source = PassageSource(stream, Cursor(dialect.skip, 1, 0, dialect.encoding), size)
    passage = source.next()
    text = passage.text if passage else ""
    cells, lines, end = _first_record(text, dialect)
    if UNDECODED.search("".join(cells)):
        raise HeaderFault("undecodable", "the header holds bytes that its encoding does not have")
    header = name(cells)
    source.advance(lines, text[:end])
    return header, cells, Cursor(source.offset, source.line, 0, source.encoding)


def _first_record(text: str, dialect: Dialect) -> tuple[list[str], int, int]:
    """Return the first record that is not blank, the lines up to its end, and where that is."""
    source = io.StringIO(text, newline="")
    for _ in range(dialect.preamble):
        source.readline()
    reader = _records(source, dialect.delimiter)
    while source.tell() < len(text):
        cells = _next_record(reader)
        if cells is None:
            raise HeaderFault("unclosed_quote", "a quote in the header is not closed")
        if any(map(str.strip, cells)):
            return cells, dialect.preamble + reader.line_num, source.tell()
    raise HeaderFault("empty_list", "the file has no header and no rows")
