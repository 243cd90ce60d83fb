"""What holds for any ruleset and any facts."""

from collections.abc import Iterator
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from policy import evaluate
from policy.decision import Verdict
from policy.evaluate import Compiled, compile_ruleset
from policy.judges import JUDGES, Judges
from policy.rule_kinds import Basis, Exemption, Rule, Ruleset
from policy.send_facts import Millis, RecipientFacts, SendFacts
from tests.unit.policy import naive_interpreter
from tests.unit.policy.plain_judges import DAY, PLAIN
from tests.unit.policy.ruleset_strategies import (
    exemptions,
    nows,
    recipients,
    rules,
    rulesets,
    sends,
)

HORIZON = 15 * DAY
STRICTNESS = {Verdict.ALLOW: 0, Verdict.DEFER: 1, Verdict.DENY: 2}


@pytest.fixture(scope="module", autouse=True)
def _near_horizon() -> Iterator[None]:
    """The interpreter looks at every hour until the horizon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluate, "_HORIZON", HORIZON)
        yield


def compiled(ruleset: Ruleset, judges: Judges = PLAIN) -> Compiled:
    return compile_ruleset(ruleset, "v", judges=judges)


@settings(deadline=None)
@given(rulesets, sends, recipients, nows)
def test_the_evaluator_decides_as_the_naive_interpreter_does(
    ruleset: Ruleset, send: SendFacts, recipient: RecipientFacts, now: Millis
) -> None:
    naive = naive_interpreter.decide(ruleset, "v", PLAIN, (send, recipient, now), HORIZON)

    assert compiled(ruleset).decide(send, recipient, now) == naive


@settings(deadline=None)
@given(rulesets, sends, recipients, nows, st.randoms(use_true_random=False))
def test_the_order_of_rules_does_not_matter(
    ruleset: Ruleset, send: SendFacts, recipient: RecipientFacts, now: Millis, random: object
) -> None:
    shuffled = list(ruleset.rule)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    other = replace(ruleset, rule=tuple(shuffled))

    decided = compiled(ruleset).decide(send, recipient, now)
    assert compiled(other).decide(send, recipient, now) == decided
    assert compiled(other).decide(send, recipient, now) == decided


@settings(deadline=None)
@given(rulesets, rules, sends, recipients, nows)
def test_one_more_rule_is_never_looser(
    ruleset: Ruleset, rule: Rule, send: SendFacts, recipient: RecipientFacts, now: Millis
) -> None:
    """A basis rule of a lower layer opens nothing: only those of the upper layer count."""
    added = replace(rule, covers=False) if isinstance(rule, Basis) else rule
    more = replace(ruleset, rule=(*ruleset.rule, added))

    before = compiled(ruleset).decide(send, recipient, now)
    after = compiled(more).decide(send, recipient, now)
    assert STRICTNESS[after.verdict] >= STRICTNESS[before.verdict]


@settings(deadline=None)
@given(rulesets, exemptions, sends, recipients, nows)
def test_one_more_exemption_is_never_stricter(
    ruleset: Ruleset, exemption: Exemption, send: SendFacts, recipient: RecipientFacts, now: Millis
) -> None:
    more = replace(ruleset, exemption=(*ruleset.exemption, exemption))

    before = compiled(ruleset).decide(send, recipient, now)
    after = compiled(more).decide(send, recipient, now)
    assert STRICTNESS[after.verdict] <= STRICTNESS[before.verdict]


@pytest.mark.parametrize("judges", [PLAIN, JUDGES], ids=["plain judges", "own judges"])
@settings(deadline=None)
@given(ruleset=rulesets, send=sends, recipient=recipients, now=nows)
def test_when_a_deferral_ends_the_send_is_allowed_or_denied(
    judges: Judges, ruleset: Ruleset, send: SendFacts, recipient: RecipientFacts, now: Millis
) -> None:
    decider = compiled(ruleset, judges=judges)
    deferred = decider.decide(send, recipient, now)
    if deferred.until is not None:
        assert deferred.until > now
        then = decider.decide(send, recipient, deferred.until)
        assert then.verdict is not Verdict.DEFER


@pytest.mark.parametrize("judges", [PLAIN, JUDGES], ids=["plain judges", "own judges"])
@settings(deadline=None, max_examples=50)  # each decides dozens of times
@given(
    ruleset=rulesets,
    send=sends,
    classes=st.lists(recipients, min_size=1, max_size=4),
    data=st.data(),
)
def test_what_was_kept_is_what_would_be_decided_anew(
    judges: Judges,
    ruleset: Ruleset,
    send: SendFacts,
    classes: list[RecipientFacts],
    data: st.DataObject,
) -> None:
    """Also where time goes back, and at the very instants that the facts name."""
    decider = compiled(ruleset, judges=judges)
    prepared = decider.for_send(send)
    named = list(chain.from_iterable(map(instants_of, classes)))
    near = st.sampled_from(named).flatmap(around) if named else nows
    for now in data.draw(st.lists(nows | near, min_size=1, max_size=12)):
        for recipient in (*classes, *classes):
            anew = decider.decide(send, recipient, now)
            assert prepared.decide(recipient, now) == anew


def instants_of(recipient: RecipientFacts) -> Iterator[Millis]:
    yield from (at for _, _, at in recipient.contacts)
    yield from (at for _, at in recipient.lists_read)


def around(instant: Millis) -> st.SearchStrategy[Millis]:
    return st.tuples(st.integers(0, 30), st.integers(-2, 2)).map(
        lambda shift: instant + shift[0] * DAY + shift[1]
    )


@settings(deadline=None)
@given(rulesets, sends, recipients, nows)
def test_the_trace_tells_what_the_decision_tells(
    ruleset: Ruleset, send: SendFacts, recipient: RecipientFacts, now: Millis
) -> None:
    steps = compiled(ruleset).trace(send, recipient, now)
    decision = compiled(ruleset).decide(send, recipient, now)

    assert [step.rule for step in steps] == sorted(rule.id for rule in ruleset.rule)
    against = sorted((step.rule, step.judgement.reason) for step in steps if step.judgement)
    told = {*decision.others, (decision.rule, decision.reason)}
    assert set(against) <= told
