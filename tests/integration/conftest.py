from collections.abc import Iterator
from uuid import uuid4

import pika
import pytest

from engine.broker.connection import connect
from engine.broker.topology import EXCHANGES, QUEUES
from ops.services.running import Services


@pytest.fixture(scope="module")
def shared_broker(services: Services) -> Iterator[str]:
    """The URL of a virtual host that the tests of one file share."""
    if services.rabbitmq is None:
        yield services.urls["CHAPPE_BROKER_URL"]
        return
    name = f"test-{uuid4().hex}"
    yield services.rabbitmq.create_vhost(name)
    services.rabbitmq.delete_vhost(name)


@pytest.fixture
def fresh_broker(shared_broker: str) -> str:
    """The URL of a broker without anything of ours; quicker than a virtual host for each test."""
    connection: pika.BlockingConnection = connect(shared_broker, "test")
    channel = connection.channel()
    for queue in QUEUES:
        channel.queue_delete(queue.name)
    for exchange in EXCHANGES:
        channel.exchange_delete(exchange.name)
    connection.close()
    return shared_broker
