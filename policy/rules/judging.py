"""What judges share: a refusal, the most telling of several, and the day of a send."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from policy.decision import Verdict
from policy.send_facts import Millis, RecipientFacts
from policy.send_reasons import RANK, Judgement, SendReason
from policy.territory import local_dates


def deny(reason: SendReason, subjects: Iterable[str] = ()) -> Judgement:
    """Refuse, with the words that the refusal is about."""
    return Judgement(Verdict.DENY, reason, ", ".join(sorted(subjects)))


def unknown(fact: str) -> Judgement:
    """Refuse because a fact is unknown; ``fact`` is the name of the field."""
    return deny(SendReason.FACT_UNKNOWN, (fact,))


def most_telling(judgements: Iterable[Judgement | None]) -> Judgement | None:
    """Return the judgement to report where a rule has several; None: it has none."""
    against = [judgement for judgement in judgements if judgement is not None]
    return min(against, key=lambda judgement: RANK[judgement.reason], default=None)


def days_of_send(recipient: RecipientFacts, now: Millis) -> tuple[date, date]:
    """Return the earliest and the latest day that it may be for the recipient.

    Where no place is known, the day in UTC is taken for both.
    """
    days = local_dates(recipient.places, now) or {utc_day(now)}
    return min(days), max(days)


def utc_day(now: Millis) -> date:
    """Return the day in UTC of an instant."""
    return datetime.fromtimestamp(now // 1000, UTC).date()
