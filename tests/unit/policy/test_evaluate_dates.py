from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfoNotFoundError

import pytest

from policy.decision import Verdict
from policy.evaluate import compile_ruleset
from policy.rule_kinds import (
    OppositionList,
)
from policy.send_facts import SendFacts
from policy.send_reasons import SendReason
from tests.unit.policy.sends import DAY, millis, reaching, sending
from tests.unit.policy.small_rulesets import (
    basis,
    decide,
    ruleset,
)

V1 = basis(
    "legitimate_interest",
    "consent",
    "contract",
    name="v1",
    valid_from=date(2023, 3, 1),
    valid_to=date(2026, 8, 10),
)
BLOCTEL = OppositionList(
    id="v1.list",
    source="law",
    certainty="law",
    valid_to=date(2026, 8, 10),
    name="bloctel",
    read_within_days=30,
    except_bases=("contract", "consent"),
)
V2 = basis("consent", "contract", name="v2", valid_from=date(2026, 8, 11))
INTEREST = sending(channel="voice", voice_mode="live", basis="legitimate_interest", evidence={})
CONSENTED = replace(INTEREST, basis="consent")


def called(
    instant: str, send: SendFacts, *places: str, on_list: bool = False
) -> tuple[Verdict, SendReason]:
    now = millis(instant)
    recipient = reaching(
        places=frozenset(places),
        on_lists=frozenset({("bloctel", on_list)}),
        lists_read=frozenset({("bloctel", now - DAY)}),
    )
    decision = decide(V1, BLOCTEL, V2, send=send, recipient=recipient, now=now)
    return decision.verdict, decision.reason


ALLOWED = (Verdict.ALLOW, SendReason.PERMITTED)
WITHOUT_BASIS = (Verdict.DENY, SendReason.NO_BASIS)


def test_the_law_changes_at_midnight_where_the_recipient_is() -> None:
    assert called("2026-08-10T23:59:59.999+02:00", INTEREST, "75") == ALLOWED
    assert called("2026-08-11T00:00+02:00", INTEREST, "75") == WITHOUT_BASIS
    assert called("2026-08-11T00:00+02:00", CONSENTED, "75") == ALLOWED


def test_the_list_counts_until_the_law_changes() -> None:
    on_list = called("2026-08-10T10:30+02:00", INTEREST, "75", on_list=True)

    assert on_list == (Verdict.DENY, SendReason.ON_OPPOSITION_LIST)


def test_east_of_paris_the_new_law_holds_from_the_recipients_midnight() -> None:
    assert called("2026-08-10T12:59Z", INTEREST, "988") == ALLOWED
    assert called("2026-08-10T17:00Z", INTEREST, "988") == WITHOUT_BASIS
    assert called("2026-08-10T17:00Z", CONSENTED, "988") == ALLOWED


def test_west_of_paris_the_new_law_holds_from_midnight_in_paris() -> None:
    assert called("2026-08-10T23:00Z", INTEREST, "971") == WITHOUT_BASIS
    assert called("2026-08-10T23:00Z", CONSENTED, "971") == ALLOWED


def test_where_the_days_differ_the_old_law_holds_as_well() -> None:
    """It is still the tenth in Guadeloupe, and already the eleventh in Paris."""
    listed = called("2026-08-10T23:00Z", INTEREST, "971", on_list=True)

    assert listed == (Verdict.DENY, SendReason.ON_OPPOSITION_LIST)


def test_a_basis_must_be_open_on_each_of_the_days() -> None:
    old_only = compile_ruleset(ruleset(V1), "v1")
    recipient = reaching(places=frozenset({"971"}))
    decision = old_only.decide(CONSENTED, recipient, millis("2026-08-10T23:00Z"))
    assert decision.reason is SendReason.NOT_COVERED


def test_where_nobody_knows_the_place_the_day_of_the_rulesets_zone_counts() -> None:
    assert called("2026-08-10T21:59Z", INTEREST) == ALLOWED
    assert called("2026-08-10T22:00Z", INTEREST) == WITHOUT_BASIS


def test_a_ruleset_of_an_unknown_zone_is_not_compiled() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        compile_ruleset(ruleset(zone="Europe/Atlantis"), "v1")
