"""Seats: how many batches each connector carries at a time in this process.

A connector that stalls keeps its own few threads busy and no more; the others go on serving.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Seats:
    """Counts the batches that each connector carries; shared by the threads of a process."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def seat(self, row: str, most: int) -> Iterator[bool]:
        """Hold a seat in a row while the block runs; False: all ``most`` of them are taken."""
        with self._lock:
            free = self._taken[row] < most
            self._taken[row] += free
        try:
            yield free
        finally:
            with self._lock:
                self._taken[row] -= free
