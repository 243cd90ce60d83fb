"""Which legal bases are enough, and what must be proved for each."""

from collections.abc import Iterable, Iterator
from datetime import date

from policy.evidence import Said, days_said, evidence_of, is_said, is_true, names_channel
from policy.facts import CampaignKind
from policy.holiday_calendar import Holidays
from policy.rule_kinds import Basis, Permitted
from policy.rules.judging import days_of_send, deny, unknown
from policy.send_facts import Millis, RecipientFacts, SendFacts
from policy.send_reasons import RANK, Judgement, SendReason

# A service message on one of these does not rest on what the person agreed to or objected to.
_OWED = frozenset({"contract", "legal_obligation", "vital_interest", "public_task"})


def judge_basis(
    rule: Basis, send: SendFacts, recipient: RecipientFacts, now: Millis, _holidays: Holidays
) -> Judgement | None:
    """Deny unless the send's legal basis is one of the rule's, with all that proves it.

    An unknown basis is none. Where a rule lists one basis several times, each with a proof of its
    own, one complete proof is enough; else the one that lacks least is reported.
    """
    withdrawal = _withdrawal(send, recipient)
    if withdrawal:
        return withdrawal
    options = [option for option in rule.one_of if option.type == send.basis]
    if not options:
        return deny(SendReason.NO_BASIS, (send.basis or "none",))
    said = evidence_of(send, recipient)
    earliest, _ = days_of_send(recipient, now)
    lacks = [_lacks(option, said, send.channel, earliest) for option in options]
    return min(lacks, key=_how_much)[0] if all(lacks) else None


def _withdrawal(send: SendFacts, recipient: RecipientFacts) -> Judgement | None:
    """Deny where a withdrawal stands in the way, or may.

    Whoever withdrew is not contacted on another basis instead, except for what is owed to them.
    Where nobody asked, consent cannot be relied on.
    """
    if recipient.withdrawn is None:
        relied_on = send.basis is None or send.basis == "consent"
        return unknown("withdrawn") if relied_on else None
    owed = send.kind is CampaignKind.SERVICE and send.basis in _OWED
    return deny(SendReason.CONSENT_WITHDRAWN) if recipient.withdrawn and not owed else None


def _lacks(option: Permitted, said: Said, channel: str, day: date) -> tuple[Judgement, ...]:
    """Return what one permitted basis lacks, the most telling first."""
    return tuple(_faults(option, said, channel, day))


def _faults(option: Permitted, said: Said, channel: str, day: date) -> Iterator[Judgement]:
    needed = {*option.proof, *option.true, *(("channels",) if option.channel_covered else ())}
    unproved = {name for name in needed if not is_said(said, name)}
    unproved |= set(_dated_ahead(option, said, day))
    if unproved:
        yield deny(SendReason.NO_PROOF, unproved)
    untrue = {name for name in option.true if is_said(said, name) and not is_true(said, name)}
    if untrue:
        yield deny(SendReason.NOT_TRUE, untrue)
    covered = "channels" in unproved or not option.channel_covered or names_channel(said, channel)
    if not covered:
        yield deny(SendReason.CONSENT_NOT_FOR_CHANNEL, (channel,))


def _dated_ahead(option: Permitted, said: Said, day: date) -> Iterable[str]:
    """Yield what is dated after the send: it proves nothing yet. Consent always has its day."""
    dated = (*option.proof, *(("given_at",) if option.type == "consent" else ()))
    return (name for name in dated if any(when > day for when in days_said(said, name)))


def _how_much(lacks: tuple[Judgement, ...]) -> tuple[int, int, int, str]:
    first = lacks[0]
    return len(lacks), first.subject.count(","), RANK[first.reason], first.subject
