from datetime import date
from typing import get_args

import pytest
from msgspec import structs

from policy.decision import Verdict
from policy.evaluate import Step, compile_ruleset
from policy.holiday_calendar import Holidays
from policy.judges import DEFERRING, JUDGES
from policy.rule_kinds import (
    Cap,
    Pause,
    Rule,
    Selector,
)
from policy.send_facts import Millis, RecipientFacts, SendFacts
from policy.send_reasons import Judgement, SendDecision, SendReason
from tests.unit.policy.sends import DAY, NOW, RECIPIENT, SEND, millis, reaching, sending
from tests.unit.policy.small_rulesets import (
    LINK,
    OPEN,
    STOP,
    ban,
    basis,
    compiled,
    decide,
    exemption,
    hours,
    ruleset,
)


def test_every_kind_of_rule_has_a_judge() -> None:
    assert set(JUDGES) == set(get_args(Rule))
    assert set(DEFERRING) <= set(JUDGES)


def test_a_send_that_nothing_speaks_against_is_allowed() -> None:
    assert decide(OPEN, STOP) == SendDecision(Verdict.ALLOW, SendReason.PERMITTED, version="v1")


def test_a_send_that_no_basis_rule_speaks_about_is_denied() -> None:
    elsewhere = basis("consent", when=Selector(channels=("email",)))

    assert decide().reason is SendReason.NOT_COVERED
    assert decide(STOP, elsewhere).reason is SendReason.NOT_COVERED
    assert decide(OPEN, elsewhere).verdict is Verdict.ALLOW


def test_a_basis_rule_opens_nothing_by_a_fact_that_is_unknown() -> None:
    professionals = basis("consent", when=Selector(relations=("b2b_legal",)))
    unknown = decide(professionals, send=sending(relation=None))

    assert (unknown.verdict, unknown.reason) == (Verdict.DENY, SendReason.FACT_UNKNOWN)
    assert unknown.subject == "relation"
    assert decide(professionals, OPEN, send=sending(relation=None)).verdict is Verdict.ALLOW


def test_whose_country_is_unknown_is_under_the_rules_of_every_country() -> None:
    french = basis("consent", name="fr", when=Selector(countries=("FR",)))
    german = basis("contract", name="de", when=Selector(countries=("DE",)))
    stateless = reaching(country=None)

    assert decide(french, recipient=stateless).verdict is Verdict.ALLOW
    assert decide(french, german, recipient=stateless).reason is SendReason.NO_BASIS
    assert decide(french, recipient=reaching(country="DE")).reason is SendReason.NOT_COVERED


def test_the_most_telling_denial_is_reported_and_the_others_are_named() -> None:
    decision = decide(LINK, hours("night", "00:00", "01:00"), ban("z"), ban("b"), OPEN)

    assert decision == SendDecision(
        Verdict.DENY,
        SendReason.BANNED,
        rule="b",
        version="v1",
        others=(
            ("z", SendReason.BANNED),
            ("link", SendReason.CONTENT_LACKS),
            ("night", SendReason.HOURS),
        ),
    )


def test_a_send_outside_its_hours_waits_until_they_begin() -> None:
    decision = decide(OPEN, hours("h", "14:00", "20:00"))

    assert decision == SendDecision(
        Verdict.DEFER, SendReason.HOURS, "h", "v1", until=millis("2026-11-24T14:00Z")
    )


def test_a_send_waits_until_every_rule_is_open_at_once() -> None:
    """Hours from noon, a weekday that is Thursday, and a pause to Friday: the next Thursday."""
    pause = Pause(id="p", source="law", certainty="law", days=2)
    rules = (OPEN, hours("a", "12:00", "20:00"), hours("b", "08:00", "24:00", days=("thu",)), pause)
    decision = decide(*rules, recipient=reaching(refused_at=NOW))

    assert decision.until == millis("2026-12-03T12:00Z")
    assert (decision.rule, decision.reason) == ("p", SendReason.REFUSAL)
    assert decision.others == (("a", SendReason.HOURS), ("b", SendReason.HOURS))


def test_hours_that_never_meet_deny() -> None:
    decision = decide(OPEN, hours("a", "08:00", "09:00"), hours("b", "12:00", "13:00"))

    assert decision == SendDecision(
        Verdict.DENY,
        SendReason.NEVER_OPEN,
        "a",
        "v1",
        others=(("a", SendReason.HOURS), ("b", SendReason.HOURS)),
    )


