"""Who comes to a gateway process with anything but a request, and what it costs the others."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from engine.gateway.protocol import Patience
from ops.chaos.field import Field, embedded_field, wait_for
from tests.gateway.served import answers, prepare
from tests.gateway.visitor import ONE_CLICK, Visitor

pytestmark = [pytest.mark.timeout(120)]


@pytest.fixture
def field() -> Iterator[Field]:
    """The embedded default, its relay a sink that counts."""
    with embedded_field() as made:
        yield made


def test_who_sends_slowly_is_shown_the_door_and_holds_up_nobody(field: Field) -> None:
    visitor = prepare(field)
    field.start("gateway")
    wait_for(lambda: answers(visitor), "the gateway")
    patience = Patience()
    idle = [socket.create_connection(("127.0.0.1", visitor.port)) for _ in range(100)]
    slow = socket.create_connection(("127.0.0.1", visitor.port))
    began = time.monotonic()
    slow.sendall(b"POST /out/u/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
    for link in idle:
        link.sendall(b"GET /out/u/x HTTP/1.1\r\nX-Slow: ")
    assert visitor.get("/health").status == 200, "others are served meanwhile"
    for link in (*idle, slow):
        link.settimeout(patience.body_seconds + 5)
        with suppress(BrokenPipeError, ConnectionResetError):
            link.sendall(b"a")
        with suppress(ConnectionResetError):
            while link.recv(4_096):
                pass
        link.close()
    seconds = time.monotonic() - began
    assert patience.header_seconds - 1 < seconds < patience.body_seconds + 5


@pytest.fixture(scope="module")
def door() -> Iterator[Visitor]:
    """A gateway that nothing happens to."""
    with embedded_field() as made:
        visitor = prepare(made)
        made.start("gateway")
        wait_for(lambda: answers(visitor), "the gateway")
        yield visitor


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET /health HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", b"431"),
        (b"GET /health HTTP/1.1\r\n" + b"X: a\r\n" * 200 + b"\r\n", b"431"),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n", b"431"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        (b"POST /out/u/x HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"400"),
        (
            b"POST /out/u/x HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0",
            b"400",
        ),
    ],
    ids=["long header", "many headers", "long line", "TLS", "negative", "two lengths"],
)
def test_what_is_no_request_is_refused_and_the_connection_ends(
    door: Visitor, data: bytes, status: bytes
) -> None:
    told = door.raw(data)
    assert told.split(b" ")[1] == status
    assert answers(door)


def test_several_requests_in_one_breath_are_all_answered(door: Visitor) -> None:
    one = b"POST /out/u/x HTTP/1.1\r\nHost: x\r\nContent-Length: 26\r\n\r\n" + ONE_CLICK
    last = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    told = door.raw(one * 3 + last)
    assert re.findall(rb"HTTP/1.1 (\d+)", told) == [b"404", b"404", b"404", b"200"]


def test_a_taken_port_is_said_in_words(field: Field) -> None:
    visitor = prepare(field)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", visitor.port))
        taken.listen()
        field.start("up")
        assert field.processes["up"].wait(30) == 1
    log = (field.ground.home / "up.log").read_text()
    assert "CHAPPE_GATEWAY_LISTEN" in log
    assert "Traceback" not in log
