"""Figures of one process: memory, processor, garbage, pools, how late its event loop is.

Each process shows its own, on an address of its own, if a setting asks for it. They are figures
of a machine, not of Chappe's work, and vanish with the process.
"""

import asyncio
from collections.abc import Iterable
from concurrent.futures import CancelledError
from importlib.metadata import version

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.pool import QueuePool

from engine.app import App
from engine.fleet import Fleet
from ops.metrics.registry import PREFIX, Own

_PATIENCE = 2.0  # seconds: a loop that is later than that is as good as stuck

LOOP_LAG = f"{PREFIX}loop_lag_seconds"
POOL = f"{PREFIX}pool_connections"
MEANING = {
    LOOP_LAG: "How late the connectors' event loop was just now; at most 2.",
    POOL: "Connections to the database, by state: in_use, idle.",
}


def process_registry(app: App, fleet: Fleet | None) -> CollectorRegistry:
    """Return what one process shows of itself; ``fleet`` None: it has no event loop."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    registry.register(_Insides(app, fleet))
    return registry


class _Insides(Collector):
    def __init__(self, app: App, fleet: Fleet | None) -> None:
        self._app = app
        self._fleet = fleet

    def collect(self) -> Iterable[Metric]:
        build = GaugeMetricFamily(PREFIX + Own.BUILD, "Always 1; its version.", labels=["version"])
        build.add_metric([version("chappe")], 1)
        yield build
        pool = self._app.db.engine.pool
        if isinstance(pool, QueuePool):
            family = GaugeMetricFamily(POOL, MEANING[POOL], labels=["state"])
            family.add_metric(["in_use"], pool.checkedout())
            family.add_metric(["idle"], pool.checkedin())
            yield family
        if self._fleet is not None:
            yield GaugeMetricFamily(LOOP_LAG, MEANING[LOOP_LAG], value=self._lag(self._fleet))

    def describe(self) -> Iterable[Metric]:
        return ()

    def _lag(self, fleet: Fleet) -> float:
        begun = self._app.clock.boot()
        turn = fleet.start(asyncio.sleep(0))
        try:
            turn.result(_PATIENCE)
        except (TimeoutError, CancelledError):
            return _PATIENCE
        return self._app.clock.boot() - begun
