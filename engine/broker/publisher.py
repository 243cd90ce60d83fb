"""Publishing with confirms: a message is either kept by the broker, or the caller knows."""

from threading import Lock

import pika
import structlog

from engine.broker.connection import account_of, connect
from engine.broker.errors import BrokerAccessRefused, BrokerFault, NotConfirmed, Unroutable
from engine.broker.link import ConfirmingLink, LinkLost, Nacked, Outgoing, Returned
from engine.broker.topology import (
    EVENTS_EXCHANGE,
    JOB_KEY,
    WORK_EXCHANGE,
    declare_topology,
)
from engine.clock import Clock, SystemClock
from engine.event_bodies import encode_event, routing_key
from engine.events import Event

_PERSISTENT = 2
_NOT_FOUND = 404
_PAUSES = (0.1, 0.5, 1.0)  # seconds before a message that was not confirmed is sent again
_CONFIRM_SECONDS = 10.0

_log = structlog.get_logger(__name__)


class Publisher:
    """Publishes over one connection, which is opened when needed and again when it was lost.

    Threads may share a publisher; they take turns. A message may arrive twice when a connection
    breaks between its arrival and its confirmation: every consumer knows messages again by id.
    """

    def __init__(
        self,
        url: str,
        *,
        purpose: str = "publisher",
        clock: Clock | None = None,
    ) -> None:
        self._url = url
        self._purpose = purpose
        self._account = account_of(url)
        self._lock = Lock()
        self._link: ConfirmingLink | None = None
        self._clock = clock or SystemClock()

    def publish(
        self,
        exchange: str,
        key: str,
        body: bytes,
        *,
        message_id: str | None = None,
        mandatory: bool = True,
    ) -> None:
        """Publish one persistent JSON message and wait until the broker has confirmed it.

        ``mandatory``: some queue must take it; a missing queue or exchange of ours is declared
        again, and the message sent once more.

        Raises Unroutable, NotConfirmed, BrokerAccessRefused or BrokerUnavailable.
        """
        properties = pika.BasicProperties(
            content_type="application/json",
            delivery_mode=_PERSISTENT,
            message_id=message_id,
            user_id=self._account,
        )
        message = Outgoing(exchange, key, body, properties, mandatory)
        with self._lock:
            try:
                self._publish(message)
            except Unroutable:
                self._mend(key)
                self._publish(message)

    def publish_job(self, body: bytes, *, message_id: str | None = None) -> None:
        """Put a campaign where intake finds it; raises as ``publish`` does."""
        self.publish(WORK_EXCHANGE, JOB_KEY, body, message_id=message_id)

    def publish_event(self, event: Event) -> None:
        """Tell the world; it is no fault when nobody listens. Raises as ``publish`` does."""
        self.publish(
            EVENTS_EXCHANGE,
            routing_key(event),
            encode_event(event),
            message_id=event.id,
            mandatory=False,
        )

    def close(self) -> None:
        """Close the connection; a later publish opens another."""
        with self._lock:
            self._drop()

    def _publish(self, message: Outgoing) -> None:
        pauses = list(_PAUSES)
        while True:
            try:
                self._open().publish(message, _CONFIRM_SECONDS)
            except Returned:
                raise Unroutable(
                    f"no queue takes messages with key {message.key!r} on exchange "
                    f"{message.exchange!r}"
                ) from None
            except (Nacked, LinkLost) as error:
                # A new connection each time: after a restart of the broker a channel goes on
                # talking to a queue leader that is gone.
                self._drop()
                if isinstance(error, LinkLost) and error.code:
                    raise self._refused(message.exchange, error.code) from None
                if not pauses:
                    raise NotConfirmed(
                        f"the broker did not confirm a message with key {message.key!r}; it may "
                        "have it all the same"
                    ) from None
                self._clock.wait(pauses.pop(0))
            else:
                return

    def _refused(self, exchange: str, code: int) -> BrokerFault:
        if code == _NOT_FOUND:
            return Unroutable(f"exchange {exchange!r} does not exist")
        return BrokerAccessRefused(
            f"account {self._account!r} may not publish to exchange {exchange!r} (code {code}); "
            "give it the right to write there"
        )

    def _mend(self, key: str) -> None:
        """Declare the topology again.

        Raises Unroutable when this account may not: its message stays with the caller.
        """
        try:
            connection = connect(self._url, f"{self._purpose} (mending)")
            try:
                declare_topology(connection)
            finally:
                connection.close()
            _log.warning("topology_mended", key=key)
        except BrokerAccessRefused as error:
            raise Unroutable(f"no queue takes messages with key {key!r}, and {error}") from None

    def _open(self) -> ConfirmingLink:
        if self._link is None:
            self._link = ConfirmingLink(self._url, self._purpose)
        return self._link

    def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()
