"""Deliveries, tallies and corrected doubts: the same promises on SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from engine.reference import DeliveryName
from engine.states import Outcome
from engine.store import deliveries, partitions
from engine.store.claims import Claim
from engine.store.journal import Entry
from tests.dispatching.stores import MONTH, SHARD, Lane, delivery, progress


@pytest.fixture
def doubtful(lane: Lane) -> tuple[int, Claim]:
    """A campaign in which position 0 was sent and position 1 is in doubt."""
    campaign = lane.campaign(accepted=2)
    lane.batch(campaign, size=2)
    claim = lane.take()
    rows = [
        delivery(claim, 0),
        delivery(claim, 1, Outcome.IN_DOUBT, reason="unanswered", connector=7),
    ]
    lane.journal(claim, claim.step, Entry(progress(), rows))
    return campaign, claim


def test_tallies_equal_the_deliveries_row_by_row(lane: Lane) -> None:
    campaign = lane.campaign(accepted=300)
    lane.batch(campaign, size=300)
    claim = lane.take()
    ends = [Outcome.SENT, Outcome.INVALID, Outcome.SENT, Outcome.SUPPRESSED, Outcome.FAILED]
    for step in range(3):
        rows = [
            delivery(claim, position, ends[position % 5], reason="why" if position % 2 else None)
            for position in range(step * 100, step * 100 + 100)
        ]
        lane.journal(claim, claim.step + step, Entry(progress(), rows))
    assert lane.tallied(campaign) == lane.stored(campaign)
    assert sum(lane.tallied(campaign).values()) == 300


def test_counts_keep_leg_connector_reason_and_units_apart(lane: Lane) -> None:
    campaign = lane.campaign()
    lane.batch(campaign)
    claim = lane.take()
    rows = [
        delivery(claim, 0, units=2),
        delivery(claim, 1, units=3),
        delivery(claim, 2, Outcome.FAILED, reason="policy", connector=7),
        delivery(claim, 3, Outcome.FAILED, reason="mailbox_full", connector=8),
    ]
    lane.journal(claim, claim.step, Entry(progress(), rows))
    with lane.db.read() as connection:
        found = deliveries.counts(connection, campaign)
    assert [
        (each.leg, each.connector, each.outcome, each.reason, each.recipients, each.units)
        for each in found
    ] == [
        (1, 7, Outcome.SENT, "", 2, 5),
        (1, 8, Outcome.FAILED, "mailbox_full", 1, 0),
        (1, 7, Outcome.FAILED, "policy", 1, 0),
    ]


def test_a_recipient_has_one_outcome_a_leg(lane: Lane, doubtful: tuple[int, Claim]) -> None:
    campaign, claim = doubtful
    before = lane.row(claim.batch_id)
    with pytest.raises(sa.exc.IntegrityError) as refused:
        lane.journal(claim, claim.step + 1, Entry(progress(), [delivery(claim, 0)]))
    assert "c" * 16 not in str(refused.value)
    assert lane.row(claim.batch_id) == before
    assert lane.tallied(campaign) == {Outcome.SENT: 1, Outcome.IN_DOUBT: 1}


def test_those_in_doubt_are_named(lane: Lane, doubtful: tuple[int, Claim]) -> None:
    campaign, claim = doubtful
    with lane.db.read() as connection:
        assert deliveries.in_doubt(connection, MONTH, campaign) == [
            DeliveryName(claim.block_id, 1, 1)
        ]


def test_a_doubt_becomes_what_it_was(lane: Lane, doubtful: tuple[int, Claim]) -> None:
    campaign, claim = doubtful
    known = delivery(claim, 1, provider_ref="r-1")
    with lane.db.write() as connection:
        assert deliveries.settle_doubt(lane.db, connection, known, SHARD + 1)
    assert lane.tallied(campaign) == lane.stored(campaign) == {Outcome.SENT: 2}
    with lane.db.read() as connection:
        units = sum(each.units for each in deliveries.counts(connection, campaign))
    assert units == 2


def test_a_doubt_is_settled_once(lane: Lane, doubtful: tuple[int, Claim]) -> None:
    campaign, claim = doubtful
    failed = delivery(claim, 1, Outcome.FAILED, reason="mailbox_full", connector=7)

    def settle(number: int) -> bool:
        with lane.db.write() as connection:
            row = failed if number % 2 else delivery(claim, 1)
            return deliveries.settle_doubt(lane.db, connection, row, number) is not None

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(settle, range(8))) == [False] * 7 + [True]
    assert lane.tallied(campaign) == lane.stored(campaign)
    assert lane.tallied(campaign).get(Outcome.IN_DOUBT, 0) == 0


def test_a_certain_outcome_is_never_changed(lane: Lane, doubtful: tuple[int, Claim]) -> None:
    campaign, claim = doubtful
    with lane.db.write() as connection:
        assert not deliveries.settle_doubt(
            lane.db, connection, delivery(claim, 0, Outcome.FAILED), SHARD
        )
        assert not deliveries.settle_doubt(lane.db, connection, delivery(claim, 9), SHARD)
    assert lane.stored(campaign) == {Outcome.SENT: 1, Outcome.IN_DOUBT: 1}


def test_room_for_a_month_is_made_once_however_many_ask(lane: Lane) -> None:
    month = 203702

    def ensure(_number: int) -> None:
        partitions.ensure(lane.db, month)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(ensure, range(6)))
    campaign = lane.campaign()
    lane.batch(campaign)
    claim = lane.take()
    row = delivery(claim, 0, expiry_month=month)
    lane.journal(claim, claim.step, Entry(progress(), [row]))
    with lane.db.read() as connection:
        assert deliveries.stored_counts(connection, month, campaign) == {Outcome.SENT: 1}


def test_room_for_a_month_does_not_wait_for_entries_under_way(lane: Lane) -> None:
    if lane.db.is_sqlite:
        partitions.ensure(lane.db, 203703)  # SQLite has one table: nothing to make
        return
    campaign = lane.campaign()
    lane.batch(campaign)
    claim = lane.take()

    def make_room(_connection: sa.Connection, _left: int | None) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(partitions.ensure, lane.db, 203703).result(10)

    lane.journal(claim, claim.step, Entry(progress(), [delivery(claim, 0)], None, [make_room]))
    assert lane.stored(campaign) == {Outcome.SENT: 1}
