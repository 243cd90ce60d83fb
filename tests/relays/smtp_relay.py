"""An SMTP relay on loopback that misbehaves as told; it counts what it really took.

A relay is told per recipient and stage what to do. Stages: ``mail``, ``rcpt``, ``data``, ``part``
(the first line of content came), ``content`` (the final dot came). An action is

- a reply, such as ``"550 5.1.1 unknown"`` (421 closes afterwards);
- ``"cut"``: close at once; ``"hang"``: never answer;
- at ``content`` also ``"store cut"``, ``"store hang"``, ``"store wait"`` (0.3 s, then 250) and
  ``"store 451 late"``: take the mail, then do that.
"""

import asyncio
import base64
import contextlib
import ssl
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True)
class Stored:
    """A mail that the relay took."""

    sender: str
    recipient: str
    content: bytes  # dots unstuffed
    options: str


@dataclass(slots=True)
class SmtpRelay:
    """One relay. ``async with`` listens on a free port."""

    pipelining: bool = True
    eight_bit: bool = True
    utf8: bool = False
    tls: ssl.SSLContext | None = None  # offered by STARTTLS
    password: str | None = None  # of the user "relay"; None: no login
    greeting: str = "220 relay.test ESMTP"
    per_connection: int = 0  # mails after which it says 421; 0: no limit
    data_without_recipient: str = "354 go on"  # some say 503
    farewell_after: str | None = None  # said right after a mail's 250, then it closes
    actions: dict[tuple[str, str], str] = field(default_factory=dict)
    stored: list[Stored] = field(default_factory=list)
    connections: int = 0
    dialogues: list[list[str]] = field(default_factory=list)
    port: int = 0
    _gone: bool = False
    _server: asyncio.Server | None = None
    _sessions: set["asyncio.Task[None]"] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=1 << 24)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.vanish()
        await asyncio.gather(*self._sessions, return_exceptions=True)

    def vanish(self) -> None:
        """Be gone for everybody, also for who is just being let in."""
        assert self._server is not None
        self._gone = True
        self._server.close()
        for session in list(self._sessions):
            session.cancel()

    @property
    def recipients(self) -> list[str]:
        return [mail.recipient for mail in self.stored]

    def told(self, stage: str, recipient: str) -> str | None:
        return self.actions.get((stage, recipient)) or self.actions.get((stage, "*"))

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._gone:
            writer.transport.abort()
            return
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._sessions.add(task)
        task.add_done_callback(self._sessions.discard)
        session = _Session(self, reader, writer)
        # A cancelled session must end in order: StreamReaderProtocol asks it for its exception.
        with contextlib.suppress(asyncio.CancelledError):
            await self._serve(session, reader, writer)
        writer.transport.abort()

    async def _serve(
        self, session: "_Session", reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            with contextlib.suppress(_Cut, ConnectionError, asyncio.IncompleteReadError):
                await session.run()
        except _Silence:  # as a hung peer: keep the connection, say nothing
            with contextlib.suppress(ConnectionError):
                await reader.read()
        finally:
            await _close(writer)


class _Cut(Exception):
    """The relay closes the connection."""


class _Silence(Exception):
    """The relay never says anything again."""


async def _close(writer: asyncio.StreamWriter) -> None:
    """Close in order, so that what was said last still arrives."""
    writer.close()
    with contextlib.suppress(OSError, TimeoutError):
        await asyncio.wait_for(writer.wait_closed(), 0.2)
    writer.transport.abort()


class _Session:
    def __init__(
        self, relay: SmtpRelay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.relay = relay
        self.reader = reader
        self.writer = writer
        self.dialogue: list[str] = []
        relay.dialogues.append(self.dialogue)
        self.sender: str | None = None
        self.recipient: str | None = None
        self.options = ""
        self.taken = 0
        self.secure = False

    async def run(self) -> None:
        if not await self._say(self.relay.greeting):
            return
        while True:
            line = (await self.reader.readuntil(b"\n")).decode("utf-8").strip()
            verb, _, rest = line.partition(" ")
            self.dialogue.append(verb.upper())
            handler = getattr(self, f"_{verb.lower()}", None)
            if handler is None:
                await self._say("500 5.5.1 what?")
            else:
                await handler(rest)

    async def _say(self, text: str) -> bool:
        """Reply; False: nothing more may be said."""
        self.writer.write(text.encode() + b"\r\n")
        await self.writer.drain()
        if text.startswith("421"):
            raise _Cut
        return text[0] in "23"

    async def _act(self, action: str | None, otherwise: str) -> bool:
        if action == "wait":
            await asyncio.sleep(0.3)
            action = None
        if action == "cut":
            raise _Cut
        if action == "hang":
            raise _Silence
        return await self._say(action or otherwise)

    async def _ehlo(self, _rest: str) -> None:
        relay = self.relay
        offers = ["relay.test"]
        offers += ["PIPELINING"] if relay.pipelining else []
        offers += ["8BITMIME"] if relay.eight_bit else []
        offers += ["SMTPUTF8"] if relay.utf8 else []
        offers += ["STARTTLS"] if relay.tls and not self.secure else []
        offers += ["AUTH PLAIN"] if relay.password is not None else []
        lines = [f"250-{offer}" for offer in offers[:-1]] + [f"250 {offers[-1]}"]
        await self._say("\r\n".join(lines))

    async def _starttls(self, _rest: str) -> None:
        assert self.relay.tls is not None
        await self._say("220 go")
        await self.writer.start_tls(self.relay.tls)
        self.secure = True

    async def _auth(self, rest: str) -> None:
        given = base64.b64decode(rest.split()[1]).decode().split("\0")
        right = given[1:] == ["relay", self.relay.password]
        await self._say("235 2.7.0 welcome" if right else "535 5.7.8 no")

    async def _mail(self, rest: str) -> None:
        if self.sender is not None:
            await self._say("503 5.5.1 nested MAIL")
            return
        if self.relay.per_connection and self.taken >= self.relay.per_connection:
            await self._say("421 4.7.0 enough for this connection")
        address, _, self.options = rest.removeprefix("FROM:<").partition(">")
        if await self._act(self.relay.told("mail", address), "250 2.1.0 ok"):
            self.sender = address

    async def _rcpt(self, rest: str) -> None:
        address = rest.removeprefix("TO:<").partition(">")[0]
        told = self.relay.told("rcpt", address)
        otherwise = "503 5.5.1 no MAIL" if self.sender is None else "250 2.1.5 ok"
        if await self._act(told, otherwise):
            self.recipient = address

    async def _data(self, _rest: str) -> None:
        relay = self.relay
        usual = "354 go on" if self.recipient else relay.data_without_recipient
        told = relay.told("data", self.recipient or "")
        if not await self._act(told, usual):
            return
        first = await self.reader.readuntil(b"\n")
        if self.recipient and relay.told("part", self.recipient):
            await self._act(relay.told("part", self.recipient), "")
        lines = []
        while first != b".\r\n":
            lines.append(first[1:] if first.startswith(b".") else first)
            first = await self.reader.readuntil(b"\n")
        await self._content(b"".join(lines))

    async def _content(self, content: bytes) -> None:
        sender, recipient = self.sender or "", self.recipient
        self.sender = self.recipient = None
        if recipient is None:
            await self._say("554 5.5.1 no valid recipients")
            return
        told = self.relay.told("content", recipient)
        stores = told is None or told[0] == "2" or told.startswith("store")
        if stores:
            self.relay.stored.append(Stored(sender, recipient, content, self.options.strip()))
            self.taken += 1
        await self._act((told or "").removeprefix("store ") or None, "250 2.0.0 queued")
        if self.relay.farewell_after is not None and stores:
            await self._say(self.relay.farewell_after)

    async def _rset(self, _rest: str) -> None:
        self.sender = self.recipient = None
        await self._say("250 2.0.0 ok")

    async def _noop(self, _rest: str) -> None:
        await self._say("250 2.0.0 ok")

    async def _quit(self, _rest: str) -> None:
        await self._say("221 2.0.0 bye")
        raise _Cut
