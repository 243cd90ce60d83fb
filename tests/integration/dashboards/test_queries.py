import math
import re
from collections.abc import Iterator

import pytest

from ops.dashboards import DASHBOARDS
from ops.dashboards.alerts import ALERTS, Alert
from ops.dashboards.panels import Panel
from ops.metrics.registry import PREFIX, SERIES, Kind
from ops.services.prometheus import Prometheus, QueryFault
from tests.integration.dashboards import exposition
from tests.integration.dashboards.conftest import Scraping, scraped
from tests.integration.dashboards.exposition import showing

PANELS = [(dashboard.title, panel) for dashboard in DASHBOARDS for panel in dashboard.panels]
IDS = [f"{title}: {panel.title}" for title, panel in PANELS]
GRAFANA = {"$__rate_interval": "1m", "$__range": "1m", "$channel": ".*"}


def asked(promql: str) -> str:
    """Return a query as Grafana sends it."""
    for variable, value in GRAFANA.items():
        promql = promql.replace(variable, value)
    return promql


@pytest.fixture(scope="module")
def busy(prometheus: Scraping) -> Iterator[Prometheus]:
    """A Prometheus that sees every series there is."""
    with showing() as port:
        server = prometheus(port)
        assert scraped(server)
        yield server


@pytest.mark.parametrize(("title", "panel"), PANELS, ids=IDS)
def test_each_panel_shows_figures(busy: Prometheus, title: str, panel: Panel) -> None:
    for query in panel.queries:
        found = busy.ask(asked(query.promql))
        assert found, f"{query.promql} finds nothing"
        assert not any(math.isnan(one.value) for one in found), query.promql


@pytest.mark.parametrize(("title", "panel"), PANELS, ids=IDS)
def test_the_labels_of_a_legend_are_there(busy: Prometheus, title: str, panel: Panel) -> None:
    for query in panel.queries:
        named = set(re.findall(r"{{(\w+)}}", query.legend))
        found = busy.ask(asked(query.promql))
        assert any(named <= set(one.labels) for one in found)  # an empty label is none


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_each_alert_can_be_asked_and_keeps_the_labels_that_it_names(
    busy: Prometheus, alert: Alert
) -> None:
    # Without its limit the question has an answer whether or not the alert fires.
    found = busy.ask(alert.promql)
    named = set(re.findall(r"\$labels\.(\w+)", alert.summary))
    assert all(named <= set(one.labels) for one in found)


def test_prometheus_takes_the_rules_and_sees_what_fires(busy: Prometheus) -> None:
    firing = busy.ask('ALERTS{alertname="ChappeManyDoubts", alertstate="firing"}')
    assert {one.labels["channel"] for one in firing} == {"email", "sms"}
    assert {one.labels["severity"] for one in firing} == {"ticket"}


def test_a_query_that_is_wrong_is_noticed(busy: Prometheus) -> None:
    with pytest.raises(QueryFault, match="parse error"):
        busy.ask("sum by (")
    assert busy.ask("chappe_series_that_nobody_writes") == []


def test_dashboards_and_alerts_use_only_series_that_exist() -> None:
    queries = [query.promql for _, panel in PANELS for query in panel.queries]
    text = " ".join((*queries, *(alert.promql for alert in ALERTS)))
    histograms = {name for name, each in SERIES.items() if each.kind is Kind.HISTOGRAM}
    known = {PREFIX + name for name in SERIES} | {f"{PREFIX}{name}_bucket" for name in histograms}
    assert set(re.findall(r"\bchappe_\w+", text)) <= known


def test_the_stand_in_shows_what_the_exporter_shows_under_the_same_labels() -> None:
    assert {PREFIX + name: each.labels for name, each in SERIES.items()} == exposition.LABELS
