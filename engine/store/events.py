"""The outbox of events: written in the transaction of what happened, published afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from engine.clock import Millis
from engine.counters import Milestone, campaign
from engine.event_bodies import encode_event, routing_key
from engine.events import DeadLetter, Event, Finished, PersonalEvent, Planned, Refused
from engine.store import counters
from engine.store.tables import events

_COUNTED: Mapping[type[Event], Milestone] = {
    Refused: Milestone.REFUSED,
    Planned: Milestone.PLANNED,
    Finished: Milestone.FINISHED,
    DeadLetter: Milestone.DEAD_LETTER,
}


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """An event that was not published yet."""

    number: int
    routing_key: str
    body: bytes
    sealed_ref: bytes | None = None


class SealedEvent(NamedTuple):
    """An event about a person, whose id is sealed apart; None: the client gave none."""

    event: PersonalEvent
    controller: int
    sealed_ref: bytes | None


def put_sealed(connection: sa.Connection, told: Sequence[SealedEvent], now: Millis) -> None:
    """Write events about persons: one statement for all of them."""
    if not told:
        return
    rows = [
        {
            "routing_key": routing_key(event),
            "body": encode_event(event).decode(),
            "controller": controller,
            "created_at": now,
            "sealed_ref": sealed_ref,
        }
        for event, controller, sealed_ref in told
    ]
    connection.execute(events.insert(), rows)


def put(connection: sa.Connection, event: Event, now: Millis) -> None:
    """Write an event with whatever else the transaction writes, and count it."""
    connection.execute(
        events.insert().values(
            routing_key=routing_key(event), body=encode_event(event).decode(), created_at=now
        )
    )
    milestone = _COUNTED.get(type(event))
    if milestone is not None:
        counters.add(connection, {campaign(milestone): 1})


def waiting(connection: sa.Connection, limit: int) -> list[WaitingEvent]:
    """Return the oldest events that were not published, locked so that one publisher has them."""
    rows = connection.execute(
        sa.select(events.c.id, events.c.routing_key, events.c.body, events.c.sealed_ref)
        .where(events.c.published_at.is_(None))
        .order_by(events.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [WaitingEvent(number, key, body.encode(), sealed) for number, key, body, sealed in rows]


def mark_published(connection: sa.Connection, numbers: Sequence[int], now: Millis) -> None:
    """Note that the broker confirmed these events; of persons they hold nothing any more."""
    connection.execute(
        sa.update(events).where(events.c.id.in_(numbers)).values(published_at=now, sealed_ref=None)
    )


def any_waiting(connection: sa.Connection) -> bool:
    """Return whether there is anything to publish, without a lock."""
    return (
        connection.execute(
            sa.select(events.c.id).where(events.c.published_at.is_(None)).limit(1)
        ).first()
        is not None
    )
