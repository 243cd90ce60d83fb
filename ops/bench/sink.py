"""Postfix's own sink and source: the peer that is written to, and the rate to be held against."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ops.services.peers import SmtpPeers, smtp_peers

_READY_SECONDS = 10.0
_SESSIONS = 16
_BYTES = 2300


@dataclass(frozen=True, slots=True)
class Sink:
    """A running smtp-sink."""

    port: int
    peers: SmtpPeers

    @property
    def url(self) -> str:
        """Where a connector finds it."""
        return f"smtp://127.0.0.1:{self.port}"

    def source_rate(self, messages: int) -> float:
        """Return how many mails a second ``smtp-source -d`` hands over to this sink."""
        command = self.peers.source_command(
            "-d", "-s", str(_SESSIONS), "-l", str(_BYTES), "-m", str(messages),
            "-f", "a@bench.example.org", "-t", "b@bench.example.org", f"127.0.0.1:{self.port}",
        )  # fmt: skip
        begun = time.perf_counter()
        subprocess.run(command, env=dict(self.peers.env), check=True, capture_output=True)
        return messages / (time.perf_counter() - begun)


@contextmanager
def smtp_sink() -> Iterator[Sink]:
    """Run a sink on a free loopback port until the block ends."""
    peers = smtp_peers()
    port = _free_port()
    command = peers.sink_command(f"127.0.0.1:{port}", "200")
    process = subprocess.Popen(command, env=dict(peers.env), stdout=subprocess.DEVNULL)
    try:
        _await_port(port)
        yield Sink(port, peers)
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_port(port: int) -> None:
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    msg = f"smtp-sink does not answer on port {port}"
    raise TimeoutError(msg)
