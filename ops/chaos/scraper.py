"""Somebody who reads the metrics all the time, and notices when a figure cannot be right."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException

from prometheus_client.parser import text_string_to_metric_families

_INTERVAL = 0.2
_PATIENCE = 10.0
_COUNTED = frozenset({"counter", "histogram"})
_OF_THE_EXPORTER = "chappe_scrape_failures_total"  # begins anew with it, and says so

Sample = tuple[str, frozenset[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was shown once: counters (buckets of histograms too), gauges, and how long it took."""

    counters: Mapping[Sample, float]
    gauges: Mapping[Sample, float]
    seconds: float

    def total(self, name: str, **labels: str) -> float:
        """Add up the gauges of a name that have these labels."""
        wanted = labels.items()
        return sum(
            value for (one, held), value in self.gauges.items() if one == name and wanted <= held
        )


@dataclass(slots=True)
class Scraper:
    """Reads metrics in a thread of its own; ``faults`` says what was wrong, each once."""

    port: int
    faults: set[str] = field(default_factory=set)
    took: list[float] = field(default_factory=list)
    _last: Reading | None = None
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to read."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Read no more."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def read(self) -> Reading | None:
        """Read once; None when nobody answers."""
        begun = time.monotonic()
        link = HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            link.request("GET", "/metrics")
            text = link.getresponse().read().decode()
        except (OSError, HTTPException):
            return None
        finally:
            link.close()
        return _understood(text, time.monotonic() - begun)

    def _run(self) -> None:
        while not self._ended.wait(_INTERVAL):
            reading = self.read()
            if reading is None:
                self.faults.add("nobody answered")
                continue
            self._judge(reading)
            self.took.append(reading.seconds)
            self._last = reading

    def _judge(self, reading: Reading) -> None:
        self.faults |= fallen(self._last, reading)
        for (name, held), value in reading.gauges.items():
            if value < 0:
                self.faults.add(f"{name}{dict(held)} was {value}")
        if gap := reading.total("chappe_audit_gap"):
            self.faults.add(f"the audit gap was {gap}")
        if failures := reading.counters.get((_OF_THE_EXPORTER, frozenset())):
            self.faults.add(f"{failures} groups could not be read")


def fallen(before: Reading | None, after: Reading) -> set[str]:
    """Return what is wrong between two readings: counters that fell or are not there any more."""
    if before is None:
        return set()
    found = set()
    for (name, held), value in before.counters.items():
        now = after.counters.get((name, held))
        if name != _OF_THE_EXPORTER and (now is None or now < value):
            found.add(f"{name}{dict(held)} fell from {value} to {now}")
    return found


def _understood(text: str, seconds: float) -> Reading:
    counters: dict[Sample, float] = {}
    gauges: dict[Sample, float] = {}
    for family in text_string_to_metric_families(text):
        place = counters if family.type in _COUNTED else gauges
        for one in family.samples:
            place[one.name, frozenset(one.labels.items())] = one.value
    return Reading(counters, gauges, seconds)
