import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from ops.dashboards.alerts import ALERTS
from ops.dashboards.rules import annotations, rule_file
from ops.services.prometheus import promtool
from tests.integration.dashboards.alert_cases import CASES, Case
from tests.integration.dashboards.alert_waits import NOT_YET

RULES = {alert.name: alert for alert in ALERTS}


def _filled(text: str, labels: Mapping[str, str]) -> str:
    return re.sub(r"{{ \$labels\.(\w+) }}", lambda match: labels[match[1]], text)


def _expected(case: Case, labels: Mapping[str, str]) -> object:
    alert = RULES[case.alert]
    told = {key: _filled(text, labels) for key, text in annotations(alert).items()}
    # Whether a label says something is known from the labels that the alert keeps.
    kept = {"severity": alert.severity.value, **labels}
    if case.alert == "ChappeExporterDown":
        kept["job"] = "chappe"
    return {"exp_labels": kept, "exp_annotations": told}


def _unit_test(case: Case) -> object:
    return {
        "interval": "1m",
        "name": f"{case.alert}: {case.what}",
        "input_series": [{"series": name, "values": values} for name, values in case.seen.items()],
        "alert_rule_test": [
            {
                "eval_time": f"{case.minutes}m",
                "alertname": case.alert,
                "exp_alerts": [_expected(case, labels) for labels in case.labels],
            }
        ],
    }


@pytest.fixture
def rules(promtool_folder: Path) -> Path:
    """A folder with the rules; promtool runs there."""
    (promtool_folder / "alerts.yml").write_text(rule_file())
    return promtool_folder


def test_the_rules_are_what_prometheus_reads(rules: Path) -> None:
    assert f"{len(ALERTS)} rules found" in promtool(rules, "check", "rules", "alerts.yml")


@pytest.mark.parametrize("case", [*CASES, *NOT_YET], ids=lambda case: f"{case.alert}: {case.what}")
def test_an_alert_fires_when_it_should_and_is_silent_otherwise(rules: Path, case: Case) -> None:
    file = rules / "cases.yml"
    content = {
        "rule_files": ["alerts.yml"],
        "evaluation_interval": "1m",
        "tests": [_unit_test(case)],
    }
    file.write_text(json.dumps(content))  # JSON is YAML
    assert "SUCCESS" in promtool(rules, "test", "rules", file.name)


def test_each_alert_is_seen_firing_and_seen_silent() -> None:
    firing = {case.alert for case in CASES if case.labels}
    silent = {case.alert for case in CASES if not case.labels}
    assert firing == silent == set(RULES)
    assert {case.alert for case in NOT_YET} == {
        name for name, alert in RULES.items() if alert.wait != "0m"
    }
