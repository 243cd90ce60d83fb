"""Contact lists that a controller keeps here: sealed at rest, bound to purposes, deleted for good.

Importing is in ``engine.list_imports``; where a list comes from is in ``engine.list_provenance``,
what sensitive data it holds in ``engine.list_screening``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
import structlog

from engine import audit, controllers
from engine.app import App
from engine.audit import Act
from engine.campaign_events import tell
from engine.clock import Millis
from engine.controllers import Controller
from engine.errors import EngineError
from engine.events import Cancelled
from engine.list_chunks import decode_chunk, list_scope
from engine.list_provenance import Provenance
from engine.store import due, holds
from engine.store import lists as store
from engine.store.lists import ImportRow, ListRow

_READ_CHUNKS = 10
_CLASS = "lists"  # of policy.retention
_log = structlog.get_logger()
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class ListFault(EngineError):
    """Raised when something cannot be done with a list."""


class UnknownList(ListFault):
    """Raised when a controller has no list of the given name."""


@dataclass(frozen=True, slots=True)
class ListSummary:
    """A list as it is shown. ``rows`` counts finished imports only.

    findings  how often sensitive data was found, by kind; None: nobody has looked
    """

    name: str
    purposes: tuple[str, ...]
    columns: tuple[str, ...]
    rows: int
    created_at: Millis
    imports: tuple[ImportRow, ...]
    provenance: Provenance
    findings: Mapping[str, int] | None


def find(connection: sa.Connection, controller: int, name: str) -> ListRow:
    """Return a list, or raise UnknownList."""
    row = store.by_name(connection, controller, name)
    if row is None:
        msg = f"no list {name!r}; `chappe list list` names those of a controller"
        raise UnknownList(msg)
    return row


def purposes_of(row: ListRow) -> tuple[str, ...]:
    """Return the purposes that a list may be used for."""
    return msgspec.json.decode(row.purposes, type=tuple[str, ...])


def columns_of(row: ListRow) -> tuple[str, ...]:
    """Return the columns that rows of a list may have."""
    return msgspec.json.decode(row.columns, type=tuple[str, ...])


def provenance_of(row: ListRow) -> Provenance:
    """Return where a list comes from, and who answers for that."""
    return Provenance(row.attested_by, row.attested_at, row.supplier)


def findings_of(row: ListRow) -> frozenset[str] | None:
    """Return the kinds of sensitive data in a list; None: nobody has looked for any."""
    counts = finding_counts_of(row)
    return None if counts is None else frozenset(counts)


def finding_counts_of(row: ListRow) -> dict[str, int] | None:
    """Return how often each kind of sensitive data is in a list; None: nobody has looked."""
    return None if row.findings is None else msgspec.json.decode(row.findings, type=dict[str, int])


def open_for_import(
    connection: sa.Connection,
    controller: Controller,
    name: str,
    purposes: Sequence[str],
    now: Millis,
) -> ListRow:
    """Return the list of that name, made when there is none.

    Raises ListFault when the purposes are not the list's own, or not agreed with the controller,
    or when the contract with it has ended.
    """
    if not controller.alive:
        msg = f"the contract with {controller.name!r} has ended; nothing more is taken in"
        raise ListFault(msg)
    row = store.by_name(connection, controller.number, name)
    if row is not None:
        if purposes and set(purposes) != set(purposes_of(row)):
            msg = f"list {name!r} is bound to {', '.join(purposes_of(row))}; take another list"
            raise ListFault(msg)
        return row
    if not _NAME.fullmatch(name):
        msg = f"list {name!r}: use 1 to 64 of a-z, 0-9, dots, hyphens and underscores"
        raise ListFault(msg)
    unknown = [one for one in purposes if one not in controller.settings.purposes]
    if unknown or not purposes:
        agreed = ", ".join(controller.settings.purposes) or "none yet"
        msg = f"a list is bound to agreed purposes of its controller; those are: {agreed}; name one with --purpose"
        raise ListFault(msg)
    encoded = msgspec.json.encode(sorted(set(purposes))).decode()
    return store.insert(connection, controller.number, name, encoded, now)


def show(app: App, controller: str, name: str) -> ListSummary:
    """Return what is known about a list.

    Raises UnknownController or UnknownList.
    """
    with app.db.read() as connection:
        number = controllers.find(connection, controller).number
        return _summary(connection, find(connection, number, name))


def every(app: App, controller: str) -> list[ListSummary]:
    """Return all lists of a controller in order of name.

    Raises UnknownController.
    """
    with app.db.read() as connection:
        number = controllers.find(connection, controller).number
        return [_summary(connection, row) for row in store.every(connection, number)]


def export(app: App, controller: str, name: str) -> Iterator[dict[str, str | None]]:
    """Give every row of a list in the order of import, with all columns of the list.

    Raises UnknownController or UnknownList, at the first row.
    """
    with app.db.read() as connection:
        number = controllers.find(connection, controller).number
        row = find(connection, number, name)
        until = store.last_chunk(connection, row.id)
    with app.db.write() as connection:
        audit.record(app, connection, Act.LIST_EXPORTED, f"list:{name}", controller=controller)
    columns = columns_of(row)
    after = 0
    while after < until:
        with app.db.read() as connection:
            chunks = store.chunks_after(connection, row.id, after, until, _READ_CHUNKS)
        if not chunks:
            return
        after = chunks[-1].id
        sealed = [chunk.sealed for chunk in chunks]
        for plain in app.vault.open_many(controller, list_scope(row.id), sealed):
            chunk = decode_chunk(plain)
            for values in chunk.rows:
                have = dict(zip(chunk.columns, values, strict=True))
                yield {column: have.get(column) for column in columns}


def delete(app: App, controller: str, name: str) -> list[str]:
    """Delete a list at once and for good; return the campaigns that this cancels.

    The keys go first: from then on nobody can read a row, wherever a copy lies. Whoever still
    waits in a campaign to this list is not contacted any more.

    Raises UnknownController, UnknownList, or ListFault while a legal hold keeps lists.
    """
    with app.db.read() as connection:
        number = controllers.find(connection, controller).number
        row = find(connection, number, name)
        _refuse_on_hold(connection, number, app.clock.now())
    app.vault.destroy_scope(controller, list_scope(row.id))
    now = app.clock.now()
    with app.db.write() as connection:
        cancelled = store.delete(connection, row.id, now)
        for campaign_id, campaign in cancelled:
            due.hasten(connection, campaign_id, now)
            tell(connection, Cancelled, (controller, campaign), now)
        told = {"campaigns_cancelled": len(cancelled)}
        subject = f"list:{name}"
        audit.record(
            app, connection, Act.LIST_DELETED, subject, controller=controller, details=told
        )
    # An import that ran meanwhile may have sealed one more group before it met the deletion.
    app.vault.destroy_scope(controller, list_scope(row.id))
    _log.info("list_deleted", list=row.id, campaigns_cancelled=[one for one, _ in cancelled])
    return [campaign for _, campaign in cancelled]


def undo(app: App, controller: str, name: str) -> ImportRow:
    """Take the last import out of a list, finished or not, and return it.

    Raises UnknownController, UnknownList, or ListFault when nothing was imported, or while a legal
    hold keeps lists.
    """
    with app.db.read() as connection:
        number = controllers.find(connection, controller).number
        row = find(connection, number, name)
        _refuse_on_hold(connection, number, app.clock.now())
        imports = store.imports(connection, row.id)
    if not imports:
        msg = f"list {name!r} has no import left to undo"
        raise ListFault(msg)
    undo_import(app, imports[-1])
    with app.db.write() as connection:
        told = {"import": imports[-1].id, "rows": imports[-1].rows}
        subject = f"list:{name}"
        audit.record(
            app, connection, Act.LIST_IMPORT_UNDONE, subject, controller=controller, details=told
        )
    return imports[-1]


def undo_import(app: App, row: ImportRow) -> None:
    """Remove the rows of an import: first their keys, then themselves."""
    with app.db.read() as connection:
        sealed = store.chunks_of_import(connection, row.id)
    app.vault.destroy(sealed)
    with app.db.write() as connection:
        left = store.undo_import(connection, row.id, app.clock.now())
    app.vault.destroy(left)


def _refuse_on_hold(connection: sa.Connection, controller: int, now: Millis) -> None:
    held = holds.of_controller(connection, (_CLASS,), controller, now)
    if held:
        msg = (
            f"lists are on legal hold {held[0].id} ({held[0].reason}); they can be deleted once it"
            f" is lifted: chappe retention lift {held[0].id}"
        )
        raise ListFault(msg)


def _summary(connection: sa.Connection, row: ListRow) -> ListSummary:
    return ListSummary(
        row.name,
        purposes_of(row),
        columns_of(row),
        store.size(connection, row.id),
        row.created_at,
        tuple(store.imports(connection, row.id)),
        provenance_of(row),
        finding_counts_of(row),
    )
