"""Months of deliveries: made before they are needed, dropped when their history is over.

On PostgreSQL each month is a partition. On SQLite there is one table, and rows are deleted.
"""

import re
from collections.abc import Callable, Iterator

import sqlalchemy as sa

from engine.errors import EngineError
from engine.store.database import Database
from engine.store.tables import deliveries

_NAME = re.compile(r"deliveries_(\d{6})")
_LOCK_TIMEOUT = "300ms"  # for which statements that come after wait behind it
_LOCK_NOT_AVAILABLE = "55P03"
_TRIES = 20
_PAUSE_SECONDS = 0.5


class StillRead(EngineError):
    """Raised when a month cannot be dropped, since a long statement reads deliveries."""

    def __init__(self, table: str) -> None:
        super().__init__(
            f"{table} cannot be dropped while a long statement reads or writes deliveries;"
            " nothing was lost, the next sweep tries again (pg_stat_activity names it)"
        )


def ensure(db: Database, month: int) -> None:
    """Make room for deliveries whose history ends in ``month`` (yyyymm).

    The partition is created aside and then attached: ``CREATE … PARTITION OF`` would wait behind
    every insert that is under way, and make all later ones wait behind itself.
    """
    if db.is_sqlite:
        return
    name = _name(month)
    with db.write() as connection:
        # Two admissions of the same month take turns; the second finds the partition there.
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(1128815952, :m)"), {"m": month})
        if connection.scalar(sa.text("SELECT to_regclass(:name)"), {"name": name}) is not None:
            return
        connection.execute(sa.text("SET LOCAL lock_timeout = '5s'"))
        connection.execute(
            sa.text(f"CREATE TABLE {name} (LIKE deliveries INCLUDING DEFAULTS INCLUDING INDEXES)")
        )
        connection.execute(
            sa.text(f"ALTER TABLE deliveries ATTACH PARTITION {name} FOR VALUES IN ({month})")
        )


def months(db: Database, until: int) -> list[int]:
    """Return the months of deliveries there are, up to one, oldest first."""
    with db.read() as connection:
        if db.is_sqlite:
            return list(_months_of_rows(connection, until))
        names = connection.scalars(
            sa.text(
                "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
                " WHERE i.inhparent = 'deliveries'::regclass"
            )
        )
        every = (_NAME.fullmatch(name) for name in names)
        return sorted(month for one in every if one and (month := int(one[1])) <= until)


def drop(db: Database, month: int, limit: int, wait: Callable[[float], None]) -> int:
    """Delete deliveries of a month; return how many rows went, 0 when there was none.

    On SQLite at most ``limit`` rows. On PostgreSQL the whole partition: it waits for statements
    under way for a moment only, and tries again, so that none waits for it long;
    ``wait`` waits for seconds in between.

    Raises StillRead when it never got through.
    """
    if db.is_sqlite:
        row: sa.ColumnClause[int] = sa.literal_column("rowid")
        some = sa.select(row).select_from(deliveries)
        some = some.where(deliveries.c.expiry_month == month).limit(limit)
        with db.write() as connection:
            return connection.execute(
                sa.delete(deliveries).where(row.in_(some.scalar_subquery()))
            ).rowcount
    for attempt in range(_TRIES):
        try:
            return _drop_partition(db, month)
        except sa.exc.OperationalError as fault:
            if getattr(fault.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
        if attempt + 1 < _TRIES:
            wait(_PAUSE_SECONDS)
    raise StillRead(_name(month))


def _months_of_rows(connection: sa.Connection, until: int) -> Iterator[int]:
    """Give the months from one to the next by the index: a DISTINCT would read every row."""
    reached = 0
    month = deliveries.c.expiry_month
    following = sa.select(sa.func.min(month)).where(month <= until)
    while (found := connection.scalar(following.where(month > reached))) is not None:
        yield found
        reached = found


def _drop_partition(db: Database, month: int) -> int:
    name = _name(month)
    with db.write() as connection:
        connection.execute(sa.text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
        rows = connection.scalar(sa.text(f"SELECT count(*) FROM {name}"))  # noqa: S608 (our own name)
        connection.execute(sa.text(f"DROP TABLE {name}"))
    return max(int(rows or 0), 1)


def _name(month: int) -> str:
    return f"deliveries_{month:06d}"
