"""What the content must say, and what it may not hold."""

from policy.holiday_calendar import Holidays
from policy.rule_kinds import Content, Screen
from policy.rules.judging import deny
from policy.send_facts import CONTENT, Millis, RecipientFacts, SendFacts
from policy.send_reasons import Judgement, SendReason


def judge_content(
    rule: Content, send: SendFacts, _recipient: RecipientFacts, _now: Millis, _holidays: Holidays
) -> Judgement | None:
    """Deny unless the content is known to say everything; a name nobody knows is never said."""
    says = {name: send.content.says(name) if name in CONTENT else False for name in rule.must_say}
    lacking = [name for name, said in says.items() if said is False]
    if lacking:
        return deny(SendReason.CONTENT_LACKS, lacking)
    open_names = [name for name, said in says.items() if said is None]
    return deny(SendReason.FACT_UNKNOWN, open_names) if open_names else None


def judge_screen(
    rule: Screen, send: SendFacts, _recipient: RecipientFacts, _now: Millis, _holidays: Holidays
) -> Judgement | None:
    """Deny what was not screened, and what holds sensitive data of a refused kind.

    A kind names its parts as well: ``words`` refuses ``words:health``.
    """
    findings = send.content.findings
    if findings is None:
        return deny(SendReason.NOT_SCREENED)
    refused = {
        found
        for found in findings
        if found in rule.refuse or found.partition(":")[0] in rule.refuse
    }
    return deny(SendReason.SENSITIVE, refused) if refused else None
