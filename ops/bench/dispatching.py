"""Campaigns from end to end: through RabbitMQ, PostgreSQL and a relay, and on the embedded default."""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median, median_low
from tempfile import TemporaryDirectory

from engine.app import App
from engine.broker.publisher import Publisher
from engine.intake import take
from ops.bench.campaign import Ended, await_planning, follow, job
from ops.bench.ground import Ground, account, embedded, new_campaign_id, real_services
from ops.bench.measure import Figures, Result, foreign_load, load_note, now, peak_mb
from ops.bench.retention import (
    OLD_ROWS,
    clear_connections,
    plant_connections,
    plant_old_connections,
)
from ops.bench.rules import hold_to_french_rules, open_everything
from ops.bench.sink import smtp_sink
from ops.bench.workers import highest_mb, running
from ops.processes import run_both

_PATIENCE = 600.0
_WORKERS = 2
_SCHEDULER = "ops.cli scheduler"
_WORKER = "ops.cli worker"
_MEASURING_WORKER = "ops.bench.nowhere"
_SUPPRESSIONS = 1_000_000
_RECIPIENTS = 50_000
_FEW, _MANY = 20_000, 500_000
_PAIRS = 7
_MOST_LOSS = 0.05
_TURNS = 3
_MOST_LOSS_TO_RULES = 0.10


