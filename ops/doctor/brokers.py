"""RabbitMQ: reachable, what exists there is what Chappe declares, the account may do its work."""

from collections.abc import Iterator
from contextlib import closing

import pika
import pika.exceptions

from engine.app import App
from engine.broker.connection import account_of, connect, place_of
from engine.broker.errors import BrokerAccessRefused, TopologyConflict
from engine.broker.topology import (
    CAMPAIGNS,
    DISPATCH_QUEUES,
    PLANNING,
    WORK_EXCHANGE,
    declare_topology,
    missing_queues,
    refusals,
)
from ops.doctor.findings import Finding, fault, ok, warning

_LEAST = (3, 10)
_TAKEN_BY_WORKERS = (CAMPAIGNS, PLANNING, *DISPATCH_QUEUES)
_ACCESS_REFUSED = 403
_NOWHERE = "doctor.nowhere"  # a routing key that leads to no queue


def reachable(app: App) -> Iterator[Finding]:
    """Connect, and say what answers."""
    url = app.settings.broker_url.get_secret_value()
    if app.settings.embedded:
        yield ok("none: everything runs in one process")
        return
    with closing(connect(url, "doctor")) as connection:
        said = connection._impl.server_properties or {}  # noqa: SLF001 (nowhere else to be had)
    version = str(said.get("version", "?"))
    parts = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if parts < _LEAST:
        yield fault(f"RabbitMQ {version} at {place_of(url)} is too old", "use 3.10 or later")
    else:
        yield ok(f"RabbitMQ {version} at {place_of(url)}, account {account_of(url)}")


def topology(app: App) -> Iterator[Finding]:
    """Look whether all queues are there, with the properties that Chappe gives them."""
    if app.settings.embedded:
        return
    url = app.settings.broker_url.get_secret_value()
    with closing(connect(url, "doctor")) as connection:
        missing = missing_queues(connection)
        if missing:
            yield fault(
                f"queues are missing: {', '.join(missing)}",
                "start the scheduler, which declares them, with an account that may configure",
            )
            return
        try:
            declare_topology(connection)  # what is there with the same properties stays as it is
        except TopologyConflict as conflict:
            yield fault("what exists on the broker is not what Chappe needs", str(conflict))
        except BrokerAccessRefused:
            yield ok("all queues are there (this account may not see their properties)")
        else:
            yield ok("all queues are there, with the right properties")


def permissions(app: App) -> Iterator[Finding]:
    """Look whether this account may publish, by a message that leads nowhere."""
    if app.settings.embedded:
        return
    url = app.settings.broker_url.get_secret_value()
    account = account_of(url)
    with closing(connect(url, "doctor")) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        properties = pika.BasicProperties(user_id=account)
        try:
            channel.basic_publish(WORK_EXCHANGE, _NOWHERE, b"", properties, mandatory=True)
        except pika.exceptions.UnroutableError:
            yield ok(f"account {account} may publish campaigns")
        except pika.exceptions.ChannelClosedByBroker:
            yield warning(
                f"account {account} may not write to exchange {WORK_EXCHANGE}: `chappe campaign"
                " submit` cannot publish with it",
                f"rabbitmqctl set_permissions {account} …, or submit with another account",
            )


def consumers(app: App) -> Iterator[Finding]:
    """Look whether anybody takes from the queues, and whether this account may.

    A message is never taken for it: the right is tried on a queue that is empty.
    """
    if app.settings.embedded:
        return
    url = app.settings.broker_url.get_secret_value()
    account = account_of(url)
    idle, refused = [], False
    with closing(connect(url, "doctor")) as connection:
        for queue in _TAKEN_BY_WORKERS:
            with refusals(f"queue {queue!r}"):
                waiting, takers = _looked_at(connection, queue)
            if not takers:
                idle.append(queue)
            if not waiting and not refused:
                refused = not _may_take(connection, queue)
    if not idle:
        yield ok("workers take from every queue")
    elif refused:
        yield warning(
            f"nobody takes from {', '.join(idle)}, and account {account} may not",
            "start a worker: chappe worker. If it is to use this account:"
            f" rabbitmqctl set_permissions {account} …",
        )
    else:
        yield warning(f"nobody takes from: {', '.join(idle)}", "start a worker: chappe worker")


def _looked_at(connection: pika.BlockingConnection, queue: str) -> tuple[int, int]:
    """Return how many messages wait in a queue, and how many consumers it has."""
    channel = connection.channel()
    found = channel.queue_declare(queue, passive=True).method
    channel.close()
    return found.message_count, found.consumer_count


def _may_take(connection: pika.BlockingConnection, queue: str) -> bool:
    channel = connection.channel()
    try:
        channel.basic_get(queue)
    except pika.exceptions.ChannelClosedByBroker as refused:
        return bool(refused.reply_code != _ACCESS_REFUSED)
    channel.close()  # what came in just now goes back
    return True
