"""Planning alone: a CSV of recipients becomes sealed blocks on PostgreSQL."""

import os
import time
from collections.abc import Iterator

from engine import statistics
from engine.bootstrap import build_planner
from engine.intake import take
from ops.bench.campaign import job
from ops.bench.ground import CONTROLLER, account, new_campaign_id, real_services
from ops.bench.measure import Result, foreign_load, load_note, peak_mb
from ops.memory import calm_collector

_ROWS = 200_000
_LIMIT = 60_000


def plan() -> Iterator[Result]:
    """Plan 200,000 rows in this process: read, normalise, key, de-duplicate, cut, seal."""
    with real_services("outbox", {}) as ground:
        campaign = new_campaign_id()
        name = f"{campaign}.csv"
        body = job(campaign, name, ground.drop(name, _ROWS))
        taken = take(ground.app, body, account(ground.app), campaign)
        if taken.campaign_id is None:
            msg = f"not taken: {'; '.join(map(str, taken.faults))}"
            raise RuntimeError(msg)
        foreign = load_note(foreign_load())
        calm_collector()  # as every worker process does
        planner = build_planner(ground.app)
        begun, processor = time.perf_counter(), time.process_time()
        while planner(taken.campaign_id):
            pass
        seconds = time.perf_counter() - begun
        own = time.process_time() - processor
        row = statistics.overview(ground.app, campaign, CONTROLLER).found.row
        if row.accepted != _ROWS or row.planned_at is None:
            msg = f"planned {row.accepted} of {_ROWS}, state {row.state}"
            raise RuntimeError(msg)
        more = {"own_us_per_row": round(own / _ROWS * 1e6, 2), **foreign}
        yield Result("plan", _ROWS, seconds, _LIMIT, peak_mb(os.getpid()), more)
