"""Rules about time: hours, caps on how often, and the pause after a refusal.

All count in the recipient's own days. Where the recipient may be in several places, the strictest
of them holds.
"""

from typing import Final

from policy.decision import Verdict
from policy.holiday_calendar import Holidays
from policy.local_time import DAY, day_start, local_date
from policy.opening import next_open
from policy.rule_kinds import Cap, Hours, Pause
from policy.send_facts import Millis, RecipientFacts, SendFacts
from policy.send_reasons import Judgement, SendReason
from policy.territory import clocks_of

_NO_OPENING: Final = frozenset({SendReason.ZONE_UNKNOWN, SendReason.NEVER_OPEN})
_ZONE_UNKNOWN: Final = Judgement(Verdict.DENY, SendReason.ZONE_UNKNOWN)


def judge_hours(
    rule: Hours, _send: SendFacts, recipient: RecipientFacts, now: Millis, holidays: Holidays
) -> Judgement | None:
    """Defer until it is open wherever the recipient may be; deny where that is never."""
    closed = next_open(rule, recipient.places, now, holidays)
    if closed is None:
        return None
    reason, until = closed
    if reason in _NO_OPENING:
        return Judgement(Verdict.DENY, reason)
    return Judgement(Verdict.DEFER, reason, until=until)


def judge_cap(
    rule: Cap, send: SendFacts, recipient: RecipientFacts, now: Millis, _holidays: Holidays
) -> Judgement | None:
    """Defer while as many contacts as the cap allows are dated within its days, today included.

    The subject is the channels that count, and the most contacts in how many days: ``voice 4/30``.
    Whoever was contacted less often than that at all needs no place: no clock makes it too often.
    """
    channels = rule.counts or (send.channel,)
    counted = sorted(
        (
            at
            for channel, scope, at in recipient.contacts
            # A contact by the controller is one on the platform as well.
            if channel in channels and rule.scope in {scope, "platform"}
        ),
        reverse=True,
    )
    if len(counted) < rule.most:
        return None
    # When this one has left the window, fewer than the most are in it.
    free_from = _day_after(counted[rule.most - 1], rule.days, recipient)
    subject = f"{'+'.join(channels)} {rule.most}/{rule.days}"
    return _closed_until(free_from, now, SendReason.CAP, subject)


def judge_pause(
    rule: Pause, _send: SendFacts, recipient: RecipientFacts, now: Millis, _holidays: Holidays
) -> Judgement | None:
    """Defer until that many full days have gone by after the day of the latest refusal."""
    if recipient.refused_at is None:
        return None
    free_from = _day_after(recipient.refused_at, rule.days + 1, recipient)
    return _closed_until(free_from, now, SendReason.REFUSAL)


def _day_after(since: Millis, days: int, recipient: RecipientFacts) -> Millis | None:
    """Return when the day so many days after that of ``since`` has begun wherever one may be."""
    return max(
        (
            day_start(clock.zone, local_date(clock.zone, since) + days * DAY)
            for clock in clocks_of(recipient.places)
        ),
        default=None,
    )


def _closed_until(
    free_from: Millis | None, now: Millis, reason: SendReason, subject: str = ""
) -> Judgement | None:
    if free_from is None:
        return _ZONE_UNKNOWN
    if now >= free_from:
        return None
    return Judgement(Verdict.DEFER, reason, subject, free_from)
