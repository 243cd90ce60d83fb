"""Rulesets that are files, with the cases beside them."""

from pathlib import Path

import pytest

from policy.cases import Case, CaseResult, read_cases, run_cases
from policy.evaluate import compile_ruleset
from policy.reading import content_hash, read_ruleset
from policy.rule_kinds import Ruleset

PACKS = Path(__file__).resolve().parents[3] / "policy" / "packs"
SPAIN = Path(__file__).resolve().parent / "spain"


def ruleset(folder: Path, name: str) -> Ruleset:
    """Return a ruleset."""
    return read_ruleset((folder / f"{name}.toml").read_text(encoding="utf-8"))


def cases(folder: Path, name: str) -> tuple[Case, ...]:
    """Return the cases beside it."""
    return read_cases((folder / f"{name}.cases.toml").read_text(encoding="utf-8"))


def results(rules: Ruleset, given: tuple[Case, ...]) -> tuple[CaseResult, ...]:
    """Return what the rules make of the cases."""
    return run_cases(compile_ruleset(rules, content_hash(rules)), given)


def by_title(found: tuple[CaseResult, ...]) -> list[object]:
    """Return each result as a parameter of a test, called as its case is."""
    return [pytest.param(each, id=each.case.title) for each in found]


def any_fails(rules: Ruleset, given: tuple[Case, ...], about: str = "") -> bool:
    """Return whether the rules get a case wrong; those that name a rule are tried first."""
    compiled = compile_ruleset(rules, content_hash(rules))
    ordered = sorted(given, key=lambda case: case.then.rule != about)
    return any(not run_cases(compiled, (case,))[0].passed for case in ordered)
