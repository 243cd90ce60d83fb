"""Claiming, leases and take-over: the same promises on SQLite and PostgreSQL."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import sqlalchemy as sa

from engine.errors import EngineError
from engine.states import BatchState, CampaignState, Outcome
from engine.store import claims as store
from engine.store import due
from engine.store.claims import BARREN_LEASES, Ask
from engine.store.database import Database
from engine.store.delivery_row import DeliveryRow
from engine.store.journal import Entry, Fenced
from tests.dispatching.stores import (
    DAY,
    LEASE,
    SHARD,
    Lane,
    doubts,
    finished,
    given_back,
    progress,
)


def test_the_batch_with_the_earliest_turn_is_claimed_first(lane: Lane) -> None:
    campaign = lane.campaign(open_batches=3)
    late = lane.batch(campaign, turn=9.5)
    first = lane.batch(campaign, turn=-1e9)
    second = lane.batch(campaign, turn=2.25)
    assert [lane.take().batch_id for _ in range(3)] == [first, second, late]
    assert lane.claim() is None


def test_equal_turns_are_claimed_in_order_of_birth(lane: Lane) -> None:
    campaign = lane.campaign()
    born = [lane.batch(campaign, turn=1.0) for _ in range(3)]
    assert [lane.take().batch_id for _ in range(3)] == born


def test_a_lane_gives_only_its_own_batches(lane: Lane) -> None:
    other = Lane(lane.db)
    other.batch(other.campaign())
    assert lane.claim() is None
    assert other.claim() is not None


def test_a_claim_says_where_the_batch_stands(lane: Lane) -> None:
    campaign = lane.campaign()
    batch = lane.batch(campaign, again=b"\x02", onward=b"\x04", again_at=77, step=5, round=3)
    claim = lane.take(b"mine")
    row = lane.row(batch)
    assert (claim.todo, claim.again, claim.onward) == (b"\x0f", b"\x02", b"\x04")
    assert (claim.again_at, claim.round, claim.leg, claim.step) == (77, 3, 1, 6)
    assert (row.state, row.token, row.step) == (BatchState.CLAIMED, claim.token, 6)
    assert row.lease_until == lane.now + LEASE


def test_two_claimers_never_get_the_same_batch(lane: Lane) -> None:
    campaign = lane.campaign(open_batches=24)
    born = {lane.batch(campaign) for _ in range(24)}
    start = threading.Barrier(6)

    def claim_all() -> list[int]:
        start.wait()
        got = []
        while (
            claim := store.claim(lane.db, Ask(lane.name, lane.now, LEASE, uuid4().bytes, 0), doubts)
        ) is not None:
            got.append(claim.batch_id)
        return got

    with ThreadPoolExecutor(6) as pool:
        shares = [future.result() for future in [pool.submit(claim_all) for _ in range(6)]]
    claimed = [batch for share in shares for batch in share]
    assert sorted(claimed) == sorted(born)


def test_a_batch_waits_for_its_instant(lane: Lane) -> None:
    batch = lane.batch(lane.campaign(), not_before=lane.now + 1)
    assert lane.claim() is None
    lane.db.hands.move(1)
    assert lane.take().batch_id == batch


def test_scheduled_batches_become_ready_when_they_are_due(lane: Lane) -> None:
    campaign = lane.campaign()
    batch = lane.batch(campaign, state=BatchState.SCHEDULED, not_before=lane.now + 500)
    due.release_due(lane.db, lane.now)
    assert lane.row(batch).state == BatchState.SCHEDULED
    lane.db.hands.move(500)
    assert due.release_due(lane.db, lane.now) >= 1
    assert lane.row(batch).state == BatchState.READY


def test_nothing_is_dispatched_before_the_whole_campaign_is_planned(lane: Lane) -> None:
    campaign = lane.campaign()
    lane.batch(campaign)
    waits = lane.batch(campaign, state=BatchState.SCHEDULED, not_before=lane.now)
    lane.change(campaign, state=CampaignState.PLANNING)
    due.release_due(lane.db, lane.now)
    assert lane.claim() is None
    assert lane.row(waits).state == BatchState.SCHEDULED


def test_a_paused_campaign_is_left_alone_until_it_resumes(lane: Lane) -> None:
    campaign = lane.campaign()
    lane.batch(campaign)
    lane.change(campaign, paused_at=lane.now)
    assert lane.claim() is None
    assert lane.name not in due.lanes_with_work(lane.db, lane.now)
    lane.change(campaign, paused_at=None)
    assert lane.name in due.lanes_with_work(lane.db, lane.now)
    assert lane.claim() is not None


@pytest.mark.parametrize("ending", ["cancelled", "expired"])
def test_a_paused_campaign_that_is_to_end_can_be_claimed(lane: Lane, ending: str) -> None:
    campaign = lane.campaign()
    lane.batch(campaign)
    lane.change(campaign, paused_at=lane.now)
    if ending == "cancelled":
        lane.change(campaign, cancelled_at=lane.now)
    else:
        lane.change(campaign, not_after=lane.now)
    assert lane.claim() is not None


def test_cancelling_makes_every_waiting_batch_due(lane: Lane) -> None:
    campaign = lane.campaign(open_batches=2)
    waits = lane.batch(campaign, state=BatchState.SCHEDULED, not_before=lane.now + DAY)
    sick = lane.batch(campaign, state=BatchState.QUARANTINED, not_before=lane.now + DAY)
    with lane.db.write() as connection:
        due.hasten(connection, campaign, lane.now)
    assert {lane.take().batch_id, lane.take().batch_id} == {waits, sick}


def test_postponing_touches_the_ready_batches_of_one_campaign_in_one_lane(lane: Lane) -> None:
    campaign, other = lane.campaign(), lane.campaign()
    mine, theirs, held = lane.batch(campaign), lane.batch(other), lane.batch(campaign, turn=0)
    assert lane.take().batch_id == held
    with lane.db.write() as connection:
        due.postpone(connection, campaign, lane.name, lane.now + 500)
    assert lane.row(mine).state == BatchState.SCHEDULED
    assert lane.row(mine).not_before == lane.now + 500
    assert lane.row(theirs).state == BatchState.READY
    assert lane.row(held).state == BatchState.CLAIMED


def test_a_held_batch_is_nobody_elses_until_the_lease_ends(lane: Lane) -> None:
    lane.batch(lane.campaign())
    lane.take(b"one")
    lane.db.hands.move(LEASE)
    assert lane.claim(b"two") is None
    lane.db.hands.move(1)
    assert lane.claim(b"two") is not None


def test_an_expired_lease_counts_as_work(lane: Lane) -> None:
    lane.batch(lane.campaign())
    lane.take()
    assert lane.name not in due.lanes_with_work(lane.db, lane.now)
    lane.db.hands.move(LEASE + 1)
    assert lane.name in due.lanes_with_work(lane.db, lane.now)


def test_each_entry_renews_the_lease(lane: Lane) -> None:
    lane.batch(lane.campaign())
    claim = lane.take()
    lane.db.hands.move(LEASE)
    lane.journal(claim, claim.step, Entry(progress([1, 2, 3], [0]), []))
    lane.db.hands.move(LEASE)
    assert lane.claim(b"two") is None


def test_taking_over_records_in_doubt_who_was_in_flight(lane: Lane) -> None:
    campaign = lane.campaign(accepted=4)
    lane.batch(campaign)
    first = lane.take(b"one")
    lane.journal(first, first.step, Entry(progress([2, 3], [0, 1]), []))
    lane.db.hands.move(LEASE + 1)
    second = lane.take(b"two")
    assert lane.deliveries(campaign) == [
        (0, Outcome.IN_DOUBT, "interrupted"),
        (1, Outcome.IN_DOUBT, "interrupted"),
    ]
    assert second.todo == b"\x0c"
    assert lane.tallied(campaign) == lane.stored(campaign) == {Outcome.IN_DOUBT: 2}
    assert lane.waiting(campaign) == 2


def test_a_batch_whose_doubts_cannot_be_told_stays_and_hides_no_other(lane: Lane) -> None:
    campaign = lane.campaign()
    sealed, other = lane.batch(campaign), lane.batch(campaign)
    first, second = lane.take(b"one"), lane.take(b"two")
    for held in (first, second):
        lane.journal(held, held.step, Entry(progress([2, 3], [0, 1]), []))
    lane.db.hands.move(LEASE + 1)

    def fails(claim: store.Claim, in_flight: bytes) -> Sequence[DeliveryRow]:
        if claim.batch_id == sealed:
            msg = "cannot be unsealed"
            raise EngineError(msg)
        return doubts(claim, in_flight)

    ask = Ask(lane.name, lane.now, LEASE, b"three", SHARD)
    claims = [store.claim(lane.db, ask, fails) for _ in range(3)]
    assert [claim.batch_id for claim in claims if claim is not None] == [other]
    assert lane.row(sealed).token == first.token
    assert lane.row(sealed).in_flight == b"\x03"
    assert lane.tallied(campaign) == {Outcome.IN_DOUBT: 2}
    lane.db.hands.move(LEASE + 1)
    assert lane.take(b"four").batch_id == sealed


def test_the_former_holder_can_write_nothing_after_a_take_over(lane: Lane) -> None:
    campaign = lane.campaign(open_batches=1)
    batch = lane.batch(campaign)
    first = lane.take(b"one")
    lane.db.hands.move(LEASE + 1)
    second = lane.take(b"two")
    before = lane.row(batch)
    with pytest.raises(Fenced):
        lane.journal(first, first.step, Entry(progress(), [], finished()))
    with pytest.raises(Fenced):
        lane.journal(first, second.step, Entry(progress(), [], finished()))
    assert lane.row(batch) == before
    assert lane.campaign_row(campaign).open_batches == 1


def test_a_batch_that_no_lease_gets_on_with_is_put_in_quarantine(lane: Lane) -> None:
    batch = lane.batch(lane.campaign())
    last = lane.take(b"dies")
    for _ in range(BARREN_LEASES - 1):
        lane.db.hands.move(LEASE + 1)
        last = lane.take(b"dies")
    lane.db.hands.move(LEASE + 1)
    assert lane.claim() is None
    row = lane.row(batch)
    assert row.state == BatchState.QUARANTINED
    assert row.not_before > lane.now
    with pytest.raises(Fenced):
        lane.journal(last, last.step, Entry(progress([1, 2, 3], [0]), []))
    lane.db.hands.millis = row.not_before
    due.release_due(lane.db, lane.now)
    assert lane.take().batch_id == batch


def test_an_entry_shows_that_the_batch_can_be_worked(lane: Lane) -> None:
    batch = lane.batch(lane.campaign())
    for _ in range(BARREN_LEASES + 2):
        claim = lane.take()
        lane.journal(claim, claim.step, Entry(progress([0, 1, 2, 3]), [], given_back(lane.now)))
    assert lane.row(batch).state == BatchState.READY
    assert lane.row(batch).barren == 0


def test_one_sick_batch_does_not_hold_up_the_lane(lane: Lane) -> None:
    campaign = lane.campaign()
    sick = lane.batch(campaign, turn=0)
    for _ in range(BARREN_LEASES):
        lane.take()
        lane.db.hands.move(LEASE + 1)
    well = lane.batch(campaign, turn=1)
    claimed = [claim.batch_id for _ in range(2) if (claim := lane.claim()) is not None]
    assert claimed[-1] == well
    assert lane.row(sick).state == BatchState.QUARANTINED


def test_the_lease_runs_on_the_clock_of_the_database(lane: Lane) -> None:
    with lane.db.read() as connection:
        real = Database.clock(lane.db)
        first = connection.scalar(sa.select(real))
        second = connection.scalar(sa.select(real))
        machine = connection.scalar(
            sa.text("SELECT unixepoch('now') * 1000")
            if lane.db.is_sqlite
            else sa.text("SELECT extract(epoch from now())::bigint * 1000")
        )
    assert first is not None
    assert second is not None
    assert machine is not None
    assert first <= second
    assert abs(first - machine) < 60_000


def test_waiting_counts_everybody_without_a_final_outcome(lane: Lane) -> None:
    campaign = lane.campaign()
    lane.batch(campaign, size=5, again=b"\x20", onward=b"\x40")
    lane.batch(campaign, size=3, state=BatchState.DONE)
    lane.batch(campaign, size=2, state=BatchState.QUARANTINED)
    assert lane.waiting(campaign) == 9
