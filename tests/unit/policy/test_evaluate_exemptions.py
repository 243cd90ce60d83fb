from datetime import date

from msgspec.structs import replace

from policy.decision import Verdict
from policy.evaluate import compile_ruleset
from policy.rule_kinds import (
    Exemption,
    Layer,
    Selector,
)
from policy.send_facts import Millis
from policy.send_reasons import SendReason
from tests.unit.policy.sends import DAY, NOW, RECIPIENT, SEND, sending
from tests.unit.policy.small_rulesets import OPEN, ban, basis, decide, exemption, ruleset


def exempting(*exemptions: Exemption, layer: Layer = "platform", now: Millis = NOW) -> SendReason:
    rules = ruleset(OPEN, ban(), exemptions=exemptions, layer=layer)
    return compile_ruleset(rules, "v1").decide(SEND, RECIPIENT, now).reason


def test_the_platform_lets_a_controller_off_a_rule_to_the_last_day() -> None:
    assert exempting(exemption("ban")) is SendReason.PERMITTED
    assert exempting(exemption("ban"), now=NOW + DAY) is SendReason.BANNED


def test_of_two_exemptions_the_longer_one_counts() -> None:
    longer, shorter = exemption("ban", date(2026, 12, 1)), exemption("ban")

    assert exempting(longer, shorter, now=NOW + DAY) is SendReason.PERMITTED
    assert exempting(shorter, longer, now=NOW + DAY) is SendReason.PERMITTED


def test_an_exemption_is_for_its_controller_and_its_rule() -> None:
    assert exempting(exemption("ban", controller="ctl_2")) is SendReason.BANNED
    assert exempting(exemption("other")) is SendReason.BANNED


def test_nobody_below_the_platform_lets_anybody_off() -> None:
    assert exempting(exemption("ban"), layer="controller") is SendReason.BANNED


def test_an_exemption_from_the_basis_waives_the_proof_and_forbids_nothing() -> None:
    rules = ruleset(basis("contract"), exemptions=(exemption("basis"),))

    assert compile_ruleset(rules, "v1").decide(SEND, RECIPIENT, NOW).verdict is Verdict.ALLOW


def test_a_lower_layers_basis_rule_opens_nothing() -> None:
    fax = sending(channel="fax")
    upper = basis("consent", name="upper", when=Selector(channels=("sms",)))
    lower = basis("consent", name="lower", when=Selector(channels=("fax", "sms")))
    merged = compile_ruleset(ruleset(upper, replace(lower, covers=False)), "v1")

    assert merged.decide(SEND, RECIPIENT, NOW).verdict is Verdict.ALLOW
    assert merged.decide(fax, RECIPIENT, NOW).reason is SendReason.NOT_COVERED
    assert decide(upper, lower, send=fax).verdict is Verdict.ALLOW
