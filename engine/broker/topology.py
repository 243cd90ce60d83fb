"""Everything that exists on the broker, as one table, and how it is put there.

The scheduler declares and mends; other processes only use what is there, so that their accounts
need no right to configure. ``campaigns`` is a quorum queue: it holds the only copy of a campaign
until intake has stored it. All others are doorbells, on which nothing rests: the database rings
again, so they are classic queues that keep no more than is useful.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import pika
import pika.exceptions

from channels.contract import Channel
from engine.broker.errors import (
    BrokerAccessRefused,
    BrokerFault,
    BrokerUnavailable,
    TopologyConflict,
)
from engine.states import lane_of
from engine.wire.instants import Duration
from policy.retention import keeps

WORK_EXCHANGE = "chappe"
EVENTS_EXCHANGE = "chappe.events"
JOB_KEY = "campaign"

CAMPAIGNS = "campaigns"
DEAD_CAMPAIGNS = "campaigns.dead"
PLANNING = "planning"
RECEIPTS = "receipts"
RETENTION = "retention"
RIGHTS = "rights"
WEBHOOKS = "webhooks"

# RabbitMQ 4 drops a message after 20 deliveries unless told otherwise, and RabbitMQ 3.10 knows no
# word for "never". A database that is away for an hour must not cost anybody a campaign.
_NEARLY_NEVER = 1_000_000
_ENOUGH_RINGS = 10_000

_ACCESS_REFUSED = 403
_NOT_FOUND = 404
_PRECONDITION_FAILED = 406


@dataclass(frozen=True, slots=True)
class Exchange:
    """A durable exchange."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable queue; ``bindings`` are pairs of exchange and routing key."""

    name: str
    arguments: Mapping[str, str | int] = field(default_factory=dict)
    bindings: tuple[tuple[str, str], ...] = ()


def dispatch_queue(lane: str) -> str:
    """Return the queue of a lane (``email``, ``email.urgent`` …)."""
    return f"dispatch.{lane}"


DISPATCH_QUEUES = tuple(
    dispatch_queue(lane_of(channel, urgent=urgent))
    for channel in Channel
    for urgent in (False, True)
)
DOORBELLS = (PLANNING, *DISPATCH_QUEUES, RECEIPTS, RETENTION, RIGHTS, WEBHOOKS)

EXCHANGES = (Exchange(WORK_EXCHANGE, "topic"), Exchange(EVENTS_EXCHANGE, "topic"))
QUEUES = (
    Queue(
        CAMPAIGNS,
        {
            "x-queue-type": "quorum",
            "x-delivery-limit": _NEARLY_NEVER,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": DEAD_CAMPAIGNS,
        },
        ((WORK_EXCHANGE, JOB_KEY),),
    ),
    Queue(
        DEAD_CAMPAIGNS,
        {"x-queue-type": "classic", "x-message-ttl": Duration.parse(keeps("lost_messages")).millis},
    ),
    *(
        Queue(name, {"x-queue-type": "classic", "x-max-length": _ENOUGH_RINGS})
        for name in DOORBELLS
    ),
)


def declare_topology(connection: pika.BlockingConnection) -> None:
    """Create what is missing on the broker; leave what is there.

    Raises TopologyConflict when something exists with other properties, BrokerAccessRefused when
    the account may not configure it, BrokerUnavailable when the connection is lost.
    """
    channel = _Declaring(connection)
    for exchange in EXCHANGES:
        channel.exchange(exchange)
    for queue in QUEUES:
        channel.queue(queue)
    channel.close()


def missing_queues(connection: pika.BlockingConnection) -> tuple[str, ...]:
    """Return the names of our queues that do not exist; needs no right to configure.

    Raises BrokerUnavailable when the connection is lost.
    """
    missing = []
    for queue in QUEUES:
        try:
            channel = connection.channel()
            channel.queue_declare(queue.name, passive=True)
            channel.close()
        except pika.exceptions.ChannelClosedByBroker as error:
            if error.reply_code == _NOT_FOUND:
                missing.append(queue.name)
        except pika.exceptions.AMQPError as error:
            raise BrokerUnavailable(f"lost the broker: {type(error).__name__}") from None
    return tuple(missing)


class _Declaring:
    """A channel that turns the broker's refusals into errors with a remedy."""

    def __init__(self, connection: pika.BlockingConnection) -> None:
        with refusals("a channel"):
            self._channel = connection.channel()

    def exchange(self, exchange: Exchange) -> None:
        """Create an exchange."""
        with refusals(f"exchange {exchange.name!r}"):
            self._channel.exchange_declare(exchange.name, exchange.type, durable=True)

    def queue(self, queue: Queue) -> None:
        """Create a queue and its bindings."""
        with refusals(f"queue {queue.name!r}"):
            self._channel.queue_declare(queue.name, durable=True, arguments=dict(queue.arguments))
            for exchange, key in queue.bindings:
                self._channel.queue_bind(queue.name, exchange, key)

    def close(self) -> None:
        """Close the channel, not the connection."""
        with refusals("a channel"):
            self._channel.close()


@contextmanager
def refusals(what: str) -> Iterator[None]:
    """Turn what the broker says about ``what`` into an error of ours, with its remedy.

    Raises TopologyConflict, BrokerAccessRefused or BrokerUnavailable.
    """
    try:
        yield
    except pika.exceptions.ChannelClosedByBroker as error:
        raise _refusal(what, error.reply_code) from None
    except pika.exceptions.AMQPError as error:
        raise BrokerUnavailable(f"lost the broker: {type(error).__name__}") from None


def _refusal(what: str, code: int) -> BrokerFault:
    if code == _PRECONDITION_FAILED:
        return TopologyConflict(
            f"{what} exists on the broker with other properties than Chappe's; when it is empty, "
            "delete it (rabbitmqctl delete_queue, or the management page) and start again"
        )
    if code == _ACCESS_REFUSED:
        return BrokerAccessRefused(
            f"this account has no right to configure {what}; give it one "
            "(rabbitmqctl set_permissions) or let the scheduler's account declare it"
        )
    return BrokerFault(f"the broker refused {what} with code {code}")
