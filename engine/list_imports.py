"""Importing a file into a contact list: checked row by row, sealed in chunks, all of it or none.

Groups of chunks are committed one by one, but they are part of the list only when the import is
finished. An import that was cut goes on when the same file is imported again: what is stored
already is read again, for the report, and not stored again.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec
import sqlalchemy as sa

from engine import audit, controllers
from engine.app import App
from engine.audit import Act
from engine.blocks import prefixes
from engine.clock import Millis
from engine.errors import EngineError
from engine.list_chunks import (
    ADDRESS_COLUMNS,
    REF,
    ROWS_PER_CHUNK,
    ListChunk,
    encode_chunk,
    list_scope,
)
from engine.list_files import Noted, Progress, RowFile, groups, nothing_imported, reading
from engine.list_findings import in_columns, in_rows, written
from engine.list_provenance import said
from engine.list_rows import ListedRow, RowCheck, count_opposed, without_erased
from engine.lists import (
    ListFault,
    columns_of,
    finding_counts_of,
    open_for_import,
    provenance_of,
    undo_import,
)
from engine.store import erased
from engine.store import lists as store
from engine.store.blocks import hold_controller
from engine.store.erased import ERASED, ErasedKeys
from engine.store.lists import Chunk, ImportRow, ListRow
from engine.tabular import Item

_GROUP_ROWS = 10 * ROWS_PER_CHUNK
_LEADING = (REF, *ADDRESS_COLUMNS, "postal_code")
_SIFTS = 16


@dataclass(frozen=True, slots=True)
class ListImport:
    """What is to be imported where.

    purposes     agreed purposes that a new list is bound to; may be empty for a list that exists
    attested_by  who answers for where the rows come from; None: nobody
    supplier     who supplied them; None: the controller collected them itself
    """

    controller: str
    name: str
    file: RowFile
    purposes: tuple[str, ...] = ()
    attested_by: str | None = None
    supplier: str | None = None


@dataclass(slots=True)
class ImportReport:
    """What became of a file: rows = accepted + rejected.

    duplicates  accepted rows of a person that an earlier row of the file has
    opposed     accepted rows that must not be contacted on some channel
    repaired    addresses that were mended
    unusable    addresses left out of accepted rows
    resumed     rows that an import of the same file, cut before its end, had stored
    attested    whether somebody answers for where the whole list comes from
    findings    how often sensitive data is in the file, by kind
    """

    columns: tuple[str, ...] = ()
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicates: int = 0
    opposed: int = 0
    repaired: int = 0
    unusable: int = 0
    resumed: int = 0
    attested: bool = False
    reasons: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)


def import_list(app: App, wanted: ListImport, *, noted: Noted, progress: Progress) -> ImportReport:
    """Import a file into a list, which is made when there is none of that name.

    noted     told of every line of which the report has something to say
    progress  told how far the import is

    Raises NothingImported, ListFault, FileFault, UnreadableList (HeaderFault), UnknownController,
    and ListGone when the list was deleted meanwhile.
    """
    with reading(wanted.file) as (reader, stream):
        run = _ImportRun(app, wanted, noted)
        for items in groups(reader, _GROUP_ROWS):
            run.take(items)
            progress(run.report.rows, stream.tell())
        return run.finish()


class _ImportRun:
    """One import under way."""

    def __init__(self, app: App, wanted: ListImport, noted: Noted) -> None:
        self.report = ImportReport()
        self._app = app
        self._noted = noted
        self._provenance = said(wanted.attested_by, wanted.supplier, app.clock.now())
        digest = wanted.file.digest()
        with app.db.write() as connection:
            self._controller = controllers.find(connection, wanted.controller)
            self._list = open_for_import(
                connection, self._controller, wanted.name, wanted.purposes, app.clock.now()
            )
            self._row = _begun(connection, self._list, digest, app.clock.now())
        self._pseudonyms = app.vault.pseudonyms(self._controller.name)
        self._check = RowCheck(self._pseudonyms, noted)
        self._pending: list[ListedRow] = []
        self._persons = array("Q")
        self._columns: dict[str, None] = {}
        self._stored = self._skip = self._row.accepted
        self._gone = self._row.erased
        self._erased = self._whom_to_leave_out()

    def take(self, items: Sequence[Item]) -> None:
        """Check rows and store what makes whole groups."""
        self.report.rows += len(items)
        self._pending += self._check.kept(items)
        while len(self._pending) >= _GROUP_ROWS:
            self._flush(self._pending[:_GROUP_ROWS])
            del self._pending[:_GROUP_ROWS]

    def finish(self) -> ImportReport:
        """Store the rest and make the import part of its list; the report is whole then.

        Raises NothingImported; the list is then as it was before.
        """
        self._flush(self._pending)
        report, check = self.report, self._check
        report.accepted -= self._gone
        if self._gone:
            check.reasons[ERASED] += self._gone
        report.reasons, report.rejected = check.reasons, check.rejected
        report.repaired, report.unusable = check.repaired, check.unusable
        report.duplicates = len(self._persons) - _distinct(self._persons)
        if not report.accepted:
            self._give_up()
            raise nothing_imported(report.rows, report.reasons)
        report.columns = _ordered(self._columns)
        report.findings += Counter(in_columns(report.columns))
        end = {
            "rejected": report.rejected,
            "opposed": report.opposed,
            "finished_at": self._app.clock.now(),
        }
        with self._app.db.write() as connection:
            before = store.locked(connection, self._list.id)
            values = self._values_after(before, store.imports(connection, before.id))
            store.finish_import(connection, self._row, self._stored, end)
            store.change(connection, before.id, values)
            report.attested = values["attested_by"] is not None
            told: dict[str, str | int | bool] = {
                "import": self._row.id,
                "accepted": report.accepted,
                "rejected": report.rejected,
                "opposed": report.opposed,
                **self._provenance.details(),
                **report.findings,
            }
            subject, owner = f"list:{self._list.name}", self._controller.name
            audit.record(
                self._app, connection, Act.LIST_IMPORTED, subject, controller=owner, details=told
            )
        return report

    def _values_after(
        self, before: ListRow, imports: Sequence[ImportRow]
    ) -> dict[str, str | int | None]:
        """Return what is said of the list once this import is part of it: the worse of both."""
        first = all(one.finished_at is None for one in imports)
        known = Counter[str]() if first else finding_counts_of(before)
        provenance = self._provenance if first else provenance_of(before).joined(self._provenance)
        columns = _ordered(dict.fromkeys((*columns_of(before), *self.report.columns)))
        return {
            "columns": msgspec.json.encode(columns).decode(),
            "findings": None if known is None else written(self.report.findings + Counter(known)),
            **provenance.values(),
        }

    def _flush(self, rows: Sequence[ListedRow]) -> None:
        self.report.accepted += len(rows)
        living = without_erased(rows, self._erased.keys, self._noted)
        self.report.opposed += count_opposed(
            self._app, self._controller.number, self._pseudonyms, living, self._noted
        )
        self._persons.frombytes(b"".join(row.person[:8] for row in living))
        for row in living:
            self._columns.update(dict.fromkeys(row.values))
        self.report.findings += in_rows(row.values.values() for row in living)
        known = min(self._skip, len(rows))
        self._skip -= known
        self.report.resumed += known
        while known < len(rows) and not self._store(rows[known:]):
            self._erased = self._whom_to_leave_out()

    def _whom_to_leave_out(self) -> ErasedKeys:
        with self._app.db.read() as connection:
            return erased.read(connection, self._controller.number)

    def _store(self, taken: Sequence[ListedRow]) -> bool:
        """Seal and write rows; False: a search for a person began, look again whom to leave out."""
        rows = without_erased(taken, self._erased.keys)
        cuts = range(0, len(rows), ROWS_PER_CHUNK)
        parts = [rows[start : start + ROWS_PER_CHUNK] for start in cuts]
        scope = list_scope(self._list.id)
        sealed = self._app.vault.seal_many(
            self._controller.name, scope, [_encoded(part) for part in parts], self._app.clock.now()
        )
        chunks = [
            Chunk(
                list_id=self._list.id,
                import_id=self._row.id,
                rows=len(part),
                contact_prefixes=prefixes(key for row in part for _, _, key in row.contacts),
                person_prefixes=prefixes(row.person for row in part),
                sealed=blob,
            )
            for part, blob in zip(parts, sealed, strict=True)
        ]
        gone = len(taken) - len(rows)
        written = False
        try:
            with self._app.db.write() as connection:
                hold_controller(connection, self._controller.number)
                if erased.count(connection, self._controller.number) == self._erased.erasures:
                    db = self._app.db
                    store.add_chunks(db, connection, self._row, self._stored, chunks, gone)
                    written = True
        except EngineError:
            self._app.vault.destroy(sealed)  # nothing else holds what they would open
            raise
        if not written:
            self._app.vault.destroy(sealed)
            return False
        self._stored += len(taken)
        self._gone += gone
        return True

    def _give_up(self) -> None:
        undo_import(self._app, self._row)
        with self._app.db.write() as connection:
            if not store.imports(connection, self._list.id):
                store.delete(connection, self._list.id, self._app.clock.now())


def _begun(connection: sa.Connection, row: ListRow, digest: bytes, now: Millis) -> ImportRow:
    """Return the import to go on with: a new one, or one of the same file that was cut."""
    imports = store.imports(connection, row.id)
    if imports and imports[-1].finished_at is None:
        if imports[-1].sha256 != digest:
            msg = (
                f"an import of another file into {row.name!r} was cut before its end; import that"
                " file again to go on, or run: chappe list undo"
            )
            raise ListFault(msg)
        return imports[-1]
    return store.begin_import(connection, row.id, digest, now)


def _encoded(rows: Sequence[ListedRow]) -> bytes:
    columns = _ordered({column: None for row in rows for column in row.values})
    values = [tuple(map(row.values.get, columns)) for row in rows]
    return encode_chunk(ListChunk(columns, values, [row.line for row in rows]))


def _ordered(columns: Iterable[str]) -> tuple[str, ...]:
    """Return columns with those first that Chappe knows, the others as they came."""
    have = dict.fromkeys(columns)
    return (*(one for one in _LEADING if one in have), *(c for c in have if c not in _LEADING))


def _distinct(numbers: "array[int]") -> int:
    """Count different numbers, a sixteenth of them in memory at a time."""
    return sum(
        len({number for number in numbers if number % _SIFTS == rest}) for rest in range(_SIFTS)
    )
