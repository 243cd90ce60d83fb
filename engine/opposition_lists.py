"""Opposition lists that a state or a supplier keeps, and rulesets ask about.

A list is known by the name that rules use. Each import is a whole new edition: until it is there,
the old one counts; from then on, only the new one. Entries are keys of contact points under the
platform, since such a list speaks to every controller. A list forbids nothing by itself: rules say
whom it stops, and how old the copy may be.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import file_digest
from typing import Final

import sqlalchemy as sa

from engine import audit
from engine.app import App
from engine.audit import Act, Details
from engine.clock import Millis
from engine.errors import EngineError
from engine.list_files import (
    FileFault,
    Note,
    Noted,
    Progress,
    RowFile,
    groups,
    nothing_imported,
    reading,
)
from engine.pseudonyms import Pseudonyms
from engine.store import opposition_lists as store
from engine.store.database import Database
from engine.store.opposition_lists import NO_EDITION, ListRow
from engine.subjects import REF, RowFault, keyed_row
from engine.tabular import Item, RejectedLine
from engine.vault import PLATFORM
from engine.wire.instants import from_millis
from engine.wire.scalars import SLUG_PATTERN

__all__ = ["ListRow"]  # as whoever shows lists knows it

GROUP_ROWS: Final = 20_000
_DELETED_AT_ONCE: Final = 20_000
_NO_ADDRESS = RowFault("no_address", "the row has no email, tel or post")


class ListFault(EngineError):
    """Raised when a list cannot be imported or removed as asked."""


@dataclass(slots=True)
class ListReport:
    """What became of a file: rows = rows that gave entries + rejected.

    entries   different addresses on the list now
    replaced  how many the copy before had; None: there was none
    """

    rows: int = 0
    rejected: int = 0
    entries: int = 0
    replaced: int | None = None
    edition: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Copy:
    """What is to be imported.

    name    as rules call the list
    source  where the copy comes from, in words
    dated   the instant at which the copy was right
    """

    name: str
    source: str
    dated: Millis


def import_list(
    app: App, copy: Copy, file: RowFile, *, noted: Noted, progress: Progress
) -> ListReport:
    """Take a copy of a list over; it counts when this returns, and the one before no more.

    Columns ``email``, ``tel``, ``post``, of which each filled one is an entry. Stopped before its
    end it changes nothing that counts.
    Raises ListFault, NothingImported, FileFault, UnreadableList.
    """
    before = _require_newer(app, copy)
    digest = _digest(file)
    with app.db.write() as connection:
        edition = store.begin(connection, copy.name, copy.source, app.clock.now())
    report = ListReport(edition=edition)
    try:
        _read(app, copy.name, file, report, noted, progress)
        _let_count(app, copy, digest, before, report)
    except BaseException:
        drop_edition(app, copy.name, edition)
        _drop_blank(app, copy.name)
        raise
    for old in _older(app, copy.name, edition):
        drop_edition(app, copy.name, old)
    store.tidy(app.db)
    return report


def _require_newer(app: App, copy: Copy) -> ListRow | None:
    """Return the copy that counts. Raises ListFault where the new one cannot replace it."""
    if not re.match(SLUG_PATTERN, copy.name):
        msg = f"{copy.name!r} is no name of a list: lower-case letters, digits, dots, hyphens"
        raise ListFault(msg)
    if copy.dated > app.clock.now():
        msg = f"the copy cannot be dated {from_millis(copy.dated):%Y-%m-%d %H:%M} UTC: that is to come"
        raise ListFault(msg)
    with app.db.read() as connection:
        found = store.find(connection, copy.name)
    if found is not None and copy.dated < found.dated_at:
        msg = (
            f"{copy.name}: the copy that counts is newer, of"
            f" {from_millis(found.dated_at):%Y-%m-%d %H:%M} UTC; nothing was imported"
        )
        raise ListFault(msg)
    return found


def _digest(file: RowFile) -> bytes:
    try:
        with file.path.open("rb") as stream:
            return file_digest(stream, "sha256").digest()
    except OSError as error:
        msg = f"{file.path}: {error.strerror}"
        raise FileFault(msg) from None


def _read(
    app: App, name: str, file: RowFile, report: ListReport, noted: Noted, progress: Progress
) -> None:
    pseudonyms = app.vault.pseudonyms(PLATFORM)

    def add(keys: set[bytes]) -> None:
        with app.db.write() as connection:
            report.entries += store.add(app.db, connection, name, report.edition, keys)

    with reading(file) as (reader, stream), ThreadPoolExecutor(1) as writer:
        # While the database writes one group, the next one is read.
        writing: Future[None] | None = None
        for group in groups(reader, GROUP_ROWS):
            report.rows += len(group)
            keys = _keys(pseudonyms, group, report, noted)
            if writing is not None:
                writing.result()
            writing = writer.submit(add, keys)
            progress(report.rows, stream.tell())
        if writing is not None:
            writing.result()


def _keys(
    pseudonyms: Pseudonyms, group: Sequence[Item], report: ListReport, noted: Noted
) -> set[bytes]:
    keys: set[bytes] = set()
    for item in group:
        if isinstance(item, RejectedLine):
            _note(item.line, {"": RowFault(item.reason, item.sentence)}, "rejected", report, noted)
            continue
        subjects, faults = keyed_row(pseudonyms, item.values)
        found = [one.key for one in subjects if one.kind != REF]
        keys.update(found)
        if not found:
            _note(item.line, faults or {"": _NO_ADDRESS}, "rejected", report, noted)
        elif faults:
            _note(item.line, faults, "unusable", report, noted)
    return keys


def _note(
    line: int, faults: Mapping[str, RowFault], what: str, report: ListReport, noted: Noted
) -> None:
    if what == "rejected":
        report.rejected += 1
        report.reasons[next(iter(faults.values())).reason] += 1
    for column, fault in faults.items():
        noted(Note(line, what, fault.reason, column, fault.sentence))


def _let_count(
    app: App, copy: Copy, digest: bytes, before: ListRow | None, report: ListReport
) -> None:
    """Replace the copy that counts, in one transaction with its act. Raises NothingImported."""
    if not report.entries:
        raise nothing_imported(report.rows, report.reasons)
    row = ListRow(
        name=copy.name,
        source=copy.source,
        dated_at=copy.dated,
        imported_at=app.clock.now(),
        entries=report.entries,
        sha256=digest,
        edition=report.edition,
    )
    with app.db.write() as connection:
        counted = before.edition if before is not None else NO_EDITION
        if not store.switch(connection, row, counted):
            msg = (
                f"{copy.name} was imported or removed by somebody else meanwhile; look, and repeat"
            )
            raise ListFault(msg)
        told: Details = {
            "source": copy.source,
            "dated": from_millis(copy.dated).isoformat(),
            "sha256": digest.hex(),
            "entries": report.entries,
            "rejected": report.rejected,
        }
        subject = f"opposition-list:{copy.name}"
        audit.record(app, connection, Act.OPPOSITION_LIST_IMPORTED, subject, details=told)
    if before is not None and before.edition != NO_EDITION:
        report.replaced = before.entries


def _drop_blank(app: App, name: str) -> None:
    """Take away the row of a list of which there never was a copy."""
    with app.db.write() as connection:
        found = store.find(connection, name)
        others = store.editions(connection, name)
        if found is not None and found.edition == NO_EDITION and not others:
            store.drop(connection, name)


def _older(app: App, name: str, edition: int) -> list[int]:
    with app.db.read() as connection:
        return [old for old in store.editions(connection, name) if old < edition]


def drop_edition(app: App, name: str, edition: int) -> int:
    """Delete an edition in chunks, its mark last; return how many entries there were."""
    total, after = 0, b""
    while True:
        with app.db.write() as connection:
            gone, last = store.drop_entries(connection, name, edition, after, _DELETED_AT_ONCE)
        if last == after:
            return total
        total, after = total + gone, last


def remove(app: App, name: str) -> int:
    """Take a list away; return how many entries it had. Rules that ask about it deny from now on.

    Raises ListFault when there is none of this name.
    """
    with app.db.write() as connection:
        if not store.drop(connection, name):
            known = ", ".join(row.name for row in store.every(connection)) or "none"
            msg = f"there is no opposition list {name!r}; there are: {known}"
            raise ListFault(msg)
        editions = store.editions(connection, name)
        subject = f"opposition-list:{name}"
        audit.record(app, connection, Act.OPPOSITION_LIST_REMOVED, subject)
    return sum(drop_edition(app, name, edition) for edition in editions)


def every(app: App) -> list[ListRow]:
    """Return the lists of which there is a copy, by name."""
    with app.db.read() as connection:
        return [row for row in store.every(connection) if row.edition != NO_EDITION]


def standing(
    db: Database, connection: sa.Connection, names: Iterable[str], platform_keys: Iterable[bytes]
) -> dict[bytes, frozenset[str]]:
    """Return which of these lists contact points stand on, by key; who is on none is not in it.

    One look-up for all of them. A list of which there is no copy says nothing: see ``read_at``.
    """
    found: dict[bytes, frozenset[str]] = {}
    for key, name in store.standing(db, connection, list(names), platform_keys):
        found[key] = found.get(key, frozenset()) | {name}
    return found


def read_at(connection: sa.Connection) -> dict[str, Millis]:
    """Return, for each list of which there is a copy, the instant at which that was right."""
    return {row.name: row.dated_at for row in store.every(connection) if row.edition != NO_EDITION}
