"""How what several rules say against a send becomes one decision."""

from collections.abc import Iterable, Sequence

from policy.decision import Verdict
from policy.send_facts import Millis
from policy.send_reasons import RANK, Judgement, SendDecision, SendReason

Against = tuple[str, Judgement]
"""The id of a rule, and what it says against a send."""


def most_telling_first(against: Iterable[Against]) -> list[Against]:
    """Return the same in an order that does not depend on the order of rules."""
    return sorted(against, key=_order)


def _order(one: Against) -> tuple[int, str, str, Millis]:
    rule, judgement = one
    return RANK[judgement.reason], rule, judgement.subject, judgement.until or 0


def allowed(version: str) -> SendDecision:
    """Permit: nothing speaks against it."""
    return SendDecision(Verdict.ALLOW, SendReason.PERMITTED, version=version)


def denied(ordered: Sequence[Against], version: str) -> SendDecision | None:
    """Deny for the first denial among these; None: there is none. A denial beats a deferral."""
    for place, (rule, first) in enumerate(ordered):
        if first.verdict is Verdict.DENY:
            others = _named((*ordered[:place], *ordered[place + 1 :]))
            return SendDecision(
                Verdict.DENY, first.reason, rule, version, first.subject, others=others
            )
    return None


def deferred(ordered: Sequence[Against], version: str, until: Millis | None) -> SendDecision:
    """Defer for the first of these deferrals. ``until`` None: no time is open, so deny."""
    if until is not None:
        rule, first = ordered[0]
        return SendDecision(
            Verdict.DEFER, first.reason, rule, version, first.subject, until, _named(ordered[1:])
        )
    return SendDecision(
        Verdict.DENY, SendReason.NEVER_OPEN, ordered[0][0], version, others=_named(ordered)
    )


def _named(ordered: Sequence[Against]) -> tuple[tuple[str, SendReason], ...]:
    return tuple((rule, judgement.reason) for rule, judgement in ordered)
