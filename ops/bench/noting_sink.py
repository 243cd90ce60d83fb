"""An SMTP sink that notes when each recipient's last mail came: ``python -m ops.bench.noting_sink``.

Arguments: a port, and a file that is written at the end (SIGTERM): seconds of the epoch and
recipient, a line each. A process of its own, on uvloop, with as little work per mail as can be.
"""

import asyncio
import signal
import sys
import time
from pathlib import Path
from typing import cast

import uvloop

_HELLO = b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
_OK = b"250 2.0.0 ok\r\n"
_END = b"\r\n.\r\n"
_RCPT = len(b"RCPT TO:<")


class NotingSession(asyncio.Protocol):
    """One connection."""

    def __init__(self, taken: dict[bytes, float]) -> None:
        self._taken = taken
        self._buffer = b""
        self._recipient = b""
        self._in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer whatever is complete."""
        self._buffer += data
        answers = []
        while (answer := self._next()) is not None:
            answers.append(answer)
        self._transport.write(b"".join(answers))

    def _next(self) -> bytes | None:
        """Take one line or one mail off the buffer; None: it is not complete."""
        head, mark, rest = self._buffer.partition(_END if self._in_data else b"\r\n")
        if not mark:
            return None
        self._buffer = rest
        if self._in_data:
            self._in_data = False
            self._taken[self._recipient] = time.time()
            return _OK
        return self._command(head)

    def _command(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"RCPT":
            self._recipient = line[_RCPT : line.index(b">")]
        elif verb == b"DATA":
            self._in_data = True
            return b"354 go on\r\n"
        elif verb == b"EHLO":
            return _HELLO
        return _OK


async def _serve(port: int, file: Path) -> None:
    taken: dict[bytes, float] = {}
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    server = await loop.create_server(lambda: NotingSession(taken), "127.0.0.1", port)
    await over.wait()
    server.close()
    with file.open("w") as out:
        out.writelines(f"{at} {recipient.decode()}\n" for recipient, at in taken.items())


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))
