"""A dashboard as the JSON that Grafana 11 and 12 read (schema version 39).

Nothing but panels that Grafana brings with it. Which Prometheus is asked, and which channels are
shown, are variables of the page.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from ops.dashboards.panels import WIDTH, Dashboard, Kind, Panel, Section, Threshold

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"

SCHEMA_VERSION = 39
TAG = "chappe"
RUNBOOKS = "/public/chappe/runbooks.md"  # where the compose file lets Grafana serve them
_SOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
_HEADING_HEIGHT = 1


def page(dashboard: Dashboard) -> Json:
    """Return a dashboard as Grafana imports it."""
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "description": dashboard.says,
        "tags": [TAG],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,  # one crosshair through all graphs
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "browser",
        "links": [_other_pages()],
        "templating": {"list": list(_variables(dashboard))},
        "annotations": {"list": []},
        "panels": list(_laid_out(dashboard.sections)),
    }


def anchor(heading: str) -> str:
    """Return the fragment by which a Markdown heading is reached."""
    kept = re.sub(r"[^a-z0-9 -]", "", heading.lower())
    return kept.replace(" ", "-")


def _other_pages() -> Json:
    return {
        "type": "dashboards",
        "title": "Chappe",
        "tags": [TAG],
        "asDropdown": False,
        "includeVars": True,
        "keepTime": True,
    }


def _variables(dashboard: Dashboard) -> Iterator[Json]:
    yield {
        "name": "datasource",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
        "regex": "",
        "current": {},
        "refresh": 1,
        "hide": 0,
    }
    if any("$channel" in query.promql for panel in dashboard.panels for query in panel.queries):
        yield {
            "name": "channel",
            "label": "Channel",
            "type": "query",
            "datasource": _SOURCE,
            "query": {
                "query": "label_values(chappe_deliveries_total, channel)",
                "refId": "channels",
            },
            "refresh": 2,
            "sort": 1,
            "multi": True,
            "includeAll": True,
            "allValue": ".*",
            "current": {"text": "All", "value": "$__all"},
            "hide": 0,
        }
    yield {
        "name": "runbooks",
        "label": "Address of the runbooks",
        "type": "textbox",
        "query": RUNBOOKS,
        "current": {"text": RUNBOOKS, "value": RUNBOOKS},
        "hide": 2,  # not shown: set it where the page is provisioned from elsewhere
    }


def _laid_out(sections: Sequence[Section]) -> Iterator[Json]:
    """Give headings and panels, each in its place on the grid."""
    number, top = 1, 0
    for section in sections:
        yield {
            "id": number,
            "type": "row",
            "title": section.title,
            "collapsed": False,
            "gridPos": {"x": 0, "y": top, "w": WIDTH, "h": _HEADING_HEIGHT},
            "panels": [],
        }
        number, top, left, tallest = number + 1, top + _HEADING_HEIGHT, 0, 0
        for panel in section.panels:
            if left + panel.width > WIDTH:
                top, left, tallest = top + tallest, 0, 0
            place = {"x": left, "y": top, "w": panel.width, "h": panel.height}
            yield _panel(panel, number, place)
            number, left, tallest = number + 1, left + panel.width, max(tallest, panel.height)
        top += tallest


def _panel(panel: Panel, number: int, place: Json) -> Json:
    return {
        "id": number,
        "type": panel.kind.value,
        "title": panel.title,
        "description": panel.says,
        "datasource": _SOURCE,
        "gridPos": place,
        "links": [
            {
                "title": f"Runbook: {panel.runbook}",
                "url": f"${{runbooks}}#{anchor(panel.runbook)}",
                "targetBlank": True,
            }
        ],
        "targets": list(_targets(panel)),
        "fieldConfig": {"defaults": _field(panel), "overrides": []},
        "options": _options(panel),
        **_reshaped(panel),
    }


def _targets(panel: Panel) -> Iterator[Json]:
    instant = panel.kind in {Kind.STAT, Kind.BARS, Kind.TABLE}
    for at, query in enumerate(panel.queries):
        yield {
            "refId": chr(ord("A") + at),
            "datasource": _SOURCE,
            "editorMode": "code",
            "expr": query.promql,
            "legendFormat": query.legend or "__auto",
            "instant": instant,
            "range": not instant,
            "format": "table" if panel.kind is Kind.TABLE else "time_series",
        }


def _field(panel: Panel) -> Json:
    """Return unit, colours and, for a graph, how lines are drawn."""
    graph = panel.kind is Kind.GRAPH
    limits = len(panel.thresholds) > 1
    return {
        "unit": panel.unit.value,
        "noValue": "none",
        "color": {"mode": "palette-classic" if graph else "thresholds"},
        "thresholds": {"mode": "absolute", "steps": [_step(each) for each in panel.thresholds]},
        **({"min": 0} if graph and panel.thresholds[0].at is None else {}),
        "custom": _lines(stacked=panel.stacked, limits=limits) if graph else {},
    }


def _step(threshold: Threshold) -> Json:
    return {"value": threshold.at, "color": threshold.colour.value}


def _lines(*, stacked: bool, limits: bool) -> Json:
    return {
        "drawStyle": "line",
        "lineWidth": 1,
        "fillOpacity": 40 if stacked else 8,
        "showPoints": "never",
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "dashed" if limits else "off"},
    }


def _options(panel: Panel) -> Json:
    last: Json = {"calcs": ["lastNotNull"], "fields": "", "values": False}
    match panel.kind:
        case Kind.STAT:
            return {
                "reduceOptions": last,
                "colorMode": "value",
                "graphMode": "none",
                "textMode": "auto",
                "wideLayout": True,
            }
        case Kind.BARS:
            return {
                "reduceOptions": last,
                "orientation": "horizontal",
                "displayMode": "basic",
                "valueMode": "color",
                "showUnfilled": True,
            }
        case Kind.TABLE:
            return {"showHeader": True, "cellHeight": "sm", "footer": {"show": False}}
        case Kind.GRAPH:
            return {
                "legend": {
                    "showLegend": True,
                    "displayMode": "list",
                    "placement": "bottom",
                    "calcs": [],
                },
                "tooltip": {"mode": "multi", "sort": "desc"},
            }


def _reshaped(panel: Panel) -> Mapping[str, Json]:
    """A table shows labels and the value, not when it was asked nor the name of the series."""
    if panel.kind is not Kind.TABLE:
        return {}
    hidden = {"Time": True, "__name__": True, "instance": True, "job": True}
    organize: Json = {"excludeByName": hidden, "renameByName": {"Value": panel.title}}
    return {"transformations": [{"id": "organize", "options": organize}]}
