from datetime import date

import pytest

from policy.rule_kinds import ConsentAge, Provenance, Region, Volume
from policy.rules.provenance import (
    judge_consent_age,
    judge_provenance,
    judge_region,
    judge_volume,
)
from policy.send_facts import SendFacts
from policy.send_reasons import SendReason
from tests.unit.policy.sends import NOW, SEND, asking, millis, reaching, sending


def age(months: int, evidence: str = "given_at") -> ConsentAge:
    return ConsentAge(id="a", source="law", certainty="law", evidence=evidence, months=months)


def given(day: object) -> SendFacts:
    return sending(evidence={"given_at": day})


def test_a_proof_counts_to_the_day_of_the_same_number_that_day_included() -> None:
    assert asking(judge_consent_age, age(6), given(date(2026, 5, 24))) is None
    old = asking(judge_consent_age, age(6), given(date(2026, 5, 23)))
    assert old == (SendReason.EVIDENCE_TOO_OLD, "given_at")


@pytest.mark.parametrize(
    ("day", "months", "last"),
    [
        (date(2026, 8, 31), 1, "2026-09-30"),
        (date(2026, 8, 31), 6, "2027-02-28"),
        (date(2027, 8, 31), 6, "2028-02-29"),
        (date(2024, 2, 29), 12, "2025-02-28"),
        (date(2026, 11, 30), 1, "2026-12-30"),
        (date(2026, 12, 31), 12, "2027-12-31"),
    ],
    ids=["30 days", "February", "leap day", "from a leap day", "December", "year"],
)
def test_where_the_month_is_shorter_the_proof_counts_to_its_end(
    day: date, months: int, last: str
) -> None:
    counts = asking(judge_consent_age, age(months), given(day), now=millis(f"{last}T12:00Z"))
    after = millis(f"{last}T12:00Z") + 86_400_000

    assert counts is None
    assert asking(judge_consent_age, age(months), given(day), now=after) is not None


def test_a_proof_that_outlives_the_calendar_counts() -> None:
    assert asking(judge_consent_age, age(600), given(date(9999, 12, 1))) is None


def test_the_latest_day_that_it_may_be_for_the_recipient_counts() -> None:
    """At 13:00 UTC it is the 25th in Nouméa from midnight."""
    both = reaching(places=frozenset({"75", "988"}))
    day = given(date(2026, 5, 24))

    assert asking(judge_consent_age, age(6), day, both, NOW) is None
    later = asking(judge_consent_age, age(6), day, both, millis("2026-11-24T13:00Z"))
    assert later == (SendReason.EVIDENCE_TOO_OLD, "given_at")


@pytest.mark.parametrize("day", ["2026-11-01", True], ids=["word", "flag"])
def test_a_proof_without_a_day_has_an_unknown_age(day: object) -> None:
    assert asking(judge_consent_age, age(6), given(day)) == (SendReason.FACT_UNKNOWN, "given_at")


def test_a_proof_that_is_not_there_has_an_unknown_age() -> None:
    missing = asking(judge_consent_age, age(6, "informed_at"))

    assert missing == (SendReason.FACT_UNKNOWN, "informed_at")


def test_of_several_days_the_oldest_counts_and_all_must_be_days() -> None:
    two = frozenset({("given_at", date(2026, 5, 23)), ("given_at", date(2026, 11, 1))})
    odd = frozenset({("given_at", "often"), ("given_at", date(2026, 11, 1))})

    assert asking(judge_consent_age, age(6), SEND, reaching(evidence=two)) == (
        SendReason.EVIDENCE_TOO_OLD,
        "given_at",
    )
    assert asking(judge_consent_age, age(6), SEND, reaching(evidence=odd)) == (
        SendReason.FACT_UNKNOWN,
        "given_at",
    )


OWN = Provenance(id="p", source="law", certainty="law", suppliers=False)
ANY = Provenance(id="p", source="law", certainty="law")


@pytest.mark.parametrize("attested", [None, False])
def test_a_list_that_nobody_answers_for_is_not_used(attested: bool | None) -> None:
    unattested = sending(list_attested=attested, list_supplier="Fichiers SA")

    assert asking(judge_provenance, OWN, unattested) == (SendReason.PROVENANCE_UNKNOWN, "")


def test_a_suppliers_list_is_used_only_where_the_rule_leaves_it_open() -> None:
    supplied = sending(list_supplier="Fichiers SA")

    assert asking(judge_provenance, OWN, supplied) == (SendReason.SUPPLIER_REFUSED, "")
    assert asking(judge_provenance, ANY, supplied) is None
    assert asking(judge_provenance, OWN) is None


def test_a_provider_elsewhere_or_nobody_knows_where_is_not_used() -> None:
    rule = Region(id="r", source="law", certainty="law", countries=("FR", "DE"))

    assert asking(judge_region, rule) is None
    assert asking(judge_region, rule, sending(connector_country="US")) == (
        SendReason.REGION_REFUSED,
        "US",
    )
    assert asking(judge_region, rule, sending(connector_country=None)) == (
        SendReason.FACT_UNKNOWN,
        "connector_country",
    )


def volume(most: int, approvals: int = 0, *, first_use: bool = False) -> Volume:
    return Volume(
        id="v", source="law", certainty="law", most=most, approvals=approvals, first_use=first_use
    )


def test_a_campaign_up_to_the_ceiling_leaves_and_a_larger_one_does_not() -> None:
    assert asking(judge_volume, volume(1_000)) is None
    assert asking(judge_volume, volume(999)) == (SendReason.TOO_LARGE, "999")


def test_enough_approvals_open_the_ceiling() -> None:
    assert asking(judge_volume, volume(999, 2), sending(approvals=1)) == (
        SendReason.NOT_APPROVED,
        "1",
    )
    assert asking(judge_volume, volume(999, 2), sending(approvals=2)) is None
    assert asking(judge_volume, volume(1_000, 2)) is None


def test_a_campaign_of_unknown_size_is_larger() -> None:
    unknown = sending(size=None)

    assert asking(judge_volume, volume(999), unknown) == (SendReason.FACT_UNKNOWN, "size")
    assert asking(judge_volume, volume(999, 1), unknown) == (SendReason.NOT_APPROVED, "1")


def test_a_ceiling_of_nothing_is_about_every_campaign() -> None:
    assert asking(judge_volume, volume(0), sending(size=0)) == (SendReason.TOO_LARGE, "0")
    assert asking(judge_volume, volume(0), sending(size=None)) == (SendReason.TOO_LARGE, "0")


def test_a_rule_about_first_uses_is_about_those_that_may_be_one() -> None:
    rule = volume(0, 1, first_use=True)

    assert asking(judge_volume, rule) is None
    assert asking(judge_volume, rule, sending(first_use=True)) == (SendReason.NOT_APPROVED, "1")
    assert asking(judge_volume, rule, sending(first_use=None)) == (SendReason.NOT_APPROVED, "1")
