from collections.abc import Iterator
from queue import Empty, Queue
from uuid import uuid4

import dramatiq
import pika
import pytest
from dramatiq.errors import ConnectionClosed

from engine.broker.connection import connect
from engine.broker.doorbells import RabbitDoorbells, doorbell_worker
from engine.broker.errors import DelayedDoorbell
from engine.broker.topology import PLANNING, declare_topology, dispatch_queue
from ops.services.rabbitmq import RabbitMq
from ops.services.running import Services

LANE = dispatch_queue("email.urgent")
PATIENCE = 30.0


@pytest.fixture
def link(fresh_broker: str) -> Iterator[pika.BlockingConnection]:
    connection = connect(fresh_broker, "test")
    declare_topology(connection)
    yield connection
    connection.close()


class Bells:
    """A broker with one actor, which notes each ring; the lane ``fault`` makes it fail."""

    def __init__(self, url: str) -> None:
        self.broker = RabbitDoorbells(url)
        self.heard: Queue[str] = Queue()
        self.actor = dramatiq.actor(broker=self.broker, queue_name=LANE, actor_name="ring")(
            self._ring
        )

    def _ring(self, lane: str) -> None:
        self.heard.put(lane)
        if lane == "fault":
            raise RuntimeError("the actor failed")

    def hear(self) -> str:
        return self.heard.get(timeout=PATIENCE)


@pytest.fixture
def worker_url(link: pika.BlockingConnection, services: Services, fresh_broker: str) -> str:
    """An account as a worker has it: it configures nothing and writes doorbells and events."""
    if services.rabbitmq is None:
        pytest.skip("a broker given by its URL: accounts cannot be made there")
    rights = ("^$", r"^(amq\.default|chappe\.events)$", r"^(planning|dispatch\..*)$")
    vhost = fresh_broker.rpartition("/")[2]
    return services.rabbitmq.create_account(f"worker-{uuid4().hex[:8]}", uuid4().hex, vhost, rights)


def test_a_worker_account_rings_and_hears_without_a_right_to_configure(worker_url: str) -> None:
    bells = Bells(worker_url)
    worker = doorbell_worker(bells.broker, threads=1, prefetch=1, queues={LANE})
    worker.start()
    bells.actor.send("email.urgent")
    assert bells.hear() == "email.urgent"
    worker.stop()
    bells.broker.close()


def test_a_failed_ring_is_not_repeated_and_leaves_nothing_behind(
    link: pika.BlockingConnection, fresh_broker: str
) -> None:
    bells = Bells(fresh_broker)
    worker = doorbell_worker(bells.broker, threads=1, prefetch=1, queues={LANE})
    worker.start()
    bells.actor.send("fault")
    bells.actor.send("next")
    assert [bells.hear(), bells.hear()] == ["fault", "next"]
    with pytest.raises(Empty):
        bells.heard.get(timeout=0.5)
    worker.stop()
    bells.broker.close()
    assert link.channel().queue_declare(LANE, passive=True).method.message_count == 0


def test_no_companion_queue_is_made(link: pika.BlockingConnection, fresh_broker: str) -> None:
    bells = Bells(fresh_broker)
    bells.actor.send("x")
    bells.broker.close()
    for name in (f"{LANE}.DQ", f"{LANE}.XQ"):
        with pytest.raises(pika.exceptions.ChannelClosedByBroker) as answer:
            link.channel().queue_declare(name, passive=True)
        assert answer.value.reply_code == 404


def test_a_ring_on_a_missing_queue_is_an_error_to_the_ringer(
    link: pika.BlockingConnection, fresh_broker: str
) -> None:
    bells = Bells(fresh_broker)
    bells.actor.send("there")
    link.channel().queue_delete(LANE)
    with pytest.raises(ConnectionClosed):
        bells.actor.send("missing")
    declare_topology(link)
    bells.actor.send("mended")
    bells.broker.close()


def test_a_delayed_ring_is_refused(fresh_broker: str) -> None:
    bells = Bells(fresh_broker)
    with pytest.raises(DelayedDoorbell, match="not_before"):
        bells.actor.send_with_options(args=("x",), delay=1000)
    bells.broker.close()


def test_workers_hear_again_after_a_restart_of_the_broker(own_broker: RabbitMq) -> None:
    url = own_broker.url()
    link = connect(url, "test")
    declare_topology(link)
    link.close()
    bells = Bells(url)
    worker = doorbell_worker(bells.broker, threads=1, prefetch=1, queues={LANE})
    worker.start()
    bells.actor.send("before")
    assert bells.hear() == "before"
    own_broker.restart()
    bells.actor.send("after")
    heard = {bells.hear()}
    while "after" not in heard:
        heard.add(bells.hear())
    worker.stop()
    bells.broker.close()


def test_an_idle_queue_of_another_ring_is_left_alone(worker_url: str) -> None:
    bells = Bells(worker_url)
    worker = doorbell_worker(bells.broker, threads=1, prefetch=1, queues={PLANNING})
    worker.start()
    bells.actor.send("email.urgent")
    with pytest.raises(Empty):
        bells.heard.get(timeout=1)
    worker.stop()
    bells.broker.close()
