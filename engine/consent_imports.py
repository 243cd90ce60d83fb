"""Whole files of consents, taken over from a client."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from engine.app import App
from engine.audit import Act
from engine.consent_ledger import Recorded, record_consents
from engine.consent_rows import ConsentRows, Faulty
from engine.list_files import Note, Noted, Progress, RowFile, groups, nothing_imported, reading
from engine.oppositions import Reason, record, record_act
from engine.store import consents as store
from engine.store import erased
from engine.store.blocks import hold_controller
from engine.store.consents import Agreed, ConsentRow
from engine.store.suppressions import Mark
from engine.subjects import REF, Keyed, Realm, realm, require_purpose
from engine.tabular import Item, RejectedLine

GROUP_ROWS = 10_000
_TIDY_FROM = 10_000
SOURCE = "consent-import"
_SENTENCES: Mapping[str, str] = {
    "erased": "the person was erased on their own request: nothing about them is recorded",
    "opposed_later": "the person objected on that day or later: the proof must be of a later day",
}


@dataclass(slots=True)
class ConsentReport:
    """What became of a file. A consent is about one address or person on one channel.

    rows = rows that gave consents + rejected; refused: the ledger may not take them;
    standing: oppositions that still forbid what was consented to
    """

    rows: int = 0
    rejected: int = 0
    recorded: int = 0
    already: int = 0
    refused: int = 0
    withdrawn: int = 0
    lifted: int = 0
    standing: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Gathered:
    """The consents of a group of rows: the latest of each, its line, and whom it is about."""

    given: dict[Agreed, ConsentRow] = field(default_factory=dict)
    withdrawn: dict[Agreed, ConsentRow] = field(default_factory=dict)
    lines: dict[Agreed, int] = field(default_factory=dict)
    persons: dict[bytes, Keyed] = field(default_factory=dict)

    def take(self, line: int, row: ConsentRow, one: Keyed) -> None:
        """Keep a consent unless a later one of the same is here."""
        agreed = row.key, row.purpose, row.channel
        kept = self.given if row.withdrawn_at is None else self.withdrawn
        before = kept.get(agreed)
        if before is None or row.given_on >= before.given_on:
            kept[agreed] = row
            self.lines[agreed] = line
        self.persons[one.key] = one


def import_file(
    app: App,
    controller: str,
    file: RowFile,
    usual: Mapping[str, str],
    *,
    noted: Noted,
    progress: Progress,
) -> ConsentReport:
    """Record every consent of a file.

    Columns: ``ref``, ``tel``, ``email``, ``post``, of which each filled one is that person; those
    of ``consent_rows.FACTS``; and ``withdrawn_on`` for what was taken back since. ``usual`` holds
    for rows that do not say otherwise. Groups of rows are committed one by one: an import that was
    cut is simply started again.

    Raises NothingImported, FileFault, UnreadableList, UnknownController, UnknownPurpose.
    """
    with app.db.read() as connection:
        where = realm(connection, controller)
    require_purpose(where, usual.get("purpose") or None)
    rows = ConsentRows(app, where, usual)
    report = ConsentReport()
    with reading(file) as (reader, stream):
        for group in groups(reader, GROUP_ROWS):
            report.rows += len(group)
            gathered = _gather(rows, group, report, noted)
            _write(app, where, gathered, report, noted)
            progress(report.rows, stream.tell())
    if report.rows == report.rejected:
        raise nothing_imported(report.rows, report.reasons)
    with app.db.write() as connection:
        told = {
            name: getattr(report, name)
            for name in ("recorded", "already", "refused", "withdrawn", "lifted", "rejected")
        }
        record_act(app, connection, Act.CONSENTS_IMPORTED, where, told, "consents")
    if report.recorded >= _TIDY_FROM:
        store.tidy(app.db)
    return report


def _gather(
    rows: ConsentRows, group: Sequence[Item], report: ConsentReport, noted: Noted
) -> _Gathered:
    gathered = _Gathered()
    for item in group:
        if isinstance(item, RejectedLine):
            _reject(Note(item.line, "rejected", item.reason, "", item.sentence), report, noted)
            continue
        try:
            read = rows.read(item.values)
        except Faulty as bad:
            fault = bad.fault
            note = Note(item.line, "rejected", fault.reason, bad.column, fault.sentence)
            _reject(note, report, noted)
            continue
        for column, fault in read.unusable.items():
            noted(Note(item.line, "unusable", fault.reason, column, fault.sentence))
        for row, one in read.consents:
            gathered.take(item.line, row, one)
    return gathered


def _reject(note: Note, report: ConsentReport, noted: Noted) -> None:
    report.rejected += 1
    report.reasons[note.reason] += 1
    noted(note)


def _write(
    app: App, where: Realm, gathered: _Gathered, report: ConsentReport, noted: Noted
) -> None:
    with app.db.write() as connection:
        # First what was taken back: a consent of a later day lifts the opposition that it leaves.
        withdrawn = _withdraw(app, connection, where, gathered)
        done = record_consents(app, connection, where, list(gathered.given.values()))
    if done.stale:
        app.vault.destroy(done.stale)
    report.withdrawn += withdrawn
    _count(done, gathered, report)
    for agreed, why in done.refused.items():
        report.reasons[why] += 1
        noted(Note(gathered.lines[agreed], "refused", why, agreed[2], _SENTENCES[why]))


def _count(done: Recorded, gathered: _Gathered, report: ConsentReport) -> None:
    report.recorded += len(done.written)
    report.refused += len(done.refused)
    report.already += len(gathered.given) - len(done.written) - len(done.refused)
    report.lifted += len(done.lifted)
    report.standing += len(done.standing)


def _withdraw(app: App, connection: sa.Connection, where: Realm, gathered: _Gathered) -> int:
    """Record consents that were taken back, and forbid contact since then; return how many."""
    living = _living(connection, where, gathered)
    taken_back = store.put(app.db, connection, living)
    marks: dict[Mark, list[Keyed]] = defaultdict(list)
    for agreed in taken_back:
        row = gathered.withdrawn[agreed]
        one = gathered.persons[row.key]
        mark = Mark(
            where.scope,
            row.channel,
            Reason.WITHDRAWN,
            SOURCE,
            "person" if one.kind == REF else "contact",
            row.withdrawn_at or 0,
            row.purpose,
        )
        marks[mark].append(one)
    for mark in sorted(marks, key=lambda one: (one.channel, one.purpose, one.created_at)):
        record(app, connection, where, mark, marks[mark])
    return len(taken_back)


def _living(connection: sa.Connection, where: Realm, gathered: _Gathered) -> list[ConsentRow]:
    """Return what was taken back, without what is about erased persons."""
    if not gathered.withdrawn:
        return []
    hold_controller(connection, where.scope)
    gone = erased.read(connection, where.scope).keys
    return [row for row in gathered.withdrawn.values() if row.key not in gone]
