from collections.abc import Iterator
from datetime import UTC, datetime
from time import sleep
from urllib.parse import urlsplit
from uuid import uuid4

import pika
import pika.exceptions
import pytest

from engine.broker.connection import account_of, connect
from engine.broker.errors import (
    BrokerAccessRefused,
    BrokerUnavailable,
    TopologyConflict,
    Unroutable,
)
from engine.broker.publisher import Publisher
from engine.broker.topology import (
    CAMPAIGNS,
    EVENTS_EXCHANGE,
    JOB_KEY,
    PLANNING,
    WORK_EXCHANGE,
    declare_topology,
    missing_queues,
)
from engine.event_bodies import decode_event
from engine.events import Accepted
from ops.services.rabbitmq import RabbitMq
from ops.services.running import Services

BODY = b'{"any": "body"}'
# A quorum queue killed within half a second of its birth never finds its leader again.
SETTLING = 1.5


@pytest.fixture
def link(fresh_broker: str) -> Iterator[pika.BlockingConnection]:
    """A connection to a broker on which the topology is declared."""
    connection = connect(fresh_broker, "test")
    declare_topology(connection)
    yield connection
    connection.close()


@pytest.fixture
def publisher(fresh_broker: str) -> Iterator[Publisher]:
    made = Publisher(fresh_broker)
    yield made
    made.close()


def account(services: Services, fresh_broker: str, *rights: str) -> str:
    """Return the URL of a new account with patterns for configure, write and read."""
    if services.rabbitmq is None:
        pytest.skip("a broker given by its URL: accounts cannot be made there")
    vhost = fresh_broker.rpartition("/")[2]
    name = f"account-{uuid4().hex[:8]}"
    configure, write, read = rights
    return services.rabbitmq.create_account(name, uuid4().hex, vhost, (configure, write, read))


def test_declaring_twice_leaves_everything_as_it_is(link: pika.BlockingConnection) -> None:
    declare_topology(link)
    assert missing_queues(link) == ()


def test_a_deleted_queue_is_seen_and_mended(link: pika.BlockingConnection) -> None:
    link.channel().queue_delete(PLANNING)
    assert missing_queues(link) == (PLANNING,)
    declare_topology(link)
    assert missing_queues(link) == ()


def test_a_queue_with_other_properties_is_named_with_a_remedy(
    link: pika.BlockingConnection,
) -> None:
    channel = link.channel()
    channel.queue_delete(PLANNING)
    channel.queue_declare(PLANNING, durable=True, arguments={"x-max-length": 1})
    with pytest.raises(TopologyConflict, match=r"'planning'.*delete it"):
        declare_topology(link)


def test_an_account_without_the_right_to_configure_is_told_so(
    link: pika.BlockingConnection, services: Services, fresh_broker: str
) -> None:
    url = account(services, fresh_broker, "^$", ".*", ".*")
    poor = connect(url, "test")
    assert missing_queues(poor) == ()
    with pytest.raises(BrokerAccessRefused, match="no right to configure"):
        declare_topology(poor)
    poor.close()


def test_a_campaign_arrives_with_the_account_that_put_it(
    link: pika.BlockingConnection, publisher: Publisher, fresh_broker: str
) -> None:
    publisher.publish_job(BODY, message_id="noel")
    _, properties, body = link.channel().basic_get(CAMPAIGNS, auto_ack=True)
    assert body == BODY
    assert properties.user_id == account_of(fresh_broker)
    assert properties.message_id == "noel"
    assert properties.delivery_mode == 2


def test_nobody_can_publish_under_the_name_of_another_account(
    link: pika.BlockingConnection,
) -> None:
    channel = link.channel()
    channel.confirm_delivery()
    forged = pika.BasicProperties(user_id="somebody-else")
    with pytest.raises(pika.exceptions.ChannelClosedByBroker) as refusal:
        channel.basic_publish(WORK_EXCHANGE, JOB_KEY, BODY, forged, mandatory=True)
    assert refusal.value.reply_code == 406
    assert link.channel().basic_get(CAMPAIGNS, auto_ack=True) == (None, None, None)


@pytest.mark.parametrize("queue", [CAMPAIGNS, PLANNING])
def test_a_message_to_a_missing_queue_is_not_lost(
    link: pika.BlockingConnection, publisher: Publisher, queue: str
) -> None:
    link.channel().queue_delete(queue)
    if queue == CAMPAIGNS:
        publisher.publish_job(BODY)
    else:
        publisher.publish("", queue, BODY)
    assert link.channel().basic_get(queue, auto_ack=True)[2] == BODY


