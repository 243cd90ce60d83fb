"""Planning on both stores: who becomes a recipient, in which block, when, counted how."""

from typing import Any

import pytest
import sqlalchemy as sa

from engine.bitmap import full
from engine.blocks import PREFIX_BYTES
from engine.clock import HOUR, MINUTE, SECOND
from engine.planning import chunk, plan_chunk
from engine.planning.cursor import decode_cursor
from engine.states import BatchState, CampaignState
from engine.store.tables import blocks
from tests.planning.world import NOON, World, after, csv, emails


def test_inline_rows_become_sealed_recipients_and_a_ready_batch(world: World) -> None:
    campaign = world.planned(world.job({"inline": emails(3)}))

    assert world.counts(campaign) == (3, 3, 0, 0)
    assert world.addresses(campaign) == [f"r{index}@example.org" for index in range(3)]
    (batch,) = world.batches(campaign)
    assert (batch.lane, batch.leg, batch.round, batch.state) == ("email", 1, 1, BatchState.READY)
    assert batch.todo == full(3)
    row = world.row(campaign)
    assert (row.state, row.open_batches, row.planned_at) == (CampaignState.PLANNED, 1, NOON)


def test_the_event_tells_the_counts(world: World) -> None:
    rows = [*emails(3), {"email": "R1@example.org"}, {"email": "n/a"}, {"tel": "0639980001"}]
    campaign = world.planned(world.job({"inline": rows}))
    event = world.events(campaign)[-1]
    assert event["event"] == "planned"
    counted = {name: event[name] for name in ("rows", "accepted", "duplicates", "rejected")}
    assert counted == {"rows": 6, "accepted": 4, "duplicates": 1, "rejected": 1}


def test_a_null_variable_stays_null_and_an_empty_one_empty(world: World) -> None:
    rows: list[dict[str, Any]] = [
        {"email": "a@example.org", "prenom": None},
        {"email": "b@example.org", "prenom": ""},
        {"email": "c@example.org", "prenom": 12, "postal_code": "75011", "secret": "x"},
    ]
    campaign = world.planned(world.job({"inline": rows}))
    found = {
        who.points[0].address: who.values for who in world.recipients(campaign) if who.points[0]
    }
    assert found == {  # by name: country, postal_code, prenom
        "a@example.org": (None, None, None),
        "b@example.org": (None, None, ""),
        "c@example.org": (None, "75011", "12"),
    }


def test_recipients_stand_in_the_order_of_their_keys(world: World) -> None:
    campaign = world.planned(world.job({"inline": emails(50)}))
    keys = [who.points[0].key for who in world.recipients(campaign) if who.points[0]]
    assert keys == sorted(keys, key=lambda key: key or b"")


def test_every_person_of_a_block_is_in_its_index(world: World) -> None:
    campaign = world.planned(world.job({"inline": emails(5)}))
    with world.app.db.read() as connection:
        block = connection.execute(sa.select(blocks).where(blocks.c.campaign_id == campaign)).one()
    persons = sorted(who.person[:PREFIX_BYTES] for who in world.recipients(campaign))
    assert block.size == 5
    assert block.person_prefixes == block.contact_prefixes == b"".join(persons)


@pytest.mark.usefixtures("small_steps", "in_threes")
def test_many_small_steps_come_to_the_same_as_one(world: World) -> None:
    lines = [f"r{index % 40}@example.org;P{index}" for index in range(60)]
    lines += ["not an address;x", "trop;de;colonnes", ";personne", ""]
    campaign = world.planned(world.job(world.drop("clients.csv", csv(*lines))))

    assert world.counts(campaign) == (63, 41, 20, 2)
    usable = sorted(f"r{index}@example.org" for index in range(40))
    assert [found for found in world.addresses(campaign) if found] == usable
    batches = world.batches(campaign)
    first = batches[0].turn
    assert [batch.turn - first for batch in batches] == list(range(len(batches)))
    assert max(len(batch.todo) for batch in batches) == 1
    assert world.row(campaign).open_batches == len(batches)


@pytest.mark.usefixtures("small_steps", "in_threes")
def test_nothing_is_left_of_the_spills_but_blocks(world: World) -> None:
    lines = [f"{index};r{index}@example.org" for index in range(50)]
    job = world.job(world.drop("clients.csv", csv(*lines, header="ref;email")))
    campaign = world.planned(job)
    spills, stored, batches, keys = world.left(campaign)
    assert spills == 0
    assert stored == batches
    assert keys == stored + 1  # and the job itself


@pytest.mark.usefixtures("small_steps")
def test_the_first_row_wins_across_groups_of_the_source(world: World) -> None:
    lines = [f"r{index % 15}@example.org;{index}" for index in range(45)]
    campaign = world.planned(world.job(world.drop("clients.csv", csv(*lines))))
    kept = {who.values[-1] for who in world.recipients(campaign)}
    assert kept == {str(index) for index in range(15)}


