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
from collections.abc import Callable
from dataclasses import dataclass, field

_HELLO = b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
_OK = b"250 2.0.0 ok\r\n"


@dataclass(frozen=True, slots=True)
class Trick:
    """What happens to one recipient's mail after it was taken: a pause, then words or a cut."""

    seconds: float = 0.0
    says: bytes = _OK  # empty: the connection is cut


def _set_event() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass(slots=True)
class CountingSink:
    """A relay on a free loopback port.

    delay   seconds that each answer to a mail takes, on each connection
    tricks  by recipient
    held    how many mails were taken and wait for their answer, see ``hold``
    keep    whether the mails themselves are kept
    """

    delay: float = 0.0
    tricks: dict[str, Trick] = field(default_factory=dict)
    taken: Counter[str] = field(default_factory=Counter)
    taken_at: dict[str, float] = field(default_factory=dict)
    held: int = 0
    port: int = 0
    keep: bool = False
    kept: list[bytes] = field(default_factory=list)
    _greets: asyncio.Event = field(default_factory=_set_event)
    _answers: asyncio.Event = field(default_factory=_set_event)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread | None = None

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
        listening = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(listening,), daemon=True)
        self._thread.start()
        listening.wait()

    def stop(self) -> None:
        """Cut every connection and stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread is not None:
            self._thread.join()

    def forget(self) -> None:
        """Begin a new count."""
        self.taken.clear()
        self.taken_at.clear()
        self.tricks.clear()
        self.delay = 0.0

    def hold(self) -> None:
        """Answer no mail from now on."""
        self._do(self._answers.clear)

    def release(self) -> None:
        """Answer everything that was held back, and go on."""
        self._do(self._answers.set)

    def mute(self) -> None:
        """Do not even greet new connections from now on."""
        self._do(self._greets.clear)

    def unmute(self) -> None:
        """Greet again."""
        self._do(self._greets.set)

    def _do(self, change: Callable[[], None]) -> None:
        async def run() -> None:
            change()

        asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def _run(self, listening: threading.Event) -> None:
        loop = self._loop
        server = loop.run_until_complete(
            asyncio.start_server(self._accept, "127.0.0.1", 0, limit=1 << 20)
        )
        self.port = server.sockets[0].getsockname()[1]
        listening.set()
        try:
            loop.run_forever()
        finally:
            server.close()
            for task in asyncio.all_tasks(loop):
                task.cancel()
            loop.run_until_complete(asyncio.sleep(0.05))
            loop.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._converse(reader, writer)
        writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._greets.wait()
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
        if self.keep:
            self.kept.append(body)
        trick = self.tricks.get(recipient)
        pause = trick.seconds if trick else self.delay
        if pause:
            await asyncio.sleep(pause)
        if not self._answers.is_set():
            self.held += 1
            await self._answers.wait()
            self.held -= 1
        says = trick.says if trick else _OK
        writer.write(says)
        await writer.drain()
        return bool(says)
