"""The dispatch protocol as a state machine: workers die, freeze and wake at any of its steps."""

from collections import Counter
from collections.abc import Callable
from typing import ClassVar

import structlog
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from channels.contract import Channel
from engine.reference import DeliveryName
from engine.states import Outcome
from engine.store import due, events
from tests.dispatching.stores import DAY, Lane
from tests.dispatching.twin import ENDINGS, Reached
from tests.dispatching.world import Someone, World
from tests.protocol.rules_in_play import RULESETS, RulesInPlay
from tests.protocol.troupe import LANES, WORKERS, Troupe

FAULTS = ("away", "rolled_back", "lost_ack", "die_before", "die_after", "unreadable")
ACTS = ("pause", "resume", "resume", "disable", "enable", "enable", "stop", "start", "cancel")
STALE = 6_001  # milliseconds: a slice's deadline, and the second for which its checks are fresh
UNEXPECTED = {"batch_unworkable", "take_over_failed", "compose_failed"}

workers = st.integers(0, WORKERS - 1)
steps = st.one_of(st.integers(1, 12), st.integers(12, 60), st.just(200))
endings = st.lists(st.sampled_from(("sent", *ENDINGS)), min_size=2, max_size=9)
naps = st.sampled_from([200, 1_500, 6_500, 20_000, 40_000, 120_000, 3_600_000])
kinds = st.lists(
    st.sampled_from(["both", "both", "email", "tel", "malformed"]), min_size=2, max_size=7
)


