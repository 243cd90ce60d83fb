"""What the gateway serves, put together: the only place where its parts meet."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from engine.app import App
from engine.briefing import SHORT_PATH, UNSUBSCRIBE_PATH
from engine.gateway.connection_log import ConnectionLog
from engine.gateway.grouping import Grouped
from engine.gateway.guard import ROUTE, Guard
from engine.gateway.links import Links
from engine.gateway.peers import Peers
from engine.gateway.readiness import READY, Readiness
from engine.gateway.replies import line, unknown
from engine.gateway.unsubscribe import Unsubscribe
from engine.unsubscribing import Outcome, Unsubscriptions, Wish

_MOST_AT_ONCE = 300  # in one transaction
_LINGER = 0.004  # seconds in which a transaction gathers more
_STUCK_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Gateway:
    """The application, and the threads behind it."""

    asgi: ASGIApp
    log: ConnectionLog
    recorder: Grouped[Wish, Outcome]
    links: Links
    readiness: Readiness

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the threads; they answer to this loop."""
        self.recorder.start(loop)
        self.links.controllers.start(loop)
        self.links.codes.start(loop)
        self.readiness.looks.start(loop)

    def close(self) -> None:
        """Finish what waits, then end the threads. Blocks."""
        self.recorder.close()
        self.links.controllers.close()
        self.links.codes.close()
        self.readiness.looks.close()
        self.log.write()


def build_gateway(app: App) -> Gateway:
    """Return the gateway of an installation, not started yet. Reads a key from the keyring."""
    log = ConnectionLog(app)
    recorder: Grouped[Wish, Outcome] = Grouped(
        "recorder",
        Unsubscriptions(app).record,
        idle=log.write_now_and_then,
        most=_MOST_AT_ONCE,
        linger=_LINGER,
    )
    links = Links(app)
    readiness = Readiness(app, lambda: _fault_of(recorder))
    router = Router(redirect_slashes=False, default=_nothing_here)
    guard = Guard(router, Peers(app.settings.proxies), log, app.clock)
    by_token = Unsubscribe("unsubscribe", links.of_token, recorder, guard.failures, costly=False)
    by_code = Unsubscribe("short_link", links.of_code, recorder, guard.failures, costly=True)
    base = urlsplit(app.settings.public_url).path.rstrip("/")
    router.routes += [
        Route(f"{base}{UNSUBSCRIBE_PATH}{{key}}", by_token),
        Route(f"{base}{SHORT_PATH}{{key}}", by_code),
    ]
    for prefix in dict.fromkeys((base, "")):  # probes reach us without the proxy
        router.routes += [
            Route(f"{prefix}/health", _health),
            Route(f"{prefix}/ready", _Ready(readiness)),
        ]
    return Gateway(guard, log, recorder, links, readiness)


def _fault_of(recorder: Grouped[Wish, Outcome]) -> str:
    if not recorder.alive:
        return "recorder_ended"
    return "recorder_stuck" if recorder.busy_seconds > _STUCK_SECONDS else ""


async def _health(request: Request) -> Response:
    """The process is alive and its loop turns."""
    request.scope[ROUTE] = ""
    return line(200, "alive")


@dataclass(frozen=True, slots=True)
class _Ready:
    readiness: Readiness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say whether an unsubscription could be committed now."""
        scope[ROUTE] = ""
        word = await self.readiness.word()
        await line(200 if word == READY else 503, word)(scope, receive, send)


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    await unknown(Request(scope, receive), as_page=True)(scope, receive, send)
