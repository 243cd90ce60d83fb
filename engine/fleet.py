"""The live connectors of a process, all on one event loop of its own."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

import uvloop

from channels.contract import Connector
from engine.store.connectors import ConnectorRow

__all__ = ["Build", "ConnectorRow", "Fleet"]

Build = Callable[[ConnectorRow], Connector]
_LONGEST_FLIGHT = 1_260.0  # seconds: the longest deadline and answer time-out that can be set


class Fleet:
    """Builds connectors when they are first needed and again when their set-up changes.

    One that was replaced is closed only when no slice can be under way in it any more: to cut
    one off would leave its recipients in doubt.

    The event loop runs in one thread of its own; worker threads hand coroutines to it and wait.
    """

    def __init__(self, build: Build) -> None:
        self._build = build
        self._live: dict[str, tuple[tuple[str, bytes | None], Connector]] = {}
        self._retired: list[Connector] = []  # replaced, perhaps still busy with a slice
        self._closing: asyncio.Task[None] | None = None  # held, or it could be collected half done
        self._lock = threading.Lock()
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="connectors", daemon=True
        )
        self._thread.start()

    def connector(self, carrier: ConnectorRow) -> Connector:
        """Return the live connector of a row."""
        setup = (carrier.options, carrier.sealed_secrets)
        with self._lock:
            live = self._live.get(carrier.name)
            if live is not None and live[0] == setup:
                return live[1]
            built = self._build(carrier)
            self._live[carrier.name] = (setup, built)
            if live is not None:
                self._retired.append(live[1])
        if live is not None:
            self._loop.call_soon_threadsafe(
                self._loop.call_later, _LONGEST_FLIGHT, self._let_go, live[1]
            )
        return built

    def start(self, work: Coroutine[Any, Any, None]) -> "Future[None]":
        """Run a coroutine on the connectors' loop; the future tells when it has ended."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _let_go(self, retired: Connector) -> None:
        """Close a connector whose last slice has ended by now; runs on the connectors' loop."""
        with self._lock:
            self._retired.remove(retired)
        self._closing = self._loop.create_task(retired.close())

    def close(self, timeout: float = 5.0) -> None:
        """Close every connector, then the loop."""
        with self._lock:
            live = [connector for _, connector in self._live.values()] + self._retired
            self._live, self._retired = {}, []
        for connector in live:
            try:
                self.start(connector.close()).result(timeout)
            except (TimeoutError, OSError):
                continue  # the process ends; the peer sees the socket close
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout)
        if not self._thread.is_alive():
            self._loop.close()
