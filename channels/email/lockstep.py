"""Sending command by command, for relays that do not announce PIPELINING; aiosmtplib speaks.

Only its public names are used. Its ``data`` writes DATA and content in one go, without a place for
the gate: so the content is written by its protocol's ``write`` once 354 has come.
"""

import asyncio
from typing import cast

from aiosmtplib import (
    SMTP,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from channels.contract import SendResult
from channels.email.desk import Desk, Feed, Letter
from channels.email.line import Features, Limits, mail_of, mail_options
from channels.email.replies import (
    CLOSING,
    CUT,
    CUT_AFTER_DOT,
    NO_ANSWER,
    NO_SMTPUTF8,
    NONSENSE,
    NONSENSE_AFTER_DOT,
    SENT,
    SILENT,
    Stage,
    classify,
)

_SUCCESS = range(200, 300)
_NEGATIVE = range(400, 600)
_GO_AHEAD = 354
_CLOSING = 421


class Lockstep:
    """A line that waits for every answer."""

    def __init__(self, client: SMTP, features: Features, limits: Limits) -> None:
        self._client = client
        self._features = features
        self._limits = limits
        self._left = limits.messages
        self._sent: Letter | None = None  # content written, answer awaited

    @property
    def usable(self) -> bool:
        """Whether another letter may be sent on it."""
        return self._client.is_connected and self._left > 0

    @property
    def _fresh(self) -> bool:
        return self._left == self._limits.messages

    async def serve(self, desk: Desk) -> None:
        """Send letters until the desk has none or the line is spent."""
        try:
            while self.usable and (letter := desk.take()) is not None:
                await self._send(letter, desk)
        except asyncio.CancelledError:
            self.abort()
            raise

    def forget(self, feed: Feed) -> None:
        """Abort if content of this slice is on the wire without an answer."""
        if self._sent is not None and self._sent.feed is feed:
            self.abort()

    def hang_up(self) -> None:
        """Say QUIT and close."""
        if self._client.protocol is not None and self._client.is_connected:
            self._client.protocol.write(b"QUIT\r\n")
        self._client.close()

    def abort(self) -> None:
        """Cut at once."""
        cut(self._client)

    async def _send(self, letter: Letter, desk: Desk) -> None:
        utf8 = not letter.message.to.isascii()
        if utf8 and not self._features.utf8:
            letter.settle(NO_SMTPUTF8)
            return
        try:
            refusal = await self._envelope(letter, utf8=utf8)
        except asyncio.CancelledError:
            letter.settle(CUT)
            raise
        except SMTPServerDisconnected:
            desk.give_back(letter, CUT, fresh=self._fresh)
        except SMTPTimeoutError:
            letter.settle(SILENT)
        except SMTPResponseException:  # not an SMTP reply at all
            letter.settle(NONSENSE)
            self.abort()
        else:
            await self._after_envelope(letter, refusal, desk)

    async def _envelope(self, letter: Letter, *, utf8: bool) -> SendResult | None:
        """Send MAIL, RCPT and DATA; None: the relay waits for the content."""
        options = mail_options(self._features, utf8=utf8)
        sender, to = mail_of(letter.message).return_path, letter.message.to
        commands = (
            (Stage.MAIL, f"MAIL FROM:<{sender}>{options}"),
            (Stage.RCPT, f"RCPT TO:<{to}>"),
        )
        for stage, command in commands:
            code, text = await self._client.execute_command(command.encode())
            if code not in _SUCCESS:
                return classify(stage, code, text.encode("utf-8", "replace"))
        code, text = await self._client.execute_command(b"DATA")
        if code == _GO_AHEAD:
            return None
        return classify(Stage.DATA, code, text.encode("utf-8", "replace"))

    async def _after_envelope(self, letter: Letter, refusal: SendResult | None, desk: Desk) -> None:
        if refusal is None:
            await self._content(letter)
        elif refusal is CLOSING:
            desk.give_back(letter, CLOSING, fresh=self._fresh)
            self.abort()
        elif refusal is NONSENSE:
            letter.settle(NONSENSE)
            self.abort()
        else:
            letter.settle(refusal)
            await self._reset()

    async def _content(self, letter: Letter) -> None:
        self._left -= 1
        content = mail_of(letter.message).wire(eight_bit=self._features.eight_bit) + b".\r\n"
        protocol = self._client.protocol
        if not letter.gate():
            letter.drop()
            self.abort()  # a dot now would deliver an empty mail
            return
        try:
            if protocol is None:
                letter.settle(CUT)
                return
            protocol.write(content)
        except SMTPServerDisconnected:  # raised before anything is written
            letter.settle(CUT)
            self.abort()
            return
        self._sent = letter
        try:
            result = await self._answer()
        except asyncio.CancelledError:
            letter.settle(CUT_AFTER_DOT)
            raise
        finally:
            self._sent = None
        letter.settle(result)
        if result in (NO_ANSWER, CUT_AFTER_DOT, NONSENSE_AFTER_DOT, CLOSING):
            self.abort()

    async def _answer(self) -> SendResult:
        protocol = self._client.protocol
        if protocol is None:
            return CUT_AFTER_DOT
        try:
            code, text = await protocol.read_response(timeout=self._limits.answer)
        except SMTPTimeoutError:
            return NO_ANSWER
        except SMTPServerDisconnected:
            return CUT_AFTER_DOT
        except SMTPResponseException:
            return NONSENSE_AFTER_DOT
        if code in _SUCCESS:
            return SENT
        return classify(Stage.CONTENT, code, text.encode("utf-8", "replace"))

    async def _reset(self) -> None:
        """End a refused transaction; a relay that cannot even do that is left."""
        try:
            code, _ = await self._client.execute_command(b"RSET")
        except (SMTPServerDisconnected, SMTPTimeoutError, SMTPResponseException):
            self.abort()
            return
        if code not in _SUCCESS:
            self.abort()


def cut(client: SMTP) -> None:
    """Close a connection at once, without sending what is still buffered."""
    if client.transport is not None:
        # uvloop's transports have the method, but are no subclasses of asyncio's.
        cast("asyncio.WriteTransport", client.transport).abort()
    client.close()
