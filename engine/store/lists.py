"""Rows of contact lists: the lists, their imports, and sealed chunks.

One import of a list runs at a time, and ids of chunks grow. So every chunk of a finished import
lies below those of an import under way, and ``last_chunk`` cuts the list clean for a campaign.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from engine.clock import Millis
from engine.errors import EngineError
from engine.states import CampaignState
from engine.store.database import Database
from engine.store.tables import campaigns, list_chunks, list_imports, lists


class ListGone(EngineError):
    """Raised when a list was deleted while something was being added to it."""


class ImportOvertaken(EngineError):
    """Raised when an import finds that it was undone or that another process runs it."""


@dataclass(frozen=True, slots=True)
class ListRow:
    """One list as stored; ``purposes``, ``columns`` and ``findings`` are JSON text.

    attested_by  who answers for where it comes from; None: nobody
    supplier     who supplied it; None: the controller collected it itself
    findings     counts by kind of sensitive data; None: nobody has looked for any
    """

    id: int
    controller: int
    name: str
    purposes: str
    columns: str
    created_at: Millis
    attested_by: str | None
    attested_at: Millis | None
    supplier: str | None
    findings: str | None


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One import. ``finished_at`` None: it runs or was interrupted, and is not part of the list.

    ``accepted`` counts the rows of the file that were taken, of whom ``erased`` are gone again.
    """

    id: int
    list_id: int
    sha256: bytes
    accepted: int
    rejected: int
    opposed: int
    erased: int
    created_at: Millis
    finished_at: Millis | None

    @property
    def rows(self) -> int:
        """How many rows of it are in the list."""
        return self.accepted - self.erased


class Chunk(NamedTuple):
    """One sealed chunk, in the order of ``add_chunks``."""

    list_id: int
    import_id: int
    rows: int
    contact_prefixes: bytes
    person_prefixes: bytes
    sealed: bytes


class StoredChunk(NamedTuple):
    """One sealed chunk as it is read."""

    id: int
    rows: int
    sealed: bytes


_LIST_COLUMNS = tuple(lists.c[name] for name in ListRow.__dataclass_fields__)
_ALIVE = sa.select(*_LIST_COLUMNS).where(lists.c.deleted_at.is_(None))
_IMPORT_COLUMNS = tuple(list_imports.c[name] for name in ImportRow.__dataclass_fields__)


def insert(
    connection: sa.Connection, controller: int, name: str, purposes: str, now: Millis
) -> ListRow:
    """Add an empty list; IntegrityError when the controller has one of that name."""
    row = connection.execute(
        lists.insert()
        .values(controller=controller, name=name, purposes=purposes, columns="[]", created_at=now)
        .returning(*_LIST_COLUMNS)
    ).one()
    return ListRow(*row)


def by_name(connection: sa.Connection, controller: int, name: str) -> ListRow | None:
    """Find a list that was not deleted."""
    wanted = _ALIVE.where(lists.c.controller == controller, lists.c.name == name)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else ListRow(*row)


def every(connection: sa.Connection, controller: int) -> list[ListRow]:
    """Return the lists of a controller that were not deleted, in order of name."""
    wanted = _ALIVE.where(lists.c.controller == controller).order_by(lists.c.name)
    rows = connection.execute(wanted)
    return [ListRow(*row) for row in rows]


def size(connection: sa.Connection, list_id: int) -> int:
    """Return how many rows a list has; those of an unfinished import do not count."""
    counted = (
        sa.select(sa.func.coalesce(sa.func.sum(list_imports.c.accepted - list_imports.c.erased), 0))
        .where(list_imports.c.list_id == list_id)
        .where(list_imports.c.finished_at.is_not(None), list_imports.c.undone_at.is_(None))
    )
    return int(connection.scalar(counted) or 0)


def last_chunk(connection: sa.Connection, list_id: int) -> int:
    """Return the id of the last chunk that belongs to the list now; 0 when it is empty.

    A campaign keeps it (``campaigns.list_until``): what is imported later is not part of it.
    """
    finished = sa.exists().where(
        list_imports.c.id == list_chunks.c.import_id, list_imports.c.finished_at.is_not(None)
    )
    last = sa.select(sa.func.max(list_chunks.c.id)).where(list_chunks.c.list_id == list_id)
    return int(connection.scalar(last.where(finished)) or 0)


def chunks_after(
    connection: sa.Connection, list_id: int, after: int, until: int, limit: int
) -> list[StoredChunk]:
    """Return the next chunks of a list in order of id: ``after`` < id ≤ ``until``."""
    rows = connection.execute(
        sa.select(list_chunks.c.id, list_chunks.c.rows, list_chunks.c.sealed)
        .where(list_chunks.c.list_id == list_id)
        .where(list_chunks.c.id > after, list_chunks.c.id <= until)
        .order_by(list_chunks.c.id)
        .limit(limit)
    )
    return [StoredChunk(*row) for row in rows]


def imports(connection: sa.Connection, list_id: int) -> list[ImportRow]:
    """Return the imports of a list that were not undone, oldest first."""
    rows = connection.execute(
        sa.select(*_IMPORT_COLUMNS)
        .where(list_imports.c.list_id == list_id, list_imports.c.undone_at.is_(None))
        .order_by(list_imports.c.id)
    )
    return [ImportRow(*row) for row in rows]


