"""Opposition lists that a state or a supplier keeps: which copy counts, and who stands on it.

Entries carry the edition of the copy that they came with; a list names the edition that counts, so
that a new copy replaces the old one in one statement. Edition 0 means that no copy counts yet.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa

from engine.clock import Millis
from engine.store.database import Database
from engine.store.policy_tables import opposition_list_entries as entries
from engine.store.policy_tables import opposition_lists as lists
from engine.store.suppressions import CUT_KEYS, KEYS_AMONG

NO_EDITION: Final = 0
_MARK: Final = b""  # no key is empty: an entry with this one says that its edition is taken


class ListRow(NamedTuple):
    """A list, and the copy of it that counts. ``dated_at``: when that copy was right."""

    name: str
    source: str
    dated_at: Millis
    imported_at: Millis
    entries: int
    sha256: bytes
    edition: int


_ROWS = sa.select(*(lists.c[name] for name in ListRow._fields))
_MAKE = sa.text(
    f"INSERT INTO opposition_lists ({', '.join(ListRow._fields)})"  # noqa: S608 (our own names)
    f" VALUES ({', '.join(f':{name}' for name in ListRow._fields)}) ON CONFLICT DO NOTHING"
)
_TAKE = sa.text(
    "INSERT INTO opposition_list_entries (key, list, edition) VALUES (:key, :list, :edition)"
    " ON CONFLICT DO NOTHING"
)
_ADD = {
    dialect: sa.text(
        "INSERT INTO opposition_list_entries (key, list, edition)"  # noqa: S608 (our own names)
        f" SELECT k, :list, :edition FROM ({cut}) AS wanted WHERE true ON CONFLICT DO NOTHING"
    )
    for dialect, cut in CUT_KEYS.items()
}
_STANDING = {
    dialect: sa.text(
        "SELECT one.key, one.list FROM opposition_list_entries AS one"  # noqa: S608 (the same)
        " JOIN opposition_lists AS counts"
        " ON counts.name = one.list AND counts.edition = one.edition"
        f" WHERE one.key {among} AND one.list IN :names"
    ).bindparams(sa.bindparam("names", expanding=True))
    for dialect, among in KEYS_AMONG.items()
}


def find(connection: sa.Connection, name: str) -> ListRow | None:
    """Return a list; None: there is none of this name."""
    row = connection.execute(_ROWS.where(lists.c.name == name)).one_or_none()
    return None if row is None else ListRow(*row)


def every(connection: sa.Connection) -> list[ListRow]:
    """Return every list, by name."""
    rows = connection.execute(_ROWS.order_by(lists.c.name))
    return [ListRow(*row) for row in rows]


def begin(connection: sa.Connection, name: str, source: str, now: Millis) -> int:
    """Make sure of the list's row, and take an edition that nobody else has; return it."""
    blank = ListRow(name, source, 0, now, 0, b"", NO_EDITION)
    connection.execute(_MAKE, blank._asdict())
    taken = sa.select(sa.func.max(entries.c.edition)).where(
        entries.c.list == name, entries.c.key == _MARK
    )
    counts = sa.select(lists.c.edition).where(lists.c.name == name)
    edition = max(connection.scalar(taken) or 0, connection.scalar(counts) or 0)
    while True:
        edition += 1
        mark = {"key": _MARK, "list": name, "edition": edition}
        if connection.execute(_TAKE, mark).rowcount:
            return edition


def add(
    db: Database, connection: sa.Connection, name: str, edition: int, keys: Iterable[bytes]
) -> int:
    """Add entries of an edition; return how many it did not have."""
    given = {"keys": b"".join(sorted(keys)), "list": name, "edition": edition}
    if not given["keys"]:
        return 0
    return connection.execute(_ADD[db.dialect], given).rowcount


def switch(connection: sa.Connection, row: ListRow, before: int) -> bool:
    """Let another edition count; False: meanwhile it is no longer ``before`` that counts."""
    changed = connection.execute(
        lists.update()
        .where(lists.c.name == row.name, lists.c.edition == before)
        .values(row._asdict())
    )
    return changed.rowcount == 1


def drop(connection: sa.Connection, name: str) -> bool:
    """Delete a list's row, after which nothing of it counts; its entries are to follow."""
    return connection.execute(lists.delete().where(lists.c.name == name)).rowcount == 1


def editions(connection: sa.Connection, name: str) -> list[int]:
    """Return the editions of which a list has entries."""
    wanted = sa.select(entries.c.edition).where(entries.c.key == _MARK, entries.c.list == name)
    return list(connection.scalars(wanted.order_by(entries.c.edition)))


def superseded(connection: sa.Connection) -> list[tuple[str, int]]:
    """Return (list, edition) of what counts no more: older editions, and those of lists removed."""
    rows = connection.execute(
        sa.select(entries.c.list, entries.c.edition)
        .outerjoin(lists, lists.c.name == entries.c.list)
        .where(
            entries.c.key == _MARK,
            sa.or_(lists.c.name.is_(None), entries.c.edition < lists.c.edition),
        )
    )
    return [(row.list, row.edition) for row in rows]


def count_entries(connection: sa.Connection, name: str, edition: int) -> int:
    """Count what there is of an edition, its mark too."""
    return connection.scalar(sa.select(sa.func.count()).where(*_of(name, edition))) or 0


def drop_entries(
    connection: sa.Connection, name: str, edition: int, after: bytes, limit: int
) -> tuple[int, bytes]:
    """Delete the next entries of an edition, in order of key; return how many, and the last key.

    The mark of the edition goes when there are no others after ``after``.
    """
    ranged = (*_of(name, edition), entries.c.key > after)
    some = sa.select(entries.c.key).where(*ranged).order_by(entries.c.key).limit(limit).subquery()
    last: bytes | None = connection.scalar(sa.select(some.c.key).order_by(some.c.key.desc()))
    if last is None:
        mark = entries.delete().where(*_of(name, edition), entries.c.key == _MARK)
        return connection.execute(mark).rowcount, after
    gone = connection.execute(entries.delete().where(*ranged, entries.c.key <= last))
    return gone.rowcount, bytes(last)


def _of(name: str, edition: int) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return entries.c.list == name, entries.c.edition == edition


def standing(
    db: Database, connection: sa.Connection, names: Sequence[str], platform_keys: Iterable[bytes]
) -> list[tuple[bytes, str]]:
    """Return (key, list) for those keys that stand on the copies that count."""
    keys = b"".join(sorted(platform_keys))
    if not names or not keys:
        return []
    found = connection.execute(_STANDING[db.dialect], {"keys": keys, "names": list(names)})
    return [(bytes(row.key), row.list) for row in found]


def tidy(db: Database) -> None:
    """Let the database learn what many rows changed (PostgreSQL)."""
    if db.is_sqlite:
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM (ANALYZE) opposition_list_entries")
