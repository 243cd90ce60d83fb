"""Taking a batch: the fairest one that is due, or one whose holder let its lease expire.

A batch row is the truth about what may be handed over. Whoever claims it writes a random token;
the lease runs on the database's clock, since many hosts must agree on it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from engine.clock import MINUTE, Millis
from engine.errors import EngineError
from engine.states import BatchState
from engine.store import counters
from engine.store.database import Database
from engine.store.deliveries import record
from engine.store.delivery_row import DeliveryRow
from engine.store.due import workable
from engine.store.tables import batches, campaigns
from engine.store.tally_counts import ended

BARREN_LEASES = 3  # expired without one journal entry: the batch itself may be what kills workers
_QUARANTINE: Millis = 15 * MINUTE


@dataclass(frozen=True, slots=True)
class Claim:
    """A batch that this process holds until its lease ends."""

    batch_id: int
    campaign_id: int
    controller: int
    block_id: int
    leg: int
    round: int
    lane: str
    turn: float
    token: bytes
    step: int
    todo: bytes
    again: bytes
    onward: bytes
    again_at: Millis
    due_at: Millis
    again_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """Who wants a batch of which lane.

    token  random, never a counter: a restored database must not match an old holder
    lease  how long it is wanted for, in milliseconds of the database's clock
    shard  where this process counts its outcomes
    full   campaigns to pass over: their connector can carry no more in this process
    """

    lane: str
    now: Millis
    lease: Millis
    token: bytes
    shard: int
    full: tuple[int, ...] = ()


# Describes the deliveries that a former holder of a batch left in flight (a bitmap).
Doubts = Callable[[Claim, bytes], Sequence[DeliveryRow]]


def claim(db: Database, ask: Ask, doubts: Doubts) -> Claim | None:
    """Claim the fairest due batch of a lane, or one whose holder let its lease expire.

    ``doubts`` describes the deliveries that a former holder left in flight; they are recorded as
    in doubt in the same transaction that takes the batch over. While it raises EngineError, that
    batch stays with its former holder.
    """
    return _take_over(db, ask, doubts) or _claim_ready(db, ask)


def _claim_ready(db: Database, ask: Ask) -> Claim | None:
    due = (
        sa.select(batches)
        .join(campaigns, campaigns.c.id == batches.c.campaign_id)
        .where(
            batches.c.lane == ask.lane, *workable(ask.now), batches.c.campaign_id.not_in(ask.full)
        )
        .order_by(batches.c.turn, batches.c.id)
        .limit(1)
        .with_for_update(of=batches, skip_locked=True)
    )
    with db.write() as connection:
        row = connection.execute(due).one_or_none()
        if row is None:
            return None
        return _hold(db, connection, row, ask)


def _take_over(db: Database, ask: Ask, doubts: Doubts) -> Claim | None:
    expired = (
        sa.select(batches)
        .where(
            batches.c.lane == ask.lane,
            batches.c.state == sa.literal_column(str(int(BatchState.CLAIMED))),
            batches.c.lease_until < db.clock(),
        )
        .order_by(batches.c.lease_until)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    with db.read() as connection:  # on SQLite a look costs less than the write lock
        if connection.execute(expired.with_only_columns(batches.c.id)).first() is None:
            return None
    with db.write() as connection:
        row = connection.execute(expired).one_or_none()
        if row is None:
            return None
        if row.in_flight:
            try:
                doubtful = doubts(_claim_of(row, ask.token), row.in_flight)
            except EngineError:
                _leave(db, connection, row.id, ask)
                return None
            totals = record(db, connection, doubtful, ask.shard)
            counters.add(connection, ended(ask.lane, totals))
        elif row.barren >= BARREN_LEASES:
            _quarantine(connection, row.id, ask.now)
            return None
        return _hold(db, connection, row, ask)


def _leave(db: Database, connection: sa.Connection, batch_id: int, ask: Ask) -> None:
    """Let a lease run on whose batch cannot be taken over: the others must not wait behind it."""
    connection.execute(
        sa.update(batches)
        .where(batches.c.id == batch_id)
        .values(lease_until=db.clock() + ask.lease)
    )


def _hold(
    db: Database, connection: sa.Connection, row: sa.Row[tuple[object, ...]], ask: Ask
) -> Claim:
    connection.execute(
        sa.update(batches)
        .where(batches.c.id == row.id)
        .values(
            state=BatchState.CLAIMED,
            token=ask.token,
            step=batches.c.step + 1,
            in_flight=b"",
            lease_until=db.clock() + ask.lease,
            barren=batches.c.barren + 1,
        )
    )
    return _claim_of(row, ask.token)


def _claim_of(row: sa.Row[tuple[object, ...]], token: bytes) -> Claim:
    """Return the claim that takes this row, as the row stood before."""
    return Claim(
        batch_id=row.id,
        campaign_id=row.campaign_id,
        controller=row.controller,
        block_id=row.block_id,
        leg=row.leg,
        round=row.round,
        lane=row.lane,
        turn=row.turn,
        token=token,
        step=row.step + 1,
        todo=row.todo,
        again=row.again,
        onward=row.onward,
        again_at=row.again_at,
        due_at=row.not_before,
        again_reason=row.again_reason,
    )


def _quarantine(connection: sa.Connection, batch_id: int, now: Millis) -> None:
    connection.execute(
        sa.update(batches)
        .where(batches.c.id == batch_id)
        .values(
            state=BatchState.QUARANTINED,
            step=batches.c.step + 1,  # or the last holder's own entry would seem to have done this
            token=None,
            lease_until=None,
            barren=0,
            not_before=now + _QUARANTINE,
        )
    )
