"""Workers killed again and again while somebody reads the metrics: no figure may jump or stay."""

import time
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from ops.chaos.field import LEASE_SECONDS, Field, wait_for
from ops.chaos.scenarios import Run
from ops.chaos.scraper import Reading, Scraper, fallen
from ops.chaos.verdict import Verdict
from ops.services.children import free_ports

_WORKERS = ("worker-0", "worker-1", "worker-2")
_TWO_READINGS = 0.5
_SLOWEST = 0.5  # seconds that a reading usually takes, on a machine that others use too
_KILLS = 200


def killed_under_scrape(field: Field, number: int, kills: int = _KILLS) -> Verdict:
    """Workers killed many times; counters never fall, and nothing of the dead stays in a gauge."""
    embedded = field.app.settings.embedded
    workers = ("up",) if embedded else _WORKERS
    scraper = _watching(field)
    run = Run(field, number)
    pace = 1.5 if embedded else 0.4  # one that has not even started is not worth a kill
    run.begin(*workers, seconds=kills * pace * 1.2)
    for moment, victim in run.moments(pace, pace * 1.5, victims=len(workers), times=kills):
        run.deeds.in_flight += field.kill(workers[victim])
        run.deeds.killed += 1
        run.oppose_midway(moment)
        field.start(workers[victim])
    faults = [*_gone_with_the_dead(field, run, workers, scraper)]
    verdict = run.verdict("killed_under_scrape", leave=("metrics",))
    faults += _started_anew(field, scraper)
    field.end_all()
    usual = median(scraper.took)
    if usual > _SLOWEST:
        faults.append(f"a reading usually took {usual:.2f} s")
    return replace(verdict, faults=(*verdict.faults, *sorted(scraper.faults), *faults))


def _watching(field: Field) -> Scraper:
    """Start an exporter and somebody who reads it all the time."""
    (port,) = free_ports(1)
    field.env["CHAPPE_METRICS_LISTEN"] = f"127.0.0.1:{port}"
    field.start("metrics")
    scraper = Scraper(port)
    wait_for(lambda: scraper.read() is not None, "the metrics")
    scraper.start()
    return scraper


def _gone_with_the_dead(
    field: Field, run: Run, workers: Sequence[str], scraper: Scraper
) -> Sequence[str]:
    """Kill all workers: once their leases have ended nothing is in progress any more."""
    for worker in workers:
        run.deeds.in_flight += field.kill(worker)
        run.deeds.killed += 1
    time.sleep(LEASE_SECONDS + _TWO_READINGS)
    claimed = _claimed(scraper.read())
    field.start(*workers)
    return [f"{claimed} batches are claimed by the dead"] if claimed else []


def _started_anew(field: Field, scraper: Scraper) -> Sequence[str]:
    """Stop everything and start the exporter: the same counters, no old gauge."""
    before = scraper.read()
    scraper.stop()
    field.end("metrics")
    field.start("metrics")
    wait_for(lambda: scraper.read() is not None, "the metrics")
    after = scraper.read()
    if after is None or before is None:
        return ["nobody answered after a full stop"]
    faults = [*fallen(before, after)]
    if after.counters != before.counters:
        faults.append("counters changed although nothing ran")
    if after.total("chappe_batches") or after.total("chappe_recipients_waiting"):
        faults.append("work is shown although there is none")
    return faults


def _claimed(reading: Reading | None) -> float:
    return -1 if reading is None else reading.total("chappe_batches", state="claimed")
