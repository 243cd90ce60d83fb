"""Fixtures of the whole tree: real services, empty databases, empty brokers.

``make test`` starts the services once and hands them over by environment variables. A plain
``pytest tests/integration`` starts its own; ``--without-services`` skips what needs them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from ops.services import resolve
from ops.services.peers import SmtpPeers, smtp_peers
from ops.services.postgres import Postgres
from ops.services.rabbitmq import RabbitMq
from ops.services.running import (
    STATE_VARIABLE,
    Services,
    guarded_folder,
    throwaway_services,
)

SERVICE_FIXTURES = {
    "broker_url",
    "database_url",
    "deployment",
    "keyring_url",
    "own_broker",
    "own_postgres",
    "prometheus",
    "promtool_folder",
    "services",
    "smtp",
    "watched",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--without-services",
        action="store_true",
        help="skip the tests that need real RabbitMQ, PostgreSQL or SMTP peers",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    skip = pytest.mark.skip(reason="--without-services was asked for")
    for item in items:
        if SERVICE_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("services")
            if config.getoption("--without-services"):
                item.add_marker(skip)


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """The running services, shared by all tests: neither stop nor restart them (see own_…)."""
    state = os.environ.get(STATE_VARIABLE)
    if state is not None:
        yield Services.load(Path(state))
    else:
        with throwaway_services() as started:
            yield started


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """Give the URL of a new database on a server, and drop it at the end."""
    name = f"test_{uuid4().hex}"
    parts = urlsplit(server)
    with psycopg.connect(urlunsplit(parts._replace(scheme="postgresql")), autocommit=True) as link:
        create = "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'"
        link.execute(sql.SQL(create).format(sql.Identifier(name)))
        yield urlunsplit(parts._replace(path=f"/{name}"))
        link.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def database_url(services: Services) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of this test's own."""
    with empty_database(services.urls["CHAPPE_DATABASE_URL"]) as url:
        yield url


@pytest.fixture
def keyring_url(services: Services) -> Iterator[str]:
    """The URL of a second empty PostgreSQL database, for the keys."""
    with empty_database(services.urls["CHAPPE_DATABASE_URL"]) as url:
        yield url


@pytest.fixture
def broker_url(services: Services) -> Iterator[str]:
    """The URL of an empty RabbitMQ virtual host of this test's own.

    A broker given by its URL has no virtual hosts to spare: the test gets that one.
    """
    if services.rabbitmq is None:
        yield services.urls["CHAPPE_BROKER_URL"]
        return
    name = f"test-{uuid4().hex}"
    yield services.rabbitmq.create_vhost(name)
    services.rabbitmq.delete_vhost(name)


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of this test's own, to be stopped, killed and restarted."""
    with guarded_folder() as folder:
        server, _source = resolve.start_postgres(folder / "postgres")
        yield server
        server.stop("immediate")


@pytest.fixture
def own_broker() -> Iterator[RabbitMq]:
    """A RabbitMQ node of this test's own, to be stopped, killed and restarted."""
    with guarded_folder() as folder:
        broker, _source = resolve.start_rabbitmq(folder / "rabbitmq")
        yield broker
        broker.kill()
        broker.stop()


@pytest.fixture(scope="session")
def smtp() -> SmtpPeers:
    """Postfix's ``smtp-sink`` and ``smtp-source``, and the environment that they need."""
    return smtp_peers()
