"""What goes when a contract has ended and a month was given to hand everything back."""

import sqlalchemy as sa

from engine.app import App
from engine.clock import Millis
from engine.list_chunks import list_scope
from engine.opposition_chunks import SCOPE as OPPOSITIONS
from engine.retention.content import OVER
from engine.retention.sweeper import Held, before
from engine.store.keyring_tables import controller_keys, sealed_keys
from engine.store.privacy_tables import short_links
from engine.store.tables import (
    campaigns,
    controllers,
    list_chunks,
    list_imports,
    lists,
    suppression_chunks,
    suppressions,
)


def ended(connection: sa.Connection, name: str, now: Millis, held: Held) -> list[tuple[int, str]]:
    """Return (number, name) of controllers whose contract ended too long ago.

    Not while a campaign of theirs goes on: without its oppositions it would reach who objected.
    """
    goes_on = sa.exists().where(
        campaigns.c.controller == controllers.c.number, campaigns.c.state.not_in(OVER)
    )
    rows = connection.execute(
        sa.select(controllers.c.number, controllers.c.name).where(
            controllers.c.ended_at < before(name, now),
            held.spares(controllers.c.number),
            sa.not_(goes_on),
        )
    )
    return [(number, owner) for number, owner in rows]


class Lists:
    """The contact lists of ended contracts."""

    def overdue(self, app: App, now: Millis, held: Held) -> int:
        """Count the lists."""
        with app.db.read() as connection:
            numbers = [number for number, _ in ended(connection, "lists", now, held)]
            return _count(connection, lists, lists.c.controller.in_(numbers))

    def sweep(self, app: App, now: Millis, held: Held, limit: int) -> int:
        """Delete some: keys, then rows."""
        with app.db.read() as connection:
            owners = dict(ended(connection, "lists", now, held))
            rows = connection.execute(
                sa.select(lists.c.id, lists.c.controller)
                .where(lists.c.controller.in_(owners))
                .limit(limit)
            ).all()
        for list_id, number in rows:
            app.vault.destroy_scope(owners[number], list_scope(list_id))
            with app.db.write() as connection:
                for table in (list_chunks, list_imports):
                    connection.execute(sa.delete(table).where(table.c.list_id == list_id))
                connection.execute(sa.delete(lists).where(lists.c.id == list_id))
        if rows:
            app.db.empty_log()
        return len(rows)


class Oppositions:
    """The oppositions of ended contracts: nobody contacts people for them any more."""

    def overdue(self, app: App, now: Millis, held: Held) -> int:
        """Count the entries."""
        with app.db.read() as connection:
            numbers = [number for number, _ in ended(connection, "oppositions", now, held)]
            return _count(connection, suppressions, suppressions.c.scope.in_(numbers))

    def sweep(self, app: App, now: Millis, held: Held, limit: int) -> int:
        """Destroy the keys of contacts, then delete contacts and entries."""
        with app.db.read() as connection:
            owners = ended(connection, "oppositions", now, held)
        gone = 0
        for number, owner in owners:
            app.vault.destroy_scope(owner, OPPOSITIONS)
            with app.db.write() as connection:
                connection.execute(
                    sa.delete(suppression_chunks).where(suppression_chunks.c.scope == number)
                )
                place = (suppressions.c.key, suppressions.c.channel, suppressions.c.purpose)
                some = sa.select(*place)
                some = some.where(suppressions.c.scope == number).limit(limit)
                gone += connection.execute(
                    sa.delete(suppressions).where(
                        suppressions.c.scope == number,
                        sa.tuple_(*place).in_(some),
                    )
                ).rowcount
        return gone


class Links:
    """The short links of ended contracts."""

    def overdue(self, app: App, now: Millis, held: Held) -> int:
        """Count the links."""
        with app.db.read() as connection:
            numbers = [number for number, _ in ended(connection, "links", now, held)]
            return _count(connection, short_links, short_links.c.controller.in_(numbers))

    def sweep(self, app: App, now: Millis, held: Held, limit: int) -> int:
        """Delete some."""
        with app.db.write() as connection:
            numbers = [number for number, _ in ended(connection, "links", now, held)]
            some = sa.select(short_links.c.code).where(short_links.c.controller.in_(numbers))
            return connection.execute(
                sa.delete(short_links).where(
                    short_links.c.code.in_(some.limit(limit).scalar_subquery())
                )
            ).rowcount


class Contracts:
    """The keys of ended contracts: with them goes whatever copies are left anywhere."""

    def overdue(self, app: App, now: Millis, held: Held) -> int:
        """Count the controllers that have keys still."""
        return len(self._with_keys(app, now, held))

    def sweep(self, app: App, now: Millis, held: Held, limit: int) -> int:
        """Destroy them."""
        names = self._with_keys(app, now, held)[:limit]
        with app.vault.keyring.write() as keyring:
            for table in (sealed_keys, controller_keys):
                keyring.execute(sa.delete(table).where(table.c.controller.in_(names)))
        if names:
            app.vault.keyring.empty_log()
        return len(names)

    @staticmethod
    def _with_keys(app: App, now: Millis, held: Held) -> list[str]:
        with app.db.read() as connection:
            names = [name for _, name in ended(connection, "ended_contracts", now, held)]
        with app.vault.keyring.read() as keyring:
            have = keyring.scalars(
                sa.select(controller_keys.c.controller)
                .where(controller_keys.c.controller.in_(names))
                .distinct()
            )
            return sorted(have)


def _count(connection: sa.Connection, table: sa.Table, wanted: sa.ColumnElement[bool]) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table).where(wanted)) or 0
