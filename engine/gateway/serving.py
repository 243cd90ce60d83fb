"""The gateway as it runs: bound before anything is said to be started, stopped without cutting off.

It has a thread and an event loop of its own, so that ``chappe gateway`` and ``chappe up`` run the
same one. A stop closes the door, finishes who is inside, then commits what waits.
"""

import asyncio
import logging
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
import uvicorn
import uvloop

from engine.app import App
from engine.errors import EngineError
from engine.gateway.app import Gateway, build_gateway
from engine.gateway.peers import Peers
from engine.gateway.protocol import Door, Patience, protocol_of

_log = structlog.get_logger()
_BACKLOG = 1_024
_KEEP_ALIVE_SECONDS = 15
_STOP_SECONDS = 10
_MOST_CONNECTIONS = 4_000
_FILES_KEPT = 200  # for databases, logs and whatever else a process opens
_START_SECONDS = 20.0


class GatewayFault(EngineError):
    """Raised when the gateway cannot listen where it should, or ended by itself."""


@contextmanager
def serving(app: App, ended: Callable[[], None]) -> Iterator[int]:
    """Serve until the block ends; gives the port.

    ended  called when the gateway ends by itself, which it never should

    Raises GatewayFault when it cannot listen, or when it ended by itself.
    """
    address = app.settings.gateway_address
    if address is None:
        msg = "CHAPPE_GATEWAY_LISTEN is none: say where to listen, such as 127.0.0.1:8080"
        raise GatewayFault(msg)
    running = _Running(build_gateway(app), _bound(*address), app, ended)
    port = running.start()
    _log.info("gateway_started", port=port)
    try:
        yield port
    finally:
        running.stop()
        _log.info("gateway_stopped")
    if running.broke:
        raise GatewayFault("the gateway ended by itself; the log says where")


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as fault:
        bound.close()
        msg = (
            f"the gateway cannot listen on {host}:{port}: {fault.strerror}. Set "
            "CHAPPE_GATEWAY_LISTEN to another address, or to none where another process serves "
            "the links that people follow"
        )
        raise GatewayFault(msg) from None
    return bound


def _room() -> int:
    """Return how many connections the process may have, after asking for as many as it can get."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_CONNECTIONS + _FILES_KEPT
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return _MOST_CONNECTIONS
    return max(16, min(_MOST_CONNECTIONS, soft - _FILES_KEPT))


class _Running:
    def __init__(
        self, gateway: Gateway, bound: socket.socket, app: App, ended: Callable[[], None]
    ) -> None:
        most = _room()
        peers = Peers(app.settings.proxies)
        self._gateway = gateway
        self._bound = bound
        self._ended = ended
        self._server = uvicorn.Server(
            uvicorn.Config(
                gateway.asgi,
                http=protocol_of(Door(most, max(most // 2, 1), peers.is_proxy), Patience()),
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                backlog=_BACKLOG,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=_STOP_SECONDS,
            )
        )
        # What strangers send is not worth a line each; what goes wrong in our part is logged by us.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gateway", daemon=True)
        self.broke = False

    def start(self) -> int:
        """Start to serve; return the port once requests are answered."""
        port: int = self._bound.getsockname()[1]
        self._thread.start()
        self._up.wait(_START_SECONDS)
        if not self._server.started:
            raise GatewayFault("the gateway did not start; the log says where it stopped")
        return port

    def stop(self) -> None:
        """Accept no more, finish what is in hand."""
        self._server.should_exit = True
        self._thread.join()

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._serve())
        except Exception:  # noqa: BLE001 (whatever it is, the process must learn of it)
            _log.exception("gateway_broke")
        finally:
            if not self._server.should_exit:
                self.broke = True
                self._ended()
            self._up.set()

    async def _serve(self) -> None:
        self._gateway.start(asyncio.get_running_loop())
        watch = asyncio.create_task(self._tell_started())
        await self._server.serve(sockets=[self._bound])
        watch.cancel()
        self._gateway.close()  # nobody asks any more: it may block this loop

    async def _tell_started(self) -> None:
        while not self._server.started:  # noqa: ASYNC110 (uvicorn tells nobody)
            await asyncio.sleep(0.01)
        self._up.set()
