"""The faults: each scenario runs one campaign on real processes and says what came of it."""

import itertools
import signal
import time
from collections.abc import Iterator, Sequence

from ops.chaos.field import LEASE_SECONDS, MOST_IN_FLIGHT, Field, address, wait_for
from ops.chaos.verdict import Deeds, Verdict, await_end, finished, judge

_PATIENCE = 300.0
_OPPOSED_BEFORE = 20
_OPPOSED_MIDWAY = 40
GOLDEN = 0.618033988749895  # spreads moments evenly without chance: the same each time


def killed_at_random(field: Field, number: int) -> Verdict:
    """Three workers, one of them killed about every second, and replaced."""
    run = Run(field, number)
    run.begin("worker-0", "worker-1", "worker-2", seconds=15.0)
    for moment, victim in run.moments(0.4, 1.2, victims=3):
        run.deeds.in_flight += field.kill(f"worker-{victim}")
        run.deeds.killed += 1
        field.start(f"worker-{victim}")
        run.oppose_midway(moment)
    return run.verdict("killed_at_random")


def frozen_past_their_lease(field: Field, number: int) -> Verdict:
    """Two workers, each in turn frozen for longer than its lease, then woken."""
    run = Run(field, number)
    run.begin("worker-0", "worker-1", seconds=15.0)
    for moment, victim in run.moments(0.3, 0.6, victims=2, times=4):
        field.signal(f"worker-{victim}", signal.SIGSTOP)
        run.deeds.in_flight += min(field.in_flight(), MOST_IN_FLIGHT)
        run.deeds.frozen += 1
        run.oppose_midway(moment)
        time.sleep(LEASE_SECONDS + 1.0)
        field.signal(f"worker-{victim}", signal.SIGCONT)
    return run.verdict("frozen_past_their_lease")


def stopped_politely(field: Field, number: int) -> Verdict:
    """Workers asked to stop by SIGTERM and replaced: nobody may be left in doubt."""
    run = Run(field, number)
    run.begin("worker-0", "worker-1", seconds=10.0)
    for moment, victim in run.moments(0.5, 1.5, victims=2, times=6):
        field.end(f"worker-{victim}")
        field.start(f"worker-{victim}")
        run.oppose_midway(moment)
    return run.verdict("stopped_politely")


def broker_killed(field: Field, number: int) -> Verdict:
    """RabbitMQ killed and started again, twice, in the middle of a campaign."""
    run = Run(field, number)
    run.begin("worker-0", "worker-1", seconds=12.0)
    for moment, _ in run.moments(0.5, 1.5, victims=1, times=2):
        field.rabbitmq.kill()
        run.oppose_midway(moment)
        time.sleep(1.0)
        field.rabbitmq.start()
        run.deeds.restarted += 1
    return run.verdict("broker_killed")


def database_killed(field: Field, number: int) -> Verdict:
    """PostgreSQL stopped at once, as by a crash, and started again, in the middle of a campaign."""
    run = Run(field, number)
    run.begin("worker-0", "worker-1", seconds=12.0)
    for moment, _ in run.moments(0.5, 1.5, victims=1, times=3):
        run.oppose_midway(moment)
        run.deeds.in_flight += field.in_flight()
        field.postgres.stop("immediate")
        time.sleep(0.7)
        field.postgres.start()
        run.deeds.restarted += 1
    return run.verdict("database_killed")


def everything_at_once(field: Field, number: int) -> Verdict:
    """Workers killed and frozen while broker and database are restarted."""
    run = Run(field, number)
    run.begin("worker-0", "worker-1", "worker-2", seconds=20.0)
    for moment, victim in run.moments(0.5, 1.5, victims=3, times=6):
        run.oppose_midway(moment)
        run.deeds.in_flight += field.in_flight()
        if moment % 3 == 0:
            field.postgres.stop("immediate")
            field.kill(f"worker-{victim}")
            field.postgres.start()
            field.start(f"worker-{victim}")
            run.deeds.killed += 1
            run.deeds.restarted += 1
        elif moment % 3 == 1:
            field.signal(f"worker-{victim}", signal.SIGSTOP)
            time.sleep(LEASE_SECONDS + 1.0)
            field.signal(f"worker-{victim}", signal.SIGCONT)
            run.deeds.frozen += 1
        else:
            field.rabbitmq.kill()
            run.deeds.in_flight += field.kill(f"worker-{victim}")
            field.rabbitmq.start()
            field.start(f"worker-{victim}")
            run.deeds.killed += 1
            run.deeds.restarted += 1
    return run.verdict("everything_at_once")


def embedded_killed(field: Field, number: int) -> Verdict:
    """``chappe up`` on SQLite, killed and started again."""
    run = Run(field, number)
    run.begin("up", seconds=8.0)
    for moment, _ in run.moments(1.2, 2.2, victims=1, times=6):
        run.deeds.in_flight += field.kill("up")
        run.deeds.killed += 1
        run.oppose_midway(moment)
        field.start("up")
    return run.verdict("embedded_killed")


class Run:
    """One campaign: its people, who of them opposed, what was done while it ran."""

    def __init__(self, field: Field, number: int) -> None:
        self.field = field
        self.number = number
        self.deeds = Deeds()
        self.campaign = ""
        self.began = 0.0

    def begin(self, *processes: str, seconds: float) -> None:
        """Start processes and publish; the sink is slowed so that it lasts about that long."""
        field = self.field
        field.sink.forget()
        field.start(*(() if field.app.settings.embedded else ("scheduler",)), *processes)
        self.began = time.monotonic()
        self.campaign = field.publish(self.number)
        connections = 8 * max(len(processes), 1)
        field.sink.delay = min(seconds * connections / self.number, 0.2)
        for index in range(0, self.number, max(self.number // _OPPOSED_BEFORE, 1)):
            self._oppose(index, 0.0)
        wait_for(lambda: field.sink.mails > 0, "the first mail")

    def moments(
        self, shortest: float, longest: float, *, victims: int, times: int = 12
    ) -> Iterator[tuple[int, int]]:
        """Give moments at which something is to happen, and to whom, until the campaign ends."""
        for moment in range(times):
            time.sleep(shortest + (longest - shortest) * (moment * GOLDEN % 1.0))
            if finished(self.field, self.campaign):
                return
            yield moment, moment % victims

    def oppose_midway(self, moment: int) -> None:
        """Let some who were not reached yet object, once."""
        if moment != 1:
            return
        backwards = range(self.number - 1, 0, -1)
        waiting = (n for n in backwards if address(self.campaign, n) not in self.field.sink.taken)
        for index in itertools.islice(waiting, _OPPOSED_MIDWAY):
            self._oppose(index, None)

    def _oppose(self, index: int, since: float | None) -> None:
        contact = address(self.campaign, index)
        self.field.oppose(contact)
        self.deeds.opposed[contact] = time.time() if since is None else since

    def verdict(self, name: str, leave: Sequence[str] = ()) -> Verdict:
        """Let the campaign come to its end, stop everything but ``leave``, and count."""
        await_end(self.field, self.campaign, _PATIENCE)
        seconds = time.monotonic() - self.began
        self.field.end_all(leave)
        return judge(self.field, name, self.campaign, self.number, self.deeds, seconds)
