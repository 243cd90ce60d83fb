from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ops.dashboards.rules import rule_file
from ops.services.children import wait_until
from ops.services.prometheus import Prometheus
from ops.services.running import guarded_folder
from tests.architecture.tree import PROJECT

CONFIG = PROJECT / "ops" / "deploy" / "prometheus" / "prometheus.yml"
SCRAPED = 3  # samples that a rate is made of, at least
PATIENCE = 30.0

Scraping = Callable[[int], Prometheus]


@pytest.fixture(scope="session")
def promtool_folder() -> Iterator[Path]:
    """A folder in which promtool runs; it is fetched from Debian if it is not there."""
    with guarded_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def prometheus() -> Iterator[Scraping]:
    """A real Prometheus, as deployed but for the exporter's port and its haste."""
    with ExitStack() as stack:

        def start(port: int) -> Prometheus:
            folder = stack.enter_context(guarded_folder()) / "prometheus"
            config = CONFIG.read_text().replace("metrics:9464", f"127.0.0.1:{port}")
            hurried = config.replace(" 5s", " 500ms").replace(" 15s", " 500ms")
            server = Prometheus.start(folder, hurried, {"alerts.yml": rule_file()})
            stack.callback(server.stop)
            return server

        yield start


def scraped(server: Prometheus) -> bool:
    """Wait until the exporter was scraped often enough for rates."""

    def often() -> bool:
        seen = server.ask('count_over_time(up{job="chappe"}[1m])')
        return bool(seen) and seen[0].value >= SCRAPED

    return wait_until(often, PATIENCE)
