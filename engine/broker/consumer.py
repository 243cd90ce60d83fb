"""Intake's consumer: takes campaigns from RabbitMQ one by one and never loses one.

A message is acknowledged only after its handler returned, which is after its commit. Whatever
breaks in between makes RabbitMQ deliver again; the handler knows a campaign by its id.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from threading import Event

import pika
import pika.exceptions
import structlog

from engine.broker.connection import connect
from engine.broker.errors import BrokerFault
from engine.broker.topology import CAMPAIGNS, declare_topology

_POLL = 0.5  # seconds: how soon a stop is noticed
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0
_NOT_FOUND = 404

_log = structlog.get_logger(__name__)


class Verdict(Enum):
    """What becomes of a message."""

    ACK = "ack"  # stored, or known already
    REQUEUE = "requeue"  # could not be judged now, such as when the database is away
    REJECT = "reject"  # moved to campaigns.dead as it is: only for what may lie there unsealed


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as it came.

    user_id  the account that put it, vouched for by RabbitMQ; None: the publisher did not say
    """

    body: bytes
    user_id: str | None
    message_id: str | None
    redelivered: bool


Handler = Callable[[Arrival], Verdict]


class CampaignConsumer:
    """Feeds a handler from the queue of campaigns until it is stopped.

    A consumer that hears nothing for ``renew_after`` seconds connects anew. RabbitMQ tells a
    consumer when its queue is deleted, but not when a quorum queue is deleted and declared again
    at once: messages then go to the old consumer, never reach it, and count as being worked on
    until its connection ends.
    """

    def __init__(
        self,
        url: str,
        handler: Handler,
        *,
        queue: str = CAMPAIGNS,
        prefetch: int = 2,
        renew_after: float = 30.0,
    ) -> None:
        self._url = url
        self._handler = handler
        self._queue = queue
        self._prefetch = prefetch
        self._renew_after = renew_after
        self._stopping = Event()
        self._wait = _FIRST_WAIT

    def run(self) -> None:
        """Consume until ``stop``; outlives the broker and mends a missing queue."""
        while not self._stopping.is_set():
            try:
                self._consume()
            except BrokerFault as error:
                self._back_off(type(error).__name__)
            except (pika.exceptions.AMQPError, OSError) as error:
                self._back_off(type(error).__name__)

    def stop(self) -> None:
        """Ask ``run`` to return after the message in hand; callable from any thread or signal."""
        self._stopping.set()

    def _consume(self) -> None:
        connection = connect(self._url, "intake")
        try:
            self._feed(connection.channel())
        except pika.exceptions.ChannelClosedByBroker as error:
            if error.reply_code != _NOT_FOUND:
                raise
            _log.warning("queue_missing", queue=self._queue)
            declare_topology(connection)
        finally:
            if connection.is_open:
                connection.close()

    def _feed(self, channel: pika.adapters.blocking_connection.BlockingChannel) -> None:
        channel.basic_qos(prefetch_count=self._prefetch)
        idle = 0.0
        for method, properties, body in channel.consume(self._queue, inactivity_timeout=_POLL):
            idle += _POLL
            if method is not None:
                idle = 0.0
                arrival = Arrival(
                    body,
                    _text(properties.user_id),
                    _text(properties.message_id),
                    method.redelivered,
                )
                self._settle(channel, method.delivery_tag, self._judge(arrival))
            if self._stopping.is_set() or idle >= self._renew_after:
                channel.cancel()
                return
        # The broker ended the consumer: the queue was deleted, or its host is going down.
        self._back_off("consumer_cancelled")

    def _judge(self, arrival: Arrival) -> Verdict:
        try:
            return self._handler(arrival)
        except Exception as error:  # noqa: BLE001 (a message must survive any defect of ours)
            _log.error("intake_failed", error=type(error).__name__)
            return Verdict.REQUEUE

    def _settle(
        self,
        channel: pika.adapters.blocking_connection.BlockingChannel,
        tag: int,
        verdict: Verdict,
    ) -> None:
        if verdict is Verdict.ACK:
            channel.basic_ack(tag)
            self._wait = _FIRST_WAIT
        elif verdict is Verdict.REJECT:
            channel.basic_reject(tag, requeue=False)
        else:
            # Held a while before it goes back: an immediate return would come again at once.
            self._hold(channel.connection)
            channel.basic_reject(tag, requeue=True)

    def _hold(self, connection: pika.BlockingConnection) -> None:
        left = self._next_wait()
        while left > 0 and not self._stopping.is_set():
            connection.sleep(min(_POLL, left))  # goes on answering heartbeats
            left -= _POLL

    def _back_off(self, cause: str) -> None:
        wait = self._next_wait()
        _log.warning("intake_waits", cause=cause, seconds=wait)
        self._stopping.wait(wait)

    def _next_wait(self) -> float:
        wait = self._wait
        self._wait = min(wait * 2, _LONGEST_WAIT)
        return wait


def _text(given: str | bytes | None) -> str | None:
    """Return a property as text; pika leaves what is not UTF-8 as bytes."""
    return given.decode("utf-8", "replace") if isinstance(given, bytes) else given
