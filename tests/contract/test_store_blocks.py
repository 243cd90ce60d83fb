"""Blocks, their batches and what comes before them: the same promises on both stores."""

import itertools

import pytest
import sqlalchemy as sa

from engine.bitmap import full
from engine.states import BatchState, CampaignState
from engine.store import blocks
from engine.store.blocks import Birth, NewBlock, Part, Spill
from engine.store.tables import batches, controllers
from engine.store.tables import blocks as block_table
from tests.dispatching.stores import Lane, bits

_numbers = itertools.count(1)


def planning(lane: Lane) -> int:
    number = lane.campaign()
    lane.change(number, state=CampaignState.PLANNING)
    return number


def test_spills_come_back_by_bucket_in_the_order_of_writing(lane: Lane) -> None:
    number = planning(lane)
    with lane.db.write() as connection:
        for added in ([Spill(1, 0, b"a"), Spill(1, 1, b"b")], [Spill(1, 0, b"c")]):
            blocks.add_spills(lane.db, connection, number, added)
        blocks.add_spills(lane.db, connection, number, [Spill(2, 0, b"d")])
        assert blocks.take_spills(connection, number, 1, 0) == [b"a", b"c"]
        blocks.drop_spills(connection, number, 1, 0)
        assert blocks.take_spills(connection, number, 1, 0) == []
        assert blocks.take_spills(connection, number, 1, 1) == [b"b"]
        assert blocks.take_spills(connection, number, 2, 0) == [b"d"]


def cut(
    lane: Lane,
    campaign: int,
    *sizes: int,
    sequence: int = 0,
    controller: int = 1,
    begin: int = 0,
) -> None:
    birth = Birth(campaign, controller, lane.name, sequence)
    added = [
        NewBlock(size, [Part(full(size), lane.now + begin)], b"c" * 8, b"p" * 8, b"sealed")
        for size in sizes
    ]
    with lane.db.write() as connection:
        blocks.add_blocks(lane.db, connection, birth, added)


def born(lane: Lane, campaign: int) -> list[sa.Row[tuple[object, ...]]]:
    with lane.db.read() as connection:
        found = connection.execute(
            sa.select(batches).where(batches.c.campaign_id == campaign).order_by(batches.c.turn)
        )
        return list(found)


def test_each_block_has_a_batch_that_waits(lane: Lane) -> None:
    number = planning(lane)
    cut(lane, number, 3, 9)
    cut(lane, number, 1, sequence=2)
    found = born(lane, number)
    assert [batch.turn for batch in found] == [1.0, 2.0, 3.0]
    assert [batch.todo for batch in found] == [full(3), full(9), full(1)]
    assert {batch.state for batch in found} == {BatchState.SCHEDULED}
    with lane.db.read() as connection:
        sizes = {
            block.id: block.size
            for block in connection.execute(
                sa.select(block_table).where(block_table.c.campaign_id == number)
            )
        }
    assert [sizes[batch.block_id] for batch in found] == [3, 9, 1]


def test_the_batches_of_one_block_take_turns_with_a_part_of_it_each(lane: Lane) -> None:
    number, parts = planning(lane), [bits([0, 1]), bits([2]), bits([3, 4])]
    birth = Birth(number, 1, lane.name, 0)
    born_with = [Part(part, lane.now) for part in parts]
    with lane.db.write() as connection:
        blocks.add_blocks(lane.db, connection, birth, [NewBlock(5, born_with, b"", b"", b"sealed")])
    found = born(lane, number)
    assert [(batch.turn, batch.todo) for batch in found] == list(enumerate(parts, 1))
    assert len({batch.block_id for batch in found}) == 1


def test_the_id_of_a_block_is_never_given_out_again(lane: Lane) -> None:
    number = planning(lane)
    cut(lane, number, 1)
    (before,) = (batch.block_id for batch in born(lane, number))
    with lane.db.write() as connection:
        blocks.drop_all(connection, number)
    assert born(lane, number) == []
    cut(lane, number, 1)
    (after,) = (batch.block_id for batch in born(lane, number))
    assert after > before


