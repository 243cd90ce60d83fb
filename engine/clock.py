"""Time, injected. Nothing else in the engine asks the operating system what time it is.

Two clocks exist because they answer different questions. *Instants* (milliseconds since the Unix
epoch, UTC) say when something is due or happened. The *boot clock* says how long something took,
and goes on counting while the machine or the process is suspended, which is what a deadline needs.
The database's own clock is a third one: it serves leases only, since many hosts must agree on it.
"""

import time
from typing import Protocol

Millis = int
SECOND: Millis = 1_000
MINUTE: Millis = 60 * SECOND
HOUR: Millis = 60 * MINUTE
DAY: Millis = 24 * HOUR


class Clock(Protocol):
    """Where the engine gets its time from."""

    def now(self) -> Millis:
        """Return the instant, in milliseconds since the epoch."""
        ...

    def boot(self) -> float:
        """Return seconds since some fixed point, counting time spent suspended."""
        ...

    def wait(self, seconds: float) -> None:
        """Block the calling thread."""
        ...


class SystemClock:
    """The machine's clock, shifted by a fixed offset (0 but in demos and tests)."""

    def __init__(self, offset: Millis = 0) -> None:
        self._offset = offset

    def now(self) -> Millis:
        """Return the instant, in milliseconds since the epoch."""
        return time.time_ns() // 1_000_000 + self._offset

    def boot(self) -> float:
        """Return ``CLOCK_BOOTTIME``: a frozen or suspended process finds its deadline passed."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def wait(self, seconds: float) -> None:
        """Block the calling thread."""
        time.sleep(seconds)
