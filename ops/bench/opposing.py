"""How soon an opposition counts while everything is busy sending."""

import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from channels.contract import AddressKind, Channel
from engine import oppositions
from engine.app import App
from engine.bitmap import positions
from engine.blocks import decode_block
from engine.briefing import campaign_scope
from engine.broker.publisher import Publisher
from engine.subjects import Subject
from engine.vault import KeyDestroyed
from ops.bench.campaign import Ended, follow, job
from ops.bench.ground import CONTROLLER, Ground, new_campaign_id, real_services
from ops.bench.measure import Figures, Result, foreign_load, load_note, now
from ops.bench.workers import highest_mb, running
from ops.services.children import free_ports

_RECIPIENTS = 150_000
_LIMIT = 10  # oppositions a second: enough to judge their delays, which are what is measured
_PATIENCE = 600.0
_EACH_TIME = 5  # oppositions from one batch, before another one is looked at
_SOON = 400  # of those who wait in a batch, the ones whose turn comes first
_PROCESSES = ("ops.cli scheduler", "ops.cli worker", "ops.cli worker")
_CLAIMED = sa.text(
    "SELECT batches.campaign_id, batches.todo, blocks.sealed FROM batches"
    " JOIN blocks ON blocks.id = batches.block_id WHERE batches.state = 2"
)


def opposition_effect() -> Iterator[Result]:
    """Oppose people who are about to be written to, at full dispatch load on two workers.

    ``p99_ms`` is the time from the commit of an opposition until the sink got the last mail for
    that person; 0 for those who got none after it. ``late`` is how many got one.
    """
    (port,) = free_ports(1)
    with (
        real_services("smtp", {"url": f"smtp://127.0.0.1:{port}"}) as ground,
        _sink(port, ground.home / "taken") as stop,
    ):
        foreign = load_note(foreign_load())
        with running(ground.env, *_PROCESSES) as processes:
            opposer = Opposer(ground.app)
            ended = _send(ground, opposer)
            rss = highest_mb(processes)
        waits = opposer.waits(stop())
        yield _result(waits, ended, rss, foreign)


def _result(waits: list[float], ended: Ended, rss: float, foreign: Figures) -> Result:
    seconds = ended.finished_at - ended.planned_at
    ordered = sorted(waits)
    more: Figures = {
        "p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1e3, 1),
        "worst_ms": round(ordered[-1] * 1e3, 1),
        "limit_ms": 1_000,
        "late": sum(wait > 0 for wait in waits),
        "mails_per_s": round(ended.outcomes.get("sent", 0) / seconds, 1),
        **foreign,
    }
    return Result("opposition_effect", len(waits), seconds, _LIMIT, rss, more)


@dataclass(slots=True)
class Opposer:
    """Opposes people whose turn comes next, one after the other, from a thread of its own."""

    app: App
    committed: dict[str, float] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Go on until told to stop."""
        while not self.over.is_set():
            for address in self._next():
                oppositions.add(
                    self.app,
                    CONTROLLER,
                    Subject(AddressKind.EMAIL, address),
                    channel=Channel.EMAIL,
                    reason=oppositions.Reason.UNSUBSCRIBED,
                    source="bench",
                )
                self.committed[address] = now()
            self.over.wait(0.01)

    def _next(self) -> list[str]:
        """Return some who wait in a batch that a worker has in its hands, not in flight yet."""
        with self.app.db.read() as connection:
            rows = connection.execute(_CLAIMED).all()
        if not rows:
            return []
        row = secrets.choice(rows)
        try:
            plain = self.app.vault.open(CONTROLLER, campaign_scope(row.campaign_id), row.sealed)
        except KeyDestroyed:
            return []  # the campaign has just ended
        block = decode_block(plain)
        soon = positions(row.todo)[:_SOON]
        chosen = {secrets.choice(soon) for _ in range(_EACH_TIME)} if soon else set[int]()
        recipients = [block.recipients[position] for position in chosen]
        points = [one.points[0] for one in recipients if one is not None]
        found = [point.address for point in points if point is not None and point.address]
        return [address for address in found if address not in self.committed]

    def waits(self, taken: dict[str, float]) -> list[float]:
        """Return, for each opposition, the seconds until the last mail after it; 0: none came."""
        return [max(0.0, taken.get(to, 0.0) - at) for to, at in self.committed.items()]


def _send(ground: Ground, opposer: Opposer) -> Ended:
    campaign = new_campaign_id()
    name = f"{campaign}.csv"
    body = job(campaign, name, ground.drop(name, _RECIPIENTS))
    publisher = Publisher(ground.app.settings.broker_url.get_secret_value())
    publisher.publish_job(body, message_id=campaign)
    publisher.close()
    opposing = threading.Thread(target=opposer.run)
    opposing.start()
    try:
        ended = follow(ground.app, campaign, _PATIENCE)
    finally:
        opposer.over.set()
        opposing.join()
    accounted = ended.outcomes.get("sent", 0) + ended.outcomes.get("suppressed", 0)
    if accounted != _RECIPIENTS or not opposer.committed:
        msg = f"of {_RECIPIENTS}: {ended.outcomes}, {len(opposer.committed)} opposed"
        raise RuntimeError(msg)
    return ended


@contextmanager
def _sink(port: int, file: Path) -> Iterator["_Stop"]:
    command = [sys.executable, "-m", "ops.bench.noting_sink", str(port), str(file)]
    process = subprocess.Popen(command)
    try:
        yield _Stop(process, file)
    finally:
        process.kill()
        process.wait()


@dataclass(frozen=True, slots=True)
class _Stop:
    process: subprocess.Popen[bytes]
    file: Path

    def __call__(self) -> dict[str, float]:
        """Stop the sink; return when each recipient's last mail came."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        taken = {}
        for line in self.file.read_text().splitlines():
            at, recipient = line.split(" ")
            taken[recipient] = float(at)
        return taken
