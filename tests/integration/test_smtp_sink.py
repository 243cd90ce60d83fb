"""Against Postfix's own smtp-sink, which counts and misbehaves independently of us."""

import contextlib
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop

from channels.contract import Channel, ConnectorConfig, SendKind
from channels.email.smtp import smtp_connector
from ops.services.peers import SmtpPeers
from tests.contract.connector_rigs import messages
from tests.contract.connector_slices import StrictSlice


@contextlib.contextmanager
def sink(peers: SmtpPeers, folder: Path, *arguments: str) -> Iterator[tuple[str, Path]]:
    """Start a sink that writes what it takes into a file; yields its URL and that file."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder.chmod(0o777)  # the sink gives up being root
    folder.parent.chmod(0o755)
    dump = folder / "dump"
    command = peers.sink_command(*arguments, "-D", "dump", f"127.0.0.1:{port}", "100")
    with subprocess.Popen(command, env=dict(peers.env), cwd=folder) as process:
        try:
            _await_port(port)
            yield f"smtp://127.0.0.1:{port}", dump
        finally:
            process.terminate()


def _await_port(port: int) -> None:
    until = time.monotonic() + 10
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert time.monotonic() < until, "the sink does not answer"


def send(url: str, count: int, **options: str) -> StrictSlice:
    slice_ = StrictSlice(messages(count))

    async def run() -> None:
        config = ConnectorConfig("sink", "smtp", Channel.EMAIL, {"url": url, **options}, 10.0)
        connector = smtp_connector(config, {})
        await connector.hand_over(slice_)
        await connector.close()

    uvloop.run(run())
    return slice_


def recipients(dump: Path) -> list[str]:
    return re.findall(r"^X-Rcpt-Args: <([^>]*)>", dump.read_text("utf-8"), re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for parent in list(tmp_path.parents)[:2]:
        with contextlib.suppress(PermissionError):
            parent.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("arguments", [[], ["-p"], ["-8"], ["-e"]], ids=str)
def test_the_sink_has_everybody_once(smtp: SmtpPeers, folder: Path, arguments: list[str]) -> None:
    with sink(smtp, folder, *arguments) as (url, dump):
        slice_ = send(url, 300, starttls="never")
    assert slice_.count(SendKind.SENT) == 300
    expected = [f"r{position}@example.org" for position in range(300)]
    assert sorted(recipients(dump)) == sorted(expected)


@pytest.mark.parametrize(
    ("arguments", "kinds"),
    [
        (["-f", "RCPT"], {SendKind.REFUSED}),
        (["-r", "RCPT"], {SendKind.NOT_ACCEPTED}),
        (["-r", "."], {SendKind.NOT_ACCEPTED}),
        (["-f", "."], {SendKind.REFUSED}),
        (["-r", "DATA"], {SendKind.NOT_ACCEPTED}),
        (["-q", "RCPT"], {SendKind.NOT_ACCEPTED}),
        (["-q", "DATA"], {SendKind.NOT_ACCEPTED}),
        (["-q", "."], {SendKind.IN_DOUBT}),
    ],
    ids=str,
)
@pytest.mark.parametrize("pipelining", [True, False])
def test_its_faults_end_as_our_table_says(
    smtp: SmtpPeers,
    folder: Path,
    arguments: list[str],
    kinds: set[SendKind],
    *,
    pipelining: bool,
) -> None:
    more = [] if pipelining else ["-p"]
    with sink(smtp, folder, *arguments, *more) as (url, _):
        slice_ = send(url, 12, connections="2")
    assert set(slice_.kinds().values()) == kinds
    assert len(slice_.results) == 12
