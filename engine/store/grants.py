"""What the roles of PostgreSQL may do with each table: the boundary that no bug of ours can cross.

The owner of the schema migrates and nothing else. The application's role reads and writes rows,
but in an append-only table it can change or delete none, and it cannot alter a schema, with one
exception: it owns the partitioned tables, since it makes their partitions as campaigns come and
drops them when their time is over. The reader's role only reads.
"""

import sqlalchemy as sa

from engine.errors import EngineError
from engine.store.database import Database
from engine.store.keyring_tables import audit_heads
from engine.store.policy_tables import consents, opposition_list_entries
from engine.store.privacy_tables import acts
from engine.store.schema import METADATA, VERSION_TABLES, Which
from engine.store.tables import deliveries, suppressions

APPEND_ONLY = frozenset({acts.name, audit_heads.name})
PARTITIONED = frozenset({deliveries.name})
VACUUMED = frozenset(
    {suppressions.name, opposition_list_entries.name, consents.name}
)  # after an import, so that look-ups stay fast
_ROWS = "SELECT, INSERT, UPDATE, DELETE"
_APPEND = "SELECT, INSERT"
_MAINTAIN_SINCE = 170_000


class RolesNeedPostgreSQL(EngineError):
    """Raised when roles are to be given rights in a database that has no roles."""


def grant(db: Database, which: Which, application: str | None, reader: str | None) -> None:
    """Give an application's and a reader's role their rights, all of them or none.

    Raises RolesNeedPostgreSQL.
    """
    if db.is_sqlite:
        msg = f"the {which} database is SQLite, which has no roles; leave --app and --reader away"
        raise RolesNeedPostgreSQL(msg)
    with db.write() as connection:
        if application is not None:
            grant_application(connection, which, application)
        if reader is not None:
            grant_reader(connection, which, reader)


def grant_application(connection: sa.Connection, which: Which, role: str) -> None:
    """Let a role work the rows of a database, and take every other right from it."""
    who = _quoted(connection, role)
    tables = sorted(METADATA[which].tables)
    for table in tables:
        _run(connection, f"REVOKE ALL ON {table} FROM {who}")
        _run(connection, f"GRANT {_APPEND if table in APPEND_ONLY else _ROWS} ON {table} TO {who}")
    _read_only(connection, VERSION_TABLES[which], who)
    _run(connection, f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {who}")
    for table in sorted(PARTITIONED.intersection(tables)):
        _run(connection, f"GRANT CREATE ON SCHEMA public TO {who}")
        _run(connection, f"ALTER TABLE {table} OWNER TO {who}")
    if int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) >= _MAINTAIN_SINCE:
        for table in sorted(VACUUMED.intersection(tables)):
            _run(connection, f"GRANT MAINTAIN ON {table} TO {who}")


def grant_reader(connection: sa.Connection, which: Which, role: str) -> None:
    """Let a role read a database, and nothing else."""
    who = _quoted(connection, role)
    for table in (*sorted(METADATA[which].tables), VERSION_TABLES[which]):
        _read_only(connection, table, who)


def _read_only(connection: sa.Connection, table: str, who: str) -> None:
    _run(connection, f"REVOKE ALL ON {table} FROM {who}")
    _run(connection, f"GRANT SELECT ON {table} TO {who}")


def _quoted(connection: sa.Connection, role: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(role)


def _run(connection: sa.Connection, statement: str) -> None:
    """Run a statement made of names of our own tables and a quoted role."""
    connection.exec_driver_sql(statement)
