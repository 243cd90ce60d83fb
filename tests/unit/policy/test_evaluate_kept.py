import pytest

from policy import evaluate
from policy.decision import Verdict
from policy.holiday_calendar import Holidays
from policy.rule_kinds import (
    Ban,
    Cap,
    OppositionList,
)
from policy.send_facts import Millis, RecipientFacts, SendFacts
from policy.send_reasons import SendReason
from tests.unit.policy.plain_judges import HOUR, PLAIN
from tests.unit.policy.sends import DAY, NOW, SEND, reaching
from tests.unit.policy.small_rulesets import OPEN, ban, compiled

LIST = OppositionList(id="list", source="law", certainty="law", name="bloctel", read_within_days=30)


def test_a_class_of_recipients_is_decided_once_in_a_minute() -> None:
    asked: list[Millis] = []

    def counting(
        _rule: Ban, _send: SendFacts, _recipient: RecipientFacts, now: Millis, _days: Holidays
    ) -> None:
        asked.append(now)

    prepared = compiled(OPEN, ban(), judges={**PLAIN, Ban: counting}).for_send(SEND)
    for now in (NOW, NOW + 59_999, NOW + 60_000, NOW):
        prepared.decide(reaching(), now)

    assert asked == [NOW, NOW + 60_000, NOW]


def test_an_instant_in_the_facts_ends_what_is_kept() -> None:
    """The list was read thirty days and a half minute ago: at the half minute it is too old."""
    read = NOW + 30_000 - 30 * DAY
    listed = reaching(
        on_lists=frozenset({("bloctel", False)}), lists_read=frozenset({("bloctel", read)})
    )
    prepared = compiled(OPEN, LIST).for_send(SEND)

    assert prepared.decide(listed, NOW + 30_000).verdict is Verdict.ALLOW
    assert prepared.decide(listed, NOW + 30_001).reason is SendReason.OPPOSITION_LIST_OLD


def test_what_is_kept_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "_MOST_KEPT", 2)
    prepared = compiled(OPEN).for_send(SEND)
    for place in range(5):
        prepared.decide(reaching(places=frozenset({"75"}), refused_at=place), NOW)

    assert len(prepared._kept[1]) <= 2


def test_a_contact_of_long_ago_ends_what_is_kept_where_a_cap_counts_from_it() -> None:
    cap = Cap(id="c", source="law", certainty="law", most=1, days=30)
    prepared = compiled(OPEN, cap).for_send(SEND)
    called_then = reaching(contacts=(("sms", "controller", NOW - 30 * DAY + HOUR),))

    assert prepared.decide(called_then, NOW).verdict is Verdict.ALLOW
    prepared.decide(called_then, NOW + HOUR)
    assert prepared._kept[1] == {}
