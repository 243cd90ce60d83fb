"""HTTP with patience that ends: uvicorn's protocol with limits of time, size and number.

uvicorn waits for ever for a header and for a body that trickles in. Here a request has a time for
its header and one for its body, a header has a size, and connections a number, in all and from
one address, so that nobody holds the door shut by standing in it.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState


@dataclass(frozen=True, slots=True)
class Patience:
    """What a connection may take.

    header_seconds  from its start, or the first byte of a later request, to the end of the header
    body_seconds    from there to the end of the body
    header_bytes    request line and header
    headers         fields in a header
    dropped_bytes   of a body that was refused already and is read to be polite
    """

    header_seconds: float = 10.0
    body_seconds: float = 15.0
    header_bytes: int = 16_384
    headers: int = 100
    dropped_bytes: int = 8_000_000


@dataclass(slots=True)
class Door:
    """How many are in, in all and from one address; proxies of ours count only in all."""

    most: int
    most_alike: int
    is_proxy: Callable[[str], bool]
    _inside: Counter[str] = field(default_factory=Counter)
    _all: int = 0

    def enter(self, host: str) -> bool:
        """Let somebody in; False: there is no room."""
        if self._all >= self.most:
            return False
        if self._inside[host] >= self.most_alike and not self.is_proxy(host):
            return False
        self._all += 1
        self._inside[host] += 1
        return True

    def leave(self, host: str) -> None:
        """Let somebody out."""
        self._all -= 1
        self._inside[host] -= 1
        if not self._inside[host]:
            del self._inside[host]


def protocol_of(door: Door, patience: Patience) -> type[asyncio.Protocol]:
    """Return what uvicorn makes a connection with."""
    made = partial(PatientProtocol, door=door, patience=patience)
    return cast("type[asyncio.Protocol]", made)  # it is only ever called


class PatientProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        door: Door,
        patience: Patience,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._door = door
        self._patience = patience
        self._host = ""
        self._inside = False
        self._in_header = True
        self._size = 0  # of the header so far, or of what is dropped of the body
        self._timer: asyncio.TimerHandle | None = None
        self._refused = False
        self._begun = False  # a request of this connection was given to the application

    # --- the connection ------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let it in, or turn it away at once."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._host = self.client[0] if self.client else ""
        self._inside = self._door.enter(self._host)
        if self._inside:
            self._wait(self._patience.header_seconds)
        else:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let it out."""
        self._stop_waiting()
        if self._inside:
            self._inside = False
            self._door.leave(self._host)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, as long as the header is not too long."""
        if self._refused:
            return
        if self._in_header:
            self._size += len(data)
        super().data_received(data)
        if self._in_header and self._size > self._patience.header_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    # --- the request ---------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Begin a request: its header has so much time from here."""
        super().on_message_begin()
        self._wait(self._patience.header_seconds)

    def on_headers_complete(self) -> None:
        """Look at the header before anybody works on it."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > self._patience.header_bytes or len(self.headers) > self._patience.headers:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if self._refused:
            return
        self._in_header, self._size = False, 0
        self._wait(self._patience.body_seconds)
        super().on_headers_complete()
        self._begun = True

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body; of a refused request it is dropped, up to a measure."""
        if self._refused:
            return
        if self.cycle.response_complete:
            self._size += len(body)
            if self._size > self._patience.dropped_bytes:
                self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
                return
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request; the next one may follow in the same breath."""
        self._stop_waiting()
        self._in_header, self._size = True, 0
        if not self._refused:
            super().on_message_complete()

    # --- patience ------------------------------------------------------------------------------

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(seconds, self._too_late)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_late(self) -> None:
        self._timer = None
        self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer with a number, unless an answer is under way, and hang up."""
        if self._refused:
            return
        self._refused = True
        self._stop_waiting()
        answering = self._begun and not self.cycle.response_complete
        if not self.transport.is_closing() and not answering:
            retry = "retry-after: 5\r\n" if status is HTTPStatus.SERVICE_UNAVAILABLE else ""
            self.transport.write(
                f"HTTP/1.1 {status.value} {status.phrase}\r\n{retry}"
                "content-length: 0\r\nconnection: close\r\n\r\n".encode()
            )
        self.transport.close()