@pytest.mark.usefixtures("small_steps")
def test_with_refs_a_person_and_a_contact_point_each_serve_once(world: World) -> None:
    lines = [
        *("1;ana@example.org;0639980001", "2;bo@example.org;", "1;other@example.org;"),
        *("3;ana@example.org;", "4;ana@example.org;0639980004", "5;;0639980001", "6;;0639980006"),
    ]
    dropped = world.drop("clients.csv", csv(*lines, header="ref;email;tel"))
    campaign = world.planned(world.job(dropped, route=["sms", "email"]))

    found = {
        who.ref: [None if point is None else point.address for point in who.points]
        for who in world.recipients(campaign)
    }
    assert found == {
        "1": ["+33639980001", "ana@example.org"],
        "2": [None, "bo@example.org"],
        "4": ["+33639980004", None],
        "6": ["+33639980006", None],
    }
    assert world.counts(campaign) == (7, 4, 3, 0)


def test_rows_with_several_addresses_and_no_ref_are_rejected(world: World) -> None:
    rows = [{"email": "a@example.org", "tel": "0639980001"}, {"email": "b@example.org"}]
    campaign = world.planned(world.job({"inline": rows}, route=["email", "sms"]))
    assert world.counts(campaign) == (2, 1, 0, 1)
    cursor = world.row(campaign).cursor
    assert cursor is not None
    assert decode_cursor(cursor).reasons == {"ref_missing": 1}


# --- when and in which order -------------------------------------------------------------------


@pytest.mark.usefixtures("in_threes")
def test_a_spread_campaign_starts_one_batch_after_the_other(world: World) -> None:
    schedule = {"not_before": after(3600), "not_after": after(3 * 3600), "spread": "PT4M"}
    campaign = world.planned(world.job({"inline": emails(12)}, schedule=schedule))
    batches = world.batches(campaign)
    assert [batch.not_before - NOON - HOUR for batch in batches] == [
        place * MINUTE for place in range(4)
    ]
    assert [batch.todo for batch in batches] == [full(3)] * 4
    assert {batch.state for batch in batches} == {BatchState.SCHEDULED}


@pytest.mark.usefixtures("in_threes")
def test_a_campaign_of_fewer_blocks_than_minutes_has_several_batches_in_a_block(
    world: World,
) -> None:
    schedule = {"not_before": after(3600), "not_after": after(3 * 3600), "spread": "PT1H"}
    campaign = world.planned(world.job({"inline": emails(12)}, schedule=schedule))
    batches = world.batches(campaign)
    assert [batch.not_before - NOON - HOUR for batch in batches] == [
        place * 5 * MINUTE for place in range(12)
    ]
    first = batches[0].turn  # wherever the lane stands
    assert [batch.turn - first for batch in batches] == list(range(12))
    assert len({batch.block_id for batch in batches}) == 4
    assert world.row(campaign).open_batches == 12


@pytest.mark.usefixtures("in_threes")
def test_planning_that_took_long_does_not_push_the_end_of_the_spreading(world: World) -> None:
    schedule = {"not_before": after(0), "not_after": after(3 * 3600), "spread": "PT2M"}
    campaign = world.admitted(world.job({"inline": emails(6)}, schedule=schedule))
    world.clock.millis = NOON + MINUTE
    world.plan(campaign)
    starts = [batch.not_before - NOON for batch in world.batches(campaign)]
    assert starts == [MINUTE, 90 * SECOND]
    assert [batch.state for batch in world.batches(campaign)] == [
        BatchState.READY,
        BatchState.SCHEDULED,
    ]


def test_urgent_campaigns_take_the_urgent_lane(world: World) -> None:
    campaign = world.planned(world.job({"inline": emails(1)}, priority="urgent"))
    assert [batch.lane for batch in world.batches(campaign)] == ["email.urgent"]


@pytest.mark.usefixtures("in_threes")
def test_a_second_controller_does_not_wait_behind_a_big_campaign(world: World) -> None:
    big = world.planned(world.job({"inline": emails(30)}))
    first = world.controller
    world.controller = world.new_controller(f"{first.name}-b")
    small = world.planned(world.job({"inline": emails(3)}))
    world.controller = first
    own = world.planned(world.job({"inline": emails(3, start=100)}))

    turns = [[batch.turn for batch in world.batches(each)] for each in (big, small, own)]
    assert turns[1][0] <= turns[0][0] + 1  # beside the first of the big one …
    assert turns[2][0] == turns[0][-1] + 1  # … while the same controller's next one queues


# --- chunks ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_steps")
def test_a_chunk_ends_after_a_second_or_two_and_the_next_goes_on(world: World) -> None:
    lines = [f"r{index}@example.org;P" for index in range(60)]
    campaign = world.admitted(world.job(world.drop("clients.csv", csv(*lines))))
    world.clock.steps = chunk.CHUNK_SECONDS  # every look at the clock is too late
    calls = 1
    while plan_chunk(world.app, campaign):
        calls += 1
    assert calls > 5
    assert world.counts(campaign) == (60, 60, 0, 0)


def test_a_campaign_that_is_not_being_planned_is_left_alone(world: World) -> None:
    campaign = world.planned(world.job({"inline": emails(2)}))
    before = world.row(campaign)
    assert plan_chunk(world.app, campaign) is False
    assert plan_chunk(world.app, 999_999) is False
    assert world.row(campaign) == before
