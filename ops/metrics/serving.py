"""The HTTP server of metrics: ``/metrics`` and ``/health``, nothing else, for whoever scrapes.

No figure is kept between two requests, and none of them names a person; still it listens on
loopback unless told otherwise.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from engine.errors import EngineError
from ops.metrics.collector import ScrapeBusy

_log = structlog.get_logger()
_PLAIN = "text/plain; charset=utf-8"
_SLOWEST = 10.0  # seconds that a client may take to say what it wants

Healthy = Callable[[], bool]
Address = tuple[str, int]


class CannotListen(EngineError):
    """Raised when the address of the metrics cannot be listened on."""


@contextmanager
def serving(address: Address, registry: CollectorRegistry, healthy: Healthy) -> Iterator[int]:
    """Serve a registry until the block ends; give the port, which is found where 0 was asked for.

    Raises CannotListen.
    """
    try:
        server = _Server(address, registry, healthy)
    except OSError as error:
        host, port = address
        raise CannotListen(
            f"cannot show metrics on {host} port {port}: {error.strerror or type(error).__name__}; "
            "set CHAPPE_METRICS_LISTEN (CHAPPE_PROCESS_METRICS_LISTEN) to another host:port or none"
        ) from None
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # who is still reading must not hold up the end

    def __init__(self, address: Address, registry: CollectorRegistry, healthy: Healthy) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        self.registry = registry
        self.healthy = healthy
        super().__init__(address, _Request)

    def server_bind(self) -> None:
        """Bind without looking up the machine's name, which may take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is nothing to tell; its address is nobody's business."""


class _Request(BaseHTTPRequestHandler):
    server: _Server
    timeout = _SLOWEST
    server_version = "chappe"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer what is asked for."""
        path = self.path.partition("?")[0]
        if path == "/metrics":
            self._metrics()
        elif path == "/health":
            self._health()
        else:
            self._answer(HTTPStatus.NOT_FOUND, _PLAIN, b"there are /metrics and /health\n")

    do_HEAD = do_GET  # noqa: N815 (the name that the base class looks for)

    def _metrics(self) -> None:
        encode, content_type = choose_encoder(self.headers.get("Accept", ""))
        try:
            body = encode(self.server.registry)
        except ScrapeBusy as busy:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, _PLAIN, f"{busy}\n".encode())
        except Exception as fault:  # noqa: BLE001 (a fault of ours must not print what it holds)
            _log.error("metrics_failed", error=type(fault).__name__)
            text = b"the figures could not be read; the log names the fault\n"
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, _PLAIN, text)
        else:
            self._answer(HTTPStatus.OK, content_type, body)

    def _health(self) -> None:
        if self.server.healthy():
            self._answer(HTTPStatus.OK, _PLAIN, b"ok\n")
        else:
            text = b"the database does not answer\n"
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, _PLAIN, text)

    def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name of the base class)
        """Requests are not logged: they name who asks."""
