from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from threading import Event, Thread
from time import sleep

import pytest

from engine.broker.connection import account_of, connect
from engine.broker.consumer import Arrival, CampaignConsumer, Verdict
from engine.broker.publisher import Publisher
from engine.broker.topology import CAMPAIGNS, DEAD_CAMPAIGNS, declare_topology
from ops.services.rabbitmq import RabbitMq

PATIENCE = 30.0
# A quorum queue killed within half a second of its birth never finds its leader again.
SETTLING = 1.5


class Intake:
    """A handler that notes what arrives and answers by a script, then always ACK."""

    def __init__(self, *script: Verdict | Exception) -> None:
        self.arrived: Queue[Arrival] = Queue()
        self._script = list(script)

    def __call__(self, arrival: Arrival) -> Verdict:
        self.arrived.put(arrival)
        answer = self._script.pop(0) if self._script else Verdict.ACK
        if isinstance(answer, Exception):
            raise answer
        return answer

    def next_body(self) -> bytes:
        return self.arrived.get(timeout=PATIENCE).body


@contextmanager
def consuming(url: str, handler: Callable[[Arrival], Verdict]) -> Iterator[CampaignConsumer]:
    consumer = CampaignConsumer(url, handler, renew_after=3)
    thread = Thread(target=consumer.run)
    thread.start()
    try:
        yield consumer
    finally:
        consumer.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.fixture
def publisher(fresh_broker: str) -> Iterator[Publisher]:
    link = connect(fresh_broker, "test")
    declare_topology(link)
    link.close()
    made = Publisher(fresh_broker)
    yield made
    made.close()


def waiting(url: str, queue: str) -> int:
    link = connect(url, "test")
    found: int = link.channel().queue_declare(queue, passive=True).method.message_count
    link.close()
    return found


def test_the_handler_learns_who_put_a_campaign(publisher: Publisher, fresh_broker: str) -> None:
    intake = Intake()
    with consuming(fresh_broker, intake):
        publisher.publish_job(b"one", message_id="m1")
        arrival = intake.arrived.get(timeout=PATIENCE)
    assert arrival == Arrival(b"one", account_of(fresh_broker), "m1", redelivered=False)
    assert waiting(fresh_broker, CAMPAIGNS) == 0


def test_a_message_without_account_arrives_as_such(publisher: Publisher, fresh_broker: str) -> None:
    link = connect(fresh_broker, "test")
    link.channel().basic_publish("chappe", "campaign", b"anonymous")
    link.close()
    intake = Intake()
    with consuming(fresh_broker, intake):
        assert intake.arrived.get(timeout=PATIENCE).user_id is None


@pytest.mark.parametrize("answer", [Verdict.REQUEUE, RuntimeError("defect")], ids=["word", "crash"])
def test_what_could_not_be_judged_comes_again(
    publisher: Publisher, fresh_broker: str, answer: Verdict | Exception
) -> None:
    intake = Intake(answer)
    with consuming(fresh_broker, intake):
        publisher.publish_job(b"one")
        first = intake.arrived.get(timeout=PATIENCE)
        second = intake.arrived.get(timeout=PATIENCE)
    assert (first.redelivered, second.redelivered) == (False, True)
    assert first.body == second.body
    assert waiting(fresh_broker, CAMPAIGNS) == 0


def test_a_rejected_message_lies_in_the_dead_queue(publisher: Publisher, fresh_broker: str) -> None:
    intake = Intake(Verdict.REJECT)
    with consuming(fresh_broker, intake):
        publisher.publish_job(b"bad")
        publisher.publish_job(b"good")
        assert [intake.next_body(), intake.next_body()] == [b"bad", b"good"]
    assert waiting(fresh_broker, DEAD_CAMPAIGNS) == 1


def test_a_message_in_hand_is_not_lost_when_the_handler_never_ends(
    publisher: Publisher, fresh_broker: str
) -> None:
    entered, release = Event(), Event()

    def stuck(arrival: Arrival) -> Verdict:
        entered.set()
        release.wait(PATIENCE)
        return Verdict.REQUEUE

    publisher.publish_job(b"one")
    with consuming(fresh_broker, stuck) as consumer:
        assert entered.wait(PATIENCE)
        assert waiting(fresh_broker, CAMPAIGNS) == 0
        consumer.stop()
        release.set()
    assert waiting(fresh_broker, CAMPAIGNS) == 1


def test_messages_fetched_but_not_handled_go_back_at_a_stop(
    publisher: Publisher, fresh_broker: str
) -> None:
    entered, release = Event(), Event()

    def slow(arrival: Arrival) -> Verdict:
        entered.set()
        release.wait(PATIENCE)
        return Verdict.ACK

    publisher.publish_job(b"one")
    publisher.publish_job(b"two")
    with consuming(fresh_broker, slow) as consumer:
        assert entered.wait(PATIENCE)
        consumer.stop()
        release.set()
    assert waiting(fresh_broker, CAMPAIGNS) == 1


def test_a_queue_that_was_never_declared_is_mended(fresh_broker: str) -> None:
    intake = Intake()
    with consuming(fresh_broker, intake):
        publisher = Publisher(fresh_broker)
        publisher.publish_job(b"one")
        assert intake.next_body() == b"one"
        publisher.close()


def test_a_queue_deleted_under_the_consumer_is_mended(
    publisher: Publisher, fresh_broker: str
) -> None:
    intake = Intake()
    with consuming(fresh_broker, intake):
        publisher.publish_job(b"before")
        assert intake.next_body() == b"before"
        link = connect(fresh_broker, "test")
        link.channel().queue_delete(CAMPAIGNS)
        link.close()
        publisher.publish_job(b"after")
        assert intake.next_body() == b"after"


def test_the_consumer_survives_a_killed_broker(own_broker: RabbitMq) -> None:
    url = own_broker.url()
    intake = Intake()
    publisher = Publisher(url)
    with consuming(url, intake):
        publisher.publish_job(b"before")
        assert intake.next_body() == b"before"
        sleep(SETTLING)
        own_broker.kill()
        own_broker.start()
        publisher.publish_job(b"after")
        bodies = {intake.next_body()}
        while b"after" not in bodies:  # "before" may come again: its ack may have been lost
            bodies.add(intake.next_body())
    publisher.close()
    assert bodies <= {b"before", b"after"}


def test_a_stop_is_heeded_while_no_broker_answers() -> None:
    with consuming("amqp://a:b@127.0.0.1:1/", Intake()):
        pass


def test_nothing_is_handled_after_a_stop(publisher: Publisher, fresh_broker: str) -> None:
    intake = Intake()
    with consuming(fresh_broker, intake):
        publisher.publish_job(b"one")
        assert intake.next_body() == b"one"
    publisher.publish_job(b"two")
    with pytest.raises(Empty):
        intake.arrived.get(timeout=1)
    assert waiting(fresh_broker, CAMPAIGNS) == 1
