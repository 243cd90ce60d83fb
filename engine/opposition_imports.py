"""Whole files of oppositions, taken over from a client."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime

from channels.contract import ADDRESS_KIND, Channel
from engine import audit
from engine.app import App
from engine.audit import Act
from engine.clock import Millis
from engine.list_files import Note, Noted, Progress, RowFile, groups, nothing_imported, reading
from engine.oppositions import Reason, record
from engine.store import suppressions as store
from engine.store.suppressions import ANY_PURPOSE, EVERY_CHANNEL, Mark
from engine.subjects import (
    REF,
    Keyed,
    Realm,
    RowFault,
    UnknownPurpose,
    keyed_row,
    realm,
    require_purpose,
)
from engine.tabular import Item, RejectedLine
from engine.wire.instants import to_millis

GROUP_ROWS = 20_000
_TIDY_FROM = 10_000
_FACTS = frozenset({"channel", "purpose", "reason", "since"})
_CHANNELS: Mapping[str, str] = {"": EVERY_CHANNEL, **{channel: channel for channel in Channel}}
_REASONS: Mapping[str, str] = {reason: reason for reason in Reason}


_Facts = tuple[str, str, str, Millis]  # channel, purpose, reason, since


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for rows that do not say otherwise (columns channel, purpose, reason, since)."""

    channel: Channel | None = None
    reason: Reason = Reason.IMPORTED
    source: str = "import"
    purpose: str | None = None


@dataclass(slots=True)
class ImportReport:
    """What became of a file. An entry is one address or person on one channel.

    rows = rows that gave entries + rejected; entries = added + already + repeated
    """

    rows: int = 0
    rejected: int = 0
    added: int = 0
    already: int = 0
    repeated: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


_NO_ADDRESS = RowFault("no_address", "the row has no address that the opposition could be about")
_NO_CONTROLLER = RowFault("ref_without_controller", "a ref means a person of one controller")
_UNKNOWN_WORD = RowFault(
    "unknown_channel_or_reason",
    f"channel is empty or one of {', '.join(Channel)}; reason one of {', '.join(Reason)}",
)
_UNKNOWN_PURPOSE = RowFault(
    "unknown_purpose", "the controller has agreed on no such purpose; `chappe controller show`"
)
_BAD_DATE = RowFault("bad_date", "write a date as 2026-01-31, an instant with its offset")
_FUTURE = RowFault("date_in_the_future", "nobody can have objected at a date that is to come")


