"""Files of rows that an operator hands over: which format they are in, and how far one was read."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import BinaryIO

import msgspec

from engine.errors import EngineError
from engine.tabular import Item, ListReader, read_csv, read_ndjson
from engine.wire.job import FileFormat

Progress = Callable[[int, int], None]
"""Told now and then how many rows and how many bytes of a file are done."""

_FORMATS: Mapping[str, FileFormat] = {
    ".ndjson": FileFormat.NDJSON,
    ".jsonl": FileFormat.NDJSON,
}


_REMEDIES: Mapping[str, str] = {
    "ref_missing": "several addresses in a row need a column ref, which says that they are one"
    " person's: add one, or leave a column out (--without tel)",
}


class FileFault(EngineError):
    """Raised when a file cannot be opened."""


class NothingImported(EngineError):
    """Raised when not one row of a file could be used: never a success, whatever the file."""


@dataclass(frozen=True, slots=True)
class RowFile:
    """A file of rows.

    format   None: by the ending of its name, CSV unless it is .ndjson or .jsonl
    mapping  canonical column name to the file's column, where the header says something else
    without  columns to leave out: the file's name for them, or the canonical one
    """

    path: Path
    format: FileFormat | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()

    def digest(self) -> bytes:
        """Return what makes two imports the same: its bytes, and how its columns are read."""
        with self.path.open("rb") as stream:
            digest = file_digest(stream, "sha256")
        digest.update(msgspec.json.encode(dict(self.mapping), order="sorted"))
        if self.without:
            digest.update(msgspec.json.encode(sorted(self.without)))
        return digest.digest()


@dataclass(frozen=True, slots=True)
class Note:
    """What a report says of one line of a file; it never quotes the line.

    what    ``rejected``: not imported · ``opposed``: imported, but must not be contacted ·
            ``unusable``: imported without this address · ``repaired``: imported, address mended
    reason  a short word; for ``opposed`` the entry's own reason
    column  the column concerned; for ``opposed`` the channel, empty for every channel
    sentence  the reason for a person, where there is more to say than the word
    """

    line: int
    what: str
    reason: str
    column: str = ""
    sentence: str = ""


Noted = Callable[[Note], None]


@contextmanager
def reading(file: RowFile) -> Iterator[tuple[ListReader, BinaryIO]]:
    """Open a file; give its reader and the stream, whose ``tell`` says how far it is.

    Raises FileFault, and UnreadableList when it is no list or its header cannot be used.
    """
    try:
        stream = file.path.open("rb")
    except OSError as error:
        msg = f"{file.path}: {error.strerror}"
        raise FileFault(msg) from None
    with stream:
        form = file.format or _FORMATS.get(file.path.suffix.lower(), FileFormat.CSV)
        read = read_ndjson if form is FileFormat.NDJSON else read_csv
        yield read(stream, mapping=file.mapping or None, without=file.without), stream


def nothing_imported(rows: int, reasons: Mapping[str, int]) -> NothingImported:
    """Return the error that says why not one row could be used."""
    if not rows:
        return NothingImported("the file holds no rows below its header: 0 imported")
    told = ", ".join(f"{reason} ({count})" for reason, count in reasons.items())
    remedies = "".join(f"; {_REMEDIES[reason]}" for reason in reasons if reason in _REMEDIES)
    return NothingImported(f"0 of {rows} rows imported: {told}{remedies}")


def groups(reader: ListReader, at_least: int) -> Iterator[list[Item]]:
    """Give the items of a file in lists of about ``at_least``; the last one may be shorter."""
    gathered: list[Item] = []
    for items in reader.groups():
        gathered += items
        if len(gathered) >= at_least:
            yield gathered
            gathered = []
    if gathered:
        yield gathered
