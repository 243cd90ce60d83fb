"""A pipelined SMTP writer (RFC 2920) over a transport that is already connected and logged in.

One write carries the content of a mail with its final dot *and* the envelope of the next one::

    C: <content> CRLF . CRLF  MAIL FROM  RCPT TO  DATA
    S: 250 (content)  250 (MAIL)  250 (RCPT)  354 (DATA)

so that a mail costs one round trip. 354 is always awaited and every reply is checked. What is
known when the line breaks: a letter of which only the envelope was written is certainly not sent;
one whose content was written and not answered is in doubt.
"""

import asyncio
import re

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

_IDLE, _CONTENT, _MAIL, _RCPT, _DATA, _EMPTY = range(6)  # _EMPTY: a lone dot's or RSET's answer
_SUCCESS = range(200, 300)
_CLOSING = 421
_GO_AHEAD = 354
_NEGATIVE = range(400, 600)
_LONGEST_REPLY = 64 * 1024
_ALL_WELL = re.compile(
    rb"25[0-2][ ][^\n]*\n25[0-2][ ][^\n]*\n25[0-2][ ][^\n]*\n354[ ][^\n]*\n"
).fullmatch


class Pipeline(asyncio.Protocol):
    """A line that sends pipelined.

    The transport's protocol must be set to this object by the caller; that does not call
    ``connection_made``.
    """

    def __init__(self, transport: asyncio.Transport, features: Features, limits: Limits) -> None:
        self._transport = transport
        self._features = features
        self._limits = limits
        self._options = mail_options(features, utf8=False)
        self._loop = asyncio.get_running_loop()
        self._desk: Desk | None = None
        self._done: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._mark = 0.0  # when something was last written or understood
        self._stage = _IDLE
        self._sent: Letter | None = None  # content written, answer awaited
        self._next: Letter | None = None  # envelope written
        self._refusal: SendResult | None = None  # of the next letter, at MAIL or RCPT
        self._recipient = False  # whether RCPT was accepted
        self._left = limits.messages
        self._buffer = b""
        self._dead = False
        self._on = {
            _CONTENT: self._on_content,
            _MAIL: self._on_mail,
            _RCPT: self._on_rcpt,
            _DATA: self._on_data,
            _EMPTY: self._on_reset,
        }

    # -- what the connector calls

    @property
    def usable(self) -> bool:
        """Whether another letter may be sent on it."""
        return not self._dead and self._left > 0 and not self._transport.is_closing()

    async def serve(self, desk: Desk) -> None:
        """Send letters until the desk has none or the line is spent."""
        self._desk = desk
        self._next = self._take()
        if self._next is None:
            return
        self._done = self._loop.create_future()
        self._stage = _MAIL
        self._write(self._envelope(self._next))
        self._tick()
        try:
            await self._done
        except asyncio.CancelledError:
            self._end(CUT_AFTER_DOT, CUT, back=False)
            raise

    def forget(self, feed: Feed) -> None:
        """Abort if content of this slice is on the wire without an answer."""
        if self._sent is not None and self._sent.feed is feed:
            if self._next is not None:
                self._put_back()
            self.abort()

    def hang_up(self) -> None:
        """Say QUIT and close."""
        if not self._dead and not self._transport.is_closing():
            self._transport.write(b"QUIT\r\n")
        self._dead = True
        self._transport.close()

    def abort(self) -> None:
        """Cut at once."""
        self._end(CUT_AFTER_DOT, CUT, back=True)

    # -- what the transport calls

    def data_received(self, data: bytes) -> None:
        """Read replies; the usual four at once take the short way."""
        if self._stage == _CONTENT and self._sent and self._next and _ALL_WELL(data):
            self._sent.settle(SENT)
            self._sent = None
            self._mark = self._loop.time()
            self._send_content(self._next)
            return
        self._read_replies(self._buffer + data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        """The relay or the network cut the connection."""
        self._end(CUT_AFTER_DOT, CUT, back=True)

    # -- replies

    def _read_replies(self, data: bytes) -> None:
        start = 0
        while not self._dead:
            end = data.find(b"\n", start)
            if end < 0:
                break
            line, start = data[start:end], end + 1
            if line[3:4] != b"-":  # of several lines, the last one counts
                self._mark = self._loop.time()
                self._reply(int(line[:3]) if line[:3].isdigit() else 0, line[4:])
        self._buffer = data[start:]
        if len(self._buffer) > _LONGEST_REPLY:
            self._end(NONSENSE_AFTER_DOT, NONSENSE, back=self._sent is not None)

    def _reply(self, code: int, text: bytes) -> None:
        if self._stage == _IDLE or code == _CLOSING:
            # Between mails only a farewell can come; RFC 5321 §3.8 allows one at any time.
            self._end(CLOSING, CLOSING, back=True)
        elif code in _SUCCESS or code in _NEGATIVE or (code, self._stage) == (_GO_AHEAD, _DATA):
            self._on[self._stage](code, text)
        else:
            self._end(NONSENSE_AFTER_DOT, NONSENSE, back=self._sent is not None)

    def _on_content(self, code: int, text: bytes) -> None:
        letter, self._sent = self._sent, None
        if letter is not None:
            letter.settle(SENT if code in _SUCCESS else classify(Stage.CONTENT, code, text))
        self._go_on()

    def _on_mail(self, code: int, text: bytes) -> None:
        self._refusal = None if code in _SUCCESS else classify(Stage.MAIL, code, text)
        self._stage = _RCPT

    def _on_rcpt(self, code: int, text: bytes) -> None:
        self._recipient = code in _SUCCESS
        if not self._recipient:
            self._refusal = self._refusal or classify(Stage.RCPT, code, text)
        self._stage = _DATA

    def _on_data(self, code: int, text: bytes) -> None:
        letter, refusal = self._next, self._refusal
        if letter is None or code in _SUCCESS:
            self._end(NONSENSE_AFTER_DOT, NONSENSE, back=self._sent is not None)
        elif code != _GO_AHEAD:
            self._refuse(letter, refusal or classify(Stage.DATA, code, text), b"RSET\r\n")
        elif refusal is None:
            self._send_content(letter)
        elif self._recipient:  # a dot now would deliver an empty mail
            self._next = None
            letter.settle(refusal)
            self._end(CUT_AFTER_DOT, CUT, back=True)
        else:
            self._refuse(letter, refusal, b".\r\n")

    def _on_reset(self, _code: int, _text: bytes) -> None:
        self._go_on()

    # -- steps

    def _send_content(self, letter: Letter) -> None:
        """The relay waits for the content: write it, and the next envelope with it."""
        self._left -= 1
        content = mail_of(letter.message).wire(eight_bit=self._features.eight_bit)
        self._next = following = self._take()
        tail = b".\r\n" if following is None else b".\r\n" + self._envelope(following)
        if not letter.gate():
            letter.drop()
            if following is not None:
                self._put_back()
            self._end(CUT_AFTER_DOT, CUT, back=True)
            return
        self._sent = letter
        self._stage = _CONTENT
        self._write(content + tail)

    def _refuse(self, letter: Letter, result: SendResult, reset: bytes) -> None:
        """Settle a letter that the relay refused; end its transaction and go on with the next."""
        letter.settle(result)
        self._next = following = self._take()
        self._stage = _EMPTY
        self._write(reset if following is None else reset + self._envelope(following))

    def _go_on(self) -> None:
        """An answer ended a transaction: await the next envelope's answers, or begin another."""
        if self._next is None:
            self._next = self._take()
            if self._next is None:
                self._finish()
                return
            self._write(self._envelope(self._next))
        self._stage = _MAIL

    def _take(self) -> Letter | None:
        desk = self._desk
        while self._left > 0 and desk is not None and (letter := desk.take()) is not None:
            if letter.message.to.isascii() or self._features.utf8:
                return letter
            letter.settle(NO_SMTPUTF8)
        return None

    def _put_back(self) -> None:
        letter, self._next = self._next, None
        if letter is not None and self._desk is not None:
            self._desk.put_back(letter)

    def _envelope(self, letter: Letter) -> bytes:
        message = letter.message
        options = self._options
        if not message.to.isascii():
            options = mail_options(self._features, utf8=True)
        sender = mail_of(message).return_path
        return f"MAIL FROM:<{sender}>{options}\r\nRCPT TO:<{message.to}>\r\nDATA\r\n".encode()

    def _write(self, data: bytes) -> None:
        self._mark = self._loop.time()
        self._transport.write(data)

    # -- ends

    def _finish(self) -> None:
        """Nothing is under way any more."""
        self._stage = _IDLE
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        done, self._done = self._done, None
        if done is not None and not done.done():
            done.set_result(None)

    def _end(self, sent: SendResult, envelope: SendResult, *, back: bool) -> None:
        """Settle what is under way and cut the connection.

        sent      for the letter whose content was written
        envelope  for the letter of which only the envelope was; with ``back`` another connection
                  may try it first
        """
        if self._dead:
            return
        self._dead = True
        self._transport.abort()
        written, self._sent = self._sent, None
        following, self._next = self._next, None
        if written is not None:
            written.settle(sent)
        if following is not None and back and self._desk is not None:
            fresh = self._left == self._limits.messages
            self._desk.give_back(following, envelope, fresh=fresh)
        elif following is not None:
            following.settle(envelope)
        self._finish()

    def _tick(self) -> None:
        """Look whether the relay has been silent for too long; one timer serves all waits."""
        limits = self._limits
        limit = limits.answer if self._stage == _CONTENT else limits.command
        left = self._mark + limit - self._loop.time()
        if left <= 0:
            self._end(NO_ANSWER, SILENT if self._sent is None else CUT, back=self._sent is not None)
            return
        delay = min(left, limits.answer, limits.command)
        self._timer = self._loop.call_later(delay, self._tick)
