"""Which database this is: a copy of it must not dispatch what the first one may have sent."""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine.clock import Millis
from engine.store.database import Database
from engine.store.tables import store_identity

_MACHINE_ID = Path("/etc/machine-id")


def fingerprint(db: Database, connection: sa.Connection) -> str:
    """Return what tells this database from a copy of it.

    PostgreSQL: the cluster's identifier and timeline, which a restore to another cluster or a
    promoted standby changes. SQLite: the machine and the file's inode, which a copied file changes.
    """
    if not db.is_sqlite:
        return str(
            connection.execute(
                sa.text(
                    "SELECT s.system_identifier || ':' || c.timeline_id || ':' || d.oid"
                    " FROM pg_control_system() s, pg_control_checkpoint() c, pg_database d"
                    " WHERE d.datname = current_database()"
                )
            ).scalar_one()
        )
    file = db.url.database
    inode = Path(file).stat().st_ino if file and Path(file).exists() else 0
    machine = _MACHINE_ID.read_text().strip() if _MACHINE_ID.exists() else ""
    return f"{machine}:{inode}"


def known(connection: sa.Connection) -> set[str]:
    """Return the fingerprint that may dispatch; empty for a database that never did."""
    return set(connection.scalars(sa.select(store_identity.c.fingerprint)))


def adopt_new(connection: sa.Connection, own: str, now: Millis) -> None:
    """Make this the one that may dispatch, where no other is known.

    A process that does the same meanwhile is waited for, and leaves nothing to do.
    """
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    connection.execute(
        dialect.insert(store_identity)
        .values(fingerprint=own, adopted_at=now)
        .on_conflict_do_nothing()
    )


def adopt(connection: sa.Connection, own: str, now: Millis) -> None:
    """Make this the one database that may dispatch."""
    connection.execute(store_identity.delete())
    connection.execute(store_identity.insert().values(fingerprint=own, adopted_at=now))
