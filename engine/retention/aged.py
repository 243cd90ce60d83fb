"""Rows that go by age: most classes are no more than that."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from engine.app import App
from engine.clock import Millis
from engine.lists import undo_import
from engine.retention.sweeper import HEAD_BYTES, Held, before
from engine.store import dead_letters as letters
from engine.store import lists as list_store
from engine.store.privacy_tables import connections, holds, rights_requests
from engine.store.tables import dead_letters, events, list_imports, lists

Condition = Callable[[Millis], sa.ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Aged:
    """Deletes whole rows of a table.

    old         the condition of being too old, given the instant before which that is so
    controller  the column that says whose a row is; None: it does not
    """

    name: str
    table: sa.Table
    old: Condition
    controller: str | None = None

    def overdue(self, app: App, now: Millis, held: Held) -> int:
        """Count rows that are too old."""
        with app.db.read() as connection:
            count = sa.select(sa.func.count()).select_from(self.table)
            return connection.scalar(count.where(self._condition(now, held))) or 0

    def sweep(self, app: App, now: Millis, held: Held, limit: int) -> int:
        """Delete the oldest rows."""
        key = self.table.c.id
        oldest = (
            sa.select(key).where(self._condition(now, held)).order_by(key).limit(limit)
        ).scalar_subquery()
        with app.db.write() as connection:
            return connection.execute(sa.delete(self.table).where(key.in_(oldest))).rowcount

    def _condition(self, now: Millis, held: Held) -> sa.ColumnElement[bool]:
        owner = None if self.controller is None else self.table.c[self.controller]
        return sa.and_(self.old(before(self.name, now)), held.spares(owner))


CONNECTION_LOG = Aged("connection_log", connections, lambda limit: connections.c.at < limit)
DEAD_LETTERS = Aged("dead_letters", dead_letters, lambda limit: dead_letters.c.received_at < limit)
EVENTS = Aged("events", events, lambda limit: events.c.published_at < limit, "controller")
RIGHTS = Aged(
    "rights_requests",
    rights_requests,
    lambda limit: rights_requests.c.finished_at < limit,
    "controller",
)
HOLDS = Aged(
    "holds",
    holds,
    lambda limit: sa.func.coalesce(holds.c.lifted_at, holds.c.until) < limit,
)


class DeadLetterBodies:
    """Destroys the sealed bodies; why they were no campaign stays a while longer."""

    def overdue(self, app: App, now: Millis, held: Held) -> int:
        """Count bodies that are too old."""
        with app.db.read() as connection:
            count = sa.select(sa.func.count()).select_from(dead_letters)
            return connection.scalar(count.where(*self._old(now, held))) or 0

    def sweep(self, app: App, now: Millis, held: Held, limit: int) -> int:
        """Destroy keys, then bodies; who is open still is dropped."""
        with app.db.read() as connection:
            rows = connection.execute(
                sa.select(dead_letters.c.id, sa.func.substr(dead_letters.c.sealed, 1, HEAD_BYTES))
                .where(*self._old(now, held))
                .limit(limit)
            ).all()
        app.vault.destroy([bytes(head) for _, head in rows])
        with app.db.write() as connection:
            for number, _ in rows:
                letters.close(connection, number, letters.DROPPED, now)
            connection.execute(
                sa.update(dead_letters)
                .where(dead_letters.c.id.in_([number for number, _ in rows]))
                .values(sealed=None)
            )
        return len(rows)

    @staticmethod
    def _old(now: Millis, held: Held) -> tuple[sa.ColumnElement[bool], ...]:
        limit = before("dead_letter_bodies", now)
        return (
            dead_letters.c.sealed.is_not(None),
            dead_letters.c.received_at < limit,
            held.spares(),
        )


class BrokenImports:
    """Takes back what imports left that broke off: their keys, then their rows."""

    def overdue(self, app: App, now: Millis, held: Held) -> int:
        """Count imports that were never resumed."""
        with app.db.read() as connection:
            count = (
                sa.select(sa.func.count())
                .select_from(list_imports)
                .join(lists, lists.c.id == list_imports.c.list_id)
            )
            return connection.scalar(count.where(*self._old(now, held))) or 0

    def sweep(self, app: App, now: Millis, held: Held, limit: int) -> int:
        """Undo some of them."""
        with app.db.read() as connection:
            owners = connection.execute(
                sa.select(list_imports.c.id, list_imports.c.list_id)
                .join(lists, lists.c.id == list_imports.c.list_id)
                .where(*self._old(now, held))
                .limit(limit)
            ).all()
            rows = [
                one
                for owner in owners
                for one in list_store.imports(connection, owner.list_id)
                if one.id == owner.id
            ]
        for row in rows:
            undo_import(app, row)
        return len(rows)

    @staticmethod
    def _old(now: Millis, held: Held) -> tuple[sa.ColumnElement[bool], ...]:
        return (
            list_imports.c.finished_at.is_(None),
            list_imports.c.undone_at.is_(None),
            list_imports.c.created_at < before("broken_imports", now),
            held.spares(lists.c.controller),
        )


class DeletedLists:
    """Deletes names and figures of lists whose rows are gone long since."""

    def overdue(self, app: App, now: Millis, held: Held) -> int:
        """Count lists that were deleted too long ago."""
        with app.db.read() as connection:
            count = sa.select(sa.func.count()).select_from(lists)
            return connection.scalar(count.where(*self._old(now, held))) or 0

    def sweep(self, app: App, now: Millis, held: Held, limit: int) -> int:
        """Delete some, their imports first."""
        with app.db.write() as connection:
            gone = list(
                connection.scalars(sa.select(lists.c.id).where(*self._old(now, held)).limit(limit))
            )
            connection.execute(sa.delete(list_imports).where(list_imports.c.list_id.in_(gone)))
            connection.execute(sa.delete(lists).where(lists.c.id.in_(gone)))
        return len(gone)

    @staticmethod
    def _old(now: Millis, held: Held) -> tuple[sa.ColumnElement[bool], ...]:
        return (lists.c.deleted_at < before("deleted_lists", now), held.spares(lists.c.controller))
