"""The outbox of events: written in the transaction of what happened, published afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from engine.clock import Millis
from engine.events import Event, encode_event, routing_key
from engine.store.tables import events


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """An event that was not published yet."""

    number: int
    routing_key: str
    body: bytes


def put(connection: sa.Connection, event: Event, now: Millis) -> None:
    """Write an event with whatever else the transaction writes."""
    connection.execute(
        events.insert().values(
            routing_key=routing_key(event), body=encode_event(event).decode(), created_at=now
        )
    )


def waiting(connection: sa.Connection, limit: int) -> list[WaitingEvent]:
    """Return the oldest events that were not published, locked so that one publisher has them."""
    rows = connection.execute(
        sa.select(events.c.id, events.c.routing_key, events.c.body)
        .where(events.c.published_at.is_(None))
        .order_by(events.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [WaitingEvent(number, key, body.encode()) for number, key, body in rows]


def mark_published(connection: sa.Connection, numbers: Sequence[int], now: Millis) -> None:
    """Note that the broker confirmed these events."""
    connection.execute(sa.update(events).where(events.c.id.in_(numbers)).values(published_at=now))


def any_waiting(connection: sa.Connection) -> bool:
    """Return whether there is anything to publish, without a lock."""
    return (
        connection.execute(
            sa.select(events.c.id).where(events.c.published_at.is_(None)).limit(1)
        ).first()
        is not None
    )
