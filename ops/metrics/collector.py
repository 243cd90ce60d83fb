"""The exporter: reads counters and gauges from the databases each time it is asked.

It keeps no figure of its own but how often a reading failed, so any number of exporters show the
same, and neither the death of a worker nor of an exporter changes what they show.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from importlib.metadata import version

import sqlalchemy as sa
import structlog
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from engine import counters
from engine.app import App
from engine.clock import SECOND
from engine.counters import BUCKETS, Series
from engine.errors import EngineError
from engine.gauges import Gauges, Labels, Readings, carriers, totals
from ops.metrics.registry import PREFIX, SERIES, Kind, Name, Own

_PATIENCE = 10.0  # seconds that one reading waits for another; Prometheus gives up by then

Values = Mapping[Labels, float]
_log = structlog.get_logger()


class ScrapeBusy(EngineError):
    """Raised when an earlier reading takes so long that another one would only add to it."""


class Exporter(Collector):
    """What ``/metrics`` shows; see ``ops.metrics.registry``."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._gauges = Gauges(app)
        self._failures = 0
        self._turn = threading.Lock()

    def close(self) -> None:
        """Let the broker go."""
        self._gauges.close()

    def collect(self) -> Iterable[Metric]:
        """Read everything; what cannot be read is left out and counted as a failure.

        Raises ScrapeBusy when another reading does not end.
        """
        if not self._turn.acquire(timeout=_PATIENCE):
            raise ScrapeBusy("an earlier reading of the metrics is still waiting for its database")
        try:
            return self._collect()
        finally:
            self._turn.release()

    def describe(self) -> Iterable[Metric]:
        """Nothing is read when the exporter is registered."""
        return ()

    def _collect(self) -> list[Metric]:
        begun = self._app.clock.boot()
        found = self._read("counters", lambda: _counted(self._app))
        for group, read in self._gauges.groups().items():
            found += self._read(group, partial(_shown, read))
        took = self._app.clock.boot() - begun
        found += [
            _family(Own.BUILD, {(version("chappe"),): 1}),
            _family(Own.SCRAPE, {(): took}),
            _family(Own.FAILURES, {(): self._failures}),
        ]
        return found

    def _read(self, group: str, read: Callable[[], Iterable[Metric]]) -> list[Metric]:
        try:
            return list(read())
        except (sa.exc.SQLAlchemyError, EngineError, OSError) as fault:
            self._failures += 1
            _log.warning("metrics_unreadable", group=group, error=type(fault).__name__)
            return []


def as_text(families: Sequence[Metric]) -> str:
    """Return what was read as Prometheus reads it."""
    return generate_latest(_Read(families)).decode()


class _Read(Collector):
    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _counted(app: App) -> Iterator[Metric]:
    with app.db.read() as connection:
        counted = counters.from_the_start() | dict(totals(connection))
        names = {str(one.number): one.name for one in carriers(connection)}
    names[str(counters.NO_CONNECTOR)] = ""
    for series in Series:
        mine = {labels: value for (one, labels), value in counted.items() if one is series}
        if series in BUCKETS:
            yield _histogram(series, mine)
        else:
            yield _family(series, _labelled(series, mine, names))


def _labelled(series: Series, values: Mapping[str, int], names: Mapping[str, str]) -> Values:
    """Return counters by their labels; those of a connector that nobody knows count as none's."""
    found: dict[Labels, float] = {}
    connector = "connector" in SERIES[series].labels
    for joined, value in values.items():
        labels = counters.label_values(joined)
        if connector:
            labels = (labels[0], names.get(labels[1], ""), *labels[2:])
        found[labels] = found.get(labels, 0) + value
    return found


def _shown(read: Callable[[], Readings]) -> Iterator[Metric]:
    for name, values in read().items():
        yield _family(name, values)


def _family(name: Name, values: Values) -> Metric:
    described = SERIES[name]
    kind = CounterMetricFamily if described.kind is Kind.COUNTER else GaugeMetricFamily
    family = kind(PREFIX + name.value, described.meaning, labels=described.labels)
    for labels, value in sorted(values.items()):
        family.add_metric(labels, value)
    return family


def _histogram(series: Series, values: Mapping[str, int]) -> Metric:
    described = SERIES[series]
    family = HistogramMetricFamily(
        PREFIX + series.value, described.meaning, labels=described.labels
    )
    by_channel: dict[str, dict[str, int]] = {}
    for joined, value in values.items():
        channel, part = counters.label_values(joined)
        by_channel.setdefault(channel, {})[part] = value
    ends = [*(str(end / SECOND) for end in BUCKETS[series]), "+Inf"]
    for channel, parts in sorted(by_channel.items()):
        seen = counters.histogram(series, parts)
        buckets = list(zip(ends, seen.buckets, strict=True))
        family.add_metric([channel], buckets, seen.total / SECOND)
    return family
