"""The alerts as a rule file of Prometheus.

Written as YAML whose values are JSON strings, which YAML contains: no library is needed, and
nothing in an expression has to be escaped twice.
"""

import json
from collections.abc import Iterator

from ops.dashboards.alerts import GROUPS, Alert
from ops.dashboards.grafana import anchor

RUNBOOK = "ops/docs/runbooks.md"
_HEAD = "# Written by python -m ops.dashboards from ops/dashboards/alerts.py; see ops/docs/runbooks.md\n"


def rule_file() -> str:
    """Return the content of ``alerts.yml``."""
    return _HEAD + "\n".join(_lines()) + "\n"


def annotations(alert: Alert) -> dict[str, str]:
    """Return what a person is told with an alert."""
    return {
        "summary": alert.summary,
        "action": alert.action,
        "runbook": f"{RUNBOOK}#{anchor(alert.name)}",
    }


def _lines() -> Iterator[str]:
    yield "groups:"
    for name, alerts in GROUPS.items():
        yield f"  - name: {json.dumps(f'chappe {name}')}"
        yield "    rules:"
        for alert in alerts:
            yield f"      - alert: {alert.name}"
            yield f"        expr: {json.dumps(alert.promql)}"
            yield f"        for: {alert.wait}"
            yield "        labels:"
            yield f"          severity: {alert.severity.value}"
            yield "        annotations:"
            for key, text in annotations(alert).items():
                yield f"          {key}: {json.dumps(text, ensure_ascii=False)}"
