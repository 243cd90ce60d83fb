"""The slice that a connector pulls from: the positions of a batch that are in flight now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from channels.contract import Message, SendKind, SendResult, UnusableRecipient
from engine.errors import EngineError

_log = structlog.get_logger()


class SettledTwice(EngineError):
    """Raised when a connector settles a position twice or one it never took: a fault in it."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Where the positions of a slice stand when it is over.

    unanswered  passed their gate and were never settled: in doubt
    unsent      were certainly not sent: never taken, or never let through
    """

    results: Mapping[int, SendResult]
    unanswered: Sequence[int]
    unsent: Sequence[int]


@dataclass(frozen=True, slots=True)
class Window:
    """When a slice may be worked, on a clock that counts suspension.

    take_until  nobody more is given out from here on
    gate_until  nobody leaves from here on
    """

    take_until: float
    gate_until: float


class LiveSlice:
    """Implements ``channels.contract.Slice`` for positions that were just journalled.

    Past its window nothing is taken and the gate is shut, whatever the connector does: the checks
    are old by then, and later the lease may end and another worker take the batch over. A worker
    that was frozen finds its gate shut when it wakes.
    """

    def __init__(
        self,
        positions: Sequence[int],
        compose: Callable[[int], Message],
        window: Window,
        boot: Callable[[], float],
    ) -> None:
        self.results: dict[int, SendResult] = {}
        self.last_taken: float | None = None  # boot clock's time; None: nobody was given out
        self._positions = positions
        self._compose = compose
        self._window = window
        self._boot = boot
        self._next = 0
        self._taken: set[int] = set()
        self._passed: set[int] = set()
        self._stopped = False
        self._shut = False

    def take(self) -> Message | None:
        """Return the next message, rendered now; None when there is none to hand over."""
        while self._next < len(self._positions):
            now = self._boot()
            if self._stopped or now >= self._window.take_until:
                return None
            position = self._positions[self._next]
            self._next += 1
            try:
                message = self._compose(position)
            except UnusableRecipient as unusable:
                self.results[position] = SendResult(SendKind.INVALID, unusable.reason, units=0)
                continue
            except Exception as fault:  # noqa: BLE001 (one recipient's data must never stop the others')
                _log.error("compose_failed", position=position, error=type(fault).__name__)
                self.results[position] = SendResult(SendKind.REFUSED, "compose_failed", units=0)
                continue
            self._taken.add(position)
            self.last_taken = now
            return message
        return None

    def gate(self, position: int) -> bool:
        """Return whether a taken message may still be sent; asked just before it is."""
        if position not in self._taken:
            return False
        # Noted first and decided second: a thread that shuts the slice between the two must not
        # count as unsent what is then let through.
        first = position not in self._passed
        self._passed.add(position)
        if self._shut or self._boot() >= self._window.gate_until:
            if first:
                self._passed.discard(position)
            return False
        return True

    def settle(self, position: int, result: SendResult) -> None:
        """Record what became of a taken position."""
        if position not in self._taken or position in self.results:
            msg = f"position {position} was settled twice or never taken"
            raise SettledTwice(msg)
        self.results[position] = result

    def stop(self) -> None:
        """Give out nothing more; what was taken may still be sent."""
        self._stopped = True

    def shut(self) -> None:
        """Let nothing through any more; what passed the gate is still awaited."""
        self._stopped = self._shut = True

    def ends(self) -> Ends:
        """Shut the slice and return where each of its positions stands, for good.

        A connector that was given up may go on settling; that comes too late to be told apart
        from silence, and changes nothing here.
        """
        self.shut()
        passed, results = set(self._passed), dict(self.results)
        unanswered, told = passed - results.keys(), passed | results.keys()
        return Ends(
            results,
            [position for position in self._positions if position in unanswered],
            [position for position in self._positions if position not in told],
        )