class _BadRow(Exception):
    """Raised for a row that gives no entry."""

    def __init__(self, fault: RowFault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


def import_file(
    app: App,
    controller: str | None,
    file: RowFile,
    defaults: Defaults,
    *,
    noted: Noted,
    progress: Progress,
) -> ImportReport:
    """Add every opposition of a file; what exists already stays as it is.

    Columns: ``ref``, ``tel``, ``email``, ``post``, of which each filled one gives an entry, and
    optionally ``channel``, ``purpose``, ``reason`` and ``since`` (a date). Groups of rows are committed one by
    one: an import that was cut is simply started again.

    Raises NothingImported, FileFault, UnreadableList, UnknownController, UnknownPurpose.
    """
    with app.db.read() as connection:
        where = realm(connection, controller)
    require_purpose(where, defaults.purpose)
    rows = _OppositionRows(app, where, defaults)
    report = ImportReport()
    with reading(file) as (reader, stream), ThreadPoolExecutor(1) as writer:
        # While the database writes one group, the next one is read.
        writing: Future[None] | None = None
        for group in groups(reader, GROUP_ROWS):
            report.rows += len(group)
            marked = rows.marked(group, report, noted)
            if writing is not None:
                writing.result()
            writing = writer.submit(_add_group, app, where, marked, report)
            progress(report.rows, stream.tell())
        if writing is not None:
            writing.result()
    if not report.added + report.already:
        raise nothing_imported(report.rows, report.reasons)
    with app.db.write() as connection:
        told = {"added": report.added, "already": report.already, "rejected": report.rejected}
        owner = "" if where.is_platform else where.owner
        audit.record(
            app,
            connection,
            Act.OPPOSITIONS_IMPORTED,
            "oppositions",
            controller=owner,
            details=told,
        )
    if report.added >= _TIDY_FROM:
        store.tidy(app.db)
    return report


def _add_group(
    app: App, where: Realm, marked: Mapping[Mark, Sequence[Keyed]], report: ImportReport
) -> None:
    with app.db.write() as connection:
        for mark, subjects in marked.items():
            new = record(app, connection, where, mark, subjects)
            different = len({one.key for one in subjects})
            report.added += len(new)
            report.already += different - len(new)
            report.repeated += len(subjects) - different


class _OppositionRows:
    """Turns rows of a file into keyed subjects, grouped by what they have in common."""

    def __init__(self, app: App, where: Realm, defaults: Defaults) -> None:
        self._now = app.clock.now()
        self._where = where
        self._pseudonyms = app.vault.pseudonyms(where.owner)
        self._source = defaults.source
        self._usual: _Facts = (
            defaults.channel or EVERY_CHANNEL,
            defaults.purpose or ANY_PURPOSE,
            defaults.reason.value,
            self._now,
        )

    def marked(
        self, group: Sequence[Item], report: ImportReport, noted: Noted
    ) -> dict[Mark, list[Keyed]]:
        """Return the subjects of a group of rows by their marks; count what cannot be used."""
        found: dict[tuple[str, str, str, Millis, bool], list[Keyed]] = defaultdict(list)
        for item in group:
            facts, subjects, faults = self._read(item)
            if faults:
                self._note(item.line, faults, report, noted, rejected=not subjects)
            for one in subjects:
                found[(*facts, one.kind == REF)].append(one)
        # In one order, so that two imports at once cannot wait for each other.
        return {self._mark(*facts): found[facts] for facts in sorted(found)}

    @staticmethod
    def _note(
        line: int,
        faults: Mapping[str, RowFault],
        report: ImportReport,
        noted: Noted,
        *,
        rejected: bool,
    ) -> None:
        if rejected:
            report.rejected += 1
            report.reasons[next(iter(faults.values())).reason] += 1
        what = "rejected" if rejected else "unusable"
        for column, fault in faults.items():
            noted(Note(line, what, fault.reason, column, fault.sentence))

    def _read(self, item: Item) -> tuple[_Facts, list[Keyed], Mapping[str, RowFault]]:
        """Return the facts of a row, its subjects, and its faults by column ('': the row's)."""
        if isinstance(item, RejectedLine):
            return self._usual, [], {"": RowFault(item.reason, item.sentence)}
        try:
            facts = self._facts(item.values)
        except _BadRow as bad:
            return self._usual, [], {"": bad.fault}
        subjects, faults = self._subjects(item.values, facts[0])
        if not subjects and not faults:
            faults = {"": _NO_ADDRESS}
        return facts, subjects, faults

    def _mark(
        self,
        channel: str,
        purpose: str,
        reason: str,
        since: Millis,
        person: bool,  # noqa: FBT001
    ) -> Mark:
        subject = "person" if person else "contact"
        return Mark(self._where.scope, channel, reason, self._source, subject, since, purpose)

    def _facts(self, values: Mapping[str, str | None]) -> _Facts:
        """Return channel, purpose, reason and instant of a row."""
        if _FACTS.isdisjoint(values):
            return self._usual
        channel, purpose, reason, since = self._usual
        try:
            purpose = self._purpose(values.get("purpose")) or purpose
            if given := values.get("channel"):
                channel = _CHANNELS[given.lower()]
            if given := values.get("reason"):
                reason = _REASONS[given.lower()]
            if given := values.get("since"):
                since = instant_of(given)
        except KeyError:
            raise _BadRow(_UNKNOWN_WORD) from None
        except ValueError:
            raise _BadRow(_BAD_DATE) from None
        if since > self._now:
            raise _BadRow(_FUTURE)
        return channel, purpose, reason, since

    def _purpose(self, given: str | None) -> str | None:
        try:
            require_purpose(self._where, given or None)
        except UnknownPurpose:
            raise _BadRow(_UNKNOWN_PURPOSE) from None
        return given

    def _subjects(
        self, values: Mapping[str, str | None], channel: str
    ) -> tuple[list[Keyed], dict[str, RowFault]]:
        subjects, faults = keyed_row(self._pseudonyms, values)
        if self._where.is_platform and subjects and subjects[0].kind == REF:
            del subjects[0]
            faults[REF] = _NO_CONTROLLER
        if channel:
            kinds = (REF, ADDRESS_KIND[Channel(channel)])
            subjects = [one for one in subjects if one.kind in kinds]
        return subjects, faults


def instant_of(text: str) -> Millis:
    """Read a date, or an instant with its offset. Raises ValueError for anything else."""
    if len(text) == len("2026-01-31"):
        day = date.fromisoformat(text)
        return to_millis(datetime.fromisoformat(f"{day.isoformat()}T00:00:00+00:00"))
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError
    return to_millis(at)
