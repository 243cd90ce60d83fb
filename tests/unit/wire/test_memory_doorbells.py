import logging
from queue import Queue

import dramatiq
import pytest
from dramatiq.middleware import Retries

from engine.broker.connection import account_of, place_of, quiet_pika
from engine.broker.doorbells import MemoryDoorbells, doorbell_worker
from engine.broker.errors import DelayedDoorbell

LANE = "dispatch.email"


def test_rings_are_heard_in_one_process_and_failures_are_not_repeated() -> None:
    broker = MemoryDoorbells()
    heard: Queue[str] = Queue()

    @dramatiq.actor(broker=broker, queue_name=LANE)
    def ring(lane: str) -> None:
        heard.put(lane)
        if lane == "fault":
            raise RuntimeError("the actor failed")

    worker = doorbell_worker(broker, threads=1, prefetch=1, queues={LANE})
    worker.start()
    for number in range(30):
        ring.send("fault" if number % 2 else "email")
    broker.wait_until_idle()
    worker.stop()
    assert heard.qsize() == 30
    assert len(broker.dead_letters_by_queue[LANE]) < 30  # only the latest are remembered
    assert set(worker.consumers) == {LANE}  # no second consumer for delayed messages


def test_a_delayed_ring_is_refused() -> None:
    broker = MemoryDoorbells()
    ring = dramatiq.actor(broker=broker, queue_name=LANE, actor_name="ring")(lambda: None)
    with pytest.raises(DelayedDoorbell):
        ring.send_with_options(delay=1)


def test_both_brokers_have_the_same_small_middleware() -> None:
    (only,) = MemoryDoorbells().middleware
    assert isinstance(only, Retries)
    assert only.max_retries == 0


def test_a_worker_fetches_no_more_than_it_is_told() -> None:
    worker = doorbell_worker(MemoryDoorbells(), threads=4, prefetch=1, queues={LANE})
    assert worker.queue_prefetch == 1


def test_messages_name_account_and_place_of_a_url_and_never_its_password() -> None:
    url = "amqp://up%40stream:secret@broker.test:5673/%2F"
    assert (account_of(url), place_of(url)) == ("up@stream", "broker.test:5673")
    assert (account_of("amqp://localhost"), place_of("amqp://localhost")) == (
        "guest",
        "localhost:5672",
    )


def test_pikas_own_log_can_be_silenced() -> None:
    quiet_pika()
    assert not logging.getLogger("pika.adapters").isEnabledFor(logging.ERROR)
    logging.getLogger("pika").setLevel(logging.NOTSET)
