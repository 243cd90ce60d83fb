"""What planning writes: spills on their way, then blocks and the batches of the first leg."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from engine.clock import Millis
from engine.states import BatchState, CampaignState
from engine.store.database import Database
from engine.store.tables import batches, blocks, campaigns, controllers, spills


@dataclass(frozen=True, slots=True)
class Spill:
    """Sealed rows of one bucket."""

    stage: int
    bucket: int
    sealed: bytes


class Part(NamedTuple):
    """Positions of a block that leave together, as a bitmap, and not before when."""

    positions: bytes
    begin: Millis


@dataclass(frozen=True, slots=True)
class NewBlock:
    """A sealed block, ready to be written.

    ``batches`` say who leaves together on the first leg. Each position is in one of them.
    """

    size: int
    batches: Sequence[Part]
    contact_prefixes: bytes
    person_prefixes: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Birth:
    """What the batches of a campaign's first leg have in common, before they may start.

    ``sequence`` is how many batches the campaign has already.
    """

    campaign_id: int
    controller: int
    lane: str
    sequence: int


def hold_controller(connection: sa.Connection, controller: int) -> str | None:
    """Take the controller's row, shared, for this transaction; return its state.

    Whoever erases a person takes it alone: nobody slips in behind the erasure's scan of blocks.
    """
    state: str | None = connection.scalar(
        sa.select(controllers.c.state)
        .where(controllers.c.number == controller)
        .with_for_update(read=True)
    )
    return state


def add_spills(
    db: Database, connection: sa.Connection, campaign_id: int, added: Sequence[Spill]
) -> None:
    """Write sealed rows for a later stage."""
    db.insert_tuples(
        connection,
        spills,
        ("campaign_id", "stage", "bucket", "sealed"),
        ((campaign_id, spill.stage, spill.bucket, spill.sealed) for spill in added),
    )


def take_spills(
    connection: sa.Connection, campaign_id: int, stage: int, bucket: int
) -> list[bytes]:
    """Return the sealed rows of one bucket, in the order in which they were written."""
    found = connection.scalars(
        sa.select(spills.c.sealed)
        .where(
            spills.c.campaign_id == campaign_id,
            spills.c.stage == stage,
            spills.c.bucket == bucket,
        )
        .order_by(spills.c.id)
    )
    return [bytes(sealed) for sealed in found]


def drop_spills(connection: sa.Connection, campaign_id: int, stage: int, bucket: int) -> None:
    """Remove the rows of a bucket that was worked off."""
    connection.execute(
        sa.delete(spills).where(
            spills.c.campaign_id == campaign_id,
            spills.c.stage == stage,
            spills.c.bucket == bucket,
        )
    )


def add_blocks(
    db: Database, connection: sa.Connection, birth: Birth, added: Sequence[NewBlock]
) -> None:
    """Write blocks with their batches on the first leg; the batches wait for their start."""
    ids = [
        connection.execute(
            blocks.insert()
            .values(
                campaign_id=birth.campaign_id,
                size=block.size,
                contact_prefixes=block.contact_prefixes,
                person_prefixes=block.person_prefixes,
                sealed=block.sealed,
            )
            .returning(blocks.c.id)
        ).scalar_one()
        for block in added
    ]
    parts = [
        (block_id, part)
        for block_id, block in zip(ids, added, strict=True)
        for part in block.batches
    ]
    db.insert_many(
        connection,
        batches,
        [
            {
                "campaign_id": birth.campaign_id,
                "controller": birth.controller,
                "block_id": block_id,
                "leg": 1,
                "round": 1,
                "lane": birth.lane,
                "turn": float(birth.sequence + number),
                "state": int(BatchState.SCHEDULED),
                "not_before": part.begin,
                "todo": part.positions,
                "in_flight": b"",
                "again": b"",
                "onward": b"",
                "again_at": 0,
                "step": 0,
                "barren": 0,
            }
            for number, (block_id, part) in enumerate(parts, 1)
        ],
    )


def hold_lane_order(connection: sa.Connection, controller: int) -> None:
    """Let only one campaign of a controller take its turns at a time."""
    connection.execute(
        sa.select(controllers.c.number).where(controllers.c.number == controller).with_for_update()
    )


def turn_base(connection: sa.Connection, controller: int, lane: str) -> float:
    """Return after which turn a new campaign of a controller queues in a lane.

    Start-time fairness: not before what the lane is working on now, and behind the controller's
    own open batches; so a big campaign of one controller does not starve another's.
    """
    # Only campaigns that took their turns already: batches still being planned count from 1.
    planned = sa.select(campaigns.c.id).where(
        campaigns.c.controller == controller, campaigns.c.state == CampaignState.PLANNED
    )
    own = batches.c.campaign_id.in_(planned)
    first, last = sa.func.min(batches.c.turn), sa.func.max(batches.c.turn)
    # One look per state, with the literals that the partial indexes of ``batches`` have.
    looks = [(first, sa.text("state = 1")), (first, sa.text("state = 2"))]
    working = [_turn(connection, turn, lane, state) for turn, state in looks]
    states = [sa.text("state = 1"), sa.text("state = 2"), sa.text("state IN (0, 4)")]
    queued = [_turn(connection, last, lane, state, own) for state in states]
    begun = min((turn for turn in working if turn is not None), default=0.0)
    return max(0.0, begun, *(turn for turn in queued if turn is not None))


def _turn(
    connection: sa.Connection,
    turn: sa.ColumnElement[float],
    lane: str,
    *conditions: sa.ColumnElement[bool] | sa.TextClause,
) -> float | None:
    return connection.scalar(sa.select(turn).where(batches.c.lane == lane, *conditions))


def start_batches(
    connection: sa.Connection, campaign_id: int, base: float, spread: Millis, now: Millis
) -> None:
    """Give a campaign's new batches their turns and instants; due ones become ready.

    Batches that begin together start one after the other, evenly over ``spread``, the first at
    once. Those that begin late, since planning took long, still end when they were to end.
    """
    place = sa.func.row_number(type_=sa.BigInteger).over(
        partition_by=batches.c.not_before, order_by=batches.c.turn
    )
    places = sa.func.count().over(partition_by=batches.c.not_before)
    placed = (
        sa.select(batches.c.id, (place - 1).label("place"), places.label("places"))
        .where(batches.c.campaign_id == campaign_id)
        .subquery()
    )
    begin = _later(batches.c.not_before, sa.literal(now, sa.BigInteger))
    left = _later(batches.c.not_before + spread - begin, sa.literal(0, sa.BigInteger))
    due = begin + placed.c.place * left // placed.c.places
    connection.execute(
        sa.update(batches)
        .where(batches.c.id == placed.c.id)
        .values(
            turn=batches.c.turn + base,
            not_before=due,
            state=sa.case((due <= now, int(BatchState.READY)), else_=int(BatchState.SCHEDULED)),
        )
    )


def _later(one: sa.ColumnElement[int], other: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.case((one > other, one), else_=other)


def drop_all(connection: sa.Connection, campaign_id: int) -> None:
    """Remove everything that planning wrote for a campaign that is not going to be sent."""
    for table in (batches, blocks, spills):
        connection.execute(sa.delete(table).where(table.c.campaign_id == campaign_id))
