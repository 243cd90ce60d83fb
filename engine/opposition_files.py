"""Oppositions handed back to a client as rows, and files screened against them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from channels.contract import AddressKind
from engine import audit
from engine.app import App
from engine.audit import Act
from engine.clock import Millis
from engine.list_files import Note, RowFile, groups, reading
from engine.opposition_chunks import SCOPE, decode_contacts
from engine.oppositions import forbids
from engine.pseudonyms import Pseudonyms
from engine.store import suppression_chunks
from engine.store import suppressions as store
from engine.store.suppressions import Entry
from engine.subjects import REF, Realm, keyed_row, realm, require_purpose
from engine.tabular import Item, RejectedLine
from engine.wire.instants import from_millis

_SCREEN_ROWS = 5_000
_EXPORT_CHUNKS = 20


@dataclass(frozen=True, slots=True)
class Exported:
    """One opposition as it is handed to the client."""

    kind: str
    value: str
    channel: str
    purpose: str
    reason: str
    source: str
    since: Millis


@dataclass(frozen=True, slots=True)
class Screened:
    """What is known against one row of a file: (column, entry), empty when nothing is."""

    line: int
    against: tuple[tuple[str, Entry], ...]


def export(app: App, controller: str | None, purpose: str | None = None) -> Iterator[Exported]:
    """Give every opposition whose contact is still there, in the order of their arrival.

    purpose  only those that forbid contact for it, as do those to any; None: all

    Raises UnknownController, UnknownPurpose.
    """
    with app.db.read() as connection:
        where = realm(connection, controller)
    require_purpose(where, purpose)
    with app.db.write() as connection:
        owner = "" if where.is_platform else where.owner
        audit.record(app, connection, Act.OPPOSITIONS_EXPORTED, "oppositions", controller=owner)
    after = 0
    while True:
        with app.db.read() as connection:
            chunks = suppression_chunks.chunks_after(connection, where.scope, after, _EXPORT_CHUNKS)
            entries = store.entries_of_chunks(connection, [chunk_id for chunk_id, _ in chunks])
        if not chunks:
            return
        after = chunks[-1][0]
        known = {(entry.key, entry.channel, entry.purpose): entry for entry in entries}
        for plain in app.vault.open_many(where.owner, SCOPE, [sealed for _, sealed in chunks]):
            for one in decode_contacts(plain):
                entry = known.get((one.key, one.channel, one.purpose))
                if entry is not None and forbids(entry.purpose, purpose):
                    yield Exported(
                        one.kind,
                        one.value,
                        one.channel,
                        one.purpose,
                        entry.reason,
                        entry.source,
                        entry.created_at,
                    )


def exported_row(one: Exported) -> dict[str, str]:
    """Return an opposition as a row of an export file, which ``import_file`` reads again."""
    return {
        REF: one.value if one.kind == REF else "",
        **{kind: one.value if one.kind == kind else "" for kind in AddressKind},
        "channel": one.channel,
        "reason": one.reason,
        "source": one.source,
        "since": from_millis(one.since).isoformat(),
        "purpose": one.purpose,
    }


def screen(
    app: App, controller: str | None, file: RowFile, purpose: str | None = None
) -> Iterator[Screened | Note]:
    """Say of every row of a file what forbids contact, without storing anything.

    purpose  only what forbids contact for it; None: whatever forbids anything

    Raises FileFault, UnreadableList, UnknownController, UnknownPurpose.
    """
    with app.db.read() as connection:
        where = realm(connection, controller)
    require_purpose(where, purpose)
    pseudonyms = app.vault.pseudonyms(where.owner)
    with reading(file) as (reader, _stream):
        for group in groups(reader, _SCREEN_ROWS):
            for one in _screened(app, where, pseudonyms, group):
                if isinstance(one, Screened):
                    against = tuple(a for a in one.against if forbids(a[1].purpose, purpose))
                    yield replace(one, against=against)
                else:
                    yield one


def _screened(
    app: App, where: Realm, pseudonyms: Pseudonyms, group: Sequence[Item]
) -> Iterator[Screened | Note]:
    looked_up: list[tuple[int, dict[bytes, str]]] = []
    notes: list[Note] = []
    for item in group:
        if isinstance(item, RejectedLine):
            notes.append(Note(item.line, "rejected", item.reason, "", item.sentence))
            continue
        subjects, faults = keyed_row(pseudonyms, item.values)
        notes += [
            Note(item.line, "unusable", fault.reason, kind, fault.sentence)
            for kind, fault in faults.items()
        ]
        columns = {one.key: one.kind for one in subjects}
        columns |= {
            pseudonyms.platform(one.kind, one.value): one.kind
            for one in subjects
            if one.kind != REF
        }
        looked_up.append((item.line, columns))
    wanted = {key for _, columns in looked_up for key in columns}
    with app.db.read() as connection:
        found = store.entries(
            app.db, connection, scope=where.scope, keys=wanted, platform_keys=wanted
        )
    by_key: dict[bytes, list[Entry]] = defaultdict(list)
    for entry in set(found):
        by_key[entry.key].append(entry)
    yield from notes
    for line, columns in looked_up:
        against = tuple((kind, entry) for key, kind in columns.items() for entry in by_key[key])
        yield Screened(line, against)
