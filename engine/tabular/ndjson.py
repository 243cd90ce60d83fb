"""NDJSON: one JSON object a line; values are text, numbers (taken as written) or null.

Source: RFC 8259. Duplicate keys, which it leaves open, are refused: which one counts would be
chance.
"""

import io
import json
from collections.abc import Mapping, Sequence
from typing import BinaryIO, Final

from engine.tabular.dialect import HEAD_SIZE, sniff_encoding
from engine.tabular.header import (
    HeaderFault,
    assign,
    canonical_name,
    columns_left_out,
    find_column,
)
from engine.tabular.passages import PASSAGE_SIZE, UNDECODED, Passage
from engine.tabular.reader import ListReader, Parsed
from engine.tabular.rows import FIELD_LIMIT, Cursor, Item, RejectedLine, Row

_MOST_SHAPES: Final = 1000


def read_ndjson(
    stream: BinaryIO,
    *,
    start: Cursor | None = None,
    mapping: Mapping[str, str] | None = None,
    without: Sequence[str] = (),
    passage_size: int = PASSAGE_SIZE,
) -> "NdjsonReader":
    """Open an NDJSON list.

    stream   seekable, at its beginning
    start    the ``cursor`` of an earlier reader of the same file, with the same mapping
    mapping  canonical name to the file's key
    without  keys to leave out, where a row has them
    Raises UnreadableList: the file is no text.
    """
    encoding, skip = sniff_encoding(stream.read(HEAD_SIZE))
    start = start or Cursor(skip, 1, 0, encoding)
    stream.seek(start.offset)
    return NdjsonReader(stream, start, mapping or {}, without, passage_size)


class NdjsonReader(ListReader):
    """Rows of an NDJSON list, see ``read_ndjson``."""

    def __init__(
        self,
        stream: BinaryIO,
        start: Cursor,
        mapping: Mapping[str, str],
        without: Sequence[str],
        size: int,
    ) -> None:
        super().__init__(stream, start, size)
        self._mapping = mapping
        self._without = without
        # Rows of a list have few sets of keys; None: two keys of the set mean the same.
        self._shapes: dict[tuple[str, ...], tuple[tuple[str, int], ...] | None] = {}

    def _parse(self, passage: Passage) -> Parsed:
        items = []
        line = passage.line
        for text in io.StringIO(passage.text, newline=""):
            bare = text.strip()
            if bare:
                items.append(self._item(line, bare))
            line += 1
        return Parsed(items, line - passage.line)

    def _item(self, line: int, text: str) -> Item:
        reason = _fault_of_text(text)
        if reason:
            return RejectedLine(line, reason)
        try:
            pairs = _decoder.decode(text)
        except RecursionError:
            return RejectedLine(line, "nested_value")
        except ValueError:
            return RejectedLine(line, "bad_json")
        if type(pairs) is not _Pairs:
            return RejectedLine(line, "not_an_object")
        return self._row(line, pairs)

    def _row(self, line: int, pairs: "_Pairs") -> Item:
        picks = self._picks(tuple([key for key, _ in pairs]))
        if picks is None:
            return RejectedLine(line, "duplicate_key")
        values: dict[str, str | None] = {}
        for name, index in picks:
            value = pairs[index][1]
            if type(value) is str:
                values[name] = value.strip()
            elif value is None:
                values[name] = None
            else:
                return RejectedLine(
                    line, "boolean_value" if isinstance(value, bool) else "nested_value"
                )
        reason = _fault_of_values(values)
        return RejectedLine(line, reason) if reason else Row(line, values)

    def _picks(self, keys: tuple[str, ...]) -> tuple[tuple[str, int], ...] | None:
        if keys not in self._shapes:
            if len(self._shapes) >= _MOST_SHAPES:
                self._shapes.clear()
            self._shapes[keys] = self._named(keys)
        return self._shapes[keys]

    def _named(self, keys: tuple[str, ...]) -> tuple[tuple[str, int], ...] | None:
        picked = {}
        for target, source in self._mapping.items():
            found = find_column(keys, source)
            if len(found) > 1:
                return None
            if found:
                picked[canonical_name(target)] = found[0]
        if len(set(keys)) < len(keys):
            return None
        left_out = columns_left_out(keys, self._without).values()
        dropped = {index for columns in left_out for index in columns} - set(picked.values())
        try:
            return assign(keys, picked, dropped).picks
        except HeaderFault:
            return None


class _Pairs(list[tuple[str, object]]):
    """An object's members in order, duplicates included."""


def _no_constant(_name: str) -> object:
    raise ValueError("NaN and Infinity are not JSON")


# Numbers stay as they are written: no digit of a phone number or postal code is lost.
_decoder: Final = json.JSONDecoder(
    object_pairs_hook=_Pairs, parse_float=str, parse_int=str, parse_constant=_no_constant
)


def _fault_of_text(text: str) -> str:
    if "\0" in text:
        return "nul"
    return "undecodable" if not text.isascii() and UNDECODED.search(text) else ""


def _fault_of_values(values: Mapping[str, str | None]) -> str:
    """Name what an escape sign can bring in, and values that are too long."""
    for value in values.values():
        if value is None:
            continue
        if len(value) > FIELD_LIMIT:
            return "huge_field"
        if reason := _fault_of_text(value):
            return reason
    return ""
