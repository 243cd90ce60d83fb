"""A controller writes a page of its own under the French one: it can only be stricter."""

import pytest

from policy.cases import read_cases
from policy.layers import LoosensRule, merge
from policy.reading import read_ruleset
from policy.rule_kinds import Ruleset
from tests.unit.policy.pages import PACKS, cases, results, ruleset

FRANCE = ruleset(PACKS, "fr")
CONTROLLER = """
name = "boutique"
title = "Boutique"
layer = "controller"
zone = "Europe/Paris"
"""
HOURS = """
[[rule]]
kind = "hours"
id = "fr.hours.sms"
source = "house"
certainty = "house"
when = { campaigns = ["marketing"], channels = ["sms"] }
days = ["mon", "tue", "wed", "thu", "fri"]
windows = [{ start = "09:00", end = "18:00" }]
holidays = false
local_holidays = false
"""
BELGIUM = """
[[rule]]
kind = "basis"
id = "be.basis.post"
source = "house"
certainty = "house"
when = { channels = ["post"], countries = ["BE"] }
one_of = [{ type = "consent" }]
"""


def merged(rules: str) -> Ruleset:
    return merge(FRANCE, read_ruleset(CONTROLLER + rules))


def test_a_page_that_says_nothing_changes_nothing() -> None:
    given = cases(PACKS, "fr")
    assert [one.got for one in results(merged(""), given)] == [
        one.got for one in results(FRANCE, given)
    ]


def test_stricter_hours_hold_for_the_controller() -> None:
    given = read_cases("""
[[case]]
title = "late in the afternoon"
at = "2026-11-24T18:00"
then = { verdict = "defer", until = "2026-11-25T09:00", rule = "controller.fr.hours.sms" }
[case.given]
kind = "marketing"
relation = "b2b_legal"
basis = "legitimate_interest"
channel = "sms"
country = "FR"
place = "75"
number_kind = "mobile"
sectors = []
findings = []
sender_identity = true
stop = true
sender = "BOUTIQUE"
sender_kind = "alphanumeric"
approved_senders = ["BOUTIQUE"]
connector_country = "FR"
list_attested = true
withdrawn = false
""")
    (result,) = results(merged(HOURS), given)
    assert result.got == result.expected.replace("defer ", "defer: hours ")


def test_looser_hours_are_refused_with_the_name_of_the_rule() -> None:
    with pytest.raises(LoosensRule, match=r"fr\.hours\.sms"):
        merged(HOURS.replace("18:00", "21:00"))


def test_a_controller_opens_no_country_that_the_platform_is_silent_about() -> None:
    title = "No letter goes to Belgium by French rules"
    given = tuple(case for case in cases(PACKS, "fr") if case.title == title)
    (result,) = results(merged(BELGIUM), given)
    assert result.passed
