"""What a campaign is refused for, whoever its recipients are."""

from datetime import date, timedelta
from typing import Any

import pytest

from policy.campaign_step import Refusal, refusals, region_refused, too_large
from policy.evaluate import Compiled
from policy.judges import JUDGES
from policy.rule_kinds import (
    Ban,
    Basis,
    ConsentAge,
    Numbers,
    Permitted,
    Provenance,
    Region,
    Rule,
    Screen,
    Sector,
    Selector,
    Sender,
    Volume,
)
from policy.send_facts import ContentFacts, SendFacts
from policy.send_reasons import SendReason
from tests.unit.policy.sends import NOW, PROOF, SEND, TODAY, sending
from tests.unit.policy.small_rulesets import LINK, OPEN, STOP, ban, basis, hours
from tests.unit.policy.small_rulesets import compiled as plainly

LAW: dict[str, Any] = {"source": "law", "certainty": "law"}
FR = Selector(countries=("FR",))


def compiled(*rules: Rule) -> Compiled:
    return plainly(*rules, judges=JUDGES)


def why(*rules: Rule, send: SendFacts = SEND, now: int = NOW) -> list[tuple[str, str]]:
    return [(one.reason.value, one.rule) for one in refusals(compiled(*rules), send, now)]


def test_a_campaign_that_every_rule_permits_is_not_refused() -> None:
    assert why(OPEN, STOP) == []


def test_all_refusals_are_told_at_once_the_most_telling_first() -> None:
    assert why(OPEN, LINK, ban("no"), ban("nor")) == [
        ("banned", "no"),
        ("banned", "nor"),
        ("content_lacks", "link"),
    ]


def test_without_a_rule_on_the_basis_nothing_may_leave() -> None:
    assert why(STOP) == [("not_covered", "")]
    elsewhere = basis("consent", when=Selector(channels=("email",)))
    assert why(elsewhere) == [("not_covered", "")]


def test_a_basis_rule_that_restricts_opens_nothing() -> None:
    lower = Basis(id="lower", one_of=(Permitted(type="consent"),), covers=False, **LAW)
    assert why(lower) == [("not_covered", "")]
    assert why(OPEN, lower) == []


def test_what_is_unknown_of_a_send_opens_nothing_and_is_named() -> None:
    toys = basis("consent", when=Selector(sectors=("toys",)))
    (refusal,) = refusals(compiled(toys), sending(sectors=None), NOW)
    assert (refusal.reason, refusal.subject) == (SendReason.FACT_UNKNOWN, "sectors")
    assert why(toys) == []


def test_a_basis_rule_that_begins_tomorrow_opens_nothing_today() -> None:
    late = basis("consent", valid_from=TODAY + timedelta(days=5))
    assert why(late) == [("not_covered", "")]
    assert why(late, now=NOW + 6 * 86_400_000) == []


@pytest.mark.parametrize(
    ("rule", "send", "reason"),
    [
        (Screen(id="r", refuse=("nir",), **LAW), {"findings": frozenset({"nir"})}, "sensitive"),
        (Screen(id="r", refuse=("nir",), **LAW), {"findings": None}, "not_screened"),
    ],
)
def test_sensitive_data_is_refused_and_so_is_what_nobody_looked_at(
    rule: Rule, send: dict[str, frozenset[str] | None], reason: str
) -> None:
    content = ContentFacts(findings=send["findings"])
    assert why(OPEN, rule, send=sending(content=content)) == [(reason, "r")]


@pytest.mark.parametrize(
    ("rule", "facts", "reason"),
    [
        (Sender(id="r", kinds=("short",), **LAW), {}, "sender_refused"),
        (
            Sender(id="r", kinds=("alphanumeric",), approved=True, **LAW),
            {"approved_senders": frozenset()},
            "sender_not_approved",
        ),
        (Sector(id="r", refuse=("toys",), **LAW), {}, "sector_ban"),
        (Sector(id="r", refuse=("wine",), **LAW), {"sectors": None}, "fact_unknown"),
        (Provenance(id="r", **LAW), {"list_attested": None}, "provenance_unknown"),
        (
            Provenance(id="r", suppliers=False, **LAW),
            {"list_supplier": "s"},
            "supplier_refused",
        ),
        (Region(id="r", countries=("DE",), **LAW), {}, "region_refused"),
        (
            ConsentAge(id="r", evidence="given_at", months=1, **LAW),
            {},
            "evidence_too_old",
        ),
        (Ban(id="r", **LAW), {}, "banned"),
    ],
)
def test_each_kind_that_looks_at_the_campaign_alone_refuses(
    rule: Rule, facts: dict[str, object], reason: str
) -> None:
    assert why(OPEN, rule, send=sending(**facts)) == [(reason, "r")]


