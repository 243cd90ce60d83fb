"""Time and doorbells, held still until a test moves them."""

import threading

from engine.actors import Bells
from engine.clock import SECOND, Millis

NOON: Millis = 1_795_608_000_000  # 2026-11-25T12:00:00Z


class HandClock:
    """A clock that stands still until it is moved, by the test or by whoever waits."""

    def __init__(self) -> None:
        self.millis = NOON
        self._lock = threading.Lock()

    def now(self) -> Millis:
        return self.millis

    def boot(self) -> float:
        return (self.millis - NOON) / SECOND

    def wait(self, seconds: float) -> None:
        self.move(seconds)

    def move(self, seconds: float) -> None:
        with self._lock:
            self.millis += round(seconds * SECOND)


class Rung(Bells):
    """Doorbells that only note what was rung."""

    def __init__(self) -> None:
        self.lanes: dict[str, None] = {}
        self.plans: dict[int, None] = {}
        self.rights = 0
        self.sweeps: dict[str, None] = {}

    def ring_lane(self, lane: str) -> None:
        self.lanes[lane] = None

    def ring_planning(self, campaign_id: int) -> None:
        self.plans[campaign_id] = None

    def ring_rights(self) -> None:
        self.rights += 1

    def ring_retention(self, name: str) -> None:
        self.sweeps[name] = None
