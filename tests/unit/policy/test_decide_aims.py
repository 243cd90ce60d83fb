"""A campaign that an earlier one tells whom to reach."""

from dataclasses import replace

import pytest

from policy.decide import decide_campaign
from policy.decision import SENTENCES, ReasonCode
from policy.facts import AimFacts
from tests.unit.policy.test_decide import GOOD

EARLIER = AimFacts("noel-2025", there=True, finished=True, kept=True)


def test_a_finished_campaign_whose_history_is_kept_may_tell_who_is_meant() -> None:
    assert decide_campaign(replace(GOOD, aims=(EARLIER, EARLIER))) == ()


@pytest.mark.parametrize(
    ("aim", "reasons"),
    [
        (replace(EARLIER, there=False), [ReasonCode.AIMED_CAMPAIGN_MISSING]),
        (replace(EARLIER, finished=False), [ReasonCode.AIMED_CAMPAIGN_UNFINISHED]),
        (replace(EARLIER, kept=False), [ReasonCode.AIMED_CAMPAIGN_FORGOTTEN]),
        (
            replace(EARLIER, finished=False, kept=False),
            [ReasonCode.AIMED_CAMPAIGN_UNFINISHED, ReasonCode.AIMED_CAMPAIGN_FORGOTTEN],
        ),
        (replace(EARLIER, there=None), [ReasonCode.FACT_UNKNOWN]),
        (replace(EARLIER, finished=None), [ReasonCode.FACT_UNKNOWN]),
        (replace(EARLIER, kept=None), [ReasonCode.FACT_UNKNOWN]),
    ],
)
def test_an_earlier_campaign_that_cannot_tell_refuses_the_later_one(
    aim: AimFacts, reasons: list[ReasonCode]
) -> None:
    found = decide_campaign(replace(GOOD, aims=(EARLIER, aim)))
    assert [decision.reason for decision in found] == reasons
    assert {decision.rule for decision in found} == {"aims"}
    for decision in found:
        assert "noel-2025" in decision.sentence("en")
        assert "noel-2025" in decision.sentence("fr")
        assert decision.reason in SENTENCES