def email_end_to_end() -> Iterator[Result]:
    """50,000 personalised mails with a million oppositions, held against smtp-source's own rate.

    The clock runs from the flip to *planned* until *finished*; ``whole_per_s`` counts from the
    publish, planning included.
    """
    with smtp_sink() as sink, real_services("smtp", {"url": sink.url}) as ground:
        ground.oppose_strangers(_SUPPRESSIONS)
        foreign = load_note(foreign_load())
        with running(ground.env, _SCHEDULER, *[_WORKER] * _WORKERS) as processes:
            _send(ground, _FEW // 10)  # connections and caches warm, as in a running installation
            rate = sink.source_rate(_RECIPIENTS)
            run = _send(ground, _RECIPIENTS)
            yield run.result("email_end_to_end", rate, highest_mb(processes), foreign)


def check_only(number: int = 100_000, turns: int = _TURNS) -> Iterator[Result]:
    """Everything but the provider: 100,000 recipients, a million oppositions, two sets of rules.

    In turns under rules that are all open, and under all of those for France; medians of each.
    ``loss`` is what the French ones cost. They are held against nine tenths of the open ones.
    """
    unruled, ruled = [], []
    with real_services("outbox", {"folder": "unused"}) as ground:
        ground.oppose_strangers(_SUPPRESSIONS)
        foreign = load_note(foreign_load())
        with running(ground.env, _SCHEDULER, *[_MEASURING_WORKER] * _WORKERS) as processes:
            _send(ground, _FEW // 10)
            for _ in range(turns):
                open_everything(ground.app)
                unruled.append(_send(ground, number))
                hold_to_french_rules(ground.app)
                ruled.append(_send(ground, number))
            highest = highest_mb(processes)
    usual = _median(unruled)
    yield usual.result("check_only", 30_000, highest, foreign)
    french = _median(ruled)
    more: Figures = {
        "loss": round(1 - usual.seconds / french.seconds, 3),
        "turns": turns,
        **foreign,
    }
    least = (1 - _MOST_LOSS_TO_RULES) * number / usual.seconds
    yield french.result("check_only_fr", least, highest, more)


def dispatch_beside_sweep() -> Iterator[Result]:
    """The same as ``check_only``, beside a connection log that is new, then one that is too old.

    In turns, and medians of each: what differs is the sweep. ``loss`` is its cost to dispatch.
    """
    number, alone, beside, swept = 100_000, [], [], 0
    with real_services("outbox", {"folder": "unused"}) as ground:
        ground.oppose_strangers(_SUPPRESSIONS)
        foreign = load_note(foreign_load())
        with running(ground.env, _SCHEDULER, *[_MEASURING_WORKER] * _WORKERS) as processes:
            _send(ground, _FEW // 10)
            for _ in range(_PAIRS):
                alone.append(_send(ground, number, meanwhile=plant_connections))
                clear_connections(ground.app)
                beside.append(_send(ground, number, meanwhile=plant_old_connections))
                swept += OLD_ROWS - clear_connections(ground.app)
            highest = highest_mb(processes)
    usual = median(run.seconds for run in alone)
    slower = median(run.seconds for run in beside)
    more: Figures = {"loss": round(1 - usual / slower, 3), "rows_swept": swept, **foreign}
    least = (1 - _MOST_LOSS) * number / usual
    yield Result("dispatch_beside_sweep", number, slower, least, highest, more)


def memory() -> Iterator[Result]:
    """Peak memory of a worker for 500,000 recipients, against that for 20,000."""
    few, many = _peak(_FEW), _peak(_MANY)
    many.more["rss_mb_20000"] = round(few.rss_mb, 1)
    many.more["growth"] = round(many.rss_mb / few.rss_mb, 3)
    yield many


def _peak(number: int) -> Result:
    with (
        real_services("outbox", {"folder": "unused"}) as ground,
        running(ground.env, _SCHEDULER, _MEASURING_WORKER) as processes,
    ):
        run = _send(ground, number)
        return run.result("memory", 30_000, highest_mb(processes[1:]), {})


def embedded_outbox() -> Iterator[Result]:
    """The embedded default: SQLite, one process, mails written as files."""
    number = 20_000
    with (
        TemporaryDirectory(prefix="chappe-outbox-") as folder,
        embedded("outbox", {"folder": folder}) as ground,
    ):
        foreign = load_note(foreign_load())
        asked = threading.Event()
        process = threading.Thread(target=run_both, args=(ground.app.settings, asked))
        process.start()
        try:
            run = _send(ground, number)
        finally:
            asked.set()
            process.join()
        yield run.result("embedded", 3_000, peak_mb(os.getpid()), foreign)


@dataclass(frozen=True, slots=True)
class Run:
    """One campaign that ended; instants in seconds of the epoch."""

    number: int
    published_at: float
    ended: Ended

    @property
    def seconds(self) -> float:
        """From *planned* to *finished*."""
        return self.ended.finished_at - self.ended.planned_at

    def result(self, name: str, limit: float, rss_mb: float, more: Figures) -> Result:
        """Return the line of this run: from *planned* to *finished*, and the whole beside it."""
        whole = self.ended.finished_at - self.published_at
        figures: Figures = {
            "whole_seconds": round(whole, 3),
            "whole_per_s": round(self.number / whole, 1),
            **more,
        }
        return Result(name, self.number, self.seconds, limit, rss_mb, figures)


def _median(runs: list[Run]) -> Run:
    """Return the run in the middle, by its seconds."""
    middle = median_low(run.seconds for run in runs)
    return next(run for run in runs if run.seconds == middle)


def _send(ground: Ground, number: int, meanwhile: Callable[[App], None] = lambda _app: None) -> Run:
    """Send one campaign; ``meanwhile`` is done once it is being planned."""
    campaign = new_campaign_id()
    name = f"{campaign}.csv"
    body = job(campaign, name, ground.drop(name, number))
    published_at = now()
    settings = ground.app.settings
    if settings.embedded:
        take(ground.app, body, account(ground.app), campaign)
    else:
        publisher = Publisher(settings.broker_url.get_secret_value())
        publisher.publish_job(body, message_id=campaign)
        publisher.close()
    await_planning(ground.app, campaign, _PATIENCE)
    meanwhile(ground.app)
    ended = follow(ground.app, campaign, _PATIENCE)
    if ended.outcomes != {"sent": number}:
        msg = f"expected {number} sent, got {ended.outcomes}"
        raise RuntimeError(msg)
    return Run(number, published_at, ended)
