"""Judges about time that are simple enough to foresee: whole hours and days in UTC, no holidays.

The tests of how rules are combined use them: the calendar has tests of its own.
"""

from policy.decision import Verdict
from policy.holiday_calendar import Holidays
from policy.judges import JUDGES, Judges
from policy.rule_kinds import Cap, Day, Hours, Pause
from policy.send_facts import Millis, RecipientFacts, SendFacts
from policy.send_reasons import Judgement, SendReason

HOUR = 3_600_000
DAY = 24 * HOUR
DAYS: tuple[Day, ...] = ("thu", "fri", "sat", "sun", "mon", "tue", "wed")
"""The epoch was a Thursday."""
CLOSED = Judgement(Verdict.DENY, SendReason.NEVER_OPEN)


def is_open(rule: Hours, instant: Millis) -> bool:
    hour = instant % DAY // HOUR
    windows = ((int(window.start[:2]), int(window.end[:2])) for window in rule.windows)
    day = DAYS[instant // DAY % 7]
    return day in rule.days and any(start <= hour < end for start, end in windows)


def judge_hours(
    rule: Hours, _send: SendFacts, recipient: RecipientFacts, now: Millis, _holidays: Holidays
) -> Judgement | None:
    if not recipient.places:
        return Judgement(Verdict.DENY, SendReason.ZONE_UNKNOWN)
    if is_open(rule, now):
        return None
    hours = (now // HOUR * HOUR + later * HOUR for later in range(1, 24 * 8))
    opening = next((hour for hour in hours if is_open(rule, hour)), None)
    return CLOSED if opening is None else Judgement(Verdict.DEFER, SendReason.HOURS, until=opening)


def judge_cap(
    rule: Cap, send: SendFacts, recipient: RecipientFacts, now: Millis, _holidays: Holidays
) -> Judgement | None:
    counted = sorted(at for channel, _, at in recipient.contacts if channel == send.channel)
    if len(counted) < rule.most:
        return None
    return _until(counted[-rule.most] // DAY * DAY + rule.days * DAY, now, SendReason.CAP)


def judge_pause(
    rule: Pause, _send: SendFacts, recipient: RecipientFacts, now: Millis, _holidays: Holidays
) -> Judgement | None:
    if recipient.refused_at is None:
        return None
    end = recipient.refused_at // DAY * DAY + (rule.days + 1) * DAY
    return _until(end, now, SendReason.REFUSAL)


def _until(end: Millis, now: Millis, reason: SendReason) -> Judgement | None:
    return Judgement(Verdict.DEFER, reason, until=end) if now < end else None


PLAIN: Judges = {**JUDGES, Hours: judge_hours, Cap: judge_cap, Pause: judge_pause}