def test_what_opens_only_after_more_than_a_year_does_not_open() -> None:
    pause = Pause(id="p", source="law", certainty="law", days=3_000)
    decision = decide(OPEN, pause, recipient=reaching(refused_at=NOW))

    assert decision.reason is SendReason.NEVER_OPEN
    assert decision.others == (("p", SendReason.REFUSAL),)


@pytest.mark.parametrize("until", [None, NOW, NOW - DAY], ids=["never", "now", "before"])
def test_a_judge_that_defers_to_no_later_time_denies(until: Millis | None) -> None:
    def endless(*_facts: object) -> Judgement:
        return Judgement(Verdict.DEFER, SendReason.CAP, until=until)

    cap = Cap(id="c", source="law", certainty="law", most=1, days=1, valid_to=date(2026, 11, 24))
    decider = compiled(OPEN, cap, judges={**JUDGES, Cap: endless})

    assert decider.decide(SEND, RECIPIENT, NOW).reason is SendReason.NEVER_OPEN


def test_a_judge_that_defers_a_little_each_time_is_given_up() -> None:
    def creeping(
        _rule: Cap, _send: SendFacts, _recipient: RecipientFacts, now: Millis, _days: Holidays
    ) -> Judgement:
        return Judgement(Verdict.DEFER, SendReason.CAP, until=now + 1)

    cap = Cap(id="c", source="law", certainty="law", most=1, days=1)
    decider = compiled(OPEN, cap, judges={**JUDGES, Cap: creeping})

    assert decider.decide(SEND, RECIPIENT, NOW).reason is SendReason.NEVER_OPEN


def test_hours_that_begin_to_hold_meanwhile_count() -> None:
    """Closed on the evening of the 24th; from the 25th on it opens at ten instead of eight."""
    rules = (
        OPEN,
        hours("h1", "08:00", "10:00"),
        hours("h2", "09:00", "18:00", valid_from=date(2026, 11, 25)),
    )
    decision = decide(*rules)

    assert (decision.rule, decision.until) == ("h1", millis("2026-11-25T09:00Z"))


def test_hours_that_cease_to_hold_meanwhile_do_not_count() -> None:
    """Only Thursdays until the 24th in Paris, whose last hour in UTC is 22; then all days from 8."""
    rules = (
        OPEN,
        hours("h1", "08:00", "18:00", days=("thu",), valid_to=date(2026, 11, 24)),
        hours("h2", "08:00", "18:00", valid_from=date(2026, 11, 25)),
    )

    assert decide(*rules).until == millis("2026-11-25T08:00Z")
    assert decide(*rules[:2]).until == millis("2026-11-24T23:00Z")
    assert decide(*rules[:2], recipient=reaching(places=frozenset({"971"}))).until == millis(
        "2026-11-25T04:00Z"
    )


def test_what_denies_then_is_denied_then() -> None:
    rules = (
        basis("consent", valid_to=date(2026, 11, 24)),
        basis("contract", name="later", valid_from=date(2026, 11, 25)),
        hours("h", "08:00", "09:00"),
    )
    deferred = decide(*rules)

    assert deferred.until == millis("2026-11-25T08:00Z")
    assert decide(*rules, now=deferred.until).reason is SendReason.NO_BASIS


def test_the_trace_tells_what_became_of_each_rule() -> None:
    old = structs.replace(LINK, id="old", valid_to=date(2020, 1, 1))
    rules = ruleset(ban(), LINK, OPEN, old, exemptions=(exemption("ban"),))
    foreign = structs.replace(STOP, id="swiss", when=Selector(countries=("CH",)))
    traced = compile_ruleset(structs.replace(rules, rule=(*rules.rule, foreign)), "v1")

    assert traced.trace(SEND, RECIPIENT, NOW) == (
        Step("ban", "ban", matched=True, in_force=True, exempted=True, judgement=None),
        Step("basis", "basis", matched=True, in_force=True, exempted=False, judgement=None),
        Step(
            "link",
            "content",
            matched=True,
            in_force=True,
            exempted=False,
            judgement=Judgement(Verdict.DENY, SendReason.CONTENT_LACKS, "unsubscribe_link"),
        ),
        Step("old", "content", matched=True, in_force=False, exempted=False, judgement=None),
        Step("swiss", "content", matched=False, in_force=True, exempted=False, judgement=None),
    )