class Protocol(RuleBasedStateMachine):
    """``build`` is given by the test: a fresh world on one of the stores."""

    build: ClassVar[Callable[[], World]]

    def __init__(self) -> None:
        super().__init__()
        self.world = type(self).build()
        self.troupe = Troupe.gather(self.world)
        self.campaigns: dict[int, int] = {}  # and how many each accepted
        self.opposed: dict[str, tuple[int, int]] = {}  # address: tick and instant
        self.cancelled: dict[int, tuple[int, int]] = {}
        self.people = 0
        self.number_at: dict[tuple[int, int], int] = {}  # who stands in a block at a position
        self.policy = RulesInPlay(self.world)
        self.policy.change("open", 0)
        self._capture = structlog.testing.capture_logs()
        self.logs = self._capture.__enter__()

    # --- what happens ----------------------------------------------------------------------------

    @initialize(blocks=st.lists(kinds, min_size=1, max_size=3), legs=st.integers(1, 2))
    def plan_first(self, blocks: list[list[str]], legs: int) -> None:
        self._plan(blocks, legs, 30 * DAY)

    @precondition(lambda self: len(self.campaigns) < 3)
    @rule(
        blocks=st.lists(kinds, min_size=1, max_size=2),
        legs=st.integers(1, 2),
        lasts=st.sampled_from([60_000, 30 * DAY, 30 * DAY]),
    )
    def plan(self, blocks: list[list[str]], legs: int, lasts: int) -> None:
        self._plan(blocks, legs, lasts)

    @rule(worker=workers, lane=st.integers(0, 1), steps=steps, endings=endings)
    def work(self, worker: int, lane: int, steps: int, endings: list[str]) -> None:
        self._let_work(worker, lane, steps, endings)

    @rule(
        worker=workers,
        lane=st.integers(0, 1),
        steps=steps,
        endings=endings,
        fault=st.sampled_from(FAULTS),
        spared=st.integers(0, 5),
    )
    def work_with_a_fault(
        self, worker: int, lane: int, steps: int, endings: list[str], fault: str, spared: int
    ) -> None:
        stage = self.troupe.stages[worker]
        stage.fault, stage.spared = fault, spared
        self._let_work(worker, lane, steps, endings)

    @rule(
        worker=workers,
        lane=st.integers(0, 1),
        before=steps,
        meanwhile=st.sampled_from(["another works", "another works", "opposition", "cancellation"]),
        millis=naps,
        after=steps,
    )
    def freeze(
        self, worker: int, lane: int, before: int, meanwhile: str, millis: int, after: int
    ) -> None:
        """A worker is frozen in the middle, something happens meanwhile, and it wakes."""
        self._let_work(worker, lane, before, [])
        if not self.troupe.stages[worker].busy:
            return
        if meanwhile == "opposition":
            for number in range(self.people):
                self.oppose(number * 3)
        if meanwhile == "cancellation":
            self.cancel(before % 3)
        self.troupe.pass_time(millis)
        other = (worker + 1) % WORKERS
        if meanwhile == "another works" and not self.troupe.stages[other].busy:
            self._let_work(other, lane, after, [])
        if self.troupe.stages[worker].busy:
            self._let_work(worker, lane, after, [])

    @precondition(lambda self: self._busy)
    @rule(number=workers)
    def kill(self, number: int) -> None:
        self.troupe.tick += 1
        self.troupe.kill(self._busy[number % len(self._busy)])

    @rule(millis=naps)
    def time_passes(self, millis: int) -> None:
        self.troupe.pass_time(millis)
        self.troupe.schedule()

    @precondition(lambda self: self.people)
    @rule(number=st.integers(0, 40))
    def oppose(self, number: int) -> None:
        someone = number % self.people
        address, channel = _email(someone), Channel.EMAIL
        if number % 3 == 2:
            address, channel = _tel(someone), Channel.SMS
        self.troupe.tick += 1
        self.world.oppose(address, channel)
        self.opposed.setdefault(address, (self.troupe.tick, self.world.hands.millis))

    @rule(act=st.sampled_from(ACTS), number=st.integers(0, 2))
    def operate(self, act: str, number: int) -> None:
        now = self.world.hands.millis
        if act in {"pause", "resume"}:
            paused = now if act == "pause" else None
            self.world.change(self._some(number), paused_at=paused)
        elif act in {"disable", "enable"}:
            self.world.change_all_connectors(enabled=act == "enable")
        elif act == "cancel":
            self.cancel(number)
        elif act == "stop":
            self.troupe.stop(number)
        elif not self.troupe.stages[number].busy:
            self.troupe.renew(number)

    @rule(name=st.sampled_from(["off", *RULESETS]))
    def change_rules(self, name: str) -> None:
        self.troupe.tick += 1
        self.policy.change(name, self.troupe.tick)

    def cancel(self, number: int) -> None:
        self.troupe.tick += 1
        campaign = self._some(number)
        self.world.change(campaign, cancelled_at=self.world.hands.millis)
        with self.world.db.write() as connection:
            due.hasten(connection, campaign, self.world.hands.millis)
        self.cancelled.setdefault(campaign, (self.troupe.tick, self.world.hands.millis))

    # --- what must hold --------------------------------------------------------------------------

    @invariant()
    def accepted_equals_final_outcomes_and_waiting(self) -> None:
        books = self.troupe.books()
        assert books.tallied == books.stored, "tallies and deliveries differ"
        for campaign, accepted in self.campaigns.items():
            ended = sum(
                number
                for (number_of, outcome), number in books.stored.items()
                if number_of == campaign and outcome != Outcome.PASSED_ON
            )
            known = ended + books.waiting[campaign]
            assert known == accepted, "somebody was lost, or counted twice"
        may_be = self.troupe.suspects | self.troupe.sink.doubted
        assert books.in_doubt <= may_be, "in doubt without a reason"

    @invariant()
    def nobody_is_reached_twice(self) -> None:
        times = Counter((each.delivery.block_id, each.delivery.position) for each in self._reached)
        assert all(number == 1 for number in times.values()), "somebody was reached twice"
        assert self.troupe.sink.violations == []

    @invariant()
    def nobody_is_reached_after_an_opposition_or_a_cancellation(self) -> None:
        for each in self._reached:
            said = [self.opposed.get(each.to), self.cancelled.get(self._campaign_of(each.delivery))]
            for tick, instant in filter(None, said):
                assert each.claimed < tick, "reached by a batch claimed after it was forbidden"
                assert each.gate_at <= instant + STALE, "reached long after it was forbidden"

    @invariant()
    def nobody_is_reached_whom_the_rules_deny_or_defer_then(self) -> None:
        for each in self._reached:
            assert self.policy.permitted(each, STALE), "reached against every ruleset of then"
            assert not self.policy.switched_off(each, STALE), "reached while that was off"

    @invariant()
    def nothing_happens_that_nobody_foresaw(self) -> None:
        seen = {entry["event"] for entry in self.logs}
        assert not seen & UNEXPECTED, [e for e in self.logs if e["event"] in UNEXPECTED]

    def teardown(self) -> None:
        try:
            self.troupe.finish()
            self._check_the_end()
        finally:
            for stage in self.troupe.stages:
                stage.kill()
            self._capture.__exit__(None, None, None)
            self.world.close()

    def _check_the_end(self) -> None:
        self.accepted_equals_final_outcomes_and_waiting()
        self.nobody_is_reached_twice()
        self.nobody_is_reached_after_an_opposition_or_a_cancellation()
        self.nobody_is_reached_whom_the_rules_deny_or_defer_then()
        self.nothing_happens_that_nobody_foresaw()
        self._check_places()
        outcomes, reached = self.troupe.outcomes(), {each.delivery for each in self._reached}
        for name in reached:
            assert outcomes[name] in {Outcome.SENT, Outcome.IN_DOUBT}, "reached, and not counted"
        for name, outcome in outcomes.items():
            assert outcome != Outcome.SENT or name in reached, "counted as sent, and not reached"
        lane = Lane(self.world.db)
        for campaign in self.campaigns:
            assert lane.campaign_row(campaign).open_batches == 0
            assert lane.waiting(campaign) == 0
        with self.world.db.write() as connection:
            told = [each.routing_key for each in events.waiting(connection, 10_000)]
        finished = [key for key in told if ".finished." in key]
        assert len(finished) == len(self.campaigns), "finished is told once for each campaign"

    def _check_places(self) -> None:
        """Who was reached has a place, and nobody else but those in doubt."""
        reached = {self._number(each.delivery) for each in self._reached}
        doubted = {*map(self._number, self.troupe.suspects | self.troupe.sink.doubted)}
        assert reached <= self.policy.placed(self.people) <= reached | doubted, "wrong places"

    # --- small things ----------------------------------------------------------------------------

    @property
    def _reached(self) -> list[Reached]:
        return self.troupe.sink.reached

    def _plan(self, blocks: list[list[str]], legs: int, lasts: int) -> None:
        people = [[self._somebody(kind) for kind in block] for block in blocks]
        route = (Channel.EMAIL, Channel.SMS)[:legs]
        before = len(self.world.campaign_of_block)
        campaign = self.world.plan(people, route, not_after=self.world.hands.millis + lasts)
        self.campaigns[campaign] = sum(len(block) for block in people)
        planned = list(self.world.campaign_of_block)[before:]
        for number, block in zip(planned, people, strict=True):
            for position, someone in enumerate(block):
                self.number_at[number, position] = int(someone.ref[1:])

    def _number(self, name: DeliveryName) -> int:
        return self.number_at[name.block_id, name.position]

    def _somebody(self, kind: str) -> Someone:
        number = self.people
        self.people += 1
        email = None if kind == "tel" else "!" if kind == "malformed" else _email(number)
        return Someone(f"r{number}", email, None if kind == "email" else _tel(number))

    @property
    def _busy(self) -> list[int]:
        return [number for number, stage in enumerate(self.troupe.stages) if stage.busy]

    def _let_work(self, worker: int, lane: int, steps: int, endings: list[str]) -> None:
        self.troupe.tick += 1
        self.troupe.sink.endings = endings
        stage = self.troupe.stages[worker]
        if stage.busy:
            self.troupe.go(worker, steps)
        else:
            lanes = due.lanes_with_work(self.world.db, self.world.hands.millis) or LANES
            self.troupe.ring(worker, lanes[lane % len(lanes)], steps)
        if stage.killed:
            self.troupe.renew(worker)

    def _some(self, number: int) -> int:
        return list(self.campaigns)[number % len(self.campaigns)]

    def _campaign_of(self, name: DeliveryName) -> int:
        return self.world.campaign_of_block[name.block_id]


def _email(number: int) -> str:
    return f"info@p{number}.test" if number % 4 == 3 else f"p{number}@example.org"


def _tel(number: int) -> str:
    return f"+3363998{number:04d}"
