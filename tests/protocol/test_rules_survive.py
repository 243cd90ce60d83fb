"""Who waits for an opening, and who holds a place, whatever dies or fails at whichever step."""

from collections.abc import Callable

import pytest

from channels.contract import Channel
from engine.states import Outcome
from tests.dispatching.stores import Lane
from tests.dispatching.world import Someone, World
from tests.protocol.rules_in_play import RulesInPlay
from tests.protocol.troupe import HOUR, Troupe

EVERYBODY = [Someone(f"r{number}", f"p{number}@example.org") for number in range(5)]
STEPS = 40


def play(world: World, act: Callable[[Troupe], None]) -> tuple[Troupe, RulesInPlay, int]:
    """Let a campaign wait for the morning, do something meanwhile, and let time pass."""
    troupe, rules = Troupe.gather(world), RulesInPlay(world)
    rules.change("mornings", 0)
    world.hands.move(12 * HOUR)  # nine in the evening in Paris
    campaign = world.plan([EVERYBODY], (Channel.EMAIL,))
    act(troupe)
    assert troupe.sink.reached == [], "it is night"
    troupe.finish()
    return troupe, rules, campaign


def check(world: World, troupe: Troupe, rules: RulesInPlay, campaign: int) -> None:
    outcomes = [outcome for _, outcome, _ in Lane(world.db).deliveries(campaign)]
    assert outcomes == [Outcome.SENT] * len(EVERYBODY)
    assert sorted(each.to for each in troupe.sink.reached) == [one.email for one in EVERYBODY]
    assert all(rules.permitted(each, 0) for each in troupe.sink.reached)
    assert rules.placed(len(EVERYBODY)) == set(range(len(EVERYBODY)))


def test_a_kill_at_any_step_of_the_deferral_loses_nobody_and_doubles_nobody(
    sqlite_worlds: Callable[[], World],
) -> None:
    died = 0
    for steps in range(1, STEPS):
        world = sqlite_worlds()

        def killed(troupe: Troupe, steps: int = steps) -> None:
            nonlocal died
            troupe.ring(0, "email", steps)
            died += troupe.stages[0].busy
            if troupe.stages[0].busy:
                troupe.kill(0)

        try:
            check(world, *play(world, killed))
        finally:
            world.close()
    assert 5 < died < STEPS - 1, "the steps do not reach from beginning to end"


@pytest.mark.parametrize("fault", ["away", "rolled_back", "lost_ack", "die_before", "die_after"])
def test_whatever_fails_as_places_are_taken_one_is_held_by_each_who_was_reached(
    sqlite_worlds: Callable[[], World], fault: str
) -> None:
    for spared in range(5):
        world = sqlite_worlds()
        try:
            troupe, rules = Troupe.gather(world), RulesInPlay(world)
            rules.change("open", 0)
            campaign = world.plan([EVERYBODY], (Channel.EMAIL,))
            stage = troupe.stages[0]
            stage.fault, stage.spared = fault, spared
            troupe.ring(0, "email", 1_000)
            if stage.killed:
                troupe.renew(0)
            troupe.finish()
            reached = {int(each.to[1]) for each in troupe.sink.reached}
            assert len(reached) == len(troupe.sink.reached), "somebody was reached twice"
            ended = Lane(world.db).deliveries(campaign)
            doubted = {at for at, outcome, _ in ended if outcome is Outcome.IN_DOUBT}
            assert len(ended) == len(EVERYBODY)
            assert rules.placed(len(EVERYBODY)) == reached | doubted
        finally:
            world.close()
