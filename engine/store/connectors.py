"""Rows of connectors, as far as setting them up goes; the circuit breaker has its own functions."""

from dataclasses import dataclass

import sqlalchemy as sa

from engine.clock import Millis
from engine.store.tables import connectors


@dataclass(frozen=True, slots=True)
class ConnectorRow:
    """One connector as stored; ``options`` is JSON text, ``sealed_secrets`` opens in the vault."""

    number: int
    name: str
    channel: str
    kind: str
    options: str
    sealed_secrets: bytes | None
    rank: int
    enabled: bool
    country: str
    sub_processor: str
    attested_at: Millis | None
    attested_by: str | None
    failures: int
    open_until: Millis | None
    open_since: Millis | None
    open_cause: str | None


_COLUMNS = tuple(connectors.c[name] for name in ConnectorRow.__dataclass_fields__)


def insert(connection: sa.Connection, values: dict[str, object]) -> ConnectorRow:
    """Add a connector, last in rank unless ``values`` say otherwise.

    IntegrityError when the name is taken.
    """
    ranked = {"rank": next_rank(connection, str(values["channel"])), **values}
    row = connection.execute(connectors.insert().values(ranked).returning(*_COLUMNS)).one()
    return ConnectorRow(*row)


def by_name(connection: sa.Connection, name: str) -> ConnectorRow | None:
    """Find a connector by name."""
    row = connection.execute(sa.select(*_COLUMNS).where(connectors.c.name == name)).one_or_none()
    return None if row is None else ConnectorRow(*row)


def every(connection: sa.Connection) -> list[ConnectorRow]:
    """Return all connectors by channel, in the order in which they are tried."""
    order = (connectors.c.channel, connectors.c.rank, connectors.c.number)
    return [ConnectorRow(*row) for row in connection.execute(sa.select(*_COLUMNS).order_by(*order))]


def of_channel(connection: sa.Connection, channel: str) -> list[ConnectorRow]:
    """Return the connectors of a channel in the order in which they are tried."""
    found = (
        sa.select(*_COLUMNS)
        .where(connectors.c.channel == channel)
        .order_by(connectors.c.rank, connectors.c.number)
    )
    return [ConnectorRow(*row) for row in connection.execute(found)]


def change(connection: sa.Connection, name: str, values: dict[str, object]) -> ConnectorRow | None:
    """Change columns of a connector and return it; None when there is none of that name."""
    row = connection.execute(
        connectors.update().where(connectors.c.name == name).values(values).returning(*_COLUMNS)
    ).one_or_none()
    return None if row is None else ConnectorRow(*row)


def next_rank(connection: sa.Connection, channel: str) -> int:
    """Return the rank after the last one of a channel."""
    last = sa.select(sa.func.max(connectors.c.rank)).where(connectors.c.channel == channel)
    return (connection.scalar(last) or 0) + 1