def start(lane: Lane, campaign: int, spread: int = 0) -> None:
    with lane.db.write() as connection:
        base = blocks.turn_base(connection, 1, lane.name)
        blocks.start_batches(connection, campaign, base, spread, lane.now)
    lane.change(campaign, state=CampaignState.PLANNED)


def test_batches_start_evenly_over_the_spread(lane: Lane) -> None:
    number = planning(lane)
    cut(lane, number, 1, 1, 1, 1)
    start(lane, number, spread=1000)
    found = born(lane, number)
    assert [batch.not_before - lane.now for batch in found] == [0, 250, 500, 750]
    assert [batch.state for batch in found] == [BatchState.READY, *[BatchState.SCHEDULED] * 3]


def test_each_beginning_is_spread_by_itself_and_ends_in_time(lane: Lane) -> None:
    number = planning(lane)
    cut(lane, number, 1, 1, begin=-400)  # planning took long
    cut(lane, number, 1, 1, 1, 1, sequence=2, begin=5000)
    start(lane, number, spread=1000)
    starts = [batch.not_before - lane.now for batch in born(lane, number)]
    assert starts == [0, 300, 5000, 5250, 5500, 5750]


def test_a_later_start_leaves_everything_scheduled(lane: Lane) -> None:
    number = planning(lane)
    cut(lane, number, 1, 1, begin=5)
    start(lane, number)
    assert {batch.state for batch in born(lane, number)} == {BatchState.SCHEDULED}


@pytest.mark.parametrize(
    ("others", "base"),
    [
        ([], 0.0),
        ([(BatchState.READY, 2, 50.0), (BatchState.READY, 2, 60.0)], 50.0),
        ([(BatchState.CLAIMED, 2, 40.0), (BatchState.READY, 2, 60.0)], 40.0),
        ([(BatchState.SCHEDULED, 2, 40.0)], 0.0),
        ([(BatchState.DONE, 1, 90.0), (BatchState.READY, 2, 7.0)], 7.0),
        ([(BatchState.READY, 1, 5.0), (BatchState.SCHEDULED, 1, 80.0)], 80.0),
        ([(BatchState.QUARANTINED, 1, 30.0), (BatchState.CLAIMED, 2, 4.0)], 30.0),
    ],
    ids=["empty", "beside the working", "claimed", "not begun", "done", "own", "own quarantined"],
)
def test_a_campaign_queues_behind_its_own_and_beside_the_others(
    lane: Lane, others: list[tuple[BatchState, int, float]], base: float
) -> None:
    owner = 100 + next(_numbers)  # nobody else in this database
    for state, controller, turn in others:
        whose = owner if controller == 1 else owner + 10_000
        campaign = lane.campaign(controller=whose)
        lane.batch(campaign, turn=turn, state=state, controller=whose)
    with lane.db.read() as connection:
        assert blocks.turn_base(connection, owner, lane.name) == base
        assert blocks.turn_base(connection, owner, f"{lane.name}.urgent") == 0.0


def test_batches_still_being_planned_count_for_nobody(lane: Lane) -> None:
    number = planning(lane)
    cut(lane, number, 1, 1, 1)
    with lane.db.read() as connection:
        assert blocks.turn_base(connection, 1, lane.name) == 0.0


def test_the_controller_is_held_with_its_state(lane: Lane) -> None:
    name = f"boutique-{lane.db.dialect}-{next(_numbers)}"
    with lane.db.write() as connection:
        number = connection.execute(
            controllers.insert()
            .values(name=name, state="ended", settings="{}", created_at=0)
            .returning(controllers.c.number)
        ).scalar_one()
        assert blocks.hold_controller(connection, number) == "ended"
        blocks.hold_lane_order(connection, number)
        assert blocks.hold_controller(connection, 999_999) is None
