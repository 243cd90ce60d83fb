import re

import pytest

from ops.cli.docs import verbs
from ops.dashboards import DASHBOARDS
from ops.dashboards.alerts import ALERTS, Alert
from ops.dashboards.grafana import anchor
from ops.dashboards.rules import RUNBOOK
from tests.architecture.tree import PROJECT

PAGE = (PROJECT / RUNBOOK).read_text()
HEADINGS = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
# A command in text: the words after it that are neither options nor arguments in capitals.
COMMAND = re.compile(r"\bchappe((?: [a-z][a-z-]*)+)")


def _section(heading: str) -> str:
    _, _, rest = PAGE.partition(f"## {heading}\n")
    return rest.partition("\n## ")[0]


def _unknown(text: str) -> list[str]:
    """Return the commands in a text that are no verbs; words may follow a verb."""
    known = {name for name, _, _ in verbs()}
    named = (match.strip() for match in COMMAND.findall(" ".join(text.split())))
    starts = [{" ".join(words[:at]) for at in (1, 2)} for words in map(str.split, named)]
    return [min(start, key=len) for start in starts if not start & known]


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_each_alert_has_a_section_that_says_what_to_look_at(alert: Alert) -> None:
    section = _section(alert.name)
    assert f"**{alert.severity.value}.**" in section
    assert len(re.findall(r"^- ", section, re.MULTILINE)) >= 1
    assert "`chappe " in section or alert.name == "ChappeKeyOld"


def test_each_section_belongs_to_an_alert_or_is_a_chapter() -> None:
    assert set(HEADINGS) == {alert.name for alert in ALERTS} | {"Reading the dashboards"}


def test_the_links_of_panels_lead_to_sections() -> None:
    linked = {panel.runbook for dashboard in DASHBOARDS for panel in dashboard.panels}
    assert linked <= set(HEADINGS)
    assert len({anchor(heading) for heading in HEADINGS}) == len(HEADINGS)


def test_the_commands_of_the_runbooks_exist() -> None:
    assert _unknown(" ".join(re.findall(r"`([^`]+)`", PAGE))) == []


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_the_commands_that_an_alert_names_exist(alert: Alert) -> None:
    assert _unknown(alert.action) == []


def test_a_command_that_does_not_exist_is_noticed() -> None:
    assert _unknown("run `chappe frobnicate` and chappe campaign show ID") == ["frobnicate"]
