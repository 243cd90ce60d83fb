"""Every panel and alert, asked of a real Prometheus that scrapes a real run."""

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ops.dashboards.alerts import ALERTS, Alert
from ops.dashboards.panels import Panel
from ops.services.children import free_ports, wait_until
from ops.services.prometheus import Prometheus
from ops.services.running import guarded_folder
from tests.acceptance.cli.desk import PROJECT, write_clients, write_job
from tests.integration.dashboards.conftest import CONFIG
from tests.integration.dashboards.test_queries import IDS, PANELS, asked

PATIENCE = 60.0


class Run:
    """An installation of its own, worked by ``chappe up``, which serves the metrics too."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        given = {name: value for name, value in os.environ.items() if name[:7] != "CHAPPE_"}
        self.env = given | {
            "CHAPPE_HOME": str(folder / "home"),
            "CHAPPE_GATEWAY_LISTEN": "none",
            "CHAPPE_METRICS_LISTEN": f"127.0.0.1:{port}",
        }

    def chappe(self, *arguments: str | Path) -> str:
        done = subprocess.run(
            self._command(*arguments),
            cwd=PROJECT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def up(self) -> Iterator[None]:
        with subprocess.Popen(
            self._command("up"), cwd=PROJECT, env=self.env, stderr=subprocess.DEVNULL
        ) as child:
            try:
                yield
            finally:
                child.terminate()

    def campaign(self, name: str, **changes: object) -> Path:
        return write_job(self.folder / f"{name}.json", id=name, **changes)

    def _command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "ops.cli", *map(str, arguments)]


def _installed(folder: Path, port: int) -> Run:
    run = Run(folder, port)
    run.chappe("init", "--controller", "boutique", "--outbox", "--attested-by", "operator")
    clients = write_clients(folder / "clients.csv", 40)
    run.chappe("list", "import", "clients", clients, "--attested-by", "operator")
    run.chappe("suppress", "add", "client3@example.org", "--reason", "complaint")
    return run


def _scrapes(server: Prometheus) -> float:
    seen = server.ask('count_over_time(up{job="chappe"}[1h]) and up{job="chappe"} == 1')
    return seen[0].value if seen else 0.0


def _three_more(server: Prometheus) -> None:
    enough = _scrapes(server) + 3
    assert wait_until(lambda: _scrapes(server) >= enough, PATIENCE), "the exporter does not answer"


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that saw two campaigns come and go and sees a third one under way."""
    (port,) = free_ports(1)
    config = CONFIG.read_text().replace("metrics:9464", f"127.0.0.1:{port}").replace(" 5s", " 1s")
    run = _installed(tmp_path_factory.mktemp("watched"), port)
    with guarded_folder() as folder, run.up():
        server = Prometheus.start(folder / "prometheus", config, _rules())
        run.chappe("campaign", "submit", run.campaign("winter-1"), "--wait")
        run.chappe("retention", "run")
        _three_more(server)
        run.chappe("campaign", "submit", run.campaign("winter-2"), "--wait")
        spread = {"spread": "PT1H"}
        run.chappe("campaign", "submit", run.campaign("winter-3", schedule=spread))
        _three_more(server)
        yield server
        server.stop()


def _rules() -> dict[str, str]:
    return {"alerts.yml": (CONFIG.parent / "alerts.yml").read_text()}


@pytest.mark.parametrize(("title", "panel"), PANELS, ids=IDS)
def test_each_panel_shows_figures_of_a_real_run(
    watched: Prometheus, title: str, panel: Panel
) -> None:
    for query in panel.queries:
        found = watched.ask(asked(query.promql))
        assert any(not math.isnan(one.value) for one in found), f"{query.promql} finds nothing"


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_no_alert_has_anything_to_say_of_a_good_run(watched: Prometheus, alert: Alert) -> None:
    assert watched.ask(alert.promql) == []
