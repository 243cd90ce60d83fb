"""An SMTP sink that counts whom it was given, and that can be made to dawdle, hang and lie.

It runs in a thread of the process that plays with it, so that what it holds back and what it has
taken are known at every moment. A mail counts as taken when its final dot arrived, whatever the
sink says afterwards.
"""

import asyncio
import contextlib
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

_HELLO = b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
_OK = b"250 2.0.0 ok\r\n"


@dataclass(frozen=True, slots=True)
class Trick:
    """What happens to one recipient's mail after it was taken: a pause, then words or a cut."""

    seconds: float = 0.0
    says: bytes = _OK  # empty: the connection is cut


@dataclass(slots=True)
class CountingSink:
    """A relay on a free loopback port.

    delay   seconds that each answer to a mail takes, on each connection
    mute    while it is set, connections are not even greeted
    held    how many mails were taken and wait for their answer, see ``hold``
    tricks  by recipient
    """

    delay: float = 0.0
    tricks: dict[str, Trick] = field(default_factory=dict)
    taken: Counter[str] = field(default_factory=Counter)
    taken_at: dict[str, float] = field(default_factory=dict)
    held: int = 0
    port: int = 0
    mute: bool = False
    bodies: bool = False
    kept: list[bytes] = field(default_factory=list)
    _held_back: bool = False
    _released: asyncio.Event | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _thread: threading.Thread | None = None
    _started: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Where a connector finds it."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def mails(self) -> int:
        """How many mails were taken in all."""
        return self.taken.total()

    def start(self) -> None:
        """Listen; returns when the port is open."""
        self._thread = threading.Thread(target=self._run, name="sink", daemon=True)
        self._thread.start()
        self._started.wait()

    def stop(self) -> None:
        """Cut every connection and stop listening."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def forget(self) -> None:
        """Begin a new count."""
        self.taken.clear()
        self.taken_at.clear()
        self.tricks.clear()
        self.delay = 0.0

    def hold(self) -> None:
        """Answer no mail from now on."""
        self._set_held(held=True)

    def release(self) -> None:
        """Answer everything that was held back, and go on."""
        self._set_held(held=False)

    def _set_held(self, *, held: bool) -> None:
        assert self._loop is not None

        async def change() -> None:
            assert self._released is not None
            if held:
                self._released.clear()
            else:
                self._released.set()

        asyncio.run_coroutine_threadsafe(change(), self._loop).result()

    def _run(self) -> None:
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self._released = asyncio.Event()
        self._released.set()
        server = self._loop.run_until_complete(
            asyncio.start_server(self._accept, "127.0.0.1", 0, limit=1 << 20)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        try:
            self._loop.run_forever()
        finally:
            server.close()
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.run_until_complete(asyncio.sleep(0.05))
            self._loop.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._converse(reader, writer)
        writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while self.mute:
            await asyncio.sleep(0.05)
        writer.write(b"220 sink ESMTP\r\n")
        recipient = ""
        while True:
            line = await reader.readuntil(b"\r\n")
            verb = line[:4].upper()
            if verb == b"RCPT":
                recipient = line[9 : line.index(b">")].decode()
                writer.write(_OK)
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                await writer.drain()
                body = await reader.readuntil(b"\r\n.\r\n")
                if not await self._took(recipient, body, writer):
                    return
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                return
            else:
                writer.write(_HELLO if verb == b"EHLO" else _OK)

    async def _took(self, recipient: str, body: bytes, writer: asyncio.StreamWriter) -> bool:
        """Count a mail, then answer as told; False: the connection is over."""
        self.taken[recipient] += 1
        self.taken_at.setdefault(recipient, time.time())
        if self.bodies:
            self.kept.append(body)
        trick = self.tricks.get(recipient)
        pause = trick.seconds if trick else self.delay
        if pause:
            await asyncio.sleep(pause)
        assert self._released is not None
        if not self._released.is_set():
            self.held += 1
            await self._released.wait()
            self.held -= 1
        says = trick.says if trick else _OK
        writer.write(says)
        await writer.drain()
        return bool(says)
