"""Providers that live in memory: scripted answers, and a strict memory of whom they reached."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from channels.contract import (
    Channel,
    Effect,
    Idempotency,
    Message,
    SendKind,
    SendResult,
    Slice,
    Traits,
)
from channels.errors import ConnectorUnavailable
from engine.clock import Clock, Millis

SENT = SendResult(SendKind.SENT)
BUSY = SendResult(SendKind.NOT_ACCEPTED, "busy")
THROTTLED = SendResult(SendKind.NOT_ACCEPTED, "throttled", Effect.SLOW_DOWN)
REFUSED = SendResult(SendKind.REFUSED, "policy")
UNKNOWN = SendResult(SendKind.INVALID, "mailbox_unknown")
DEAD = SendResult(SendKind.INVALID, "mailbox_unknown", Effect.SUPPRESS)
BAD_SETUP = SendResult(SendKind.NOT_ACCEPTED, "auth_refused", Effect.OPEN_BREAKER)
BAD_CONTENT = SendResult(SendKind.REFUSED, "content_refused", Effect.STOP_CAMPAIGN)
DOUBT = SendResult(SendKind.IN_DOUBT, "no_answer")  # it has the message
SILENCE = SendResult(SendKind.IN_DOUBT, "never_said")  # it has the message; never settled at all
HANGS = SendResult(SendKind.IN_DOUBT, "hangs")  # it has the message; the connector never returns

_HAS_IT = frozenset({SendKind.SENT, SendKind.IN_DOUBT})


@dataclass(frozen=True, slots=True)
class Reached:
    """A message that left: who got it, when, in which slice."""

    at: Millis
    to: str
    message: Message
    slice_number: int


@dataclass(slots=True)
class Provider:
    """One provider.

    script  per address, its next answers; when they are used up, ``usual``
    down    why it cannot be reached at all; None: it can
    heed    called with every message before it is let through
    held    whether it is slow to take a message now; asked again and again
    on_hang called when a message has left and its answer will never come
    """

    name: str
    channel: Channel
    clock: Clock
    traits: Traits = field(default_factory=lambda: Traits(slice_limit=100))
    usual: SendResult = SENT
    script: dict[str, list[SendResult]] = field(default_factory=dict)
    down: str | None = None
    heed: Callable[[Message], None] = lambda message: None
    held: Callable[[Message], bool] = lambda message: False
    on_hang: Callable[[], None] = lambda: None
    asked: list[str] = field(default_factory=list)
    reached: list[Reached] = field(default_factory=list)
    repeats: list[str] = field(default_factory=list)
    calls: int = 0
    flights: int = 0
    faults: list[str] = field(default_factory=list)
    _references: set[str] = field(default_factory=set)

    @property
    def addresses(self) -> list[str]:
        """Whom it reached, in order."""
        return [one.to for one in self.reached]

    @property
    def times(self) -> Counter[str]:
        """How often it was asked for each address."""
        return Counter(self.asked)

    def answer(self, address: str) -> SendResult:
        """Return the next scripted answer for an address."""
        answers = self.script.get(address)
        return answers.pop(0) if answers else self.usual

    def accept(self, message: Message) -> None:
        """Take a message for good."""
        if message.reference in self._references:
            if self.traits.idempotency is not Idempotency.KEY:
                self.faults.append(f"{message.reference} came twice")
            self.repeats.append(message.to)
            return
        self._references.add(message.reference)
        self.reached.append(Reached(self.clock.now(), message.to, message, self.calls))

    def meet(self, message: Message) -> None:
        """Let the test act while a message is on its way."""
        self.asked.append(message.to)
        try:
            self.heed(message)
        except Exception as error:  # noqa: BLE001 (the engine would take it for the connector's)
            self.faults.append(repr(error))


@dataclass(slots=True)
class Twin:
    """A connector over a provider in memory; keeps to the contract of connectors."""

    provider: Provider
    name: str
    channel: Channel
    traits: Traits

    async def hand_over(self, slice: Slice) -> None:  # noqa: A002 (the contract's name)
        self.provider.calls += 1
        self.provider.flights += 1
        try:
            await self._hand_over(slice)
        finally:
            self.provider.flights -= 1

    async def _hand_over(self, slice: Slice) -> None:  # noqa: A002 (the contract's name)
        provider = self.provider
        if provider.down is not None:
            raise ConnectorUnavailable(provider.down, "in a test", open_breaker=False)
        while (message := slice.take()) is not None:
            provider.meet(message)
            result = provider.answer(message.to)
            if not slice.gate(message.position):
                continue
            while provider.held(message):  # noqa: ASYNC110 (another thread says so)
                await asyncio.sleep(0.01)
            if result.kind in _HAS_IT:
                provider.accept(message)
            if result is HANGS:
                provider.on_hang()
                await asyncio.Event().wait()
            if result is not SILENCE:
                slice.settle(message.position, result)

    async def probe(self) -> SendResult:
        return SENT

    async def close(self) -> None:
        if self.provider.flights:
            self.provider.faults.append("closed while a slice was under way")


def twin(provider: Provider) -> Twin:
    """Return a live connector to a provider."""
    return Twin(provider, provider.name, provider.channel, provider.traits)
