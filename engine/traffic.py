"""How much each connector carries at a time in this process: batches, and recipients a slice.

A connector that stalls keeps its own few threads busy and no more; the others go on serving. A
slice is as large as what the connector hands over in about a second: everybody in it was checked
before it left, so that a larger one would make oppositions, pauses and cancellations wait.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

FIRST_SLICE = 50  # recipients, until it is known how fast a connector is
_QUICK = 0.5  # seconds: a slice that was over sooner could have been twice as large


class Traffic:
    """Counts and measures; shared by the threads of a process."""

    def __init__(self) -> None:
        self._seats: Counter[str] = Counter()
        self._sizes: dict[str, int] = {}
        self._lock = threading.Lock()

    @contextmanager
    def seat(self, row: str, most: int) -> Iterator[bool]:
        """Hold a seat in a row while the block runs; False: all ``most`` of them are taken."""
        with self._lock:
            free = self._seats[row] < most
            self._seats[row] += free
        try:
            yield free
        finally:
            with self._lock:
                self._seats[row] -= free

    def slice_size(self, connector: str, most: int) -> int:
        """Return how many recipients the next slice should have, at most ``most``."""
        with self._lock:
            return min(self._sizes.get(connector, FIRST_SLICE), most)

    def learn(self, connector: str, wanted: int, carried: int, seconds: float) -> None:
        """Note that of ``wanted`` recipients ``carried`` were handed over within ``seconds``."""
        with self._lock:
            if carried < wanted:
                self._sizes[connector] = max(1, carried)
            elif seconds < _QUICK:
                known = self._sizes.get(connector, FIRST_SLICE)
                self._sizes[connector] = max(known, 2 * wanted)
