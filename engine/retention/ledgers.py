"""What rules need to know of persons: consents, times of contact, national opposition lists."""

import sqlalchemy as sa

from engine.app import App
from engine.clock import Millis
from engine.retention.contracts import ended
from engine.retention.sweeper import Held, before
from engine.store import opposition_lists as list_store
from engine.store.policy_tables import consents, contacts

_CONTRACTS = "ended_contracts"


class Consents:
    """Consents that were taken back long ago, and those of ended contracts."""

    def overdue(self, app: App, now: Millis, held: Held) -> int:
        """Count them."""
        with app.db.read() as connection:
            counted = sa.select(sa.func.count()).select_from(consents)
            return connection.scalar(counted.where(self._old(connection, now, held))) or 0

    def sweep(self, app: App, now: Millis, held: Held, limit: int) -> int:
        """Delete some."""
        columns = (consents.c.key, consents.c.scope, consents.c.purpose, consents.c.channel)
        with app.db.write() as connection:
            some = sa.select(*columns).where(self._old(connection, now, held)).limit(limit)
            return connection.execute(
                sa.delete(consents).where(sa.tuple_(*columns).in_(some))
            ).rowcount

    @staticmethod
    def _old(connection: sa.Connection, now: Millis, held: Held) -> sa.ColumnElement[bool]:
        over = [number for number, _ in ended(connection, _CONTRACTS, now, held)]
        return sa.and_(
            sa.or_(
                consents.c.withdrawn_at < before("consents", now),
                consents.c.scope.in_(over),
            ),
            held.spares(consents.c.scope),
        )


class ContactTimes:
    """Times of contact that no rule looks back to, and those of ended contracts."""

    def overdue(self, app: App, now: Millis, held: Held) -> int:
        """Count the rows."""
        with app.db.read() as connection:
            counted = sa.select(sa.func.count()).select_from(contacts)
            return connection.scalar(counted.where(self._old(connection, now, held))) or 0

    def sweep(self, app: App, now: Millis, held: Held, limit: int) -> int:
        """Delete some."""
        columns = (contacts.c.key, contacts.c.scope)
        with app.db.write() as connection:
            old = self._old(connection, now, held)
            # Who is being contacted just now is passed by: their row is not old any more.
            some = sa.select(*columns).where(old).limit(limit).with_for_update(skip_locked=True)
            return connection.execute(
                sa.delete(contacts).where(sa.tuple_(*columns).in_(some), old)
            ).rowcount

    @staticmethod
    def _old(connection: sa.Connection, now: Millis, held: Held) -> sa.ColumnElement[bool]:
        over = [number for number, _ in ended(connection, _CONTRACTS, now, held)]
        return sa.and_(
            sa.or_(
                contacts.c.latest_at < before("contact_times", now),
                contacts.c.scope.in_(over),
            ),
            held.spares(contacts.c.scope),
        )


class OppositionLists:
    """Editions that count no more: the import that replaced them was cut while it deleted them.

    They tell no controller: any hold on them keeps all.
    """

    def overdue(self, app: App, now: Millis, held: Held) -> int:  # noqa: ARG002 (as all sweepers)
        """Count their entries."""
        if held.scopes:
            return 0
        with app.db.read() as connection:
            return sum(
                list_store.count_entries(connection, name, edition)
                for name, edition in list_store.superseded(connection)
            )

    def sweep(
        self,
        app: App,
        now: Millis,  # noqa: ARG002 (the same)
        held: Held,
        limit: int,
    ) -> int:
        """Delete some entries of one of them."""
        if held.scopes:
            return 0
        with app.db.write() as connection:
            for name, edition in list_store.superseded(connection):
                return list_store.drop_entries(connection, name, edition, b"", limit)[0]
        return 0
