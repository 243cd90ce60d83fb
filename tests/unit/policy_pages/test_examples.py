"""Every example of the pages is a ruleset that is read, makes sense, and decides as it says."""

import pytest

from ops.policy_pages.examples import FOLDER, Example, examples, examples_of
from ops.policy_pages.kinds import KINDS, TOLD, kind_name
from policy.cases import CaseResult
from policy.decision import Verdict
from policy.lint import lint
from policy.territory import PLACES

EXAMPLES = examples()
RESULTS = [
    pytest.param(result, id=f"{one.name}: {result.case.title}")
    for one in EXAMPLES
    for result in one.results
]


@pytest.mark.parametrize("result", RESULTS)
def test_a_case_comes_out_as_it_says(result: CaseResult) -> None:
    assert result.got if result.passed else result.got == result.expected


@pytest.mark.parametrize("one", EXAMPLES, ids=lambda one: one.name)
def test_an_example_is_about_its_kind_and_has_nothing_wrong(one: Example) -> None:
    assert one.kind in {kind_name(type(rule)) for rule in one.ruleset.rule}
    assert [found for found in lint(one.ruleset, PLACES) if found.severity == "error"] == []
    assert one.stands_alone or lint(one.ruleset, PLACES) == ()


@pytest.mark.parametrize("one", EXAMPLES, ids=lambda one: one.name)
def test_an_example_shows_what_it_stops_and_what_it_lets_pass(one: Example) -> None:
    verdicts = {result.decision.verdict for result in one.results}
    assert Verdict.ALLOW in verdicts
    assert len(verdicts) > 1


@pytest.mark.parametrize("kind", KINDS, ids=kind_name)
def test_a_kind_has_two_examples_that_show_its_reasons(kind: type) -> None:
    found = examples_of(kind_name(kind))
    shown = {result.decision.reason for one in found for result in one.results}
    never = {"never_open"}  # its example would be a ruleset that nobody means
    assert len(found) >= 2
    assert {str(code) for _, code, _ in TOLD[kind].reasons()} - shown <= never


def test_no_file_of_examples_is_left_out() -> None:
    shown = {f"{one.name}{end}" for one in EXAMPLES for end in (".toml", ".cases.toml")}
    heads = {"head.toml", "head.cases.toml"}
    assert {path.name for path in FOLDER.iterdir()} == shown | heads
