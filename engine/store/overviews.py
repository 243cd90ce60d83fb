"""Questions that people ask about campaigns; nothing here writes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from engine.bitmap import count
from engine.clock import Millis
from engine.event_bodies import event_name
from engine.events import Refused
from engine.states import BatchState, CampaignState, Outcome
from engine.store.database import Database
from engine.store.tables import (
    batches,
    blocks,
    campaigns,
    connectors,
    controllers,
    deliveries,
    events,
)

_BLOCKS_AT_ONCE = 200
_EVENTS_LOOKED_AT = 1_000


class CampaignPlace(NamedTuple):
    """Where a campaign is found: its row, and the name of its controller."""

    campaign_id: int
    controller: str


class BlockIndex(NamedTuple):
    """What can be known of a block without unsealing it."""

    block_id: int
    contact_prefixes: bytes
    person_prefixes: bytes


class DoubtRow(NamedTuple):
    """A delivery of which nobody knows whether it left."""

    block_id: int
    position: int
    leg: int
    contact_key: bytes | None
    connector: int | None
    reason: str | None
    at: Millis


class LegRow(NamedTuple):
    """One recorded leg of one recipient."""

    block_id: int
    position: int
    leg: int
    outcome: int
    reason: str | None
    connector: int | None
    units: int
    at: Millis


@dataclass(frozen=True, slots=True)
class OpenWork:
    """The batches of a campaign in one state; ``soonest`` is the first instant among them."""

    state: BatchState
    batches: int
    soonest: Millis


@dataclass(frozen=True, slots=True)
class AnotherTry:
    """Recipients who were not accepted and wait to be tried again, not before ``soonest``.

    ``reason`` is the word that most of them were given.
    """

    reason: str
    recipients: int
    soonest: Millis


class BatchRow(NamedTuple):
    """An open batch and the positions that it still owes an outcome."""

    leg: int
    state: int
    not_before: Millis
    todo: bytes
    in_flight: bytes
    again: bytes
    onward: bytes


def hold_still(db: Database, connection: sa.Connection) -> None:
    """Let all questions of this transaction be answered from one and the same picture.

    Must be the first statement. SQLite's transactions are like that anyway.
    """
    if not db.is_sqlite:
        connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def places(connection: sa.Connection, name: str, controller: str | None) -> list[CampaignPlace]:
    """Return every campaign of that name, of one controller or of all."""
    found = (
        sa.select(campaigns.c.id, controllers.c.name)
        .join(controllers, controllers.c.number == campaigns.c.controller)
        .where(campaigns.c.name == name)
        .order_by(controllers.c.name)
    )
    if controller is not None:
        found = found.where(controllers.c.name == controller)
    return [CampaignPlace(*row) for row in connection.execute(found)]


def latest(
    connection: sa.Connection,
    controller: str | None,
    states: Sequence[CampaignState],
    limit: int,
) -> list[CampaignPlace]:
    """Return campaigns, those received last first."""
    found = (
        sa.select(campaigns.c.id, controllers.c.name)
        .join(controllers, controllers.c.number == campaigns.c.controller)
        .order_by(campaigns.c.id.desc())
        .limit(limit)
    )
    if controller is not None:
        found = found.where(controllers.c.name == controller)
    if states:
        found = found.where(campaigns.c.state.in_(states))
    return [CampaignPlace(*row) for row in connection.execute(found)]


def open_work(connection: sa.Connection, campaign_id: int) -> list[OpenWork]:
    """Count the batches of a campaign that are not done, by state."""
    rows = connection.execute(
        sa.select(batches.c.state, sa.func.count(), sa.func.min(batches.c.not_before))
        .where(batches.c.campaign_id == campaign_id, batches.c.state != BatchState.DONE)
        .group_by(batches.c.state)
        .order_by(batches.c.state)
    )
    return [OpenWork(BatchState(state), number, soonest) for state, number, soonest in rows]


def other_tries(connection: sa.Connection, campaign_id: int) -> list[AnotherTry]:
    """Return who waits for another try, by reason; the most first."""
    # Until a batch is done, those of its recipients wait beside it; then in a batch of their own.
    rows = connection.execute(
        sa.select(
            batches.c.again_reason,
            batches.c.again,
            batches.c.todo,
            batches.c.again_at,
            batches.c.not_before,
        ).where(
            batches.c.campaign_id == campaign_id,
            batches.c.state != BatchState.DONE,
            batches.c.again_reason.is_not(None),
        )
    )
    found: dict[str, AnotherTry] = {}
    for reason, again, todo, again_at, not_before in rows:
        number, at = count(again) or count(todo), max(again_at, not_before)
        known = found.get(reason, AnotherTry(reason, 0, at))
        found[reason] = AnotherTry(reason, known.recipients + number, min(known.soonest, at))
    return sorted(found.values(), key=lambda one: -one.recipients)


def legs_at_work(connection: sa.Connection, campaign_id: int) -> set[int]:
    """Return the legs on which a campaign has batches that are not done."""
    open_legs = sa.select(batches.c.leg).where(
        batches.c.campaign_id == campaign_id, batches.c.state != BatchState.DONE
    )
    return set(connection.scalars(open_legs.distinct()))


def open_batches_of(connection: sa.Connection, block_id: int) -> list[BatchRow]:
    """Return the open batches of a block, by leg."""
    rows = connection.execute(
        sa.select(*(batches.c[name] for name in BatchRow._fields))
        .where(
            batches.c.campaign_id
            == sa.select(blocks.c.campaign_id).where(blocks.c.id == block_id).scalar_subquery(),
            batches.c.block_id == block_id,
            batches.c.state != BatchState.DONE,
        )
        .order_by(batches.c.leg)
    )
    return [BatchRow(*row) for row in rows]


def block_indexes(connection: sa.Connection, campaign_id: int) -> Iterator[BlockIndex]:
    """Give the key indexes of a campaign's blocks, some at a time."""
    after = 0
    while True:
        rows = connection.execute(
            sa.select(blocks.c.id, blocks.c.contact_prefixes, blocks.c.person_prefixes)
            .where(blocks.c.campaign_id == campaign_id, blocks.c.id > after)
            .order_by(blocks.c.id)
            .limit(_BLOCKS_AT_ONCE)
        ).all()
        if not rows:
            return
        yield from (BlockIndex(*row) for row in rows)
        after = rows[-1].id


