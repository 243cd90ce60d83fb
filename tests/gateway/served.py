"""A gateway process of an installation that plays a test."""

from contextlib import suppress

from ops.chaos.field import Field
from ops.services.children import free_ports
from tests.gateway.visitor import Visitor


def prepare(field: Field) -> Visitor:
    """Let its processes serve on a port of this test's own, and keep the mails."""
    (port,) = free_ports(1)
    field.env["CHAPPE_GATEWAY_LISTEN"] = f"127.0.0.1:{port}"
    field.env["CHAPPE_PUBLIC_URL"] = f"http://127.0.0.1:{port}/out"
    field.sink.keep = True
    return Visitor(port)


def answers(visitor: Visitor, path: str = "/ready") -> bool:
    with suppress(OSError):
        return visitor.get(path).status == 200
    return False
