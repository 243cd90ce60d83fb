"""A strict twin of a provider: it knows whom it reached, and keeps to the connectors' contract."""

from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from channels.contract import Channel, Effect, Message, SendKind, SendResult, Slice, Traits
from channels.errors import ConnectorUnavailable
from engine.reference import DeliveryName, read_reference
from engine.store.connectors import ConnectorRow
from tests.dispatching.stage import on_stage
from tests.dispatching.stores import Hands

# How the provider answers about one message.
ENDINGS = (
    "sent",
    "busy",  # not accepted, before its gate
    "late_no",  # not accepted, after it
    "refused",
    "invalid",
    "doubt_reached",  # it has the message, and never says so
    "doubt_lost",  # it does not have it, and never says so
    "unavailable",  # cannot be reached at all
    "hang_before",  # stuck before the point of no return until it is given up
    "hang_after",  # stuck after it
    "broken",  # raises a TimeoutError of its own
    "setup",  # refuses our set-up
    "dead",  # invalid, and never to be contacted again
)


class Hangs(Exception):
    """The twin is stuck; the rest of its work comes when it is given up."""

    def __init__(self, wakes: Callable[[], None]) -> None:
        super().__init__()
        self.wakes = wakes


@dataclass(frozen=True, slots=True)
class Reached:
    """One message that a person got. Times are those of its gate, not of its arrival."""

    delivery: DeliveryName
    to: str
    gate_at: int
    claimed: int


@dataclass(slots=True)
class Sink:
    """What all twins together know."""

    hands: Hands
    key: bytes
    endings: list[str] = field(default_factory=list)
    tries: dict[str, list[str]] = field(default_factory=dict)  # by address, before the endings
    reached: list[Reached] = field(default_factory=list)
    doubted: set[DeliveryName] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)
    claimed: dict[str, int] = field(default_factory=dict)  # worker: when it claimed its batch

    def next_ending(self, to: str) -> str:
        if self.tries.get(to):
            return self.tries[to].pop(0)
        return self.endings.pop(0) if self.endings else "sent"

    def name(self, reference: str) -> DeliveryName:
        found = read_reference(self.key, reference)
        assert found is not None, "a reference that does not authenticate"
        return found

    def worker(self) -> str:
        stage = on_stage()
        return "" if stage is None else stage.name


@dataclass(slots=True)
class Twin:
    """A connector over the sink."""

    sink: Sink
    name: str
    channel: Channel
    traits: Traits = field(default_factory=lambda: Traits(slice_limit=3))

    async def hand_over(self, slice: Slice) -> None:  # noqa: A002 (the contract's name)
        while (message := slice.take()) is not None:
            _step("taken")
            ending = self.sink.next_ending(message.to)
            if ending == "unavailable":
                raise ConnectorUnavailable("connect_timeout", "test", open_breaker=False)
            if ending == "broken":
                raise TimeoutError
            if ending == "hang_before":
                raise Hangs(partial(self._wakes, slice, message.position))
            if ending in _EARLY:
                slice.settle(message.position, _EARLY[ending])
            else:
                self._pass_the_gate(slice, message, ending)

    def _pass_the_gate(
        self,
        slice: Slice,  # noqa: A002 (the contract's name)
        message: Message,
        ending: str,
    ) -> None:
        sink, position, name = self.sink, message.position, self.sink.name(message.reference)
        reached = Reached(name, message.to, sink.hands.millis, sink.claimed.get(sink.worker(), 0))
        if not slice.gate(position):
            return
        _step("gate")
        if ending == "hang_after":
            sink.doubted.add(name)
            raise Hangs(partial(sink.reached.append, reached))
        if ending in _LATE:
            slice.settle(position, _LATE[ending])
            return
        if ending != "doubt_lost":
            sink.reached.append(reached)
            _step("reached")
        if ending.startswith("doubt"):
            sink.doubted.add(name)
            slice.settle(position, SendResult(SendKind.IN_DOUBT, "no_answer"))
        else:
            slice.settle(position, SendResult(SendKind.SENT, provider_ref="r"))
        _step("settled")

    def _wakes(self, slice: Slice, position: int) -> None:  # noqa: A002 (the contract's name)
        if slice.gate(position):
            self.sink.violations.append("the gate was open after the slice was given up")

    async def probe(self) -> SendResult:
        return SendResult(SendKind.SENT)

    async def close(self) -> None:
        return


_EARLY = {
    "busy": SendResult(SendKind.NOT_ACCEPTED, "busy"),
    "invalid": SendResult(SendKind.INVALID, "mailbox_unknown"),
    "setup": SendResult(SendKind.NOT_ACCEPTED, "auth_refused", Effect.OPEN_BREAKER),
    "dead": SendResult(SendKind.INVALID, "mailbox_unknown", Effect.SUPPRESS),
}
_LATE = {
    "late_no": SendResult(SendKind.NOT_ACCEPTED, "try_later", Effect.SLOW_DOWN, retry_after=40.0),
    "refused": SendResult(SendKind.REFUSED, "policy"),
}


def _step(name: str) -> None:
    stage = on_stage()
    if stage is not None:
        stage.pause(name)


class PulledFuture(Future[None]):
    """Runs a connector's work in the thread that waits for it; time passes while it hangs."""

    def __init__(self, work: Coroutine[Any, Any, None], hands: Hands) -> None:
        super().__init__()
        self._work: Coroutine[Any, Any, None] | None = work
        self._hands = hands
        self._wakes: Callable[[], None] | None = None

    def result(self, timeout: float | None = None) -> None:
        if self._work is not None:
            self._pull()
        if self._wakes is not None:
            self._hands.wait(max(timeout or 0.0, 0.5))
            _step("waits")
            raise TimeoutError
        return super().result(0)

    def cancel(self) -> bool:
        if self._wakes is not None:
            wakes, self._wakes = self._wakes, None
            wakes()
            self.set_exception(CancelledError())
        return True

    def __del__(self) -> None:
        if self._work is not None:
            self._work.close()  # its worker was killed before it began

    def _pull(self) -> None:
        work, self._work = self._work, None
        assert work is not None
        try:
            work.send(None)
        except StopIteration:
            self.set_result(None)
        except Hangs as hangs:
            self._wakes = hangs.wakes
        except Exception as error:  # noqa: BLE001 (as a future keeps whatever was raised)
            self.set_exception(error)


class TwinFleet:
    """Gives out twins in the place of live connectors."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def connector(self, carrier: ConnectorRow) -> Twin:
        return Twin(self._sink, carrier.name, Channel(carrier.channel))

    def start(self, work: Coroutine[Any, Any, None]) -> Future[None]:
        return PulledFuture(work, self._sink.hands)
