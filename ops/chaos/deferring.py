"""Recipients whom a rule lets leave later only, while the processes that put them off are killed."""

import time
from contextlib import suppress
from dataclasses import replace
from typing import Final

import sqlalchemy as sa

from engine import statistics, switching_off
from engine.admission import UnknownCampaign
from engine.clock import SECOND
from engine.switching_off import KillKind, Target
from ops.bench.ground import CONTROLLER
from ops.chaos.field import Field, wait_for
from ops.chaos.scenarios import Run
from ops.chaos.verdict import Verdict

_CLOSED_SECONDS: Final = 15.0
_WORKERS: Final = ("worker-0", "worker-1", "worker-2")
_STARTED: Final = "worker_started"
_EVERYBODY: Final = "@example.org"


def killed_while_deferring(field: Field, number: int) -> Verdict:
    """Nobody may be written to for a while: workers put people off, and are killed meanwhile.

    Then it is permitted, and workers are killed further. Nobody may leave too early, be forgotten
    where they wait, or get it twice.
    """
    run = Run(field, number)
    field.sink.forget()
    before = [_starts(field, worker) for worker in _WORKERS]
    field.start("scheduler", *_WORKERS)
    wait_for(
        lambda: all(
            _starts(field, worker) > times for worker, times in zip(_WORKERS, before, strict=True)
        ),
        "all workers",
        60.0,
    )
    opening = time.time() + _CLOSED_SECONDS
    switching_off.kill(
        field.app,
        Target(KillKind.DESTINATION, _EVERYBODY),
        "chaos",
        round(opening * SECOND),
    )
    run.began = time.monotonic()
    run.campaign = field.publish(number)
    field.sink.delay = min(8.0 * 8 * len(_WORKERS) / number, 0.2)
    wait_for(lambda: _put_off(field, run.campaign) > 0, "somebody who is put off")
    for victim in _WORKERS * 2:
        _kill(run, victim)
        time.sleep(0.3)
    put_off = _put_off(field, run.campaign)
    wait_for(lambda: field.sink.mails > 0, "the first mail after the opening", 60.0)
    for moment, turn in run.moments(0.5, 1.2, victims=len(_WORKERS), times=6):
        _kill(run, _WORKERS[turn])
        run.oppose_midway(moment)
    verdict = run.verdict("killed_while_deferring")
    faults = list(verdict.faults)
    early = sum(at < opening for at in field.sink.taken_at.values())
    if early:
        faults.append(f"{early} were written to too early")
    if not put_off:
        faults.append("nobody was put off, so nothing is proven")
    return replace(verdict, faults=tuple(faults))


def _kill(run: Run, worker: str) -> None:
    run.deeds.in_flight += run.field.kill(worker)
    run.deeds.killed += 1
    run.field.start(worker)


def _starts(field: Field, worker: str) -> int:
    """Return how often a worker said that it has started; its log goes on over all scenarios."""
    log = field.ground.home / f"{worker}.log"
    return log.read_text().count(_STARTED) if log.exists() else 0


def _put_off(field: Field, campaign: str) -> int:
    """Return how many of a campaign wait for their hour; 0 while nobody has taken it in."""
    with suppress(UnknownCampaign, sa.exc.DBAPIError):
        waits = statistics.overview(field.app, campaign, CONTROLLER).tries
        return sum(wait.recipients for wait in waits)
    return 0
