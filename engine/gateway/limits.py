"""How much one address may ask for: token buckets in memory, of bounded number.

One-click requests of many persons come from a few addresses of large mail providers: what succeeds
is limited generously, what fails strictly. An address whose failures are used up is still served
when it comes with an authentic token, which costs no look-up to see.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowance:
    """A bucket's size and what flows into it: so many at once, then so many a second."""

    burst: int
    per_second: float


FAILURES = Allowance(burst=60, per_second=1)
REQUESTS = Allowance(burst=10_000, per_second=5_000)


class Buckets:
    """One bucket per key; the keys that were quiet longest are forgotten first.

    boot  a clock in seconds
    most  keys remembered: who has many addresses can make others be forgotten, which only fills
          their buckets again
    """

    def __init__(
        self, allowance: Allowance, boot: Callable[[], float], *, most: int = 20_000
    ) -> None:
        self._allowance = allowance
        self._boot = boot
        self._most = most
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()  # level, at

    def take(self, key: str) -> bool:
        """Take one; False: there is none left, and nothing was taken."""
        level, now = self._level(key)
        allowed = level >= 1
        self._levels[key] = (level - 1 if allowed else level, now)
        self._levels.move_to_end(key)
        if len(self._levels) > self._most:
            self._levels.popitem(last=False)
        return allowed

    def left(self, key: str) -> bool:
        """Return whether there is one left, and take nothing."""
        return self._level(key)[0] >= 1

    def seconds(self, key: str) -> int:
        """Return in how many whole seconds there is one again, at least 1."""
        missing = 1 - self._level(key)[0]
        return max(1, -int(-missing // self._allowance.per_second))

    def __len__(self) -> int:
        return len(self._levels)

    def _level(self, key: str) -> tuple[float, float]:
        now = self._boot()
        before = self._levels.get(key)
        if before is None:
            return self._allowance.burst, now
        level, at = before
        flown = max(0.0, now - at) * self._allowance.per_second
        return min(self._allowance.burst, level + flown), now
