"""A campaign comes over the broker from a program that knows nothing of ours."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from time import monotonic, sleep

import msgspec
import pika
import pika.exceptions
import pytest

from engine import controllers, dead_letters
from engine.bootstrap import build_intake
from engine.broker.connection import account_of
from engine.broker.consumer import CampaignConsumer
from engine.broker.topology import CAMPAIGNS
from tests.scenarios.campaign import Json
from tests.scenarios.site import Site, people

PATIENCE = 30.0


@contextmanager
def intake(site: Site, url: str) -> Iterator[None]:
    """Run what a worker process runs to take campaigns in."""
    consumer = CampaignConsumer(url, build_intake(site.app), renew_after=3)
    thread = Thread(target=consumer.run)
    thread.start()
    try:
        yield
    finally:
        consumer.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def until(promise: Callable[[], object]) -> None:
    end = monotonic() + PATIENCE
    while not promise():
        assert monotonic() < end, "it never came true"
        sleep(0.05)


def publish(url: str, body: bytes, properties: pika.BasicProperties) -> None:
    """Publish as a program in any language would: no envelope, confirmed, mandatory."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.confirm_delivery()
    try:
        channel.basic_publish("chappe", "campaign", body, properties, mandatory=True)
    finally:
        if connection.is_open:
            connection.close()


def said(account: str | None, message_id: str | bytes = "m-1") -> pika.BasicProperties:
    return pika.BasicProperties(
        user_id=account,
        message_id=message_id,
        content_type="application/json",
        delivery_mode=pika.DeliveryMode.Persistent,
    )


def received(site: Site) -> list[Json]:
    site.plan()
    return site.events("accepted")


def test_a_foreign_publisher_reaches_its_recipients(site: Site, broker_url: str) -> None:
    relay = site.provider()
    account = account_of(broker_url)
    controllers.grant(site.app, account, site.controller.name)
    job = site.job(*people(3))
    with intake(site, broker_url):
        # Nobody has declared the queue before: intake mends it.
        until(lambda: _published(broker_url, msgspec.json.encode(job), said(account)))
        until(lambda: received(site))
        publish(broker_url, b'{"id": \n', said(account, "not a campaign"))
        publish(broker_url, msgspec.json.encode(job), said(None))
        publish(broker_url, b"{}", said(account, b"caf\xe9"))
        until(lambda: len(dead_letters.every(site.app)) == 3)
        with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="user_id"):
            publish(broker_url, msgspec.json.encode(job), said("somebody-else"))
        # A queue that goes away under a running intake comes back, and what is put then arrives.
        connection = pika.BlockingConnection(pika.URLParameters(broker_url))
        connection.channel().queue_delete(CAMPAIGNS)
        connection.close()
        second = site.job(*people(2, "second.test"))
        until(lambda: _published(broker_url, msgspec.json.encode(second), said(account)))
        until(lambda: len(received(site)) == 2)
    site.finish()
    assert len(relay.reached) == 5
    letters = dead_letters.every(site.app)
    assert len(letters) == 3
    assert {row.message_id for row in letters} == {"m-1", ""}  # kept where it is only an id
    assert {event["campaign"] for event in site.events("finished")} == {job["id"], second["id"]}


def _published(url: str, body: bytes, properties: pika.BasicProperties) -> bool:
    """Publish, unless the broker says that nobody would get it."""
    try:
        publish(url, body, properties)
    except (pika.exceptions.UnroutableError, pika.exceptions.ChannelClosedByBroker):
        return False
    return True
