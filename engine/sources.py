"""Where a campaign's rows come from: a hosted list, a file in the drop folder, or the job itself.

A source is read in groups. Each group says where the next one starts, so that reading goes on
from there after a crash, on another host if need be.
"""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import file_digest
from io import BufferedReader
from pathlib import Path
from typing import Final, Protocol

from engine.app import App
from engine.errors import EngineError
from engine.list_chunks import decode_chunk, list_scope
from engine.store import lists
from engine.tabular import (
    Cursor,
    Item,
    ListReader,
    RejectedLine,
    Row,
    UnreadableList,
    read_csv,
    read_ndjson,
)
from engine.wire.job import CampaignJob, DropFile, FileFormat, InlineRow

GROUP_ROWS: Final = 20_000
_CHUNKS_AT_ONCE: Final = 20
ERASED: Final = "erased"
ERASED_ROW: Final[InlineRow] = {"email": "erased@erased.invalid"}
"""Stands in a message where the row of an erased person was (``.invalid``: RFC 2606)."""
_NDJSON_ENDINGS: Final = (".ndjson", ".jsonl")


class SourceFault(EngineError):
    """Raised when recipients cannot be read, now or ever; ``reason`` is a short word."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


@dataclass(slots=True)
class Group:
    """Some rows of a source, in its order.

    position  where the next group starts
    last      nothing comes after
    total     about how many rows the whole source has
    """

    rows: list[Row]
    rejected: list[RejectedLine]
    position: str
    last: bool
    total: int


class Source(Protocol):
    """A readable source of rows."""

    def groups(self, position: str) -> Iterator[Group]:
        """Read on from a group's ``position``; empty: from the beginning.

        At least one group is given, and the last one says so. Raises SourceFault.
        """
        ...

    def verify(self) -> None:
        """Check once more, after the last group, that this is what the campaign named.

        Raises SourceFault.
        """
        ...

    def discard(self) -> None:
        """Remove the source where it was made for this campaign only."""
        ...


@dataclass(frozen=True, slots=True)
class ListSource:
    """A hosted list, up to the last chunk that belongs to the campaign."""

    app: App
    controller: str
    list_id: int
    until: int

    def groups(self, position: str) -> Iterator[Group]:
        """Read on after the chunk whose id is ``position``.

        Raises KeyDestroyed while the list, or one of its imports, is being deleted.
        """
        after = int(position or 0)
        while True:
            with self.app.db.read() as connection:
                total = lists.size(connection, self.list_id)
                chunks = lists.chunks_after(
                    connection, self.list_id, after, self.until, _CHUNKS_AT_ONCE
                )
            sealed = [chunk.sealed for chunk in chunks]
            opened = self.app.vault.open_many(self.controller, list_scope(self.list_id), sealed)
            rows = [row for plain in opened for row in _listed(plain)]
            ended = len(chunks) < _CHUNKS_AT_ONCE
            after = chunks[-1].id if chunks else after
            yield Group(rows, [], str(after), ended, total)
            if ended:
                return

    def verify(self) -> None:
        """Do nothing: sealed chunks cannot change."""

    def discard(self) -> None:
        """Do nothing: the list belongs to the controller."""


def _listed(plain: bytes) -> Iterator[Row]:
    chunk = decode_chunk(plain)
    columns = chunk.columns
    for line, values in zip(chunk.lines, chunk.rows, strict=True):
        yield Row(line, dict(zip(columns, values, strict=True)))


@dataclass(frozen=True, slots=True)
class InlineSource:
    """The rows that a job carries itself: one group."""

    rows: tuple[InlineRow, ...]

    def groups(self, position: str) -> Iterator[Group]:
        """Give all rows; ``line`` counts them from 1."""
        start = int(position or 0)
        rows: list[Row] = []
        erased: list[RejectedLine] = []
        for number, row in enumerate(self.rows[start:], start + 1):
            if row == ERASED_ROW:
                erased.append(RejectedLine(number, ERASED))
            else:
                rows.append(Row(number, {name: _text(value) for name, value in row.items()}))
        yield Group(rows, erased, str(len(self.rows)), last=True, total=len(self.rows))

    def verify(self) -> None:
        """Do nothing: the job is sealed."""

    def discard(self) -> None:
        """Do nothing: the job is forgotten with its campaign."""


def _text(value: str | int | None) -> str | None:
    return str(value) if isinstance(value, int) else value


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file in the controller's drop folder, named by its checksum as well."""

    path: Path
    sha256: str
    format: FileFormat | None

    def groups(self, position: str) -> Iterator[Group]:
        """Read on from the cursor that ``position`` holds."""
        with self._opened() as stream:
            size = os.fstat(stream.fileno()).st_size
            reader = self._reader(stream, Cursor.parse(position) if position else None)
            begin = reader.cursor.offset
            items: list[Item] = []
            for passage in reader.groups():
                items += passage
                if len(items) >= GROUP_ROWS:
                    seen = max(reader.cursor.offset - begin, 1)
                    done = reader.rows + reader.rejected
                    yield _grouped(items, reader, last=False, total=done * size // seen)
                    items = []
            yield _grouped(items, reader, last=True, total=reader.rows + reader.rejected)

    def verify(self) -> None:
        """Compare the checksum.

        Raises SourceFault: the file is gone or not the one that the campaign names.
        """
        with self._opened() as stream:
            found = file_digest(stream, "sha256").hexdigest()
        if found != self.sha256:
            msg = f"file {self.path.name} is not the one that the campaign names (sha256 differs)"
            raise SourceFault("recipients_changed", msg)

    def check(self) -> None:
        """Look at checksum and header without reading rows. Raises SourceFault."""
        self.verify()
        with self._opened() as stream:
            self._reader(stream, None)

    def discard(self) -> None:
        """Delete the file: its rows are sealed blocks by now."""
        self.path.unlink(missing_ok=True)

    def _reader(self, stream: BufferedReader, start: Cursor | None) -> ListReader:
        ndjson = self.path.suffix.lower() in _NDJSON_ENDINGS
        if self.format is not None:
            ndjson = self.format is FileFormat.NDJSON
        read: Callable[..., ListReader] = read_ndjson if ndjson else read_csv
        try:
            return read(stream, start=start)
        except UnreadableList as fault:
            msg = f"file {self.path.name}: {fault}"
            raise SourceFault("recipients_unreadable", msg) from None

    def _opened(self) -> BufferedReader:
        """Open the file itself: no link to elsewhere, no device or pipe that would hang.

        Raises SourceFault when there is no such file, or no ordinary one; any other OSError is for
        later.
        """
        try:
            handle = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            raise self._missing("is not in the drop folder") from None
        except OSError as error:
            if self.path.is_symlink():
                msg = f"file {self.path.name} is a link; put the file itself there"
                raise SourceFault("recipients_unreadable", msg) from None
            raise error from None
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise self._missing("is not an ordinary file")
        return os.fdopen(handle, "rb")

    def _missing(self, why: str) -> SourceFault:
        return SourceFault("recipients_missing", f"file {self.path.name} {why}")


def _grouped(items: list[Item], reader: ListReader, *, last: bool, total: int) -> Group:
    rows: list[Row] = []
    rejected: list[RejectedLine] = []
    for item in items:
        if type(item) is Row:
            rows.append(item)
        elif type(item) is RejectedLine:
            rejected.append(item)
    return Group(rows, rejected, str(reader.cursor), last, total)


def file_source(app: App, controller: str, file: DropFile) -> FileSource:
    """Return the source of a file in a controller's drop folder."""
    path = app.settings.drop_folder / controller / file.name
    return FileSource(path, file.sha256, file.format)


def source_of(
    app: App, controller: str, job: CampaignJob, list_id: int | None, list_until: int | None
) -> Source:
    """Return the source that a job names; a list is given by its id and last chunk."""
    recipients = job.recipients
    if recipients.file is not None:
        return file_source(app, controller, recipients.file)
    if recipients.inline is not None:
        return InlineSource(recipients.inline)
    return ListSource(app, controller, list_id or 0, list_until or 0)
