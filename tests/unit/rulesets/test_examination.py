"""What speaks against a ruleset is told all at once."""

import pytest

from engine.ruleset_examination import Examined, examine
from policy.reading import content_hash, read_ruleset
from tests.scenarios.rulesets import AT_NIGHT, CASES, HOURS, hours


def told(examined: Examined) -> list[tuple[str, str]]:
    return [(one.part, one.subject) for one in examined.objections]


def test_nothing_speaks_against_a_ruleset_that_makes_sense_and_whose_cases_come_out() -> None:
    examined = examine(hours(), CASES + AT_NIGHT)
    assert examined.objections == ()
    assert examined.cases == 2
    assert examined.ruleset == read_ruleset(hours())
    assert examined.version == content_hash(read_ruleset(hours()))


def test_what_cannot_be_read_is_told_with_its_line_and_that_of_its_cases_too() -> None:
    text = hours().replace("holidays", "hollidays")
    examined = examine(text, CASES.replace("noon", "midday").replace("verdict", "verdikt"))
    assert examined.ruleset is None
    assert told(examined) == [
        ("ruleset", "rule hours"),
        ("cases", "case at midday"),
        ("cases", "case at midday"),
    ]
    assert all(one.line for one in examined.objections)


def test_rules_that_make_no_sense_together_and_cases_that_cannot_be_read_are_told_together() -> (
    None
):
    text = hours() + HOURS.format(start="09:00", end="10:00")
    assert told(examine(text, "case = 1")) == [
        ("ruleset", "rule hours"),
        ("cases", "case"),
    ]


def test_a_case_that_comes_out_otherwise_speaks_against_it_with_what_came() -> None:
    (objection,) = examine(hours(end="23:30"), CASES + AT_NIGHT).objections
    assert (objection.part, objection.subject) == ("cases", "case at night")
    assert objection.line == 6
    assert objection.sentence == "expected defer (hours), came allow"


@pytest.mark.parametrize("without_cases", [False, True])
def test_a_ruleset_of_the_platform_must_have_cases(without_cases: bool) -> None:
    examined = examine(hours(), None, without_cases=without_cases)
    assert told(examined) == [("cases", "cases")]


def test_one_of_a_lower_layer_may_have_none_if_that_is_said() -> None:
    lower = hours(layer="controller")
    assert told(examine(lower, None)) == [("cases", "cases")]
    assert examine(lower, None, without_cases=True).objections == ()


def test_whatever_it_loosens_of_the_layers_above_is_told() -> None:
    above = [read_ruleset(hours("08:00", "20:00"))]
    lower = hours("07:00", "21:00", layer="controller")
    (objection,) = examine(lower, None, above, without_cases=True).objections
    assert (objection.part, objection.subject) == ("layers", "rule hours")
    assert "08:00–20:00 → 07:00–21:00" in objection.sentence


def test_what_a_layer_between_loosens_is_not_its_fault() -> None:
    above = [read_ruleset(hours()), read_ruleset(hours("07:00", layer="controller"))]
    lower = hours("09:00", "19:00", layer="campaign")
    assert examine(lower, None, above, without_cases=True).objections == ()


def test_cases_of_a_lower_layer_come_out_with_the_layers_above_it() -> None:
    lower = hours("09:00", "19:00", layer="controller")
    above = [read_ruleset(hours())]
    assert told(examine(lower, CASES + AT_NIGHT)) == [
        ("cases", "case at noon"),  # by itself a lower layer permits nothing
        ("cases", "case at night"),
    ]
    assert examine(lower, CASES + AT_NIGHT, above).objections == ()


def test_cases_of_a_lower_layer_may_also_say_what_comes_of_it_by_itself() -> None:
    lower = hours("09:00", "19:00", layer="controller")
    alone = CASES.replace('"allow"', '"deny", reason = "not_covered"')
    assert examine(lower, alone, [read_ruleset(hours())]).objections == ()
