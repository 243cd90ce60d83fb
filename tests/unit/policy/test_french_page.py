"""The French page decides every case beside it as it must, and needs each of its rules for that."""

import pytest
from msgspec.structs import replace

from policy.cases import CaseResult
from policy.rule_kinds import Basis, LocalHoliday, Rule
from policy.territory import PLACES
from tests.unit.policy.pages import PACKS, any_fails, by_title, cases, results, ruleset

FRANCE = ruleset(PACKS, "fr")
CASES = cases(PACKS, "fr")


@pytest.mark.parametrize("result", by_title(results(FRANCE, CASES)))
def test_it_decides_the_case(result: CaseResult) -> None:
    assert result.got if result.passed else result.got == result.expected


def test_no_two_cases_are_called_the_same() -> None:
    titles = [case.title for case in CASES]
    assert sorted(set(titles)) == sorted(titles)


@pytest.mark.parametrize("rule", FRANCE.rule, ids=lambda rule: rule.id)
def test_without_the_rule_a_case_fails(rule: Rule) -> None:
    others = replace(FRANCE, rule=tuple(each for each in FRANCE.rule if each is not rule))
    assert any_fails(others, CASES, rule.id)


@pytest.mark.parametrize("day", FRANCE.local_holiday, ids=lambda day: f"{day.month}-{day.day}")
def test_without_the_holiday_a_case_fails(day: LocalHoliday) -> None:
    others = tuple(each for each in FRANCE.local_holiday if each is not day)
    assert any_fails(replace(FRANCE, local_holiday=others), CASES)


def test_the_order_of_its_rules_makes_no_difference() -> None:
    backwards = replace(FRANCE, rule=FRANCE.rule[::-1])
    assert [each.got for each in results(backwards, CASES)] == [
        each.got for each in results(FRANCE, CASES)
    ]


def test_consent_is_proven_the_same_wherever_it_is_enough() -> None:
    proofs = {
        (option.proof, option.true, option.channel_covered)
        for rule in FRANCE.rule
        if isinstance(rule, Basis)
        for option in rule.one_of
        if option.type == "consent"
    }
    proof = ("given_at", "method", "text_version", "source", "channels")
    assert proofs == {(proof, (), True)}


def test_every_rule_is_called_after_the_page() -> None:
    assert [rule.id for rule in FRANCE.rule if not rule.id.startswith("fr.")] == []


def test_its_holidays_are_kept_in_places_that_exist() -> None:
    named = {place for day in FRANCE.local_holiday for place in day.places}
    assert named <= PLACES.keys()
