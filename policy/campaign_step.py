"""The first of the two steps: what speaks against a campaign, whoever its recipients are.

Asked when a campaign comes in, so that it is refused with every reason at once, and again by
dispatch before anybody leaves. What depends on the recipient is left to the second step.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from policy.applicable import Applicable
from policy.combining import Against, most_telling_first
from policy.decision import Language
from policy.evaluate import Compiled
from policy.rule_kinds import (
    Ban,
    Basis,
    ConsentAge,
    Content,
    Provenance,
    Region,
    Rule,
    Screen,
    Sector,
    Sender,
    Volume,
)
from policy.rules.judging import deny
from policy.send_facts import Millis, RecipientFacts, SendFacts
from policy.send_reasons import SENTENCES, Judgement, SendReason

_ANYBODY = RecipientFacts()
# Consent of today may have been given where today begins first, at UTC+14.
_EARLIEST: Millis = 14 * 3_600_000
# These look at the campaign alone. A campaign's size is known once it is planned: not at admission.
_WHOLE: tuple[type[Rule], ...] = (
    Basis,
    ConsentAge,
    Content,
    Screen,
    Sender,
    Sector,
    Provenance,
    Region,
    Ban,
)
# What a recipient's own record in the ledger of consents may still say.
_PROOF = frozenset(
    {
        SendReason.NO_PROOF,
        SendReason.NOT_TRUE,
        SendReason.CONSENT_NOT_FOR_CHANNEL,
        SendReason.EVIDENCE_TOO_OLD,
        SendReason.FACT_UNKNOWN,
    }
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a campaign may not be sent on one of its channels, whoever the recipient.

    rule, version  which rule, and the hash of the ruleset it is from; no rule: none permits it
    """

    reason: SendReason
    rule: str
    version: str
    subject: str = ""

    def sentence(self, language: Language = "en") -> str:
        """Return the reason for people."""
        told = SENTENCES[self.reason]
        return (told.fr if language == "fr" else told.en).format(subject=self.subject)


def refusals(compiled: Compiled, send: SendFacts, now: Millis) -> tuple[Refusal, ...]:
    """Return everything that forbids a send to anybody at an instant, most telling first.

    A campaign on consent that gives no proof relies on the ledger: its proof is asked of each
    recipient. One that gives a proof must give a whole one.
    """
    return _told(_against(compiled, send, now, _WHOLE), compiled.version)


def too_large(compiled: Compiled, send: SendFacts, now: Millis) -> tuple[Refusal, ...]:
    """Return what the rules on volume say of a campaign whose size is known."""
    return _told(_against(compiled, send, now, (Volume,)), compiled.version)


def region_refused(compiled: Compiled, send: SendFacts, now: Millis) -> tuple[Refusal, ...]:
    """Return what the rules on regions say of the connector that a send would go through."""
    return _told(_against(compiled, send, now, (Region,)), compiled.version)


def _told(against: Iterator[Against], version: str) -> tuple[Refusal, ...]:
    return tuple(
        Refusal(judgement.reason, rule, version, judgement.subject)
        for rule, judgement in most_telling_first(against)
    )


def _against(
    compiled: Compiled, send: SendFacts, now: Millis, kinds: tuple[type[Rule], ...]
) -> Iterator[Against]:
    dates = compiled.dates(_ANYBODY, now)
    applicable = compiled.applicable(send, kinds)
    if Basis in kinds and not any(_opens(one, dates) for one in applicable):
        yield "", _uncovered(applicable)
    for one in applicable:
        if one.rule.when.countries:
            continue
        if one.asked(_ANYBODY, dates):
            at = now + _EARLIEST if isinstance(one.rule, Basis) else now
            judgement = one.judgement(send, _ANYBODY, at, compiled.holidays)
            if judgement and not _left_to_recipients(one.rule, judgement, send):
                yield one.rule.id, judgement


def _opens(one: Applicable, dates: Collection[date]) -> bool:
    return one.covers and one.opened == () and one.in_force(dates)


def _uncovered(applicable: tuple[Applicable, ...]) -> Judgement:
    facts = {fact for one in applicable if one.covers for fact in one.opened or ()}
    return deny(SendReason.FACT_UNKNOWN if facts else SendReason.NOT_COVERED, facts)


def _left_to_recipients(rule: Rule, judgement: Judgement, send: SendFacts) -> bool:
    proofless = send.basis == "consent" and not send.evidence
    return proofless and isinstance(rule, Basis | ConsentAge) and judgement.reason in _PROOF
