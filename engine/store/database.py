"""One database, two dialects: SQLite for one process, PostgreSQL for any number of hosts.

Whatever differs between the two is here: how a write transaction begins, how the database's clock
is read, how rows are locked past, and how many rows are written at once.
"""

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from engine.errors import EngineError
from engine.store.driver import driver_connection

SQLITE = "sqlite"
POSTGRESQL = "postgresql"

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA busy_timeout = 15000",
    "PRAGMA cache_size = -65536",
)


class DatabaseFault(EngineError):
    """Raised when a database URL cannot be used at all."""


class Database:
    """A pool of connections and the few things in which the dialects differ.

    ``write()`` and ``read()`` give a connection inside one transaction; leaving the block commits,
    an exception rolls back. On SQLite writers of one process queue on a lock of ours, since
    SQLite's own way of waiting is to sleep and try again. A file that does not exist is made only
    where ``make`` is set: whoever just looks must leave nothing behind.
    """

    def __init__(self, url: str, *, pool_size: int = 20, make: bool = False) -> None:
        try:
            parsed = make_url(url)
        except sa.exc.ArgumentError:
            msg = "the database URL cannot be read; expected sqlite:///… or postgresql+psycopg://…"
            raise DatabaseFault(msg) from None
        self.dialect = parsed.get_backend_name()
        self.url = parsed
        self._make = make
        if self.dialect == SQLITE:
            self.engine = sa.create_engine(
                parsed,
                poolclass=QueuePool,
                pool_size=pool_size,
                max_overflow=20,
                hide_parameters=True,  # exception text must not hold keys or sealed bytes
            )
            sa.event.listen(self.engine, "do_connect", self._prepare_file)
            sa.event.listen(self.engine, "connect", _configure_sqlite)
            sa.event.listen(self.engine, "begin", _begin_sqlite)
        elif self.dialect == POSTGRESQL:
            self.engine = sa.create_engine(
                parsed,
                pool_size=pool_size,
                max_overflow=20,
                pool_pre_ping=False,
                hide_parameters=True,
            )
            sa.event.listen(self.engine, "connect", _configure_postgresql)
        else:
            msg = f"database {self.dialect!r} is not supported; use sqlite or postgresql+psycopg"
            raise DatabaseFault(msg)
        self._writer = threading.RLock()

    @property
    def _file(self) -> Path | None:
        """The file of an embedded database; None: it has none of which we know the name."""
        path = self.url.database
        if not self.is_sqlite or not path or path == ":memory:" or path.startswith("file:"):
            return None
        return Path(path)

    @property
    def missing(self) -> bool:
        """Whether the database is a file that does not exist."""
        return self._file is not None and not self._file.exists()

    def _prepare_file(self, *_: object) -> None:
        """Make the file, for this account only: SQLite would let everybody read it.

        The write-ahead log takes its mode from the file.
        Raises DatabaseFault where there is none and none is to be made.
        """
        file = self._file
        if file is None or not self.missing:
            return
        if not self._make:
            msg = f"there is no database {file}; run: chappe migrate, or restore it from a backup"
            raise DatabaseFault(msg)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileExistsError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.dialect == SQLITE

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Open a transaction that may write."""
        if self.is_sqlite:
            with self._writer, self.engine.connect() as plain:
                connection = plain.execution_options(chappe_write=True)
                with connection.begin():
                    yield connection
        else:
            with self.engine.begin() as connection:
                yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Open a transaction that only reads."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    def clock(self) -> sa.ColumnElement[int]:
        """Return the database's clock in milliseconds, at the statement and not at its transaction."""
        if self.is_sqlite:
            return sa.literal_column(
                "CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER)", sa.BigInteger
            )
        return sa.literal_column(
            "(extract(epoch from clock_timestamp()) * 1000)::bigint", sa.BigInteger
        )

    def reads_only(self) -> bool:
        """Ask whether the database refuses to be written: a standby, or a file without rights."""
        with self.read() as connection:
            if self.is_sqlite:
                path = self.url.database or ""
                connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1")
                return bool(path) and path != ":memory:" and not os.access(path, os.W_OK)
            said = connection.exec_driver_sql("SHOW transaction_read_only").scalar_one()
            return bool(said == "on")

    def insert_many(
        self, connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, object]]
    ) -> None:
        """Insert rows that all have the same columns: COPY on PostgreSQL, executemany on SQLite."""
        if not rows:
            return
        columns = list(rows[0])
        self.insert_tuples(
            connection, table, columns, ([row[name] for name in columns] for row in rows)
        )

    def insert_tuples(
        self,
        connection: sa.Connection,
        table: sa.Table,
        columns: Sequence[str],
        rows: Iterable[Sequence[object]],
    ) -> None:
        """Insert rows given as tuples in the order of ``columns``; the fastest way in."""
        names = ", ".join(columns)
        if self.is_sqlite:
            marks = ", ".join("?" * len(columns))
            insert = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 (names of our own tables)
            with driver_connection(connection, insert) as raw:
                raw.executemany(insert, rows)
            return
        types = [_COPY_TYPES[type(table.c[name].type)] for name in columns]
        statement = f"COPY {table.name} ({names}) FROM STDIN (FORMAT BINARY)"
        with (
            driver_connection(connection, statement) as raw,
            raw.cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)

    def empty_log(self) -> None:
        """Empty SQLite's write-ahead log, which goes on holding what was deleted.

        It waits for readers as long as the busy time-out; after that, the next call does it.
        """
        if self.is_sqlite:
            with self._writer, self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


_COPY_TYPES: dict[type[object], str] = {
    sa.BigInteger: "int8",
    sa.Integer: "int4",
    sa.SmallInteger: "int2",
    sa.LargeBinary: "bytea",
    sa.Text: "text",
    sa.Double: "float8",
    sa.Boolean: "bool",
}


def _configure_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions begin below, not by the driver's guess
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(pragma)


def _configure_postgresql(connection: Any, _record: ConnectionPoolEntry) -> None:
    # A process that is frozen within a transaction holds its locks: whoever takes its batch over
    # would pass that row over for ever. The server ends such a transaction.
    connection.execute("SET idle_in_transaction_session_timeout = '60s'")
    connection.commit()


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("chappe_write", False)
    # A transaction that reads first and writes then fails at once, whatever the time-out, when
    # another one wrote in between: writers take the lock at the start.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
