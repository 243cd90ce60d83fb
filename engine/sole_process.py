"""The embedded default is one process: a second one on the same home is refused."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from engine.app import App
from engine.errors import EngineError
from engine.store import due

_log = structlog.get_logger()
_LOCK_FILE = "up.lock"


class AlreadyRunning(EngineError):
    """Raised when another process works the same home folder."""


@contextmanager
def sole_process(app: App) -> Iterator[None]:
    """Hold the home folder's lock while the block runs.

    Whoever holds it knows that no other process has a batch in hand. Leases that a killed process
    left are ended at once: its slices in flight become in doubt, the rest is sent.

    Raises AlreadyRunning.
    """
    path = app.settings.home_folder / _LOCK_FILE
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            msg = f"another `chappe up` works {app.settings.home_folder}; stop it first"
            raise AlreadyRunning(msg) from None
        ended = due.end_leases(app.db)
        if ended:
            _log.warning("leases_ended", batches=ended)
        yield
    finally:
        os.close(handle)
