"""One connection that publishes with confirms, served by a thread of its own.

pika's blocking connection waits for a confirm without any limit, and answers heartbeats only while
it is used: a queue that has lost its leader would hang the publisher, and an idle publisher would
be cut off. Here pika's event loop runs all the time, and who publishes waits for so long and no
longer.
"""

from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from threading import Thread

import pika
import pika.exceptions

from engine.broker.connection import parameters, refusal_or_absence
from engine.broker.errors import BrokerFault, BrokerUnavailable

_OPEN_SECONDS = 15.0
_CLOSE_SECONDS = 5.0


class LinkLost(Exception):
    """Raised when the connection broke, or no confirm came in time; the message may have arrived.

    ``code`` is the broker's own, when it closed the channel with a reason.
    """

    def __init__(self, code: int = 0) -> None:
        super().__init__(code)
        self.code = code


class Returned(Exception):
    """Raised when a mandatory message found no queue."""


class Nacked(Exception):
    """Raised when the broker says that it does not keep a message."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way out."""

    exchange: str
    key: str
    body: bytes
    properties: pika.BasicProperties
    mandatory: bool


class ConfirmingLink:
    """A connection with one channel in confirm mode. Not shared by threads; of no use once lost."""

    def __init__(self, url: str, purpose: str) -> None:
        """Connect.

        Raises BrokerAccessRefused, BrokerUnavailable or UnreadableBrokerUrl.
        """
        self._ready: Future[None] = Future()
        self._pending: Future[None] | None = None
        self._returned = False
        self._abandoned = False
        self._lost: LinkLost | None = None
        self._channel: pika.channel.Channel | None = None
        self._connection = pika.SelectConnection(
            parameters(url, purpose),
            on_open_callback=self._opened,
            on_open_error_callback=lambda _, error: self._never_opened(url, error),
            on_close_callback=lambda _, __: self._closed(),
        )
        self._thread = Thread(target=self._serve, name=f"broker {purpose}", daemon=True)
        self._thread.start()
        try:
            self._ready.result(_OPEN_SECONDS)
        except NotInTime:
            self.close()
            raise BrokerUnavailable(
                f"the broker did not answer within {_OPEN_SECONDS:.0f} s"
            ) from None
        except BrokerFault:
            self.close()
            raise

    def publish(self, message: Outgoing, timeout: float) -> None:
        """Publish one message and wait for its confirm, at most ``timeout`` seconds.

        Raises Returned, Nacked or LinkLost; after LinkLost the link is of no use any more.
        """
        if not self._thread.is_alive():
            raise LinkLost
        done: Future[None] = Future()
        try:
            self._connection.ioloop.add_callback_threadsafe(lambda: self._send(message, done))
            done.result(timeout)
        except NotInTime:
            raise LinkLost from None

    def close(self) -> None:
        """Close the connection and end its thread."""
        self._connection.ioloop.add_callback_threadsafe(self._close)
        self._thread.join(_CLOSE_SECONDS)
        if self._thread.is_alive():
            self._abandoned = True  # a frozen broker; the thread ends when it answers or is gone
        else:
            self._connection.ioloop.close()

    # --- everything below runs on the link's own thread --------------------------------------

    def _opened(self, connection: pika.SelectConnection) -> None:
        connection.channel(on_open_callback=self._channel_opened)

    def _never_opened(self, url: str, error: BaseException) -> None:
        self._ready.set_exception(refusal_or_absence(url, error))
        self._connection.ioloop.stop()

    def _channel_opened(self, channel: pika.channel.Channel) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._channel_closed)
        channel.add_on_return_callback(self._on_return)
        channel.confirm_delivery(self._on_confirm, callback=lambda _: self._ready.set_result(None))

    def _send(self, message: Outgoing, done: Future[None]) -> None:
        if self._lost is not None or self._channel is None:
            done.set_exception(self._lost or LinkLost())
            return
        self._pending, self._returned = done, False
        self._channel.basic_publish(
            message.exchange,
            message.key,
            message.body,
            message.properties,
            mandatory=message.mandatory,
        )

    def _on_return(self, *_: object) -> None:
        self._returned = True  # the broker confirms a returned message right after

    def _on_confirm(self, frame: pika.frame.Method) -> None:
        done, self._pending = self._pending, None
        if done is None:
            return
        if self._returned:
            done.set_exception(Returned())
        elif isinstance(frame.method, pika.spec.Basic.Ack):
            done.set_result(None)
        else:
            done.set_exception(Nacked())

    def _channel_closed(self, _channel: pika.channel.Channel, reason: BaseException) -> None:
        # A connection that ends closes its channel too, with a reason that is not the message's.
        if isinstance(reason, pika.exceptions.ChannelClosedByBroker):
            self._fail(LinkLost(reason.reply_code))
        else:
            self._fail(LinkLost())
        self._close()

    def _close(self) -> None:
        if self._connection.is_open:
            self._connection.close()
        elif self._connection.is_closed:
            self._connection.ioloop.stop()

    def _closed(self) -> None:
        self._fail(LinkLost())
        self._connection.ioloop.stop()

    def _fail(self, loss: LinkLost) -> None:
        self._lost = self._lost or loss
        done, self._pending = self._pending, None
        if done is not None:
            done.set_exception(self._lost)
        if not self._ready.done():
            self._ready.set_exception(BrokerUnavailable("the broker closed a new connection"))

    def _serve(self) -> None:
        self._connection.ioloop.start()
        self._fail(LinkLost())
        if self._abandoned:
            self._connection.ioloop.close()
