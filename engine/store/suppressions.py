"""Suppressions: the hot look-up of dispatch, and how entries come and go.

Keys travel as one string of bytes that the database cuts up: binding a thousand parameters costs
more than the look-up itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.sql.expression import TextualSelect

from engine.clock import Millis
from engine.store.database import Database
from engine.store.tables import suppressions

KEY_BYTES = 16
EVERY_CHANNEL = ""
ANY_PURPOSE = ""
PLATFORM_SCOPE = 0


class Entry(NamedTuple):
    """One suppression as stored. ``subject`` is ``contact`` or ``person``."""

    key: bytes
    scope: int
    channel: str
    purpose: str
    reason: str
    source: str
    subject: str
    created_at: Millis
    chunk_id: int | None


@dataclass(frozen=True, slots=True)
class Mark:
    """What entries that are added together have in common."""

    scope: int
    channel: str
    reason: str
    source: str
    subject: str
    created_at: Millis
    purpose: str = ANY_PURPOSE


_ENTRY_COLUMNS = ", ".join(Entry._fields)
_CUT = {
    "postgresql": (
        "SELECT substring(CAST(:{0} AS bytea) FROM n FOR 16) AS k"
        " FROM generate_series(1, length(CAST(:{0} AS bytea)), 16) n"
    ),
    "sqlite": (
        "WITH RECURSIVE cut(n) AS (VALUES(1) UNION ALL SELECT n + 16 FROM cut"
        " WHERE n + 16 < length(:{0})) SELECT substr(:{0}, n, 16) AS k FROM cut"
    ),
}
_AMONG = {"postgresql": "= ANY(ARRAY({}))", "sqlite": "IN ({})"}
KEYS_AMONG = {
    dialect: among.format(_CUT[dialect].format("keys")) for dialect, among in _AMONG.items()
}
"""By dialect, what follows the name of a column that is to be among the keys in ``:keys``."""

CUT_KEYS = {dialect: cut.format("keys") for dialect, cut in _CUT.items()}
"""By dialect, a query that gives the keys in ``:keys`` one by one, as ``k``."""


def _statement(dialect: str, template: str) -> TextualSelect:
    """Fill in how a dialect cuts key strings: {keys} and {platform} become conditions."""
    cut, among = _CUT[dialect], _AMONG[dialect]
    text = template.format(
        keys=among.format(cut.format("keys")),
        platform=among.format(cut.format("platform_keys")),
        cut=cut.format("keys"),
    )
    return sa.text(text).columns(sa.column("key", sa.LargeBinary))


# What dispatch asks for each slice. 500 recipients among 1,000,000 entries: see ops/bench.
_FIND = {
    dialect: _statement(
        dialect,
        "SELECT key FROM suppressions WHERE key {keys} AND scope = :scope"
        " AND channel IN ('', :channel) AND purpose IN ('', :purpose)"
        " UNION ALL SELECT key FROM suppressions WHERE key {platform} AND scope = 0"
        " AND channel IN ('', :channel) AND purpose IN ('', :purpose)",
    )
    for dialect in _CUT
}

# The same with everything that is known, for people.
_ENTRIES = {
    dialect: _statement(
        dialect,
        f"SELECT {_ENTRY_COLUMNS} FROM suppressions WHERE key {{keys}} AND scope = :scope"  # noqa: S608 (our own names)
        f" UNION ALL SELECT {_ENTRY_COLUMNS} FROM suppressions"
        " WHERE key {platform} AND scope = 0",
    )
    for dialect in _CUT
}

# Adds the keys that are not there yet, and says which those were: the first entry wins.
_ADD = {
    dialect: _statement(
        dialect,
        f"INSERT INTO suppressions ({_ENTRY_COLUMNS})"  # noqa: S608 (our own names)
        " SELECT k, :scope, :channel, :purpose, :reason, :source, :subject, :created_at, :chunk_id"
        " FROM ({cut}) AS wanted WHERE true ON CONFLICT DO NOTHING RETURNING key",
    )
    for dialect in _CUT
}


# The same for entries that differ in everything: what comes from many persons at once.
_ADD_EACH = {
    "postgresql": sa.text(
        f"INSERT INTO suppressions ({_ENTRY_COLUMNS})"  # noqa: S608 (our own names)
        f" SELECT {_ENTRY_COLUMNS} FROM unnest(CAST(:key AS bytea[]), CAST(:scope AS int[]),"
        " CAST(:channel AS text[]), CAST(:purpose AS text[]), CAST(:reason AS text[]),"
        " CAST(:source AS text[]),"
        " CAST(:subject AS text[]), CAST(:created_at AS bigint[]), CAST(:chunk_id AS bigint[]))"
        f" AS one({_ENTRY_COLUMNS}) ON CONFLICT DO NOTHING RETURNING key, scope, channel, purpose"
    ),
    "sqlite": sa.text(
        f"INSERT INTO suppressions ({_ENTRY_COLUMNS})"  # noqa: S608 (our own names)
        f" VALUES ({', '.join(f':{name}' for name in Entry._fields)})"
        " ON CONFLICT DO NOTHING RETURNING key, scope, channel, purpose"
    ),
}

_REMOVE_EACH = {
    "postgresql": sa.text(
        "DELETE FROM suppressions AS gone USING unnest(CAST(:key AS bytea[]),"  # noqa: S608 (our own names)
        " CAST(:scope AS int[]), CAST(:channel AS text[]), CAST(:purpose AS text[]),"
        " CAST(:reason AS text[])) AS one(key, scope, channel, purpose, reason)"
        " WHERE gone.key = one.key AND gone.scope = one.scope AND gone.channel = one.channel"
        " AND gone.purpose = one.purpose AND gone.reason = one.reason RETURNING "
        + ", ".join(f"gone.{name}" for name in Entry._fields)
    ),
    "sqlite": sa.text(
        "DELETE FROM suppressions WHERE key = :key AND scope = :scope AND channel = :channel"  # noqa: S608 (the same)
        f" AND purpose = :purpose AND reason = :reason RETURNING {_ENTRY_COLUMNS}"
    ),
}

Place = tuple[bytes, int, str, str]  # key, scope, channel, purpose: makes an entry the only one


def find_suppressed(  # noqa: PLR0913 (one for each thing that is asked)
    db: Database,
    connection: sa.Connection,
    *,
    scope: int,
    channel: str,
    purpose: str,
    keys: Iterable[bytes],
    platform_keys: Iterable[bytes],
) -> set[bytes]:
    """Return those keys that must not be contacted on a channel for a purpose.

    keys           of contact points and persons under the controller whose number is ``scope``
    platform_keys  of the same contact points under the platform
    """
    found = connection.execute(
        _FIND[db.dialect],
        {
            # The database sorts them anyway, and finds them sorted faster.
            "keys": b"".join(sorted(keys)),
            "platform_keys": b"".join(sorted(platform_keys)),
            "scope": scope,
            "channel": channel,
            "purpose": purpose,
        },
    )
    return set(found.scalars().all())


def entries(
    db: Database,
    connection: sa.Connection,
    *,
    scope: int,
    keys: Iterable[bytes],
    platform_keys: Iterable[bytes],
) -> list[Entry]:
    """Return every entry for these keys, of all channels and purposes."""
    found = connection.execute(
        _ENTRIES[db.dialect],
        {"keys": b"".join(keys), "platform_keys": b"".join(platform_keys), "scope": scope},
    )
    return [Entry._make(row) for row in found.all()]


def add_missing(
    db: Database, connection: sa.Connection, mark: Mark, chunk_id: int | None, keys: Sequence[bytes]
) -> set[bytes]:
    """Add entries for keys that have none for this scope, channel and purpose; return the new keys.

    What is there already stays as it is, whatever its reason.
    """
    added = connection.execute(
        _ADD[db.dialect],
        {
            "keys": b"".join(keys),
            "scope": mark.scope,
            "channel": mark.channel,
            "purpose": mark.purpose,
            "reason": mark.reason,
            "source": mark.source,
            "subject": mark.subject,
            "created_at": mark.created_at,
            "chunk_id": chunk_id,
        },
    )
    return set(added.scalars().all())


def add_each(db: Database, connection: sa.Connection, wanted: Sequence[Entry]) -> set[Place]:
    """Add entries that may differ in everything; return where there was none before.

    What is there already stays as it is, whatever its reason. One statement for all of them.
    """
    # In the order of the index: two who add the same entries never wait for each other in turn.
    ordered = sorted(
        wanted, key=lambda entry: (entry.key, entry.scope, entry.channel, entry.purpose)
    )
    if not ordered:
        return set()
    statement = _ADD_EACH[db.dialect]
    if db.is_sqlite:
        found = [connection.execute(statement, one._asdict()).all() for one in ordered]
        return {(row.key, row.scope, row.channel, row.purpose) for rows in found for row in rows}
    columns = dict(zip(Entry._fields, map(list, zip(*ordered, strict=True)), strict=True))
    rows = connection.execute(statement, columns).all()
    return {(bytes(row.key), row.scope, row.channel, row.purpose) for row in rows}


def remove(connection: sa.Connection, place: Place) -> Entry | None:
    """Take one entry out and return it; None when there was none."""
    key, scope, channel, purpose = place
    row = connection.execute(
        suppressions.delete()
        .where(
            suppressions.c.key == key,
            suppressions.c.scope == scope,
            suppressions.c.channel == channel,
            suppressions.c.purpose == purpose,
        )
        .returning(*(suppressions.c[name] for name in Entry._fields))
    ).one_or_none()
    return None if row is None else Entry(*row)


def remove_each(db: Database, connection: sa.Connection, wanted: Sequence[Entry]) -> list[Entry]:
    """Take entries out that are still there for the same reason; return those that were.

    One that an erasure took over meanwhile stays. One statement for all of them on PostgreSQL.
    """
    ordered = sorted(wanted, key=lambda entry: entry[:4])
    if not ordered:
        return []
    statement = _REMOVE_EACH[db.dialect]
    if db.is_sqlite:
        found = [row for one in ordered for row in connection.execute(statement, one._asdict())]
    else:
        names = ("key", "scope", "channel", "purpose", "reason")
        given = {name: [getattr(one, name) for one in ordered] for name in names}
        found = list(connection.execute(statement, given))
    return [Entry._make(row) for row in found]


def entries_of_chunks(connection: sa.Connection, chunk_ids: Sequence[int]) -> list[Entry]:
    """Return the entries whose contacts lie in these chunks."""
    rows = connection.execute(
        sa.select(*(suppressions.c[name] for name in Entry._fields)).where(
            suppressions.c.chunk_id.in_(chunk_ids)
        )
    )
    return [Entry._make(row) for row in rows.all()]


def tidy(db: Database) -> None:
    """Make look-ups index-only again after many entries were added (PostgreSQL)."""
    if db.is_sqlite:
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM (ANALYZE) suppressions")


def forget_contacts(connection: sa.Connection, chunk_id: int, keys: Iterable[bytes]) -> None:
    """Note that the contacts of these keys no longer lie in a chunk."""
    connection.execute(
        suppressions.update()
        .where(suppressions.c.chunk_id == chunk_id, suppressions.c.key.in_(list(keys)))
        .values(chunk_id=None)
    )
