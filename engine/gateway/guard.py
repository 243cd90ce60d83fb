"""What stands before every page: whose request it is, how much they may ask, and a note of it.

Nothing that fails inside may come out as more than a number, nor end up in a log with its text.
"""

from dataclasses import dataclass, field

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.clock import Clock
from engine.gateway.connection_log import ConnectionLog
from engine.gateway.limits import FAILURES, REQUESTS, Buckets
from engine.gateway.peers import FORWARDED, Peers, neighbourhood
from engine.gateway.replies import line, too_much

_log = structlog.get_logger()
PLACE = "chappe.place"  # in the scope: the neighbourhood of the peer, for limits
ROUTE = "chappe.route"  # in the scope: a word for what was asked for; empty: not noted
OTHER = "other"


@dataclass(slots=True)
class Guard:
    """An ASGI application around the one that answers."""

    inner: ASGIApp
    peers: Peers
    log: ConnectionLog
    clock: Clock
    failures: Buckets = field(init=False)
    requests: Buckets = field(init=False)
    _warned: bool = False

    def __post_init__(self) -> None:
        """Begin with full buckets."""
        self.failures = Buckets(FAILURES, self.clock.boot)
        self.requests = Buckets(REQUESTS, self.clock.boot)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        client = scope["client"]
        host = client[0] if client else None
        address = self.peers.address(host, scope["headers"])
        scope[PLACE] = place = neighbourhood(address)
        scope[ROUTE] = OTHER
        answer = _Answer(send)
        if not self.requests.take(place):
            await too_much(self.requests.seconds(place))(scope, receive, answer)
        else:
            await self._within(scope, receive, answer)
        if scope[ROUTE]:
            self.log.note(address, scope[ROUTE], answer.status)
        self._warn_of_ignored(host, scope)

    async def _within(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            await self.inner(scope, receive, answer)
        except Exception as fault:  # noqa: BLE001 (its text may quote what a stranger sent)
            _log.error("request_failed", route=scope[ROUTE], error=type(fault).__name__)
            if not answer.begun:
                await line(500, "This is a fault of ours.")(scope, receive, answer)

    def _warn_of_ignored(self, host: str | None, scope: Scope) -> None:
        """Say once that a proxy stands before us which the settings do not name."""
        if self._warned or host is None or self.peers.is_proxy(host):
            return
        if any(name == FORWARDED for name, _ in scope["headers"]):
            self._warned = True
            _log.warning("forwarded_header_ignored", setting="CHAPPE_TRUSTED_PROXIES")


class _Answer:
    """Sends, and remembers with which status."""

    __slots__ = ("_send", "begun", "status")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun, self.status = True, message["status"]
        await self._send(message)
