import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ops.dashboards import DASHBOARDS
from ops.dashboards.__main__ import DEPLOY, files, main, stale, write
from ops.dashboards.alerts import ALERTS
from ops.dashboards.grafana import page
from ops.dashboards.panels import ALWAYS_GOOD, Dashboard, Kind, Panel, Query, Unit

BUILT_IN = {"row", "stat", "timeseries", "bargauge", "table"}
Page = Mapping[str, Any]


def _pages() -> Iterator[Page]:
    for name, content in files().items():
        if name.endswith(".json"):
            yield json.loads(content)


def _inside(place: Mapping[str, int], other: Mapping[str, int]) -> bool:
    apart_x = place["x"] + place["w"] <= other["x"] or other["x"] + other["w"] <= place["x"]
    apart_y = place["y"] + place["h"] <= other["y"] or other["y"] + other["h"] <= place["y"]
    return not (apart_x or apart_y)


def test_the_addresses_of_the_pages_never_change() -> None:
    assert [page["uid"] for page in _pages()] == [
        "chappe-overview",
        "chappe-campaign",
        "chappe-privacy",
    ]


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda each: each.uid)
def test_panels_lie_side_by_side_on_the_grid(dashboard: Dashboard) -> None:
    made: Any = page(dashboard)
    places = [panel["gridPos"] for panel in made["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    pairs = [(a, b) for at, a in enumerate(places) for b in places[at + 1 :]]
    assert [pair for pair in pairs if _inside(*pair)] == []
    assert len({panel["id"] for panel in made["panels"]}) == len(places)


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda each: each.uid)
def test_the_first_figures_fit_a_laptop_without_scrolling(dashboard: Dashboard) -> None:
    first = dashboard.sections[0].panels
    assert sum(panel.width for panel in first[:6]) >= 24  # the page is used in its breadth
    assert all(panel.height <= 9 for panel in dashboard.panels)


def test_pages_need_no_plugin_and_no_data_source_of_a_given_name() -> None:
    for made in _pages():
        assert {panel["type"] for panel in made["panels"]} <= BUILT_IN
        sources = {str(one) for one in _values(made, "datasource") if isinstance(one, dict)}
        assert sources == {str({"type": "prometheus", "uid": "${datasource}"})}
        assert "datasource" in {variable["name"] for variable in made["templating"]["list"]}


def test_each_panel_says_what_it_means_and_where_to_read_what_to_do() -> None:
    for made in _pages():
        for panel in made["panels"]:
            if panel["type"] != "row":
                assert panel["description"].endswith(".")
                assert panel["links"][0]["url"].startswith("${runbooks}#")
                assert panel["fieldConfig"]["defaults"]["unit"]


def test_variables_of_queries_are_variables_of_the_page() -> None:
    grafana = {"__rate_interval", "__range"}
    for made in _pages():
        known = {variable["name"] for variable in made["templating"]["list"]} | grafana
        asked = {name for one in _values(made, "expr") for name in re.findall(r"\$(\w+)", one)}
        assert asked - {"1"} <= known  # $1: a group of label_replace


def test_titles_tell_panels_of_a_page_apart() -> None:
    for dashboard in DASHBOARDS:
        titles = [panel.title for panel in dashboard.panels]
        assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    "wrong",
    [{"says": "No full stop"}, {"queries": ()}, {"width": 25}],
    ids=["no sentence", "no query", "too wide"],
)
def test_a_panel_that_would_look_wrong_is_not_made(wrong: Any) -> None:
    right: Any = {
        "title": "A",
        "says": "A sentence.",
        "kind": Kind.STAT,
        "unit": Unit.COUNT,
        "queries": (Query("1"),),
    }
    assert Panel(**right).thresholds == ALWAYS_GOOD
    with pytest.raises(ValueError, match="panel 'A'"):
        Panel(**(right | wrong))


def test_what_is_in_the_tree_is_what_the_builders_write(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err
    assert stale(DEPLOY) == []


def test_the_check_names_what_is_missing_changed_or_left_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set(write(tmp_path)) == set(files())
    assert main(["--check"], tmp_path) == 0
    changed, missing = "grafana/dashboards/chappe-overview.json", "prometheus/alerts.yml"
    (tmp_path / changed).write_text("{}")
    (tmp_path / missing).unlink()
    (tmp_path / "grafana/dashboards/old.json").write_text("{}")
    assert main(["--check"], tmp_path) == 1
    said = capsys.readouterr().err
    assert all(name in said for name in (changed, missing, "old.json"))
    assert main([], tmp_path) == 0
    assert stale(tmp_path) == []


def test_alerts_have_names_of_their_own() -> None:
    names = [alert.name for alert in ALERTS]
    assert len(set(names)) == len(names)


def _values(node: object, key: str) -> Iterator[Any]:
    """Give every value that stands under a key, however deep."""
    match node:
        case dict():
            for name, inner in node.items():
                if name == key:
                    yield inner
                yield from _values(inner, key)
        case list():
            for inner in node:
                yield from _values(inner, key)
