"""Workers on a stage, in a world with a sink: what the state machine plays with."""

from collections import Counter
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from channels.contract import Channel
from engine.bitmap import count, positions
from engine.lanes import Dispatcher
from engine.reference import DeliveryName
from engine.states import BatchState, CampaignState, Outcome
from engine.store import due
from engine.store.claims import Claim
from engine.store.tables import batches, campaigns, deliveries
from tests.dispatching.stage import Stage
from tests.dispatching.stores import MONTH, TimedDatabase
from tests.dispatching.twin import Sink, TwinFleet
from tests.dispatching.world import World

WORKERS = 3
HOUR = 3_600_000


class StagedDispatcher(Dispatcher):
    """A dispatcher that tells when and what it claimed."""

    troupe: "Troupe"
    stage: Stage

    def _work_claim(self, claim: Claim) -> bool:
        self.troupe.sink.claimed[self.stage.name] = self.troupe.tick
        return Dispatcher._work_claim(self, claim)


@dataclass(slots=True)
class Books:
    """What the database says of everybody; by campaign and outcome."""

    stored: Counter[tuple[int, int]] = field(default_factory=Counter)
    tallied: Counter[tuple[int, int]] = field(default_factory=Counter)
    waiting: Counter[int] = field(default_factory=Counter)
    in_doubt: set[DeliveryName] = field(default_factory=set)


@dataclass(slots=True)
class Troupe:
    """Three workers, each as if it were a process of its own.

    tick      counts what the test did, so that "before" and "after" have a meaning
    suspects  the deliveries that may rightly end in doubt
    """

    world: World
    sink: Sink
    tick: int = 0
    suspects: set[DeliveryName] = field(default_factory=set)
    stages: list[Stage] = field(default_factory=list)
    dispatchers: list[StagedDispatcher] = field(default_factory=list)

    @classmethod
    def gather(cls, world: World) -> "Troupe":
        sink = Sink(world.hands, world.app.vault.reference_key())
        troupe = cls(world, sink)
        world.hands.watch = troupe.suspect
        for number in range(WORKERS):
            troupe.stages.append(Stage(f"worker-{number}"))
            troupe.dispatchers.append(troupe._process(number))
        return troupe

    def _process(self, number: int) -> StagedDispatcher:
        dispatcher = StagedDispatcher(
            replace(self.world.app),  # with a rulebook of its own
            TwinFleet(self.sink),  # type: ignore[arg-type]  # stands in for the live fleet
            self.world.brief,
            shard=number,
        )
        dispatcher.troupe, dispatcher.stage = self, self.stages[number]
        return dispatcher

    def ring(self, number: int, lane: str, steps: int) -> None:
        """Let an idle worker answer a doorbell."""
        self.stages[number].start(lambda: self.dispatchers[number].work(lane), steps)

    def go(self, number: int, steps: int) -> None:
        self.stages[number].go(steps)

    def kill(self, number: int) -> None:
        """Kill a worker, and start another process in its place."""
        self.stages[number].kill()
        self.renew(number)

    def stop(self, number: int) -> None:
        """Ask a worker to finish what it has in flight, as SIGTERM does."""
        self.dispatchers[number].stop()

    def renew(self, number: int) -> None:
        self.stages[number] = Stage(self.stages[number].name)
        self.dispatchers[number] = self._process(number)

    def pass_time(self, millis: int) -> None:
        self.world.hands.move(millis)

    def suspect(self) -> None:
        """Note who is in flight in a batch whose lease is over by now."""
        chosen = sa.select(batches.c.block_id, batches.c.leg, batches.c.in_flight).where(
            batches.c.state == BatchState.CLAIMED,
            batches.c.lease_until < self.world.hands.millis,
        )
        with TimedDatabase.read(self.world.db) as connection:  # no step of any worker
            for block, leg, flying in connection.execute(chosen):
                self.suspects.update(
                    DeliveryName(block, position, leg) for position in positions(flying)
                )

    def schedule(self) -> None:
        """Take the scheduler's turn."""
        due.release_due(self.world.db, self.world.hands.now())

    # --- the end ---------------------------------------------------------------------------------

    def finish(self) -> None:
        """Let everybody wake or die, mend what is broken, and let time pass until all is done."""
        self.sink.endings.clear()
        for number, stage in enumerate(self.stages):
            while stage.busy and number % 2 == 0:
                stage.fault = None
                self.go(number, 1_000)
            self.kill(number)
        self.world.change_all_connectors(enabled=True, failures=0, open_until=None)
        with self.world.db.write() as connection:
            connection.execute(sa.update(campaigns).values(paused_at=None))
        for _ in range(200):
            if not self.unfinished():
                return
            self.pass_time(HOUR)
            self.schedule()
            for lane in due.lanes_with_work(self.world.db, self.world.hands.now()):
                self.dispatchers[0].work(lane)
        msg = "a campaign does not finish, however much time passes"
        raise AssertionError(msg)

    def unfinished(self) -> int:
        with self.world.db.read() as connection:
            return (
                connection.scalar(
                    sa.select(sa.func.count()).where(campaigns.c.state != CampaignState.FINISHED)
                )
                or 0
            )

    def books(self) -> Books:
        """Read what is stored of all campaigns; plain SQL, since it is read after every step."""
        books = Books()
        with self.world.db.read() as connection:
            for campaign, outcome, *name in connection.exec_driver_sql(
                "SELECT campaign_id, outcome, block_id, position, leg FROM deliveries"
            ):
                books.stored[campaign, outcome] += 1
                if outcome == Outcome.IN_DOUBT:
                    books.in_doubt.add(DeliveryName(*name))
            for campaign, outcome, number in connection.exec_driver_sql(
                "SELECT campaign_id, outcome, recipients FROM tallies WHERE recipients <> 0"
            ):
                books.tallied[campaign, outcome] += number
            for campaign, *sets in connection.exec_driver_sql(
                "SELECT campaign_id, todo, in_flight, again, onward FROM batches WHERE state <> 3"
            ):
                books.waiting[campaign] += sum(count(bits) for bits in sets)
        return books

    def outcomes(self) -> dict[DeliveryName, int]:
        with self.world.db.read() as connection:
            rows = connection.execute(
                sa.select(
                    deliveries.c.block_id,
                    deliveries.c.position,
                    deliveries.c.leg,
                    deliveries.c.outcome,
                ).where(deliveries.c.expiry_month == MONTH)
            )
            return {DeliveryName(*row[:3]): row[3] for row in rows}


LANES = (Channel.EMAIL.value, Channel.SMS.value)