def sealed_blocks(connection: sa.Connection, ids: Sequence[int]) -> dict[int, bytes]:
    """Return the sealed recipients of some blocks; one that is gone is left out."""
    rows = connection.execute(
        sa.select(blocks.c.id, blocks.c.sealed).where(blocks.c.id.in_(ids)).order_by(blocks.c.id)
    )
    return {block_id: bytes(sealed) for block_id, sealed in rows}


def doubts(connection: sa.Connection, month: int, campaign_id: int) -> list[DoubtRow]:
    """Return the deliveries of a campaign that are in doubt."""
    rows = connection.execute(
        sa.select(*(deliveries.c[name] for name in DoubtRow._fields))
        .where(
            *_of_campaign(month, campaign_id),
            deliveries.c.outcome == Outcome.IN_DOUBT,
        )
        .order_by(deliveries.c.block_id, deliveries.c.position)
    )
    return [DoubtRow(*row) for row in rows]


def counted_twice(connection: sa.Connection, month: int, campaign_id: int) -> int:
    """Count recipients who have more than one final outcome; there must be none."""
    twice = (
        sa.select(deliveries.c.block_id)
        .where(*_of_campaign(month, campaign_id), deliveries.c.outcome != Outcome.PASSED_ON)
        .group_by(deliveries.c.block_id, deliveries.c.position)
        .having(sa.func.count() > 1)
        .subquery()
    )
    return connection.execute(sa.select(sa.func.count()).select_from(twice)).scalar_one()


def legs_at(
    connection: sa.Connection, month: int, campaign_id: int, block_id: int, position: int
) -> list[LegRow]:
    """Return what is recorded of one recipient, by leg."""
    return _legs(
        connection,
        *_of_campaign(month, campaign_id),
        deliveries.c.block_id == block_id,
        deliveries.c.position == position,
    )


def legs_of(connection: sa.Connection, month: int, campaign_id: int, key: bytes) -> list[LegRow]:
    """Return what is recorded of a person or contact point, once the blocks are gone."""
    return _legs(
        connection,
        *_of_campaign(month, campaign_id),
        sa.or_(deliveries.c.person_key == key, deliveries.c.contact_key == key),
    )


def connector_names(connection: sa.Connection) -> dict[int, str]:
    """Return the names of all connectors by number."""
    rows = connection.execute(sa.select(connectors.c.number, connectors.c.name))
    return {number: name for number, name in rows}  # noqa: C416 (rows are no tuples to mypy)


def refusals(connection: sa.Connection, controller: str) -> list[bytes]:
    """Return the latest events that told of a controller's refused campaigns, newest first."""
    bodies = connection.scalars(
        sa.select(events.c.body)
        .where(events.c.routing_key == f"campaign.{event_name(Refused)}.{controller}")
        .order_by(events.c.id.desc())
        .limit(_EVENTS_LOOKED_AT)
    )
    return [body.encode() for body in bodies]


def _of_campaign(month: int, campaign_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (deliveries.c.expiry_month == month, deliveries.c.campaign_id == campaign_id)


def _legs(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> list[LegRow]:
    rows = connection.execute(
        sa.select(*(deliveries.c[name] for name in LegRow._fields))
        .where(*conditions)
        .order_by(deliveries.c.block_id, deliveries.c.position, deliveries.c.leg)
    )
    return [LegRow(*row) for row in rows]
