"""What the pages say of a kind is what its judge does: no other fact, and no other reason."""

from typing import Any, cast

import pytest
from hypothesis import given, settings

from ops.policy_pages.facts import OF_CONTENT, OF_EVIDENCE, OF_RECIPIENT, OF_SEND
from ops.policy_pages.kinds import KINDS, TOLD, kind_name
from policy.holiday_calendar import Holidays
from policy.judges import JUDGES
from policy.rule_kinds import Rule
from policy.send_facts import CONTENT, EVIDENCE, ContentFacts, RecipientFacts, SendFacts
from tests.unit.policy.ruleset_strategies import nows, recipients, rules_of, sends

HOLIDAYS = Holidays()


class Watched:
    """Facts that note which of them are looked at."""

    def __init__(self, facts: object, seen: set[str], within: str = "") -> None:
        self._facts, self._seen, self._within = facts, seen, within

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._facts, name)
        if isinstance(value, ContentFacts):
            return Watched(value, self._seen, "content.")
        self._seen.add("content" if name == "says" else f"{self._within}{name}")
        return value


@pytest.mark.parametrize("kind", KINDS, ids=kind_name)
def test_a_page_names_the_facts_and_reasons_of_its_judge(kind: type[Rule]) -> None:
    looked_at: set[str] = set()
    came: set[tuple[str, str]] = set()

    @settings(max_examples=150, database=None, derandomize=True)
    @given(rules_of(kind), sends, recipients, nows)
    def judge(rule: Rule, send: SendFacts, recipient: RecipientFacts, now: int) -> None:
        judgement = JUDGES[kind](
            cast("Any", rule),
            cast("Any", Watched(send, looked_at)),
            cast("Any", Watched(recipient, looked_at)),
            now,
            HOLIDAYS,
        )
        if judgement:
            came.add((judgement.verdict.value, judgement.reason.value))

    judge()
    told = {(str(verdict), str(code)) for verdict, code, _ in TOLD[kind].reasons()}
    assert looked_at == set(TOLD[kind].facts)
    assert came <= told


def test_every_kind_and_every_fact_is_told() -> None:
    assert set(TOLD) == set(KINDS) == set(JUDGES)
    assert set(OF_SEND) == set(SendFacts.__dataclass_fields__)
    assert set(OF_RECIPIENT) == set(RecipientFacts.__dataclass_fields__)
    assert set(OF_CONTENT) == set(ContentFacts.__dataclass_fields__) == {*CONTENT, "findings"}
    assert set(OF_EVIDENCE) == set(EVIDENCE)
