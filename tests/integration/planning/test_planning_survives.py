"""Planning that is cut off at any point, or done by two at once, loses nobody and doubles nobody."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from engine.bitmap import positions
from engine.planning import ending, plan_chunk, steps
from engine.planning.steps import Plan
from engine.states import CampaignState, Outcome
from engine.store import blocks, campaigns
from engine.store.tables import campaigns as campaign_table
from engine.vault import Vault
from tests.planning.earlier import aim, ended
from tests.planning.world import World

REFS = 12
EXPECTED = sorted(f"r{index}@example.org" for index in range(REFS))


class Crash(BaseException):
    """The process dies here."""


class CrashingVault(Vault):
    """A vault whose process dies at its n-th use."""

    def __init__(self, vault: Vault, countdown: "Countdown") -> None:
        self.__dict__ = vault.__dict__
        self._countdown = countdown

    def seal_many(self, *arguments: Any, **named: Any) -> list[bytes]:
        sealed = super().seal_many(*arguments, **named)
        self._countdown.tick()  # the keys are committed, what they seal is not written
        return sealed

    def destroy(self, *arguments: Any, **named: Any) -> None:
        self._countdown.tick()
        super().destroy(*arguments, **named)

    def destroy_scope(self, *arguments: Any, **named: Any) -> int:
        self._countdown.tick()
        return super().destroy_scope(*arguments, **named)


class Countdown:
    """Dies at the n-th tick; None: never."""

    def __init__(self, ticks: int) -> None:
        self.left = ticks
        self.armed = True

    def tick(self) -> None:
        if not self.armed:
            return
        self.left -= 1
        if self.left < 0:
            self.armed = False
            raise Crash


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "BUCKET_ROWS", 11)
    monkeypatch.setattr("engine.sources.GROUP_ROWS", 12)
    monkeypatch.setattr("engine.tabular.delimited.PASSAGE_SIZE", 256)


@pytest.fixture(autouse=True)
def _small_blocks(world: World) -> Iterator[None]:
    usual = world.app
    world.app = replace(usual, settings=usual.settings.model_copy(update={"batch_size": 4}))
    yield
    world.app = usual


def campaign_of(world: World) -> int:
    """A dozen people twice, two rows that are none, one left out by an earlier campaign; spread."""
    lines = [f"{index % REFS};r{index % REFS}@example.org" for index in range(2 * REFS)]
    lines += [f"{REFS};gone@example.org"]
    content = "\n".join(["ref;email", *lines, "9;;", "8;"]).encode()
    dropped = world.drop("clients.csv", content)
    rows = [{"ref": str(ref), "email": f"old{ref}@example.org"} for ref in range(5)]
    rows.append({"ref": str(REFS), "email": "gone@example.org"})
    ends = {row["email"]: Outcome.SENT if row is rows[-1] else Outcome.FAILED for row in rows}
    dropped["except"] = aim(ended(world, rows, ends), "sent")
    return world.admitted(world.job(dropped, schedule={"spread": "PT9M"}))


def assert_planned_once(world: World, campaign: int) -> None:
    assert world.row(campaign).state is CampaignState.PLANNED
    assert world.addresses(campaign) == EXPECTED
    assert world.counts(campaign) == (2 * REFS + 3, REFS, REFS, 3)
    batches = world.batches(campaign)
    assert world.row(campaign).open_batches == len(batches)
    places = [(batch.block_id, place) for batch in batches for place in positions(batch.todo)]
    assert len(places) == len(set(places)) == REFS
    turns = [batch.turn for batch in batches]
    assert turns == [turns[0] + place for place in range(len(batches))]
    assert len(batches) >= 9
    assert world.left(campaign)[0] == 0
    assert [event["event"] for event in world.events(campaign)].count("planned") == 1
    assert not world.dropped("clients.csv").exists()


@contextmanager
def dying_at(world: World, ticks: int) -> Iterator[Countdown]:
    """Let the process die at the n-th step boundary: around each commit and each key."""
    countdown = Countdown(ticks)
    usual = world.app

    class CrashingDatabase(type(usual.db)):  # type: ignore[misc]
        @contextmanager
        def write(self) -> Iterator[sa.Connection]:
            with super().write() as connection:
                yield connection
                countdown.tick()  # before the commit
            countdown.tick()  # after it

    db = CrashingDatabase.__new__(CrashingDatabase)
    db.__dict__ = usual.db.__dict__
    world.app = replace(usual, db=db, vault=CrashingVault(usual.vault, countdown))
    try:
        yield countdown
    finally:
        world.app = usual


def test_a_crash_at_any_point_changes_nothing_about_the_outcome(world: World) -> None:
    ticks = 0
    while True:
        campaign = campaign_of(world)
        with dying_at(world, ticks) as countdown:
            with suppress(Crash):
                world.plan(campaign)
            died = not countdown.armed
        world.plan(campaign)  # another process takes it up
        assert_planned_once(world, campaign)
        if not died:
            break
        ticks += 1
    assert ticks > 20


def test_crashes_in_a_row_still_come_to_an_end(world: World) -> None:
    campaign = campaign_of(world)
    for ticks in range(7, 60, 4):
        with dying_at(world, ticks), suppress(Crash):
            world.plan(campaign)
    world.plan(campaign)
    assert_planned_once(world, campaign)


def plan_of(world: World, campaign: int) -> Plan:
    return Plan(world.app, world.row(campaign), world.controller)


def test_two_planners_cannot_both_commit_a_step(world: World) -> None:
    campaign = campaign_of(world)
    first, second = plan_of(world, campaign), plan_of(world, campaign)
    assert first.step()
    keys = world.left(campaign)[3]
    with pytest.raises(ending.Overtaken):
        second.step()
    assert world.left(campaign)[3] == keys  # what it sealed in vain is gone
    world.plan(campaign)
    assert_planned_once(world, campaign)


def test_a_planner_that_is_overtaken_at_each_step_does_no_harm(world: World) -> None:
    campaign = campaign_of(world)
    while world.row(campaign).state is CampaignState.PLANNING:
        late, ahead = plan_of(world, campaign), plan_of(world, campaign)
        ahead.step()
        with pytest.raises(ending.Overtaken):
            late.step()
    assert_planned_once(world, campaign)


def cancel(world: World, campaign: int) -> None:
    with world.app.db.write() as connection:
        connection.execute(
            sa.update(campaign_table)
            .where(campaign_table.c.id == campaign)
            .values(cancelled_at=world.clock.now())
        )


@pytest.mark.parametrize("done", [0, 1, 3, 6])
def test_a_cancelled_campaign_ends_at_once_with_nobody(world: World, done: int) -> None:
    campaign = campaign_of(world)
    plan = plan_of(world, campaign)
    for _ in range(done):
        assert plan.step()
    cancel(world, campaign)
    world.plan(campaign)

    row = world.row(campaign)
    assert (row.state, row.reasons) == (CampaignState.FINISHED, ("cancelled",))
    assert world.counts(campaign) == (0, 0, 0, 0)
    assert world.left(campaign) == (0, 0, 0, 0)
    last = world.events(campaign)[-1]
    assert (last["event"], last["accepted"]) == ("finished", 0)
    assert last["reasons"][0]["reason"] == "cancelled"
    assert not world.dropped("clients.csv").exists()


def test_a_cancellation_in_the_middle_of_a_chunk_is_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = campaign_of(world)
    take: Callable[..., list[bytes]] = blocks.take_spills

    def cancelling(*arguments: Any) -> list[bytes]:
        cancel(world, campaign)
        return take(*arguments)

    monkeypatch.setattr(blocks, "take_spills", cancelling)
    assert plan_chunk(world.app, campaign) is True  # overtaken by the cancellation: call again
    assert plan_chunk(world.app, campaign) is False
    assert world.row(campaign).reasons == ("cancelled",)


def test_counts_that_do_not_add_up_are_never_dispatched(world: World) -> None:
    campaign = campaign_of(world)
    plan = plan_of(world, campaign)
    while plan.step():
        row = world.row(campaign)
        if row.accepted == REFS:
            break
    with world.app.db.write() as connection:
        connection.execute(
            sa.update(campaign_table).where(campaign_table.c.id == campaign).values(duplicates=1)
        )
    with pytest.raises(ending.PlanFault, match="rows read"):
        world.plan(campaign)
    assert world.row(campaign).state is CampaignState.PLANNING


def test_a_file_that_cannot_be_deleted_holds_the_campaign_back_with_a_reason(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = campaign_of(world)

    def forbidden(*_arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("engine.sources.FileSource.discard", forbidden)
    with pytest.raises(ending.PlanFault, match="delete in the drop folder"):
        world.plan(campaign)
    monkeypatch.undo()
    world.plan(campaign)
    assert world.row(campaign).state is CampaignState.PLANNED


def test_a_campaign_refused_meanwhile_stays_refused(world: World) -> None:
    campaign = campaign_of(world)
    row = world.row(campaign)
    with world.app.db.write() as connection:
        campaigns.set_refused(
            connection, campaign, CampaignState.PLANNING, ("file_missing",), world.clock.now()
        )
    ending.refuse(world.app, row, world.controller.name, "other", "Other.")
    ending.finish_empty(world.app, row, world.controller.name, ending.CANCELLED)
    assert world.row(campaign).reasons == ("file_missing",)
