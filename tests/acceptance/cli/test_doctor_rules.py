"""The doctor sees what is wrong with the rules that hold, and with the lists that they need."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.bootstrap import build_app
from engine.settings import load_settings
from engine.store.policy_tables import rulesets
from tests.acceptance.cli.desk import Chappe
from tests.scenarios.rulesets import CASES, hours

pytestmark = pytest.mark.usefixtures("installed")
LIST = """
[[rule]]
kind = "opposition_list"
id = "list"
name = "bloctel"
read_within_days = 30
source = "for tests"
certainty = "house"
when = { channels = ["voice"] }
"""


def _found(chappe: Chappe, check: str) -> list[tuple[str, str]]:
    found = chappe("doctor", "--json").json
    assert all(one["remedy"] for one in found if one["level"] != "ok")
    return [(one["level"], one["sentence"]) for one in found if one["check"] == check]


def _change(**values: object) -> None:
    app = build_app(load_settings())
    with app.db.write() as connection:
        connection.execute(sa.update(rulesets).values(**values))
    app.close()


@pytest.fixture
def ours(chappe: Chappe, tmp_path: Path) -> Path:
    """A ruleset that asks for a list, applied."""
    path = tmp_path / "ours.toml"
    path.write_text(hours() + LIST, encoding="utf-8")
    (tmp_path / "ours.cases.toml").write_text(CASES, encoding="utf-8")
    answer = chappe("policy", "apply", path, "--reason", "x")
    assert answer.code == 0, answer.err
    return path


def test_rules_that_hold_and_can_be_read_are_well(chappe: Chappe) -> None:
    ((level, sentence),) = _found(chappe, "policy")
    assert (level, sentence.startswith("fr ")) == ("ok", True)


def test_a_platform_without_rules_is_a_fault(chappe: Chappe) -> None:
    _change(version="")
    assert _found(chappe, "policy") == [
        ("fault", "no ruleset holds on the platform: nothing is sent")
    ]


def test_rules_that_cannot_be_read_are_a_fault(chappe: Chappe) -> None:
    _change(text="[[rule]]\nkind = 'forgotten'\n")
    ((level, sentence),) = _found(chappe, "policy")
    assert level == "fault"
    assert "cannot be read (line 1" in sentence


def test_a_ruleset_that_differs_from_the_one_that_comes_with_chappe_is_told(
    chappe: Chappe,
) -> None:
    _change(text=hours().replace('name = "ours"', 'name = "fr"'))
    levels = [level for level, _ in _found(chappe, "policy")]
    assert levels == ["warning", "ok"]
    assert chappe("doctor").code == 0


def test_a_list_that_rules_need_must_be_there_and_new_enough(
    chappe: Chappe, ours: Path, tmp_path: Path
) -> None:
    ((level, sentence),) = _found(chappe, "lists")
    assert (level, "bloctel, which was never imported" in sentence) == ("warning", True)
    numbers = tmp_path / "numbers.csv"
    numbers.write_text("tel\n+33199001234\n", encoding="utf-8")
    load = ("opposition-list", "import", "bloctel", numbers, "--source", "x", "--dated")
    assert chappe(*load, "2025-01-01T06:00:00").code == 0
    ((level, sentence),) = _found(chappe, "lists")
    assert (level, "days old" in sentence) == ("warning", True)


def test_no_list_is_missed_that_no_rule_asks_for_any_more(chappe: Chappe, ours: Path) -> None:
    text = hours() + LIST + "valid_to = 2020-12-31\n"
    _change(text=text)
    ((level, _),) = _found(chappe, "lists")
    assert level == "ok"
