"""Who connected: gathered in memory, written about once a second, never in anybody's way.

The log names addresses of peers, which are personal data: it is a table with a retention class of
its own and not a log file. A row holds neither token nor path.
"""

from collections import deque
from itertools import islice

import sqlalchemy as sa
import structlog

from engine.app import App
from engine.store import connections
from engine.store.connections import Connection

_log = structlog.get_logger()
_EVERY_SECONDS = 1.0
_MOST_AT_ONCE = 5_000
_MOST_WAITING = 50_000


class ConnectionLog:
    """Noted on the event loop, written by the recorder's thread."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._waiting: deque[Connection] = deque(maxlen=_MOST_WAITING)  # the oldest go first
        self._written_at = 0.0

    def note(self, address: str, route: str, status: int) -> None:
        """Remember one answered request."""
        self._waiting.append(Connection(self._app.clock.now(), address, route, status))

    def write_now_and_then(self) -> None:
        """Write what waits, unless that was done just before."""
        now = self._app.clock.boot()
        if now - self._written_at >= _EVERY_SECONDS:
            self._written_at = now
            self.write()

    def write(self) -> None:
        """Write what waits; what cannot be written now waits on, as far as there is room."""
        while self._waiting:
            rows = list(islice(self._waiting, _MOST_AT_ONCE))
            try:
                connections.add(self._app.db, rows)
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as away:
                _log.warning("connections_wait", error=type(away.orig).__name__, rows=len(rows))
                return
            for _ in rows:
                self._waiting.popleft()
