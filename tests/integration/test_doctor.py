"""The doctor on PostgreSQL and RabbitMQ: durability, a keyring apart, queues, permissions."""

import socket
from collections.abc import Iterator
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import uuid4

import pika
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from engine import controllers
from engine.app import App
from engine.broker.connection import connect
from engine.broker.topology import CAMPAIGNS, DISPATCH_QUEUES, PLANNING, declare_topology
from engine.clock import SystemClock
from engine.settings import Settings
from engine.store import schema
from engine.store.database import Database
from engine.vault import Vault
from ops.doctor.rounds import CHECKS, examine
from ops.services.running import Services

pytestmark = pytest.mark.services
Said = list[tuple[str, str]]


@pytest.fixture
def app(
    database_url: str, keyring_url: str, broker_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[App]:
    schema.upgrade(database_url, "main")
    schema.upgrade(keyring_url, "keyring")
    settings = Settings(
        home=tmp_path_factory.mktemp("home"),
        database_url=SecretStr(database_url),
        keyring_url=SecretStr(keyring_url),
        broker_url=SecretStr(broker_url),
    )
    keys = Database(keyring_url)
    made = App(settings, SystemClock(), Database(database_url), Vault(keys, bytes(range(32))))
    controllers.create_platform_keys(made)
    yield made
    made.close()


@pytest.fixture
def with_queues(app: App) -> App:
    connection = connect(app.settings.broker_url.get_secret_value(), "test")
    declare_topology(connection)
    connection.close()
    return app


def _said(app: App, name: str) -> Said:
    checks = tuple(check for check in CHECKS if check.name == name)
    return [(one.finding.level.value, one.finding.sentence) for one in examine(app, checks)]


def _as(app: App, url: str) -> App:
    changed = app.settings.model_copy(update={"broker_url": SecretStr(url)})
    return App(changed, app.clock, app.db, app.vault)


def test_commits_that_reach_the_disk_are_well(app: App) -> None:
    said = _said(app, "durability")
    assert [level for level, _ in said] == ["ok", "ok"]
    assert "commits are on disk" in said[0][1]


def test_a_database_that_forgets_commits_is_told(app: App) -> None:
    with app.db.write() as connection:
        name = app.db.url.database
        connection.execute(sa.text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    app.db.close()  # connections opened from now on know of it
    assert _said(app, "durability")[0] == (
        "fault",
        "main database: synchronous_commit off: a crash forgets what was sent, and sends it again",
    )


def test_a_keyring_in_the_cluster_of_the_main_database_is_told(app: App) -> None:
    ((level, sentence),) = _said(app, "keyring")
    assert level == "fault"
    assert "same PostgreSQL cluster" in sentence


def test_a_database_without_standby_is_told(app: App) -> None:
    assert _said(app, "standby")[0][0] == "warning"


def test_clocks_in_step_are_well(app: App) -> None:
    assert _said(app, "clocks")[0][0] == "ok"


def test_the_broker_and_its_version_are_named(app: App) -> None:
    ((level, sentence),) = _said(app, "broker")
    assert level == "ok"
    assert sentence.startswith(("RabbitMQ 3.", "RabbitMQ 4."))


def test_a_broker_that_is_away_is_told_and_hangs_nothing(app: App) -> None:
    away = _as(app, "amqp://chappe:secret-word@127.0.0.1:1/")
    for name in ("broker", "queues", "account", "consumers"):
        ((level, sentence),) = _said(away, name)
        assert level == "fault"
        assert "no broker answers at 127.0.0.1:1" in sentence
        assert "secret-word" not in sentence


def test_a_broker_that_accepts_and_says_nothing_is_told(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.broker.connection._CONNECT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        ((level, sentence),) = _said(_as(app, f"amqp://a:secret-word@127.0.0.1:{port}/"), "broker")
    assert level == "fault"
    assert f"no broker answers at 127.0.0.1:{port}" in sentence


def test_queues_that_nobody_takes_from_are_named(with_queues: App) -> None:
    ((level, sentence),) = _said(with_queues, "consumers")
    assert level == "warning"
    assert sentence.startswith(f"nobody takes from: {CAMPAIGNS}, {PLANNING}")


def test_queues_with_workers_are_well_and_their_messages_stay(with_queues: App) -> None:
    connection = connect(with_queues.settings.broker_url.get_secret_value(), "test")
    channel = connection.channel()
    channel.basic_publish("", CAMPAIGNS, b"{}")
    for queue in (CAMPAIGNS, PLANNING, *DISPATCH_QUEUES):
        channel.basic_qos(prefetch_count=1)
        channel.basic_consume(queue, lambda *_: None)
    assert _said(with_queues, "consumers") == [("ok", "workers take from every queue")]
    connection.close()
    again = connect(with_queues.settings.broker_url.get_secret_value(), "test")
    got, _, body = again.channel().basic_get(CAMPAIGNS)
    assert (got is not None, body) == (True, b"{}")
    again.close()


def test_an_account_that_may_not_take_from_queues_is_told(
    services: Services, with_queues: App
) -> None:
    if services.rabbitmq is None:
        pytest.skip("a broker given by its URL has no accounts to spare")
    vhost = urlsplit(with_queues.settings.broker_url.get_secret_value()).path[1:]
    name = f"writer-{uuid4().hex[:8]}"
    url = services.rabbitmq.create_account(name, "word", vhost, ("^$", ".*", "^$"))
    ((level, sentence),) = _said(_as(with_queues, url), "consumers")
    assert level == "warning"
    assert sentence.startswith("nobody takes from campaigns, ")
    assert sentence.endswith(f", and account {name} may not")


def test_a_log_that_is_not_archived_is_told(app: App) -> None:
    ((level, sentence),) = _said(app, "archive")
    assert level == "warning"
    assert "not archived" in sentence


def test_missing_queues_are_named(app: App) -> None:
    ((level, sentence),) = _said(app, "queues")
    assert level == "fault"
    assert CAMPAIGNS in sentence
    assert PLANNING in sentence


def test_queues_as_declared_are_well(with_queues: App) -> None:
    assert _said(with_queues, "queues") == [
        ("ok", "all queues are there, with the right properties")
    ]


def test_a_queue_with_other_properties_is_named(with_queues: App) -> None:
    connection = connect(with_queues.settings.broker_url.get_secret_value(), "test")
    channel = connection.channel()
    channel.queue_delete(PLANNING)
    channel.queue_declare(PLANNING, durable=True, arguments={"x-max-length": 5})
    connection.close()
    found = list(examine(with_queues, tuple(one for one in CHECKS if one.name == "queues")))
    assert found[0].finding.level.value == "fault"
    assert PLANNING in found[0].finding.remedy


def test_an_account_that_may_publish_is_well_and_leaves_nothing_behind(with_queues: App) -> None:
    ((level, _),) = _said(with_queues, "account")
    assert level == "ok"
    connection = connect(with_queues.settings.broker_url.get_secret_value(), "test")
    waiting = connection.channel().queue_declare(CAMPAIGNS, passive=True)
    assert isinstance(waiting.method, pika.spec.Queue.DeclareOk)
    assert waiting.method.message_count == 0
    connection.close()


def test_an_account_without_rights_is_told_what_it_lacks(
    services: Services, with_queues: App
) -> None:
    if services.rabbitmq is None:
        pytest.skip("a broker given by its URL has no accounts to spare")
    vhost = urlsplit(with_queues.settings.broker_url.get_secret_value()).path[1:]
    name = f"reader-{uuid4().hex[:8]}"
    url = services.rabbitmq.create_account(name, "word", vhost, ("^$", "^$", ".*"))
    reader = _as(with_queues, url)
    ((level, sentence),) = _said(reader, "account")
    assert (level, name in sentence) == ("warning", True)
    assert _said(reader, "queues") == [
        ("ok", "all queues are there (this account may not see their properties)")
    ]


def test_a_wrong_password_is_told_without_showing_it(app: App) -> None:
    parts = urlsplit(app.settings.broker_url.get_secret_value())
    wrong = urlunsplit(
        parts._replace(netloc=f"chappe:{quote('not-the-one')}@127.0.0.1:{parts.port}")
    )
    broker = tuple(check for check in CHECKS if "broker" in {check.name, check.needs})
    said = [one.finding.sentence for one in examine(_as(app, wrong), broker)]
    assert "check the password" in said[0]
    assert said[1:] == ["not examined: queues, account, consumers"]
    assert "not-the-one" not in said[0]