def test_a_first_message_finds_its_way_on_an_empty_broker(
    publisher: Publisher, fresh_broker: str
) -> None:
    publisher.publish_job(BODY)
    connection = connect(fresh_broker, "test")
    assert missing_queues(connection) == ()
    assert connection.channel().basic_get(CAMPAIGNS, auto_ack=True)[2] == BODY
    connection.close()


def test_a_message_that_no_queue_of_ours_takes_is_refused(publisher: Publisher) -> None:
    with pytest.raises(Unroutable, match="nowhere"):
        publisher.publish("", "nowhere", BODY)
    publisher.publish("", PLANNING, BODY)  # the publisher is still of use


def test_a_missing_queue_that_the_account_may_not_mend_is_unroutable(
    link: pika.BlockingConnection, services: Services, fresh_broker: str
) -> None:
    link.channel().queue_delete(CAMPAIGNS)
    upstream = Publisher(account(services, fresh_broker, "^$", "^chappe$", "^$"))
    with pytest.raises(Unroutable, match="no right to configure"):
        upstream.publish_job(BODY)
    declare_topology(link)
    upstream.publish_job(BODY)
    upstream.close()


def test_an_account_that_may_not_write_is_told_so(
    link: pika.BlockingConnection, services: Services, fresh_broker: str
) -> None:
    reader = Publisher(account(services, fresh_broker, "^$", "^$", ".*"))
    with pytest.raises(BrokerAccessRefused, match="may not publish to exchange 'chappe'"):
        reader.publish_job(BODY)
    reader.close()


def test_an_event_without_a_listener_is_no_fault_and_with_one_arrives(
    link: pika.BlockingConnection, publisher: Publisher
) -> None:
    at = datetime(2026, 11, 26, 8, tzinfo=UTC)
    event = Accepted(id="e1", at=at, controller="boutique", campaign="noel")
    publisher.publish_event(event)
    channel = link.channel()
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, EVENTS_EXCHANGE, "campaign.*.boutique")
    publisher.publish_event(event)
    _, properties, body = channel.basic_get(queue, auto_ack=True)
    assert decode_event(body) == event
    assert properties.message_id == "e1"


def test_a_wrong_password_is_told_without_showing_it(fresh_broker: str) -> None:
    parts = urlsplit(fresh_broker)
    wrong = fresh_broker.replace(f":{parts.password}@", ":not-the-word@")
    with pytest.raises(BrokerAccessRefused, match="check the password") as refusal:
        connect(wrong, "test")
    assert "not-the-word" not in str(refusal.value)


def test_a_broker_that_is_not_there_is_told_with_its_place() -> None:
    with pytest.raises(BrokerUnavailable, match=r"127\.0\.0\.1:1 "):
        connect("amqp://a:secret@127.0.0.1:1/", "test")


def test_publisher_and_transient_campaigns_survive_a_restart_of_the_broker(
    own_broker: RabbitMq,
) -> None:
    publisher = Publisher(own_broker.url())
    publisher.publish_job(BODY)
    link = connect(own_broker.url(), "test")
    link.channel().basic_publish(WORK_EXCHANGE, JOB_KEY, b"transient")
    link.close()

    own_broker.restart()

    publisher.publish_job(b"after")
    publisher.close()
    link = connect(own_broker.url(), "test")
    channel = link.channel()
    bodies = [channel.basic_get(CAMPAIGNS, auto_ack=True)[2] for _ in range(3)]
    assert bodies == [BODY, b"transient", b"after"]
    link.close()


def test_a_publisher_says_so_while_the_broker_is_away(own_broker: RabbitMq) -> None:
    publisher = Publisher(own_broker.url())
    publisher.publish_job(BODY)
    sleep(SETTLING)
    own_broker.kill()
    with pytest.raises(BrokerUnavailable):
        publisher.publish_job(BODY)
    own_broker.start()
    publisher.publish_job(BODY)
    publisher.close()


def test_a_connection_that_the_broker_ends_is_replaced_before_the_next_message(
    own_broker: RabbitMq,
) -> None:
    publisher = Publisher(own_broker.url())
    publisher.publish_job(BODY)
    own_broker.control("close_all_connections", "test")
    sleep(1)
    publisher.publish_job(BODY)
    publisher.close()
    link = connect(own_broker.url(), "test")
    assert link.channel().queue_declare(CAMPAIGNS, passive=True).method.message_count == 2
    link.close()
