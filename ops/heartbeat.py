"""Heartbeats: a small file by which a process without a port tells that it does its work.

It is written only after the work was seen to go on: a scheduler writes after a whole turn, a
worker when its threads live and the database has answered. So a process that hangs, or that has
lost its database, is told from one that works by the age of the file.

The age is taken from the boot clock, which nobody can set; one machine has one, so the file means
something only where it was written.
"""

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import sqlalchemy as sa

from engine.app import App
from engine.clock import Clock
from engine.errors import EngineError
from engine.settings import Settings

FOLDER = "health"  # in the home folder
WORKER = "worker"
SCHEDULER = "scheduler"
_SUFFIX = ".beat"
_PAUSE_SECONDS = 2.0


class NoHeartbeat(EngineError):
    """Raised when a process gives no sign of life, or an old one."""


def folder(settings: Settings) -> Path:
    """Return where the heartbeats of an installation lie on this machine."""
    return settings.home_folder / FOLDER


class Heartbeat:
    """The heartbeat of one process; the first beat begins it, ``end`` takes the file away."""

    def __init__(self, app: App, process: str) -> None:
        self._clock = app.clock
        self._path = folder(app.settings) / f"{process}{_SUFFIX}"
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path.unlink(missing_ok=True)  # what a process before us left says nothing about us
        self._turn = threading.Lock()
        self._ended = False

    def beat(self) -> None:
        """Say that the work goes on now; nothing once it was ended."""
        with self._turn:
            if self._ended:
                return
            aside = self._path.with_suffix(f".{os.getpid()}")
            aside.write_text(f"{self._clock.boot():.3f}\n")
            aside.replace(self._path)

    def end(self) -> None:
        """Say nothing more."""
        with self._turn:
            self._ended = True
            self._path.unlink(missing_ok=True)


def watch(
    app: App, process: str, threads: Iterable[threading.Thread], asked: threading.Event
) -> Callable[[], None]:
    """Beat in a thread of its own while ``threads`` live and the database answers.

    A thread, since a database that neither answers nor refuses must not keep the process from
    stopping. Returns what ends the heartbeat.
    """
    heart = Heartbeat(app, process)
    watched = tuple(threads)

    def run() -> None:
        while not asked.is_set():
            if all(thread.is_alive() for thread in watched) and _answers(app):
                heart.beat()
            asked.wait(_PAUSE_SECONDS)

    threading.Thread(target=run, name="heartbeat", daemon=True).start()
    return heart.end


def _answers(app: App) -> bool:
    try:
        with app.db.read() as connection:
            return bool(connection.scalar(sa.select(1)))
    except sa.exc.SQLAlchemyError:
        return False


def age(settings: Settings, process: str, clock: Clock) -> float:
    """Return how many seconds ago a process of this machine showed that it works.

    Raises NoHeartbeat when it never did, or before the machine was started.
    """
    path = folder(settings) / f"{process}{_SUFFIX}"
    try:
        beaten = float(path.read_text())
    except (OSError, ValueError):
        msg = f"the {process} gives no sign of life in {path.parent}: it does not run, or not yet"
        raise NoHeartbeat(msg) from None
    passed = clock.boot() - beaten
    if passed < 0:
        raise NoHeartbeat(f"the {process} has not run since this machine was started")
    return passed


def known(settings: Settings) -> list[str]:
    """Return the processes of this machine that gave a sign of life."""
    return sorted(path.stem for path in folder(settings).glob(f"*{_SUFFIX}"))
