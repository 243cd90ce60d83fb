"""Many waiters, one thread: what waits is done together, in one transaction for all of them.

The event loop never touches a database. A request puts its item here and waits; the thread takes
whatever waits by then, does it in one go, and wakes everybody.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import structlog

from engine.errors import EngineError

_log = structlog.get_logger()

T = TypeVar("T")
R = TypeVar("R")
_IDLE_SECONDS = 0.5  # how often a thread without work looks up


class Unavailable(EngineError):
    """Raised to a waiter whose item could not be done now; trying again later is right."""


class Grouped(Generic[T, R]):
    """Does items in groups. ``ask`` is called on one event loop, ``work`` in a thread of its own.

    work      is given what waits and returns an answer for each, in order; when it raises,
              everybody of the group is told Unavailable
    idle      called now and then by the same thread, with or without items: housekeeping
    most      largest group
    linger    seconds in which a group may grow: a commit for few costs as much as one for many
    capacity  how many may wait; who comes on top is told Unavailable at once
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Sequence[T]], Sequence[R]],
        *,
        idle: Callable[[], None] = lambda: None,
        most: int = 200,
        linger: float = 0.0,
        capacity: int = 5_000,
    ) -> None:
        self._work = work
        self._idle = idle
        self._most = most
        self._linger = linger
        self._capacity = capacity
        self._queue: queue.SimpleQueue[tuple[T, asyncio.Future[R]] | None] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = threading.Event()
        self._since: float | None = None  # when the group at work was begun
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to work for the waiters of a loop."""
        self._loop = loop
        self._thread.start()

    def close(self) -> None:
        """Do what waits, then end; called when nobody asks any more. Blocks."""
        self._closing.set()
        self._queue.put(None)
        self._thread.join()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    @property
    def busy_seconds(self) -> float:
        """For how long the group at work has been worked; 0: there is none."""
        since = self._since
        return 0.0 if since is None else time.monotonic() - since

    @property
    def waiting(self) -> int:
        """How many wait now, about."""
        return self._queue.qsize()

    async def ask(self, item: T, seconds: float) -> R:
        """Return the answer to an item.

        Raises Unavailable when there is none within so many seconds. The item may be done all the
        same: whoever asks must be able to ask again.
        """
        if self._loop is None or not self.alive or self.waiting >= self._capacity:
            raise Unavailable("too much waits already")
        future: asyncio.Future[R] = self._loop.create_future()
        self._queue.put((item, future))
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            raise Unavailable("no answer in time") from None

    def _run(self) -> None:
        while True:
            group, last = self._next()
            if group:
                self._do(group)
            try:
                self._idle()
            except Exception as fault:  # noqa: BLE001 (housekeeping must not end the thread)
                _log.warning("housekeeping_failed", error=type(fault).__name__)
            if last:
                return

    def _next(self) -> tuple[list[tuple[T, "asyncio.Future[R]"]], bool]:
        """Return what waits, and whether it is the last of all."""
        group: list[tuple[T, asyncio.Future[R]]] = []
        try:
            one = self._queue.get(timeout=_IDLE_SECONDS)
            if self._linger and one is not None:
                self._closing.wait(self._linger)
            while one is not None:
                group.append(one)
                if len(group) >= self._most:
                    return group, False
                one = self._queue.get_nowait()
        except queue.Empty:
            return group, False
        return group, True

    def _do(self, group: list[tuple[T, "asyncio.Future[R]"]]) -> None:
        # Who gave up waiting was told so: that nothing is done for them is the honest thing.
        group = [pair for pair in group if not pair[1].done()]
        if not group:
            return
        answers: Sequence[R] | None = None
        self._since = time.monotonic()
        try:
            answers = self._work([item for item, _ in group])
        except Exception as fault:  # noqa: BLE001 (the thread lives on, and its text may quote anything)
            _log.error("group_failed", error=type(fault).__name__, members=len(group))
        self._since = None
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(_settle, [future for _, future in group], answers)


def _settle(futures: "list[asyncio.Future[R]]", answers: Sequence[R] | None) -> None:
    if answers is None:
        for future in futures:
            if not future.done():
                future.set_exception(Unavailable("it could not be done now"))
        return
    for future, answer in zip(futures, answers, strict=True):
        if not future.done():
            future.set_result(answer)
