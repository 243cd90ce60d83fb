"""Where the contacts and their proofs come from, where they go, and how many there are."""

from calendar import monthrange
from datetime import date

from policy.evidence import days_said, evidence_of, is_said
from policy.holiday_calendar import Holidays
from policy.rule_kinds import ConsentAge, Provenance, Region, Volume
from policy.rules.judging import days_of_send, deny, unknown
from policy.send_facts import Millis, RecipientFacts, SendFacts
from policy.send_reasons import Judgement, SendReason


def judge_consent_age(
    rule: ConsentAge, send: SendFacts, recipient: RecipientFacts, now: Millis, _holidays: Holidays
) -> Judgement | None:
    """Deny when the proof is older than so many months, or nobody knows how old it is.

    The last day is that of the same number in the month in which it ends, or the end of that
    month where it is shorter. That day still counts, wherever the recipient may be.
    """
    said = evidence_of(send, recipient)
    days = days_said(said, rule.evidence)
    if not days or not is_said(said, rule.evidence):
        return unknown(rule.evidence)
    _, latest = days_of_send(recipient, now)
    old = latest > _months_later(min(days), rule.months)
    return deny(SendReason.EVIDENCE_TOO_OLD, (rule.evidence,)) if old else None


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if years > date.max.year:
        return date.max
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def judge_provenance(
    rule: Provenance, send: SendFacts, _recipient: RecipientFacts, _now: Millis, _holidays: Holidays
) -> Judgement | None:
    """Deny a list that nobody answers for and, where the rule says so, one that was supplied."""
    if send.list_attested is not True:
        return deny(SendReason.PROVENANCE_UNKNOWN)
    if not rule.suppliers and send.list_supplier is not None:
        return deny(SendReason.SUPPLIER_REFUSED)
    return None


def judge_region(
    rule: Region, send: SendFacts, _recipient: RecipientFacts, _now: Millis, _holidays: Holidays
) -> Judgement | None:
    """Deny providers that process data elsewhere, and those of which nobody knows where."""
    country = send.connector_country
    if country is None:
        return unknown("connector_country")
    return None if country in rule.countries else deny(SendReason.REGION_REFUSED, (country,))


def judge_volume(
    rule: Volume, send: SendFacts, _recipient: RecipientFacts, _now: Millis, _holidays: Holidays
) -> Judgement | None:
    """Deny campaigns that are larger, unless enough other people approved them.

    An unknown size is larger, and an unknown first use is one.
    """
    if rule.first_use and send.first_use is False:
        return None
    if rule.most and send.size is not None and send.size <= rule.most:
        return None
    if rule.approvals:
        lacking = rule.approvals - send.approvals
        return deny(SendReason.NOT_APPROVED, (str(lacking),)) if lacking > 0 else None
    if rule.most and send.size is None:
        return unknown("size")
    return deny(SendReason.TOO_LARGE, (str(rule.most),))
