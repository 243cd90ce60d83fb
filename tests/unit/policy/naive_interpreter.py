"""Reads a ruleset as its authors do, rule by rule and instant by instant: slow, and plainly right.

It shares nothing with the evaluator but what single rules say (the judges) and which day it is.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Never, cast
from zoneinfo import ZoneInfo

from policy.decision import Verdict
from policy.holiday_calendar import Holidays
from policy.judges import Judges
from policy.rule_kinds import Basis, Rule, Ruleset, Selector
from policy.send_facts import Millis, RecipientFacts, SendFacts
from policy.send_reasons import Judgement, SendDecision, SendReason
from policy.territory import PLACES

HOUR = 3_600_000
Said = list[tuple[str, Judgement]]


def decide(
    ruleset: Ruleset,
    version: str,
    judges: Judges,
    facts: tuple[SendFacts, RecipientFacts, Millis],
    horizon: Millis,
) -> SendDecision:
    """Return what a ruleset comes to."""
    now = facts[2]
    said = all_said(ruleset, judges, facts)
    denials = [one for one in said if one[1].verdict is Verdict.DENY]
    if not said:
        return SendDecision(Verdict.ALLOW, SendReason.PERMITTED, version=version)
    if denials:
        rule, judgement = denials[0]
        said.remove(denials[0])
        others = tuple((name, other.reason) for name, other in said)
        return SendDecision(
            Verdict.DENY, judgement.reason, rule, version, judgement.subject, None, others
        )
    instant = now // HOUR * HOUR + HOUR
    while instant <= now + horizon:
        if not any(
            judgement.verdict is Verdict.DEFER
            for _, judgement in all_said(ruleset, judges, (facts[0], facts[1], instant))
        ):
            rule, judgement = said[0]
            others = tuple((name, other.reason) for name, other in said[1:])
            return SendDecision(
                Verdict.DEFER, judgement.reason, rule, version, judgement.subject, instant, others
            )
        instant += HOUR
    others = tuple((name, judgement.reason) for name, judgement in said)
    return SendDecision(Verdict.DENY, SendReason.NEVER_OPEN, said[0][0], version, "", None, others)


def all_said(
    ruleset: Ruleset, judges: Judges, facts: tuple[SendFacts, RecipientFacts, Millis]
) -> Said:
    """Return all that speaks against a send at an instant, the most telling first."""
    send, recipient, now = facts
    days = possible_days(ruleset, recipient, now)
    said: Said = []
    for rule in ruleset.rule:
        if not about(rule.when, send, recipient, in_doubt=True):
            continue
        if not any(holds(rule, day) for day in days) or waived(ruleset, rule, send, days):
            continue
        judgement = judges[type(rule)](
            cast("Never", rule), send, recipient, now, Holidays(ruleset.local_holiday)
        )
        if judgement is not None:
            said.append((rule.id, judgement))
    said += [("", judgement) for judgement in uncovered(ruleset, send, recipient, days)]
    reasons = list(SendReason)
    return sorted(said, key=lambda one: (reasons.index(one[1].reason), one[0]))


def possible_days(ruleset: Ruleset, recipient: RecipientFacts, now: Millis) -> list[date]:
    zones = {ruleset.zone, *(PLACES[place].zone for place in recipient.places)}
    instant = datetime.fromtimestamp(now // 1000, UTC)
    return sorted({instant.astimezone(ZoneInfo(zone)).date() for zone in zones})


def holds(rule: Rule, day: date) -> bool:
    return (rule.valid_from or date.min) <= day <= (rule.valid_to or date.max)


def waived(ruleset: Ruleset, rule: Rule, send: SendFacts, days: list[date]) -> bool:
    return ruleset.layer == "platform" and any(
        exemption.rule == rule.id
        and exemption.controller == send.controller
        and all(day <= exemption.until for day in days)
        for exemption in ruleset.exemption
    )


def uncovered(
    ruleset: Ruleset, send: SendFacts, recipient: RecipientFacts, days: list[date]
) -> Iterator[Judgement]:
    """Yield why no basis rule opens the send on the first day on which none does."""
    for day in days:
        spoken = [
            rule.when
            for rule in ruleset.rule
            if isinstance(rule, Basis)
            and holds(rule, day)
            and about(rule.when, send, recipient, in_doubt=True)
        ]
        if any(about(when, send, recipient, in_doubt=False) for when in spoken):
            continue
        facts = sorted({fact for when in spoken for fact in doubts(when, send)})
        reason = SendReason.FACT_UNKNOWN if facts else SendReason.NOT_COVERED
        yield Judgement(Verdict.DENY, reason, ", ".join(facts))
        return


def about(when: Selector, send: SendFacts, recipient: RecipientFacts, *, in_doubt: bool) -> bool:
    """Return whether a selector is about a send, and for certain unless ``in_doubt`` will do."""
    if when.except_safety and send.safety:
        return False
    if when.countries and recipient.country not in (None, *when.countries):
        return False
    if any(answer is False for answer in answers(when, send).values()):
        return False
    return in_doubt or not doubts(when, send)


def doubts(when: Selector, send: SendFacts) -> list[str]:
    return [name for name, answer in answers(when, send).items() if answer is None]


def answers(when: Selector, send: SendFacts) -> dict[str, bool | None]:
    """Return for each list that a selector gives whether the send is in it."""
    found: dict[str, bool | None] = {}
    for name, words, word in (
        ("channel", when.channels, send.channel),
        ("kind", when.campaigns, send.kind),
        ("relation", when.relations, send.relation),
        ("basis", when.bases, send.basis),
        ("purpose", when.purposes, send.purpose),
        ("controller", when.controllers, send.controller),
    ):
        if words:
            found[name] = None if word is None else str(word) in words
    if when.voice_modes:
        mode = send.voice_mode
        silent = mode is None and send.channel == "voice"
        found["voice_mode"] = None if silent else mode in when.voice_modes
    if when.sectors:
        sectors = send.sectors
        found["sectors"] = None if sectors is None else any(s in when.sectors for s in sectors)
    return found
