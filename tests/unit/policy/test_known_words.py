"""A word that no fact has is told, for it would restrict nothing."""

from typing import Any

import pytest

from policy.known_words import DAYS, NUMBER_KINDS, TRUTHS
from policy.lint import lint
from policy.rule_kinds import (
    Basis,
    ConsentAge,
    Content,
    Numbers,
    Permitted,
    Rule,
    Ruleset,
    Screen,
    Selector,
    Sender,
)
from policy.send_facts import EVIDENCE

SAID: dict[str, Any] = {"source": "law", "certainty": "law"}


def _said(rule: Rule) -> list[str]:
    ruleset = Ruleset(name="fr", title="x", layer="controller", rule=(rule,))
    return [str(one) for one in lint(ruleset)]


def _basis(**more: Any) -> Basis:
    return Basis(id="fr.basis", **SAID, **more)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            _basis(one_of=(Permitted(type="consent", proof=("given",)),)),
            "one_of.proof: 'given' is not among names of evidence; did you mean 'given_at'?",
        ),
        (
            _basis(one_of=(Permitted(type="consent", true=("similr",)),)),
            (
                "one_of.true: 'similr' is not among evidence that is said to be so or not; "
                "did you mean 'similar'?"
            ),
        ),
        (
            ConsentAge(
                id="fr.basis",
                evidence="method",
                months=3,
                when=Selector(bases=("consent",)),
                **SAID,
            ),
            (
                "evidence: 'method' is not among evidence that is a day "
                "(given_at, informed_at, last_purchase_at)"
            ),
        ),
        (
            Content(id="fr.basis", must_say=("stopp",), **SAID),
            "must_say: 'stopp' is not among what content can say; did you mean 'stop'?",
        ),
        (
            Numbers(id="fr.basis", kinds=("mobil",), **SAID),
            "kinds: 'mobil' is not among kinds of numbers; did you mean 'mobile'?",
        ),
        (
            Sender(id="fr.basis", kinds=("zzz",), **SAID),
            (
                "kinds: 'zzz' is not among kinds of senders "
                "(address, alphanumeric, mobile, other_number, platform, short)"
            ),
        ),
        (
            Screen(id="fr.basis", refuse=("words:health", "words", "nir", "carte"), **SAID),
            "refuse: 'carte' is not among kinds of sensitive data; did you mean 'card'?",
        ),
        (
            Screen(id="fr.basis", refuse=("words:helth",), **SAID),
            (
                "refuse: 'words:helth' is not among kinds of sensitive data; "
                "did you mean 'words:health'?"
            ),
        ),
    ],
)
def test_a_word_that_no_fact_has_is_an_error(rule: Rule, said: str) -> None:
    assert _said(rule) == [f"error: fr.basis: {said}"]


def test_the_words_of_evidence_are_those_that_there_are() -> None:
    assert set(EVIDENCE) >= DAYS | TRUTHS
    assert "mobile" in NUMBER_KINDS
