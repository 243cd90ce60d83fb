"""Writing to a claimed batch: journal entries, giving back, finishing.

Only the holder of a batch's random token writes to it, each time by compare-and-set on token and
step number; each entry renews the lease.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field, replace

import sqlalchemy as sa

from engine.bitmap import bitmap, union, without
from engine.clock import Millis
from engine.counters import Counts, Series, observed
from engine.errors import EngineError
from engine.states import BatchState, channel_of
from engine.store import counters
from engine.store.claims import Claim
from engine.store.database import Database
from engine.store.deliveries import Totals, record
from engine.store.delivery_row import DeliveryRow
from engine.store.tables import batches, campaigns
from engine.store.tally_counts import ended, handed_over


class Fenced(EngineError):
    """Raised when a batch is no longer ours: the lease expired and somebody took it over."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a journal entry writes to the batch row."""

    todo: bytes
    in_flight: bytes
    again: bytes
    onward: bytes
    again_at: Millis
    again_reason: str | None = None

    def without(self, lost: Collection[int]) -> "Progress":
        """Return the same with these positions to do again instead of in flight."""
        bits = bitmap(lost)
        return replace(self, todo=union(self.todo, bits), in_flight=without(self.in_flight, bits))


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A batch born of another one: the same block, other positions, a later round or leg.

    ``again_reason``: why its recipients were not accepted in the round before.
    """

    leg: int
    round: int
    lane: str
    positions: bytes
    not_before: Millis
    again_reason: str | None = None


# Something written in the same transaction; told how many batches of the campaign are open now,
# or None while this batch goes on.
Along = Callable[[sa.Connection, int | None], None]
# What takes places for the positions in flight, in the same transaction; it tells who got none.
Reserve = Callable[[sa.Connection], Collection[int]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal entry: outcomes of the slice before, denials of this one, positions in flight.

    ``release`` is None while the batch goes on; a ``Release`` gives it back, and one with nothing
    left to do finishes it. ``opposition_effect`` is how long an opposition could take to count in
    the slice before. ``reserve`` is asked first: who gets no place is not in flight.
    """

    progress: Progress
    deliveries: Sequence[DeliveryRow]
    release: "Release | None" = None
    along: Sequence[Along] = field(default=())
    opposition_effect: Millis | None = None
    reserve: Reserve | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """How a batch is let go: done with its follow-ups, or given back until an instant.

    ``behind``: it had its time, and queues one place further back in its lane, so that a slow
    connector does not hold up who waits for another one.
    """

    done: bool
    now: Millis
    not_before: Millis = 0
    behind: bool = False
    follow_ups: Sequence[FollowUp] = ()


def journal(
    db: Database, claim: Claim, step: int, entry: Entry, lease: Millis, shard: int
) -> int | None:
    """Write one journal entry in one transaction.

    ``step`` is the step number that the row must still have; it has ``step + 1`` afterwards.
    Returns how many batches of the campaign are open when this one was released as done.

    Raises Fenced when the batch is no longer ours; nothing is written then.
    """
    with db.write() as connection:
        lost = () if entry.reserve is None else entry.reserve(connection)
        progress = entry.progress.without(lost) if lost else entry.progress
        values = asdict(progress) | {"step": step + 1, "barren": 0}
        values["lease_until"] = db.clock() + lease
        if entry.release is not None:
            values |= _released(entry.release)
        held = connection.execute(
            sa.update(batches)
            .where(
                batches.c.id == claim.batch_id,
                batches.c.token == claim.token,
                batches.c.step == step,
            )
            .values(values)
        ).rowcount
        if not held:
            msg = f"batch {claim.batch_id} was taken over"
            raise Fenced(msg)
        totals = record(db, connection, entry.deliveries, shard)
        open_batches = None
        if entry.release is not None and entry.release.done:
            open_batches = _close(db, connection, claim, entry.release)
        for write in entry.along:
            write(connection, open_batches)
        counters.add(connection, _counts(claim, entry, totals))
        return open_batches


def _counts(claim: Claim, entry: Entry, totals: Totals) -> Counts:
    """Return what this entry adds to counters; metrics show the same as the tallies."""
    counts = ended(claim.lane, totals) | handed_over(claim.lane, claim.due_at, entry.deliveries)
    if entry.opposition_effect is not None:
        spans = [(entry.opposition_effect, 1)]
        counts |= observed(Series.OPPOSITION_EFFECT, channel_of(claim.lane), spans)
    return counts


def _released(release: Release) -> dict[str, object]:
    if release.done:
        state = BatchState.DONE
    elif release.not_before > release.now:
        state = BatchState.SCHEDULED
    else:
        state = BatchState.READY
    values: dict[str, object] = {
        "state": state,
        "token": None,
        "lease_until": None,
    }
    if state is not BatchState.READY:  # who waits for another turn has been due since before
        values["not_before"] = release.not_before
    if release.behind:
        values["turn"] = batches.c.turn + 1
    return values


def _close(db: Database, connection: sa.Connection, claim: Claim, release: Release) -> int:
    born: list[dict[str, object]] = [
        {
            "campaign_id": claim.campaign_id,
            "controller": claim.controller,
            "block_id": claim.block_id,
            "leg": child.leg,
            "round": child.round,
            "lane": child.lane,
            "turn": claim.turn,  # it had its turn already: it does not queue behind later ones
            "state": int(
                BatchState.SCHEDULED if child.not_before > release.now else BatchState.READY
            ),
            "not_before": child.not_before,
            "todo": child.positions,
            "in_flight": b"",
            "again": b"",
            "onward": b"",
            "again_at": 0,
            "again_reason": child.again_reason,
            "step": 0,
            "barren": 0,
        }
        for child in release.follow_ups
    ]
    db.insert_many(connection, batches, born)
    left: int = connection.execute(
        sa.update(campaigns)
        .where(campaigns.c.id == claim.campaign_id)
        .values(open_batches=campaigns.c.open_batches - 1 + len(born))
        .returning(campaigns.c.open_batches)
    ).scalar_one()
    return left


def committed(db: Database, claim: Claim, step: int) -> bool:
    """Tell whether the entry that should have made ``step + 1`` of ``step`` was committed.

    Asked when the acknowledgement of a commit was lost. The row is read under a lock, so that a
    commit still under way in the database is waited for.

    Raises Fenced when the batch went to somebody else meanwhile.
    """
    with db.write() as connection:
        row = connection.execute(
            sa.select(batches.c.token, batches.c.step, batches.c.state)
            .where(batches.c.id == claim.batch_id)
            .with_for_update()
        ).one_or_none()
    if row is None:
        msg = f"batch {claim.batch_id} is gone: its campaign is over, and was forgotten"
        raise Fenced(msg)
    if row.token == claim.token:
        return bool(row.step == step + 1)
    if row.token is None and row.step == step + 1:
        return True  # released by that very entry, and not claimed since
    msg = f"batch {claim.batch_id} was taken over"
    raise Fenced(msg)
