"""Acts as rows, in a chain: each holds the hash of the one before. Never changed, never deleted.

Their anchors lie in the keyring, another database: how far the chain reached, which the chain
itself cannot tell once its end was cut off.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine.clock import Millis
from engine.store.keyring_tables import audit_heads
from engine.store.privacy_tables import acts

UNREADABLE = "\ufffd(unreadable)"  # stands for text that is none; no act ever says it

_LOCK = 1_128_815_954  # any number, the same for every process that writes an act
_LONG_AGO: Millis = -(2**63)  # stands for an instant that is no number


class ActRow(NamedTuple):
    """One act as stored.

    controller  its name; empty: the platform
    subject     what was acted upon, such as ``campaign:winter-1``
    details     JSON of words and numbers
    previous    the hash of the act before; of zeros for the first
    seal        keyed hash of ``hash``: only who has the keyring can have written it
    """

    number: int
    at: Millis
    actor: str
    act: str
    controller: str
    subject: str
    details: str
    previous: bytes
    hash: bytes
    seal: bytes


class Anchor(NamedTuple):
    """How far the chain had reached at an instant."""

    number: int
    hash: bytes
    at: Millis


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which acts; None: whatever it is. ``until`` is the first instant that is too late."""

    controller: str | None = None
    act: str | None = None
    since: Millis | None = None
    until: Millis | None = None

    @property
    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """What rows must meet."""
        found: list[sa.ColumnElement[bool]] = []
        if self.controller is not None:
            found.append(acts.c.controller == self.controller)
        if self.act is not None:
            found.append(acts.c.act == self.act)
        if self.since is not None:
            found.append(acts.c.at >= self.since)
        if self.until is not None:
            found.append(acts.c.at < self.until)
        return found


_COLUMNS = tuple(acts.c[name] for name in ActRow._fields)
_TEXTS = frozenset({"actor", "act", "controller", "subject", "details"})
_KINDS = {  # what SQLite must say a value is; it would store any kind in any column
    **dict.fromkeys(("number", "at"), "integer"),
    **dict.fromkeys(_TEXTS, "text"),
    **dict.fromkeys(("previous", "hash", "seal"), "blob"),
}
_NUMBERED = sa.func.typeof(acts.c.number) == "integer"


def _readable(name: str) -> sa.ColumnElement[object]:
    """Return a column of SQLite as null where it is of a kind that no act has; text as its bytes.

    Whoever tampers may put anything anywhere: also bytes that are no text, on which the driver
    would give up before anybody could say which act it is.
    """
    column = acts.c[name]
    value = sa.cast(column, sa.LargeBinary) if name in _TEXTS else column
    return sa.case((sa.func.typeof(column) == _KINDS[name], value), else_=None).label(name)


_READABLE = tuple(_readable(name) for name in ActRow._fields)


def _value(kind: str, value: object) -> object:
    """Return a value as acts hold it; what cannot be read becomes what no act ever says."""
    if kind == "text":
        return _text(value)
    if value is None:
        return b"" if kind == "blob" else _LONG_AGO
    return value


def _text(value: object) -> str:
    try:
        return value.decode() if isinstance(value, bytes) else UNREADABLE
    except UnicodeDecodeError:
        return UNREADABLE


def _readable_row(values: Iterable[object]) -> ActRow:
    found = zip(ActRow._fields, values, strict=True)
    return ActRow._make(_value(_KINDS[name], value) for name, value in found)


def _rows(connection: sa.Connection, query: sa.Select[tuple[object, ...]]) -> list[ActRow]:
    """Run a query for acts, whatever somebody made of them."""
    if connection.dialect.name == "sqlite":
        return [
            _readable_row(row) for row in connection.execute(query.with_only_columns(*_READABLE))
        ]
    return [ActRow._make(row) for row in connection.execute(query)]


def take_turn(connection: sa.Connection) -> None:
    """Wait until no other transaction is adding an act: numbers have no gaps, and never two."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def last(connection: sa.Connection) -> ActRow | None:
    """Return the newest act; None: there is none yet."""
    query = sa.select(*_COLUMNS).order_by(acts.c.number.desc()).limit(1)
    if connection.dialect.name == "sqlite":
        query = query.where(_NUMBERED)
    return next(iter(_rows(connection, query)), None)


def insert(connection: sa.Connection, row: ActRow) -> None:
    """Add an act."""
    connection.execute(acts.insert().values(row._asdict()))


def after(connection: sa.Connection, number: int | None, limit: int) -> list[ActRow]:
    """Return the next acts in the order of their numbers; None: from the lowest number there is."""
    query = sa.select(*_COLUMNS).order_by(acts.c.number).limit(limit)
    if number is not None:
        query = query.where(acts.c.number > number)
    if connection.dialect.name == "sqlite":
        query = query.where(_NUMBERED)
    return _rows(connection, query)


def without_number(connection: sa.Connection) -> int:
    """Return how many rows have something else than a number for one; none but on SQLite."""
    if connection.dialect.name != "sqlite":
        return 0
    strays = sa.select(sa.func.count()).select_from(acts).where(~_NUMBERED)
    return connection.scalar(strays) or 0


def latest(connection: sa.Connection, wanted: Wanted, limit: int) -> list[ActRow]:
    """Return the newest acts that are wanted, newest first."""
    query = sa.select(*_COLUMNS).where(*wanted.conditions)
    return _rows(connection, query.order_by(acts.c.number.desc()).limit(limit))


def count(connection: sa.Connection) -> int:
    """Return how many acts there are."""
    return connection.scalar(sa.select(sa.func.count()).select_from(acts)) or 0


def by_number(connection: sa.Connection, number: int) -> ActRow | None:
    """Return one act; None: there is none of that number."""
    return next(iter(_rows(connection, sa.select(*_COLUMNS).where(acts.c.number == number))), None)


def anchor(keyring: sa.Connection, head: Anchor) -> None:
    """Note in the keyring how far the chain reaches; one that is there already stays.

    Several processes may note the same act at once: whoever comes second has nothing to do.
    """
    dialect = sqlite if keyring.dialect.name == "sqlite" else postgresql
    keyring.execute(dialect.insert(audit_heads).values(head._asdict()).on_conflict_do_nothing())


def last_anchor(keyring: sa.Connection) -> Anchor | None:
    """Return the anchor that reaches furthest; None: there is none yet."""
    row = keyring.execute(
        sa.select(audit_heads.c.number, audit_heads.c.hash, audit_heads.c.at)
        .order_by(audit_heads.c.number.desc())
        .limit(1)
    ).first()
    return None if row is None else Anchor._make(row)


def anchors(keyring: sa.Connection) -> dict[int, bytes]:
    """Return the hash of each anchored act by its number."""
    rows = keyring.execute(sa.select(audit_heads.c.number, audit_heads.c.hash))
    return dict(rows.all())  # a result itself has keys, and would pass for a mapping