def test_what_looks_at_recipients_is_left_to_their_turn() -> None:
    numbers = Numbers(id="n", kinds=("fixed",), **LAW)
    assert why(OPEN, numbers, hours("h", "01:00", "02:00")) == []


def test_a_rule_about_one_country_is_left_to_the_recipients() -> None:
    assert why(OPEN, ban("fr", when=FR)) == []


def test_a_size_is_not_asked_before_it_is_known() -> None:
    volume = Volume(id="v", most=10, **LAW)
    assert why(OPEN, volume, send=sending(size=None)) == []
    (refusal,) = too_large(compiled(OPEN, volume), sending(size=11), NOW)
    assert (refusal.reason, refusal.rule) == (SendReason.TOO_LARGE, "v")
    assert too_large(compiled(OPEN, volume), sending(size=10), NOW) == ()


def test_only_rules_on_volume_are_asked_about_the_size_and_on_regions_about_a_connector() -> None:
    rules = compiled(ban(), Region(id="eu", countries=("DE",), **LAW))
    assert too_large(rules, SEND, NOW) == ()
    assert [one.rule for one in region_refused(rules, SEND, NOW)] == ["eu"]
    assert region_refused(rules, sending(connector_country="DE"), NOW) == ()


PROVEN = Basis(
    id="proven",
    one_of=(Permitted(type="consent", proof=("given_at", "method"), channel_covered=True),),
    **LAW,
)
LATELY = ConsentAge(id="lately", evidence="given_at", months=36, **LAW)


def test_a_campaign_on_consent_without_any_proof_relies_on_the_ledger() -> None:
    assert why(PROVEN, LATELY, send=sending(evidence={})) == []


def test_one_that_gives_a_proof_must_give_a_whole_one() -> None:
    half = {name: PROOF[name] for name in ("given_at", "channels")}
    assert why(PROVEN, send=sending(evidence=half)) == [("no_proof", "proven")]
    elsewhere = dict(PROOF) | {"channels": frozenset({"email"})}
    assert why(PROVEN, send=sending(evidence=elsewhere)) == [("consent_not_for_channel", "proven")]


def test_the_ledger_helps_no_other_basis_and_no_other_rule() -> None:
    contract = Basis(id="c", one_of=(Permitted(type="contract", proof=("contract_ref",)),), **LAW)
    assert why(contract, send=sending(basis="contract", evidence={})) == [("no_proof", "c")]
    bare = sending(evidence={}, basis="soft_opt_in")
    assert why(OPEN, send=bare) == [("no_basis", "basis")]
    assert why(PROVEN, STOP, send=sending(evidence={}, content=ContentFacts(stop=False))) == [
        ("content_lacks", "stop")
    ]


def test_consent_of_the_day_that_has_begun_somewhere_is_no_consent_of_the_future() -> None:
    begun = dict(PROOF) | {"given_at": TODAY + timedelta(days=1)}
    evening = NOW + 3 * 3_600_000  # 13:00 UTC: at UTC+14 the next day has begun
    assert why(PROVEN, send=sending(evidence=begun), now=evening) == []
    assert why(PROVEN, send=sending(evidence=dict(PROOF) | {"given_at": date(2027, 1, 1)})) == [
        ("no_proof", "proven")
    ]


def test_a_refusal_says_why_in_both_languages_and_by_which_version() -> None:
    refusal = Refusal(SendReason.SECTOR_BAN, "r", "v1", "toys")
    assert refusal.sentence() == "What toys offers may not be advertised like this."
    assert refusal.sentence("fr") == "Le secteur toys ne peut pas être démarché ainsi."
    (told,) = refusals(compiled(OPEN, ban()), SEND, NOW)
    assert told.version == "v1"
