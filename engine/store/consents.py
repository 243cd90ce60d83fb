"""The ledger of consents: rows by key, purpose and channel, of which the latest proof counts.

Days are ISO dates; a day is compared with an instant by the UTC calendar.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from engine.clock import Millis
from engine.store.database import Database
from engine.store.policy_tables import consents
from engine.store.suppressions import KEYS_AMONG


class ConsentRow(NamedTuple):
    """One consent as stored. ``withdrawn_at`` None: it holds."""

    key: bytes
    scope: int
    purpose: str
    channel: str
    given_on: str
    method: str
    text_version: str
    source: str
    recorded_at: Millis
    withdrawn_at: Millis | None = None


Agreed = tuple[bytes, str, str]  # key, purpose, channel: one consent of a controller's

_COLUMNS = ", ".join(ConsentRow._fields)
# A proof replaces an older one, and the same one in other words. What was withdrawn comes back
# by a consent of a later day only; and a withdrawal takes back what was given until then. The
# comparison is the database's, since somebody else may commit while this waits for its row.
_DAY_BEGINS = {
    "postgresql": "(CAST({0} AS date) - DATE '1970-01-01')::bigint * 86400000",
    "sqlite": "CAST(strftime('%s', {0}) AS INTEGER) * 1000",
}
_REPLACE = {
    dialect: " ON CONFLICT (key, scope, purpose, channel) DO UPDATE SET"
    " given_on = excluded.given_on, method = excluded.method,"
    " text_version = excluded.text_version, source = excluded.source,"
    " recorded_at = excluded.recorded_at, withdrawn_at = excluded.withdrawn_at"
    f" WHERE (consents.withdrawn_at IS NULL OR consents.withdrawn_at < {day.format('excluded.given_on')})"
    " AND (excluded.given_on > consents.given_on"
    f" OR excluded.withdrawn_at >= {day.format('consents.given_on')}"
    " OR excluded.given_on = consents.given_on AND"
    " (excluded.method, excluded.text_version, excluded.source)"
    " <> (consents.method, consents.text_version, consents.source))"
    " RETURNING key, purpose, channel"
    for dialect, day in _DAY_BEGINS.items()
}
_PUT = {
    "postgresql": sa.text(
        f"INSERT INTO consents ({_COLUMNS})"  # noqa: S608 (our own names)
        f" SELECT {_COLUMNS} FROM unnest(CAST(:key AS bytea[]), CAST(:scope AS int[]),"
        " CAST(:purpose AS text[]), CAST(:channel AS text[]), CAST(:given_on AS text[]),"
        " CAST(:method AS text[]), CAST(:text_version AS text[]), CAST(:source AS text[]),"
        " CAST(:recorded_at AS bigint[]), CAST(:withdrawn_at AS bigint[]))"
        f" AS one({_COLUMNS}) WHERE true" + _REPLACE["postgresql"]
    ),
    "sqlite": sa.text(
        f"INSERT INTO consents ({_COLUMNS})"  # noqa: S608 (our own names)
        f" VALUES ({', '.join(f':{name}' for name in ConsentRow._fields)})" + _REPLACE["sqlite"]
    ),
}
_OF_KEYS = {
    dialect: sa.text(
        f"SELECT {_COLUMNS} FROM consents WHERE key {among} AND scope = :scope"  # noqa: S608 (the same)
    )
    for dialect, among in KEYS_AMONG.items()
}
_HOLDING = {
    dialect: sa.text(
        f"SELECT {_COLUMNS} FROM consents WHERE key {among} AND scope = :scope"  # noqa: S608 (the same)
        " AND purpose = :purpose AND channel = :channel AND withdrawn_at IS NULL"
    )
    for dialect, among in KEYS_AMONG.items()
}


def put(db: Database, connection: sa.Connection, rows: Sequence[ConsentRow]) -> set[Agreed]:
    """Write consents, at most one for each key, purpose and channel; return those that counted.

    One that is no later than what the ledger has, or than its withdrawal, changes nothing.
    """
    # In the order of the key: two who write the same consents never wait for each other in turn.
    ordered = sorted(rows, key=lambda row: row[:4])
    if not ordered:
        return set()
    statement = _PUT[db.dialect]
    if db.is_sqlite:
        found = [row for one in ordered for row in connection.execute(statement, one._asdict())]
    else:
        columns = dict(zip(ConsentRow._fields, map(list, zip(*ordered, strict=True)), strict=True))
        found = list(connection.execute(statement, columns))
    return {(bytes(row.key), row.purpose, row.channel) for row in found}


def of_keys(
    db: Database, connection: sa.Connection, scope: int, keys: Iterable[bytes]
) -> list[ConsentRow]:
    """Return every consent of these keys under a controller, withdrawn ones too."""
    given = {"keys": b"".join(sorted(keys)), "scope": scope}
    return [ConsentRow(*row) for row in connection.execute(_OF_KEYS[db.dialect], given)]


def holding(
    db: Database,
    connection: sa.Connection,
    *,
    scope: int,
    purpose: str,
    channel: str,
    keys: Iterable[bytes],
) -> list[ConsentRow]:
    """Return the consents of these keys to one purpose and channel that were not withdrawn."""
    given = {"keys": b"".join(sorted(keys)), "scope": scope, "purpose": purpose}
    found = connection.execute(_HOLDING[db.dialect], {**given, "channel": channel})
    return [ConsentRow(*row) for row in found]


def latest_given(
    connection: sa.Connection, key: bytes, scope: int, *, channel: str, purpose: str
) -> str | None:
    """Return the latest day of a consent that holds; None: there is none.

    channel, purpose  of the opposition it should lift; empty: any consent speaks against it
    """
    same: list[sa.ColumnElement[bool]] = [consents.c.channel == channel] if channel else []
    same += [consents.c.purpose == purpose] if purpose else []
    found: str | None = connection.scalar(
        sa.select(sa.func.max(consents.c.given_on)).where(
            consents.c.key == key,
            consents.c.scope == scope,
            consents.c.withdrawn_at.is_(None),
            *same,
        )
    )
    return found


def withdraw(
    connection: sa.Connection,
    scope: int,
    keys: Iterable[bytes],
    *,
    purpose: str | None,
    channels: Sequence[str],
    now: Millis,
) -> int:
    """Note that consents were taken back; return how many held until now.

    purpose   None: whatever it is
    channels  none: all of them
    """
    same: list[sa.ColumnElement[bool]] = []
    same += [consents.c.channel.in_(channels)] if channels else []
    same += [consents.c.purpose == purpose] if purpose else []
    return connection.execute(
        consents.update()
        .where(
            consents.c.key.in_(list(keys)),
            consents.c.scope == scope,
            consents.c.withdrawn_at.is_(None),
            *same,
        )
        .values(withdrawn_at=now)
    ).rowcount


def after(
    connection: sa.Connection, scope: int, last: Agreed | None, limit: int
) -> list[ConsentRow]:
    """Return a controller's next consents in the order of key, purpose and channel."""
    place = sa.tuple_(consents.c.key, consents.c.purpose, consents.c.channel)
    wanted = sa.select(*(consents.c[name] for name in ConsentRow._fields))
    wanted = wanted.where(consents.c.scope == scope)
    if last is not None:
        wanted = wanted.where(place > sa.tuple_(*map(sa.literal, last)))
    ordered = wanted.order_by(consents.c.key, consents.c.purpose, consents.c.channel)
    return [ConsentRow(*row) for row in connection.execute(ordered.limit(limit))]


def delete_of(connection: sa.Connection, scope: int, keys: Iterable[bytes]) -> int:
    """Delete every consent of these keys under a controller; return how many there were."""
    return connection.execute(
        consents.delete().where(consents.c.scope == scope, consents.c.key.in_(list(keys)))
    ).rowcount


def tidy(db: Database) -> None:
    """Let the database learn what many rows changed (PostgreSQL)."""
    if db.is_sqlite:
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM (ANALYZE) consents")
