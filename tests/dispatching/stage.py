"""Worker threads that stop at every step, so that a test decides what happens next, and to whom.

Only one of them runs at a time. At each step of the protocol a worker waits; the test lets it go
on for some steps, makes its next transaction fail in some way, freezes it by not calling it for a
while, or kills it on the spot.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa

from tests.dispatching.stores import TimedDatabase

_PATIENCE = 30.0
_on_stage = threading.local()


class Killed(BaseException):
    """What SIGKILL is to a thread: nothing in the code under test may catch it."""


class DatabaseAway(Exception):
    """The cause of an error that a test made up."""


def away() -> sa.exc.OperationalError:
    return sa.exc.OperationalError("a statement", None, DatabaseAway())


@dataclass(slots=True)
class Stage:
    """One worker: a thread that runs only when it is told to.

    fault   what happens to its next transaction: ``away`` (it cannot begin), ``rolled_back`` (its
            commit fails), ``lost_ack`` (its commit succeeds, the answer is lost), ``die_before``
            (killed before the commit), ``die_after`` (killed after it); ``unreadable`` concerns
            the next look-up
    spared  how many transactions go well before that
    """

    name: str
    fault: str | None = None
    spared: int = 0
    depth: int = 0
    error: BaseException | None = None
    passed: list[str] = field(default_factory=list)
    killed: bool = False
    _left: int = 0
    _thread: threading.Thread | None = None
    _go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _back: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    @property
    def busy(self) -> bool:
        """Whether it stands somewhere in the middle of its work."""
        return self._thread is not None

    def start(self, work: Callable[[], object], steps: int) -> None:
        """Begin a piece of work and let it run for some steps."""
        self.killed, self.passed = False, []
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()
        self.go(steps)

    def go(self, steps: int) -> None:
        """Let it run for some steps, or to its end."""
        self._left = steps
        self._go.release()
        assert self._back.acquire(timeout=_PATIENCE), f"{self.name} hangs after {self.passed[-3:]}"
        if self._thread is not None and self.error is not None:
            self._thread = None
            raise self.error

    def kill(self) -> None:
        """End it where it stands."""
        if self.busy:
            self.killed = True
            self.go(1)

    def pause(self, step: str) -> None:
        """Wait for the test, in the worker's thread."""
        if self.killed:
            raise Killed
        self.passed.append(step)
        self._left -= 1
        if self._left > 0 or self.depth:
            return
        self._back.release()
        self._go.acquire()
        if self.killed:
            raise Killed

    def take_fault(self, *among: str) -> str | None:
        """Return the fault that is due, once, if it is one of these."""
        if self.fault not in among:
            return None
        if self.spared:
            self.spared -= 1
            return None
        fault, self.fault = self.fault, None
        return fault

    def die(self) -> None:
        self.killed = True
        raise Killed

    def _run(self, work: Callable[[], object]) -> None:
        _on_stage.stage = self
        self._go.acquire()
        try:
            work()
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001 (told to the test, in its own thread)
            self.error = error
        finally:
            self.depth = 0
            if self.error is None:
                self._thread = None
            self._back.release()


def on_stage() -> Stage | None:
    """Return the worker in whose thread we are, None in the test's own."""
    return getattr(_on_stage, "stage", None)


class StagedDatabase(TimedDatabase):
    """A database at whose transactions workers wait, fail and die."""

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        stage = on_stage()
        if stage is None or stage.depth:
            with super().write() as connection:
                yield connection
            return
        stage.pause("write")
        fault = stage.take_fault("away", "rolled_back", "lost_ack", "die_before", "die_after")
        if fault == "away":
            raise away()
        stage.depth += 1
        try:
            with super().write() as connection:
                yield connection
                if fault == "rolled_back":
                    raise away()
                if fault == "die_before":
                    stage.die()
        finally:
            stage.depth -= 1
        if fault == "die_after":
            stage.die()
        if fault == "lost_ack":
            raise away()
        stage.pause("committed")

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        stage = on_stage()
        if stage is not None and not stage.depth:
            stage.pause("read")
            if stage.take_fault("unreadable"):
                raise away()
        with super().read() as connection:
            yield connection
