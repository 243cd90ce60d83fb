"""Connectors under test, each with its peer: what the shared suite needs to know of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import uvloop

from channels.contract import (
    Addressee,
    Channel,
    Composer,
    Connector,
    ConnectorConfig,
    Message,
    Sender,
)
from channels.registry import build_composer, build_connector
from tests.relays.certificates import Certificates
from tests.relays.smtp_relay import SmtpRelay

NOW = 1_790_000_000_000
CONTENT = {
    "from": "Boutique <info@boutique.example.org>",
    "subject": "Bonjour {{ prenom }}",
    "html": "<p>Bonjour {{ prenom }}</p>\n.<a href='{{ unsubscribe_url }}'>stop</a>",
}


def composer() -> Composer:
    sender = Sender("boutique", "noel", "bounce.example.org")
    return build_composer(Channel.EMAIL, CONTENT, sender, now=lambda: NOW)


def address(position: int) -> str:
    return f"r{position}@example.org"


def messages(count: int, *, start: int = 0) -> Iterator[Message]:
    """Real emails to r0@, r1@ … at example.org."""
    compose = composer().compose
    for position in range(start, start + count):
        yield compose(
            Addressee(
                position=position,
                address=address(position),
                reference=f"{position:08x}.0a1b2c3d",
                values={"prenom": "Zoé"},
                unsubscribe_url=f"https://chappe.example.org/u/{position}",
            )
        )


class Rig(Protocol):
    """One connector and its peer."""

    connector: Connector

    def at_peer(self) -> list[int]:
        """Positions that the peer has, as often as it has them."""
        ...


@dataclass
class OutboxRig:
    connector: Connector
    folder: Path

    def at_peer(self) -> list[int]:
        names = [path.name for path in self.folder.glob("*")]
        assert not [name for name in names if name.startswith(".")], "a draft was left behind"
        return [int(name.partition(".")[0], 16) for name in names]


@dataclass
class SmtpRig:
    connector: Connector
    relay: SmtpRelay

    def at_peer(self) -> list[int]:
        return [int(name.partition("@")[0][1:]) for name in self.relay.recipients]

    def tell(self, stage: str, position: int, action: str) -> None:
        """Let the relay do something when this recipient's turn comes."""
        who = address(position)
        if stage == "mail":
            who = f"b+{position:08x}.0a1b2c3d@bounce.example.org"
        self.relay.actions[stage, who] = action


@dataclass(frozen=True)
class RigKind:
    """How a rig is set up."""

    name: str
    loop: Callable[[Coroutine[Any, Any, None]], None] = asyncio.run
    relay: dict[str, Any] | None = None  # None: an outbox
    options: dict[str, str] = field(default_factory=dict)
    tls: bool = False

    @asynccontextmanager
    async def outbox(self, folder: Path) -> AsyncIterator[OutboxRig]:
        config = ConnectorConfig("outbox", "outbox", Channel.EMAIL, {"folder": str(folder)})
        connector = build_connector(config, {})
        yield OutboxRig(connector, folder)
        await connector.close()

    @asynccontextmanager
    async def smtp(
        self, certificates: Certificates, *, answer_timeout: float = 5.0, **options: str
    ) -> AsyncIterator[SmtpRig]:
        tls = certificates.server_context() if self.tls else None
        async with SmtpRelay(tls=tls, **(self.relay or {})) as relay:
            all_options = {
                "url": f"smtp://127.0.0.1:{relay.port}",
                "connections": "2",
                "command_timeout": "1",
                "connect_timeout": "5",
                **self.options,
                **options,
            }
            if self.tls:
                all_options |= {
                    "url": f"smtp://localhost:{relay.port}?starttls=required",
                    "ca_file": str(certificates.ca_file),
                }
            config = ConnectorConfig(
                "relay", "smtp", Channel.EMAIL, all_options, answer_timeout=answer_timeout
            )
            connector = build_connector(config, {})
            yield SmtpRig(connector, relay)
            await connector.close()

    @asynccontextmanager
    async def rig(self, folder: Path, certificates: Certificates) -> AsyncIterator[Rig]:
        if self.relay is None:
            async with self.outbox(folder / "outbox") as outbox:
                yield outbox
        else:
            async with self.smtp(certificates) as smtp:
                yield smtp


Scene = Callable[[SmtpRig], Awaitable[None]]


class SmtpStage:
    """Plays one scene with a rig of the kind under test."""

    def __init__(self, kind: RigKind, certificates: Certificates) -> None:
        self.kind = kind
        self._certificates = certificates

    def play(self, scene: Scene, *, answer_timeout: float = 5.0, **options: str) -> None:
        async def run() -> None:
            smtp = self.kind.smtp(self._certificates, answer_timeout=answer_timeout, **options)
            async with smtp as rig:
                await scene(rig)

        self.kind.loop(run())


SMTP_KINDS = (
    RigKind("smtp in lockstep", relay={"pipelining": False}),
    RigKind("smtp in lockstep, uvloop", uvloop.run, relay={"pipelining": False}),
    RigKind("smtp pipelined", relay={"pipelining": True}),
    RigKind("smtp pipelined, uvloop", uvloop.run, relay={"pipelining": True}),
    RigKind("smtp pipelined over TLS, uvloop", uvloop.run, relay={"pipelining": True}, tls=True),
    RigKind("smtp pipelined, 7bit", relay={"eight_bit": False}),
)
ALL_KINDS = (
    RigKind("outbox"),
    *SMTP_KINDS,
    RigKind("smtp pipelined over TLS", relay={"pipelining": True}, tls=True),
    RigKind("smtp in lockstep over TLS", relay={"pipelining": False}, tls=True),
)
