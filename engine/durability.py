"""How the databases keep what is committed: facts about each, for whoever examines them."""

from dataclasses import dataclass

import sqlalchemy as sa

from engine.app import App
from engine.clock import Millis
from engine.store import identity
from engine.store.database import Database

_MUST_BE_ON = ("fsync", "full_page_writes")
_FULL = 2  # PRAGMA synchronous


@dataclass(frozen=True, slots=True)
class Kept:
    """How one database keeps commits.

    version  of PostgreSQL, such as 15; None: SQLite
    damage   what SQLite found wrong with the file; empty: nothing, or not SQLite
    loose    settings under which a crash forgets commits
    cluster  identifier of the PostgreSQL cluster; empty: SQLite
    archived whether its write-ahead log is copied elsewhere
    """

    name: str
    version: int | None
    damage: str
    loose: tuple[str, ...]
    cluster: str
    archived: bool


def databases(app: App) -> tuple[Kept, Kept]:
    """Look at the main database and at the keyring."""
    return _look("main database", app.db), _look("keyring", app.vault.keyring)


def standbys(app: App) -> list[str] | None:
    """Return how each standby of the main database follows (sync, async …); None: SQLite."""
    if app.db.is_sqlite:
        return None
    with app.db.read() as connection:
        rows = connection.execute(
            sa.text("SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'")
        )
        return list(rows.scalars())


def stranger(app: App) -> bool:
    """Return whether this database is a copy that nobody adopted."""
    with app.db.read() as connection:
        known = identity.known(connection)
        return bool(known) and identity.fingerprint(app.db, connection) not in known


def clock_drift(app: App) -> Millis | None:
    """Return by how much the main database's clock differs from this machine's; None: it is one."""
    if app.db.is_sqlite:
        return None
    with app.db.read() as connection:
        before = app.clock.now()
        there = connection.execute(sa.select(app.db.clock())).scalar_one()
        after = app.clock.now()
    return abs(int(there) - (before + after) // 2)


def _look(name: str, db: Database) -> Kept:
    with db.read() as connection:
        if db.is_sqlite:
            return _sqlite(name, connection)
        number = int(_setting(connection, "server_version_num"))
        loose = [one for one in _MUST_BE_ON if _setting(connection, one) != "on"]
        if _setting(connection, "synchronous_commit") == "off":
            loose.append("synchronous_commit")
        archived = _setting(connection, "archive_mode") != "off"
        found = connection.exec_driver_sql("SELECT system_identifier FROM pg_control_system()")
        return Kept(name, number // 10_000, "", tuple(loose), str(found.scalar_one()), archived)


def _sqlite(name: str, connection: sa.Connection) -> Kept:
    mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
    sound = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
    loose = [f"journal_mode {mode}"] if mode != "wal" else []
    if synchronous < _FULL:
        loose.append(f"synchronous {synchronous}")
    return Kept(name, None, "" if sound == "ok" else sound, tuple(loose), "", archived=False)


def _setting(connection: sa.Connection, name: str) -> str:
    return str(
        connection.execute(sa.text("SELECT current_setting(:name)"), {"name": name}).scalar_one()
    )
