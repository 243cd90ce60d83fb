"""Metrics over HTTP while PostgreSQL stops, starts, and holds its answers back."""

import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
import sqlalchemy as sa
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from engine.app import App
from engine.clock import SystemClock
from engine.settings import Settings
from engine.store import schema
from engine.store.database import Database
from engine.vault import Vault
from ops.chaos.field import wait_for
from ops.metrics import collector
from ops.metrics.serving import serving
from ops.metrics.showing import served
from ops.services.postgres import KEYRING_DATABASE, Postgres

LOOPBACK = ("127.0.0.1", 0)


def get(port: int, path: str) -> tuple[int, str]:
    link = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        link.request("GET", path)
        answer = link.getresponse()
        return answer.status, answer.read().decode()
    finally:
        link.close()


@pytest.fixture
def app(own_postgres: Postgres, tmp_path: Path) -> Iterator[App]:
    schema.upgrade(own_postgres.url(), "main")
    schema.upgrade(own_postgres.url(KEYRING_DATABASE), "keyring")
    db, keys = Database(own_postgres.url()), Database(own_postgres.url(KEYRING_DATABASE))
    settings = Settings(home=tmp_path, broker_url="memory://")
    made = App(settings, SystemClock(), db, Vault(keys, bytes(32)))
    yield made
    made.close()


def test_a_database_that_is_away_is_told_and_nothing_old_is_shown(
    app: App, own_postgres: Postgres
) -> None:
    with served(app, LOOPBACK) as port:
        assert get(port, "/health") == (200, "ok\n")
        assert "chappe_audit_gap 0.0" in get(port, "/metrics")[1]
        own_postgres.stop("immediate")
        assert get(port, "/health")[0] == 503
        status, text = get(port, "/metrics")
        assert status == 200
        assert "chappe_audit_gap" not in text
        assert "chappe_campaigns_total{" not in text
        assert "chappe_scrape_failures_total 0.0" not in text
        own_postgres.start()
        get(port, "/metrics")  # connections from before fail once
        get(port, "/metrics")
        assert get(port, "/health") == (200, "ok\n")
        assert "chappe_audit_gap 0.0" in get(port, "/metrics")[1]


def test_a_reading_that_hangs_does_not_pile_up_others(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collector, "_PATIENCE", 0.2)
    with served(app, LOOPBACK) as port, app.db.write() as connection:
        connection.execute(sa.text("LOCK TABLE counters IN ACCESS EXCLUSIVE MODE"))
        first = threading.Thread(target=get, args=(port, "/metrics"))
        first.start()
        wait_for(lambda: _waiting(app) > 0, "the first reading waits for the lock")
        status, text = get(port, "/metrics")
        assert status == 503
        assert "still waiting" in text
        connection.rollback()
        first.join(30)
        assert not first.is_alive()


def _waiting(app: App) -> int:
    with app.db.read() as connection:
        return len(connection.execute(sa.text("SELECT 1 FROM pg_locks WHERE NOT granted")).all())


class Broken(Collector):
    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> list[Metric]:
        msg = "ana@example.org"
        raise RuntimeError(msg)


class Fine(Collector):
    def collect(self) -> list[Metric]:
        return [GaugeMetricFamily("fine", "Fine.", value=1)]


def test_a_fault_of_ours_is_told_without_what_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    registry = CollectorRegistry()
    registry.register(Fine())
    registry.register(Broken())
    with serving(LOOPBACK, registry, lambda: True) as port:
        status, text = get(port, "/metrics")
    said = capsys.readouterr()
    assert status == 500
    assert "ana" not in text + said.out + said.err
    assert "RuntimeError" in said.out + said.err
