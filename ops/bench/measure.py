"""What a benchmark reports, and how busy the machine is with other things meanwhile."""

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

Figures = dict[str, float | int | str]  # by name, the unit in it

_CALM_SECONDS = 1.0
_FOREIGN = 0.15  # share of all cores that something else used just before


@dataclass(frozen=True, slots=True)
class Result:
    """One line of ``make bench``.

    per_s        what was done per second
    limit_per_s  what it is held against: a floor, or another program's rate in the same run
    rss_mb       highest memory of a process that did the work
    more         further figures, each with its unit in its name
    """

    name: str
    n: int
    seconds: float
    limit_per_s: float
    rss_mb: float
    more: Figures = field(default_factory=dict)

    def line(self) -> str:
        """Return the result as one JSON object."""
        per_s = self.n / self.seconds if self.seconds else 0.0
        return json.dumps(
            {
                "name": self.name,
                "n": self.n,
                "seconds": round(self.seconds, 3),
                "per_s": round(per_s, 1),
                "limit_per_s": round(self.limit_per_s, 1),
                "ratio": round(per_s / self.limit_per_s, 3),
                "rss_mb": round(self.rss_mb, 1),
                **self.more,
            }
        )


def foreign_load() -> float:
    """Return the share of the machine that other processes use: looked at for a second."""
    before = _busy()
    time.sleep(_CALM_SECONDS)
    after = _busy()
    return (after - before) / (_CALM_SECONDS * (os.cpu_count() or 1))


def load_note(share: float) -> Figures:
    """Return what a result says about the load that was there before it began."""
    if share < _FOREIGN:
        return {}
    return {"foreign_load": round(share, 2), "note": "something else was running: not comparable"}


def _busy() -> float:
    """Return seconds of processor time used by everything since boot."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _wait, irq, soft, *_rest = (int(field) for field in fields)
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


def peak_mb(pid: int) -> float:
    """Return the highest memory that a live process has held, in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def now() -> float:
    """Return seconds of the epoch, to be set against instants that Chappe stored."""
    return time.time()
