import pytest

from policy.decision import Verdict
from policy.send_reasons import SENTENCES, SendDecision, SendReason


@pytest.mark.parametrize("reason", SendReason, ids=str)
def test_every_reason_has_a_sentence_in_both_languages(reason: SendReason) -> None:
    decision = SendDecision(Verdict.DENY, reason, subject="bloctel")
    asks = "{subject}" in SENTENCES[reason].en

    assert asks is ("{subject}" in SENTENCES[reason].fr)
    assert ("bloctel" in decision.sentence()) is asks
    assert ("bloctel" in decision.sentence("fr")) is asks
    assert decision.sentence() != decision.sentence("fr")
