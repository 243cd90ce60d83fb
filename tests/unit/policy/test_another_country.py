"""A page for another country works the same: what is French is written in the French page."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from policy import rule_kinds
from policy.cases import CaseResult
from policy.rule_kinds import Rule
from tests.unit.policy.pages import PACKS, SPAIN, any_fails, by_title, cases, results, ruleset

PAGE = ruleset(SPAIN, "es")
CASES = cases(SPAIN, "es")
POLICY = Path(rule_kinds.__file__).parent
DATA = {"french_places.py"}  # a table of facts about places


@pytest.mark.parametrize("result", by_title(results(PAGE, CASES)))
def test_it_decides_the_case(result: CaseResult) -> None:
    assert result.got if result.passed else result.got == result.expected


@pytest.mark.parametrize("rule", PAGE.rule, ids=lambda rule: rule.id)
def test_without_the_rule_a_case_fails(rule: Rule) -> None:
    others = replace(PAGE, rule=tuple(each for each in PAGE.rule if each is not rule))
    assert any_fails(others, CASES, rule.id)


def test_it_shares_no_rule_with_the_french_page() -> None:
    french = {rule.id for rule in ruleset(PACKS, "fr").rule}
    assert french.isdisjoint(rule.id for rule in PAGE.rule)


def test_no_logic_names_what_only_france_has() -> None:
    french = re.compile(r"bloctel|L34-5|D223|\"Europe/Paris\"|\"fr\.|\"97\d\"", re.IGNORECASE)
    found = {
        path.name: french.findall(path.read_text(encoding="utf-8"))
        for path in POLICY.rglob("*.py")
        if path.name not in DATA
    }
    assert {name: words for name, words in found.items() if words} == {}
