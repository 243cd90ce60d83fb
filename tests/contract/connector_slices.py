"""A strict stand-in for the core's slice, and what must hold when a hand-over has ended."""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from channels.contract import Message, SendKind, SendResult


@dataclass
class StrictSlice:
    """Gives messages in order and refuses every call that the contract does not allow.

    shut        positions whose gate says no
    stop_after  give that many messages, then none
    on_take     called with the position before a message is given
    """

    messages: Iterable[Message]
    shut: Collection[int] = ()
    stop_after: int | None = None
    on_take: Callable[[int], None] | None = None
    on_settle: Callable[[int, SendResult], None] | None = None
    taken: list[int] = field(default_factory=list)
    passed: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    results: dict[int, SendResult] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._waiting = iter(self.messages)
        self._thread = threading.get_ident()

    def take(self) -> Message | None:
        assert threading.get_ident() == self._thread, "taken on another thread"
        if self.stop_after is not None and len(self.taken) >= self.stop_after:
            return None
        message = next(self._waiting, None)
        if message is not None:
            if self.on_take is not None:
                self.on_take(message.position)
            self.taken.append(message.position)
        return message

    def gate(self, position: int) -> bool:
        assert position in self.taken, f"gate of {position}, which was not taken"
        assert position not in self.passed | self.refused, f"gate of {position} asked twice"
        assert position not in self.results, f"gate of {position} after it was settled"
        if position in self.shut:
            self.refused.add(position)
            return False
        self.passed.add(position)
        return True

    def settle(self, position: int, result: SendResult) -> None:
        assert position in self.taken, f"{position} was settled but not taken"
        assert position not in self.results, f"{position} was settled twice"
        assert position not in self.refused, f"{position} was settled though its gate was shut"
        if result.kind in {SendKind.SENT, SendKind.IN_DOUBT}:
            assert position in self.passed, f"{position} is {result.kind} without its gate"
        self.results[position] = result
        if self.on_settle is not None:
            self.on_settle(position, result)

    def kinds(self) -> dict[int, SendKind]:
        return {position: result.kind for position, result in self.results.items()}

    def count(self, kind: SendKind) -> int:
        return Counter(self.kinds().values())[kind]


def check_account(slice: StrictSlice, at_peer: list[int]) -> None:  # noqa: A002
    """Every ending of every connector must leave these true."""
    assert len(at_peer) == len(set(at_peer)), "the peer has somebody twice"
    peer = set(at_peer)
    taken = set(slice.taken)
    assert set(slice.results) | slice.refused == taken, "a taken position has no end"
    sent = {p for p, kind in slice.kinds().items() if kind is SendKind.SENT}
    doubtful = {p for p, kind in slice.kinds().items() if kind is SendKind.IN_DOUBT}
    assert sent <= peer, "sent, but not at the peer"
    assert peer <= sent | doubtful, "at the peer, but neither sent nor in doubt"
    assert not peer & slice.refused, "at the peer through a shut gate"
