"""Each account of the broker can do its work, and nothing else."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pika
import pika.exceptions
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from engine.broker.connection import connect
from engine.broker.depths import depths
from engine.broker.publisher import Publisher
from engine.broker.topology import (
    CAMPAIGNS,
    DOORBELLS,
    EVENTS_EXCHANGE,
    JOB_KEY,
    PLANNING,
    QUEUES,
    WORK_EXCHANGE,
    declare_topology,
    missing_queues,
)
from ops.deploy.accounts import PROCESSES
from tests.deployment.cluster import UPSTREAM, Deployment

pytestmark = [pytest.mark.services]
REFUSED, FORGED = 403, 406
Act = Callable[[BlockingChannel], Any]


@contextmanager
def channel(deployment: Deployment, account: str) -> Iterator[BlockingChannel]:
    connection = connect(deployment.url(f"broker_{account}"), "test")
    try:
        opened = connection.channel()
        opened.confirm_delivery()
        yield opened
    finally:
        if connection.is_open:
            connection.close()


def answer(deployment: Deployment, account: str, act: Act) -> int:
    """Return the broker's answer to an act: 0 when it was done, or the code of its refusal."""
    try:
        with channel(deployment, account) as opened:
            act(opened)
    except (pika.exceptions.ChannelClosedByBroker, pika.exceptions.ConnectionClosedByBroker) as no:
        return int(no.reply_code)
    return 0


def waiting(deployment: Deployment) -> dict[str, int]:
    with closing(connect(deployment.url("broker_exporter"), "test")) as connection:
        return depths(connection)


def publish(exchange: str, key: str, user_id: str | None = None) -> Act:
    properties = pika.BasicProperties(user_id=user_id)
    return lambda opened: opened.basic_publish(exchange, key, b"{}", properties)


def get(queue: str) -> Act:
    return lambda opened: opened.basic_get(queue)


def declare(queue: str) -> Act:
    return lambda opened: opened.queue_declare(queue, durable=True)


def delete(queue: str) -> Act:
    return lambda opened: opened.queue_delete(queue)


def test_an_upstream_system_puts_campaigns_as_itself(deployment: Deployment) -> None:
    with closing(Publisher(deployment.url(f"broker_{UPSTREAM}"))) as publisher:
        publisher.publish_job(b"{}")
    assert waiting(deployment)[CAMPAIGNS] > 0
    deployment.broker.control("purge_queue", CAMPAIGNS)


def test_an_upstream_system_cannot_speak_as_another(deployment: Deployment) -> None:
    act = publish(WORK_EXCHANGE, JOB_KEY, user_id="worker")
    assert answer(deployment, UPSTREAM, act) == FORGED


NOTHING_ELSE = {
    "another key": publish(WORK_EXCHANGE, "other"),
    "an event": publish(EVENTS_EXCHANGE, "campaign.finished.boutique"),
    "straight into a queue": publish("", CAMPAIGNS),
    "reading campaigns": get(CAMPAIGNS),
    "reading doorbells": get(PLANNING),
    "a queue of its own": declare("mine"),
    "deleting": delete(PLANNING),
    "listening in": lambda opened: opened.queue_bind(PLANNING, WORK_EXCHANGE, "#"),
}


@pytest.mark.parametrize(
    ("account", "what"),
    [
        (account, what)
        for account in (UPSTREAM, "operator", "gateway", "exporter")
        for what in NOTHING_ELSE
        # The doctor tries the operator's account with a key that leads nowhere.
        if (account, what) != ("operator", "another key")
    ],
)
def test_whoever_only_puts_or_looks_can_do_nothing_else(
    deployment: Deployment, account: str, what: str
) -> None:
    assert answer(deployment, account, NOTHING_ELSE[what]) == REFUSED


@pytest.mark.parametrize("account", ["gateway", "exporter"])
def test_whoever_only_looks_puts_no_campaign(deployment: Deployment, account: str) -> None:
    assert answer(deployment, account, publish(WORK_EXCHANGE, JOB_KEY)) == REFUSED


def test_the_exporter_sees_how_long_every_queue_is(deployment: Deployment) -> None:
    assert set(waiting(deployment)) == {queue.name for queue in QUEUES}


def test_a_worker_reads_campaigns_and_doorbells_and_rings(deployment: Deployment) -> None:
    assert answer(deployment, "worker", publish("", PLANNING)) == 0
    for queue in (CAMPAIGNS, *DOORBELLS):
        assert answer(deployment, "worker", get(queue)) == 0, queue


@pytest.mark.parametrize(
    "act",
    [
        declare("mine"),
        delete(PLANNING),
        publish(WORK_EXCHANGE, JOB_KEY),
        publish(EVENTS_EXCHANGE, "campaign.finished.boutique"),
        get("campaigns.dead"),
        lambda opened: opened.queue_purge("campaigns.dead"),
        lambda opened: opened.exchange_delete(WORK_EXCHANGE),
    ],
    ids=["declare", "delete", "campaign", "event", "dead", "purge", "exchange"],
)
def test_a_worker_configures_nothing_and_tells_nothing(deployment: Deployment, act: Act) -> None:
    assert answer(deployment, "worker", act) == REFUSED


def test_what_the_definitions_made_is_what_the_scheduler_declares(deployment: Deployment) -> None:
    connection = connect(deployment.url("broker_scheduler"), "test")
    assert missing_queues(connection) == ()
    declare_topology(connection)  # would raise TopologyConflict for other properties
    connection.close()


def test_the_scheduler_mends_a_queue_that_somebody_deleted(deployment: Deployment) -> None:
    deployment.broker.control("delete_queue", PLANNING)
    connection = connect(deployment.url("broker_scheduler"), "test")
    assert missing_queues(connection) == (PLANNING,)
    declare_topology(connection)
    assert missing_queues(connection) == ()
    connection.close()


def test_the_scheduler_tells_events_and_rings(deployment: Deployment) -> None:
    with closing(Publisher(deployment.url("broker_scheduler"))) as publisher:
        publisher.publish(EVENTS_EXCHANGE, "campaign.finished.boutique", b"{}", mandatory=False)
    assert answer(deployment, "scheduler", publish("", PLANNING)) == 0


@pytest.mark.parametrize(
    "act",
    [declare("mine"), get(PLANNING), publish(WORK_EXCHANGE, JOB_KEY)],
    ids=["another queue", "a doorbell", "a campaign"],
)
def test_the_scheduler_touches_nothing_that_is_not_its_work(
    deployment: Deployment, act: Act
) -> None:
    assert answer(deployment, "scheduler", act) == REFUSED


def test_no_account_administers(deployment: Deployment) -> None:
    listed = deployment.broker.control("list_users", "--no-table-headers")
    tags = dict(line.split("\t") for line in listed.splitlines())
    assert set(tags.values()) == {"[]"}
    assert set(PROCESSES) <= set(tags)


def test_there_is_no_guest_and_no_default_account(deployment: Deployment) -> None:
    for account in ("guest", "chappe"):
        url = f"amqp://{account}:{account}@127.0.0.1:{deployment.broker.port}/"
        with pytest.raises(pika.exceptions.AMQPError):
            pika.BlockingConnection(pika.URLParameters(url))
