"""Journal entries, finishing and lost acknowledgements: the same on SQLite and PostgreSQL."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from engine.states import BatchState, Outcome
from engine.store import journal as store
from engine.store.claims import BARREN_LEASES, Claim
from engine.store.deliveries import record
from engine.store.journal import Entry, Fenced, FollowUp, Release
from engine.store.tables import batches
from tests.dispatching.stores import LEASE, Lane, bits, delivery, finished, given_back, progress


def test_an_entry_writes_progress_outcomes_and_tallies_together(lane: Lane) -> None:
    campaign = lane.campaign(accepted=4)
    batch = lane.batch(campaign)
    claim = lane.take()
    denied = delivery(claim, 0, Outcome.SUPPRESSED, reason="opposition")
    lane.journal(claim, claim.step, Entry(progress([3], [1, 2]), [denied]))
    row = lane.row(batch)
    assert (row.todo, row.in_flight, row.step) == (bits([3]), bits([1, 2]), claim.step + 1)
    assert lane.deliveries(campaign) == [(0, Outcome.SUPPRESSED, "opposition")]
    assert lane.tallied(campaign) == lane.stored(campaign) == {Outcome.SUPPRESSED: 1}
    assert lane.waiting(campaign) == 3


def test_who_got_no_place_is_to_do_again_and_not_in_flight(lane: Lane) -> None:
    campaign = lane.campaign(accepted=4)
    batch = lane.batch(campaign)
    claim = lane.take()
    lane.journal(
        claim, claim.step, Entry(progress([3], [0, 1, 2]), [], reserve=lambda connection: {1})
    )
    row = lane.row(batch)
    assert (row.todo, row.in_flight) == (bits([1, 3]), bits([0, 2]))
    assert lane.waiting(campaign) == 4


@pytest.mark.parametrize("wrong", ["token", "older step", "newer step"])
def test_an_entry_that_is_fenced_writes_nothing_at_all(lane: Lane, wrong: str) -> None:
    campaign = lane.campaign()
    batch = lane.batch(campaign)
    claim = lane.take()
    step = claim.step + {"token": 0, "older step": -1, "newer step": 1}[wrong]
    if wrong == "token":
        with lane.db.write() as connection:
            connection.execute(
                sa.update(batches).where(batches.c.id == batch).values(token=b"another")
            )
    before, called = lane.row(batch), []
    entry = Entry(
        progress(),
        [delivery(claim, 0)],
        Release(
            done=True,
            now=lane.now,
            follow_ups=[FollowUp(1, 2, lane.name, bits([1]), lane.now)],
        ),
        along=[lambda _connection, left: called.append(left)],
    )
    with pytest.raises(Fenced):
        lane.journal(claim, step, entry)
    assert lane.row(batch) == before
    assert lane.deliveries(campaign) == []
    assert lane.tallied(campaign) == {}
    assert lane.campaign_row(campaign).open_batches == 1
    assert called == []


def test_the_same_entry_cannot_be_written_twice(lane: Lane) -> None:
    campaign = lane.campaign()
    lane.batch(campaign)
    claim = lane.take()
    entry = Entry(progress([1, 2, 3], []), [delivery(claim, 0)])
    lane.journal(claim, claim.step, entry)
    with pytest.raises(Fenced):
        lane.journal(claim, claim.step, entry)
    assert lane.tallied(campaign) == {Outcome.SENT: 1}


def test_what_goes_along_is_undone_with_the_entry(lane: Lane) -> None:
    campaign = lane.campaign()
    batch = lane.batch(campaign)
    claim = lane.take()
    before = lane.row(batch)

    def fails(_connection: sa.Connection, _left: int | None) -> None:
        msg = "the last write of the entry fails"
        raise RuntimeError(msg)

    with pytest.raises(RuntimeError):
        lane.journal(claim, claim.step, Entry(progress(), [delivery(claim, 0)], None, [fails]))
    assert lane.row(batch) == before
    assert lane.stored(campaign) == {}
    assert lane.tallied(campaign) == {}


def test_a_batch_given_back_is_ready_at_once_or_at_its_instant(lane: Lane) -> None:
    campaign = lane.campaign()
    batch = lane.batch(campaign)
    claim = lane.take()
    lane.journal(claim, claim.step, Entry(progress([2, 3]), [], given_back(lane.now, lane.now)))
    assert lane.row(batch).state == BatchState.READY
    assert lane.row(batch).lease_until is None
    claim = lane.take()
    later = given_back(lane.now, lane.now + 700)
    lane.journal(claim, claim.step, Entry(progress([3]), [], later))
    row = lane.row(batch)
    assert (row.state, row.not_before, row.todo) == (
        BatchState.SCHEDULED,
        lane.now + 700,
        bits([3]),
    )
    assert lane.campaign_row(campaign).open_batches == 1


def test_a_finished_batch_leaves_follow_ups_over_the_same_block(lane: Lane) -> None:
    campaign = lane.campaign()
    batch = lane.batch(campaign, turn=4.5)
    claim, heard = lane.take(), []
    children = [
        FollowUp(1, 2, lane.name, bits([0, 1]), lane.now + 30_000, "throttled"),
        FollowUp(2, 1, "sms", bits([3]), lane.now),
    ]
    left = lane.journal(
        claim,
        claim.step,
        Entry(
            progress(),
            [delivery(claim, 2)],
            Release(done=True, now=lane.now, follow_ups=children),
            [lambda _connection, left: heard.append(left)],
        ),
    )
    assert left == 2
    assert heard == [2]
    with lane.db.read() as connection:
        born = connection.execute(
            sa.select(batches)
            .where(batches.c.campaign_id == campaign, batches.c.id != batch)
            .order_by(batches.c.leg)
        ).all()
    again, onward = born
    assert (again.leg, again.round, again.state) == (1, 2, BatchState.SCHEDULED)
    assert (again.todo, again.not_before, again.turn) == (bits([0, 1]), lane.now + 30_000, 4.5)
    assert (again.again_reason, onward.again_reason) == ("throttled", None)
    assert (onward.leg, onward.round, onward.lane) == (2, 1, "sms")
    assert onward.state == BatchState.READY
    assert {row.block_id for row in born} == {claim.block_id}
    assert lane.row(batch).state == BatchState.DONE
    assert lane.waiting(campaign) == 3


def test_the_last_of_many_batches_closes_the_campaign_exactly_once(lane: Lane) -> None:
    campaign = lane.campaign(open_batches=12, accepted=12)
    for _ in range(12):
        lane.batch(campaign, size=1)
    claims = [lane.take(bytes([number])) for number in range(12)]
    start, zeros = threading.Barrier(6), []

    def close(share: list[Claim]) -> None:
        start.wait()
        for claim in share:
            left = lane.journal(
                claim, claim.step, Entry(progress(), [delivery(claim, 0)], finished(lane.now))
            )
            if left == 0:
                zeros.append(claim.batch_id)

    with ThreadPoolExecutor(6) as pool:
        for future in [pool.submit(close, claims[number::6]) for number in range(6)]:
            future.result()
    assert len(zeros) == 1
    assert lane.campaign_row(campaign).open_batches == 0
    assert lane.tallied(campaign) == lane.stored(campaign) == {Outcome.SENT: 12}


def test_an_entry_whose_answer_was_lost_is_found_committed(lane: Lane) -> None:
    campaign = lane.campaign()
    lane.batch(campaign)
    claim = lane.take()
    assert store.committed(lane.db, claim, claim.step) is False
    lane.journal(claim, claim.step, Entry(progress([1, 2, 3], [0]), []))
    assert store.committed(lane.db, claim, claim.step) is True


@pytest.mark.parametrize("done", [True, False])
def test_a_release_whose_answer_was_lost_is_found_committed(lane: Lane, done: bool) -> None:
    campaign = lane.campaign()
    lane.batch(campaign)
    claim = lane.take()
    release = finished(lane.now) if done else given_back(lane.now, lane.now)
    todo = [] if done else [1]
    lane.journal(claim, claim.step, Entry(progress(todo), [], release))
    assert store.committed(lane.db, claim, claim.step) is True


def test_reading_back_says_when_somebody_else_has_the_batch(lane: Lane) -> None:
    lane.batch(lane.campaign())
    claim = lane.take(b"one")
    lane.db.hands.move(LEASE + 1)
    other = lane.take(b"two")
    with pytest.raises(Fenced):
        store.committed(lane.db, claim, claim.step)
    lane.journal(other, other.step, Entry(progress([1]), [], given_back(lane.now, lane.now)))
    with pytest.raises(Fenced):
        store.committed(lane.db, claim, claim.step)


def test_a_batch_in_quarantine_is_not_taken_for_an_entry_that_was_committed(lane: Lane) -> None:
    lane.batch(lane.campaign())
    claim = lane.take(b"one")
    for _ in range(BARREN_LEASES - 2):
        lane.db.hands.move(LEASE + 1)
        claim = lane.take(b"one")
    lane.db.hands.move(LEASE + 1)
    lane.take(b"two")
    lane.db.hands.move(LEASE + 1)
    assert lane.claim(b"three") is None
    with pytest.raises(Fenced):
        store.committed(lane.db, claim, claim.step)


def test_reading_back_waits_for_a_commit_that_is_still_under_way(lane: Lane) -> None:
    campaign = lane.campaign()
    lane.batch(campaign)
    claim = lane.take()
    written, go_on = threading.Event(), threading.Event()

    def slow(_connection: sa.Connection, _left: int | None) -> None:
        written.set()
        assert go_on.wait(10)

    with ThreadPoolExecutor(2) as pool:
        entry = Entry(progress([1, 2, 3], [0]), [], None, [slow])
        writing = pool.submit(lane.journal, claim, claim.step, entry)
        assert written.wait(10)
        asking = pool.submit(store.committed, lane.db, claim, claim.step)
        with pytest.raises(TimeoutError):
            asking.result(0.3)
        go_on.set()
        writing.result(10)
        assert asking.result(10) is True


def _break(lane: Lane, connection: sa.Connection) -> None:
    """Make the next insert of this connection fail as if the database or its disk had gone."""
    if lane.db.is_sqlite:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        return
    process = connection.scalar(sa.text("SELECT pg_backend_pid()"))
    with lane.db.read() as other:
        other.execute(sa.text("SELECT pg_terminate_backend(:process)"), {"process": process})


def test_a_database_that_goes_away_within_an_entry_is_one_kind_of_error(lane: Lane) -> None:
    campaign = lane.campaign()
    lane.batch(campaign, size=2000)
    claim = lane.take()
    rows = [delivery(claim, position) for position in range(2000)]
    with lane.db.write() as connection:
        _break(lane, connection)
        with pytest.raises(sa.exc.OperationalError):
            record(lane.db, connection, rows, 1)
        connection.rollback()
    if lane.db.is_sqlite:
        lane.db.engine.dispose()  # the limit of pages belongs to the connection
    lane.journal(claim, claim.step, Entry(progress(), rows))
    assert lane.stored(campaign) == {Outcome.SENT: 2000}
