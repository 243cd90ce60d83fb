import threading

import pytest
import sqlalchemy as sa

from engine import counters
from engine.counters import Counts, Key, Milestone, Series
from engine.states import Outcome
from engine.store import counters as store
from engine.store import deliveries
from engine.store.claims import Claim
from engine.store.journal import Entry
from engine.store.tables import tallies
from tests.dispatching.stores import SHARD, Lane, delivery, given_back, progress

RECEIVED = counters.campaign(Milestone.RECEIVED)
PLANNED = counters.campaign(Milestone.PLANNED)


def totals(lane: Lane) -> Counts:
    with lane.db.read() as connection:
        return dict(store.totals(connection))


def add(lane: Lane, counts: Counts) -> None:
    with lane.db.write() as connection:
        store.add(connection, counts)


def of(lane: Lane, series: Series) -> dict[tuple[str, ...], int]:
    """The counters of one series that this lane has moved, by their labels after the channel."""
    found = {}
    for (one, joined), value in totals(lane).items():
        channel, *labels = counters.label_values(joined)
        if one is series and channel == lane.name:
            found[tuple(labels)] = value
    return found


def taken(lane: Lane, size: int = 4) -> Claim:
    lane.batch(lane.campaign(), size)
    return lane.take()


def test_what_is_added_is_added_up(lane: Lane) -> None:
    before = totals(lane)
    add(lane, {RECEIVED: 2, PLANNED: 1})
    add(lane, {RECEIVED: 3})
    after = totals(lane)
    assert after[RECEIVED] - before.get(RECEIVED, 0) == 5
    assert after[PLANNED] - before.get(PLANNED, 0) == 1


def test_a_counter_is_never_lowered(lane: Lane) -> None:
    add(lane, {RECEIVED: 1})
    before = totals(lane)
    add(lane, {RECEIVED: -1, PLANNED: 0})
    assert totals(lane) == before


def test_threads_that_count_the_same_lose_nothing_and_never_wait_for_ever(lane: Lane) -> None:
    keys: list[Key] = [counters.opposition("stop", source) for source in sorted(counters.SOURCES)]
    before = totals(lane)

    def count(turned: bool) -> None:
        for _ in range(30):
            add(lane, dict.fromkeys(reversed(keys) if turned else keys, 1))

    threads = [threading.Thread(target=count, args=(at % 2 == 0,)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    after = totals(lane)
    assert [after[key] - before.get(key, 0) for key in keys] == [240] * len(keys)


def test_a_journal_entry_counts_what_it_records(lane: Lane) -> None:
    claim = taken(lane)
    rows = [
        delivery(claim, 0, connector=7, units=2, at=lane.now + 1_500),
        delivery(claim, 1, connector=7, units=2, at=lane.now + 1_500),
        delivery(claim, 2, Outcome.INVALID, reason="missing:prenom", at=lane.now),
    ]
    lane.journal(claim, claim.step, Entry(progress(), rows, opposition_effect=120))
    assert of(lane, Series.DELIVERIES) == {
        ("7", "sent", ""): 2,
        ("0", "invalid", "missing"): 1,
    }
    assert of(lane, Series.UNITS) == {("7",): 4}
    assert of(lane, Series.HANDOVER_LATENCY) == {("2000",): 2, ("sum",): 3_000}
    assert of(lane, Series.OPPOSITION_EFFECT) == {("250",): 1, ("sum",): 120}


def test_an_entry_that_is_not_written_is_not_counted(lane: Lane) -> None:
    claim = taken(lane)

    def fails(connection: sa.Connection, _open: int | None) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        lane.journal(claim, claim.step, Entry(progress(), [delivery(claim, 0)], None, [fails]))
    assert of(lane, Series.DELIVERIES) == {}


def test_doubts_of_a_batch_that_is_taken_over_are_counted(lane: Lane) -> None:
    claim = taken(lane)
    lane.journal(claim, claim.step, Entry(progress([2, 3], [0, 1]), []))
    lane.db.hands.move(60_000)
    lane.take(b"other")
    assert of(lane, Series.DELIVERIES) == {("0", "in_doubt", "interrupted"): 2}


def test_counters_stay_when_tallies_are_deleted(lane: Lane) -> None:
    claim = taken(lane)
    lane.journal(claim, claim.step, Entry(progress(), [delivery(claim, 0)]))
    before = totals(lane)
    with lane.db.write() as connection:
        connection.execute(sa.delete(tallies))
    assert totals(lane) == before


def test_a_settled_doubt_takes_nothing_back(lane: Lane) -> None:
    claim = taken(lane)
    doubt = delivery(claim, 0, Outcome.IN_DOUBT, units=1)
    lane.journal(claim, claim.step, Entry(progress(), [doubt]))
    before = totals(lane)
    with lane.db.write() as connection:
        known = delivery(claim, 0, Outcome.FAILED, units=0)
        assert deliveries.settle_doubt(lane.db, connection, known, SHARD)
    assert totals(lane) == before


def test_who_waits_for_another_turn_has_been_due_since_before(lane: Lane) -> None:
    claim = taken(lane)
    begun = lane.now
    lane.db.hands.move(5_000)
    lane.journal(claim, claim.step, Entry(progress([1, 2, 3]), [], given_back(lane.now, lane.now)))
    assert lane.take(b"other").due_at == begun
