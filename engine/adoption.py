"""Adopting a database that is not the one that dispatched before: a restore, a clone, a failover.

Two hosts that work the same picture would send everything twice. A database remembers which one
it is; on a copy dispatch stays closed until an operator says what the copy is.
"""

import secrets
from enum import StrEnum

import sqlalchemy as sa
import structlog

from engine import audit
from engine.app import App
from engine.audit import Act
from engine.bitmap import union
from engine.errors import EngineError
from engine.states import BatchState, CampaignState
from engine.store import identity
from engine.store.tables import batches, campaigns

_log = structlog.get_logger()


class StrangeDatabase(EngineError):
    """Raised when the database is a copy that no operator has adopted yet."""


class Adopted(StrEnum):
    """What an operator says a copy is."""

    MOVED = "moved"  # the first one is gone and sent nothing since the copy was made
    RESTORED = "restored"  # the first one may have sent since: what is open becomes in doubt


def require_own(app: App) -> None:
    """Return when this database may dispatch; the first process to ask makes it so.

    Raises StrangeDatabase on a copy.
    """
    with app.db.read() as connection:
        own = identity.fingerprint(app.db, connection)
        known = identity.known(connection)
    if own in known:
        return
    if known:
        msg = (
            "this database is a copy: it was moved, cloned or restored. Nothing is sent until you "
            "say which. If the first one is gone and sent nothing since, run `chappe migrate "
            "--adopt moved`; otherwise `chappe migrate --adopt restored`, which marks as in doubt "
            "whatever was open"
        )
        raise StrangeDatabase(msg)
    with app.db.write() as connection:
        if not identity.known(connection):
            identity.adopt_new(connection, own, app.clock.now())


def adopt(app: App, what: Adopted) -> int:
    """Let this database dispatch; return how many batches became in doubt.

    After a restore, open batches are handed to the take-over of expired leases, which records
    everybody who waited as in doubt; campaigns that were not planned yet are cancelled, since the
    first database may have sent them.
    """
    now = app.clock.now()
    doubted = 0
    with app.db.write() as connection:
        if what is Adopted.RESTORED:
            doubted = _doubt_open(connection)
            connection.execute(
                sa.update(campaigns)
                .where(campaigns.c.state.in_([CampaignState.RECEIVED, CampaignState.PLANNING]))
                .values(cancelled_at=now, reasons='["restored"]')
            )
        identity.adopt(connection, identity.fingerprint(app.db, connection), now)
        told = {"what": what.value, "in_doubt": doubted}
        audit.record(app, connection, Act.DATABASE_ADOPTED, "database", details=told)
    _log.warning("database_adopted", what=what.value, doubted=doubted)
    return doubted


def _doubt_open(connection: sa.Connection) -> int:
    opened = connection.execute(
        sa.select(batches.c.id, batches.c.todo, batches.c.again, batches.c.in_flight).where(
            batches.c.state != BatchState.DONE
        )
    ).all()
    for row in opened:
        connection.execute(
            sa.update(batches)
            .where(batches.c.id == row.id)
            .values(
                state=BatchState.CLAIMED,
                token=secrets.token_bytes(16),
                step=batches.c.step + 1,
                lease_until=0,
                todo=b"",
                again=b"",
                in_flight=union(union(row.todo, row.again), row.in_flight),
            )
        )
    return len(opened)
