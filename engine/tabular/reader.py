"""The part that CSV and NDJSON share: passages in, items out, and the cursor between them."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from engine.tabular.passages import PASSAGE_SIZE, Passage, PassageSource
from engine.tabular.rows import Cursor, Item, RejectedLine, Row


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a passage gave.

    rest   text at the passage's end that is only half of a record; it is read again with what
           follows. The whole text: the passage must be longer.
    lines  lines before ``rest``
    """

    items: list[Item]
    lines: int
    rest: str = ""


class ListReader(ABC):
    """An iterator of rows and rejected lines; iterate once.

    rows, rejected  how many this reader gave so far. Both zero at the end: the list is empty,
                    which is never a success.
    """

    def __init__(self, stream: BinaryIO, start: Cursor, size: int = PASSAGE_SIZE) -> None:
        self.rows = 0
        self.rejected = 0
        self._source = PassageSource(stream, start, size)
        self._base = start
        self._done = start.done

    @property
    def cursor(self) -> Cursor:
        """Where to go on after the item that was given last."""
        base = self._base
        return Cursor(base.offset, base.line, self._done, base.encoding)

    def __iter__(self) -> Iterator[Item]:
        """Give the items one by one; ``cursor`` follows each."""
        for items in self._passages():
            for item in items:
                self._done += 1
                if type(item) is Row:
                    self.rows += 1
                else:
                    self.rejected += 1
                yield item

    def groups(self) -> Iterator[list[Item]]:
        """Give the items of a passage (about 64 KiB) at once; ``cursor`` is after all of them."""
        for items in self._passages():
            rows = sum(type(item) is Row for item in items)
            self.rows += rows
            self.rejected += len(items) - rows
            self._rebase()
            yield items

    def _passages(self) -> Iterator[list[Item]]:
        """Give what each passage holds beyond the cursor; the source is then past the passage."""
        while (passage := self._source.next()) is not None:
            items = self._items(passage)
            if items is None:
                self._source.extend()
                continue
            yield items[self._done :] if self._done else items
            self._rebase()

    def _items(self, passage: Passage) -> list[Item] | None:
        """Return what the passage holds and leave it behind; None: it must be longer."""
        if passage.overlong:
            self._source.pass_over_line()
            return [RejectedLine(passage.line, "line_too_long")]
        parsed = self._parse(passage)
        if not passage.final and len(parsed.rest) == len(passage.text):
            return None
        used = passage.text[: -len(parsed.rest)] if parsed.rest else None
        self._source.advance(parsed.lines, used)
        return parsed.items

    def _rebase(self) -> None:
        source = self._source
        self._base = Cursor(source.offset, source.line, 0, source.encoding)
        self._done = 0

    @abstractmethod
    def _parse(self, passage: Passage) -> Parsed:
        """Return the items of a passage."""