def begin_import(connection: sa.Connection, list_id: int, sha256: bytes, now: Millis) -> ImportRow:
    """Note that an import begins."""
    row = connection.execute(
        list_imports.insert()
        .values(list_id=list_id, sha256=sha256, accepted=0, rejected=0, opposed=0, created_at=now)
        .returning(*_IMPORT_COLUMNS)
    ).one()
    return ImportRow(*row)


def add_chunks(
    db: Database,
    connection: sa.Connection,
    running: ImportRow,
    stored: int,
    chunks: Sequence[Chunk],
    erased: int = 0,
) -> None:
    """Add chunks to an import that has ``stored`` rows so far.

    erased  rows of the file that are not in the chunks because their persons were erased

    Raises ListGone when the list was deleted meanwhile, ImportOvertaken when the import was
    undone or when another process goes on with it.
    """
    _hold(connection, running.list_id)
    taken = {
        "accepted": stored + sum(one.rows for one in chunks) + erased,
        "erased": list_imports.c.erased + erased,
    }
    _go_on(connection, running, stored, taken)
    db.insert_tuples(connection, list_chunks, Chunk._fields, chunks)


def finish_import(
    connection: sa.Connection, running: ImportRow, stored: int, end: dict[str, int]
) -> None:
    """Make an import of ``stored`` rows part of its list; what the list is then, ``change`` says.

    end  ``finished_at``, and the counts ``rejected`` and ``opposed``

    Raises ListGone or ImportOvertaken as ``add_chunks`` does.
    """
    _hold(connection, running.list_id)
    _go_on(connection, running, stored, end)


def locked(connection: sa.Connection, list_id: int) -> ListRow:
    """Return a list as it stands, which nobody else changes before the commit.

    Raises ListGone.
    """
    row = connection.execute(_ALIVE.where(lists.c.id == list_id).with_for_update()).one_or_none()
    if row is None:
        raise _gone()
    return ListRow(*row)


def change(connection: sa.Connection, list_id: int, values: Mapping[str, object]) -> None:
    """Change what is said of a list as a whole; see ``locked``."""
    connection.execute(lists.update().where(lists.c.id == list_id).values(dict(values)))


def chunks_of_import(connection: sa.Connection, import_id: int) -> list[bytes]:
    """Return the sealed chunks of one import, in order."""
    return list(
        connection.scalars(
            sa.select(list_chunks.c.sealed)
            .where(list_chunks.c.import_id == import_id)
            .order_by(list_chunks.c.id)
        )
    )


def undo_import(connection: sa.Connection, import_id: int, now: Millis) -> list[bytes]:
    """Take the rows of one import out of its list; return the sealed chunks that were deleted."""
    connection.execute(  # first: whoever is adding chunks finds the import undone
        list_imports.update().where(list_imports.c.id == import_id).values(undone_at=now)
    )
    gone = list_chunks.delete().where(list_chunks.c.import_id == import_id)
    return list(connection.scalars(gone.returning(list_chunks.c.sealed)))


def delete(connection: sa.Connection, list_id: int, now: Millis) -> list[tuple[int, str]]:
    """Delete a list with everything in it; its name is free again.

    Cancels the campaigns that still go to it, and returns them as (id, name).
    """
    nothing_said = dict.fromkeys(("attested_by", "attested_at", "supplier", "findings"))
    change(connection, list_id, {"deleted_at": now, "columns": "[]", **nothing_said})
    connection.execute(list_chunks.delete().where(list_chunks.c.list_id == list_id))
    cancelled = connection.execute(
        campaigns.update()
        .where(campaigns.c.list_id == list_id, campaigns.c.cancelled_at.is_(None))
        .where(campaigns.c.state.not_in((CampaignState.FINISHED, CampaignState.REFUSED)))
        .values(cancelled_at=now)
        .returning(campaigns.c.id, campaigns.c.name)
    )
    return [(campaign_id, name) for campaign_id, name in cancelled]


def _hold(connection: sa.Connection, list_id: int) -> None:
    """Keep a list from being deleted before the commit."""
    alive = connection.scalar(
        sa.select(lists.c.id)
        .where(lists.c.id == list_id, lists.c.deleted_at.is_(None))
        .with_for_update(read=True)
    )
    if alive is None:
        raise _gone()


def _gone() -> ListGone:
    return ListGone("the list was deleted meanwhile; nothing of what was under way is kept")


def _go_on(
    connection: sa.Connection, running: ImportRow, stored: int, values: Mapping[str, object]
) -> None:
    """Change an import by compare-and-set: nobody else undid it or goes on with it."""
    held = connection.execute(
        list_imports.update()
        .where(list_imports.c.id == running.id, list_imports.c.accepted == stored)
        .where(list_imports.c.finished_at.is_(None), list_imports.c.undone_at.is_(None))
        .values(dict(values))
    )
    if held.rowcount != 1:
        msg = "this import was undone, or goes on in another process; `chappe list show` tells"
        raise ImportOvertaken(msg)
