from datetime import UTC, date, datetime

import pytest

from policy.facts import CampaignKind
from policy.rule_kinds import Basis, BasisType, Permitted
from policy.rules.basis import judge_basis
from policy.send_facts import RecipientFacts, SendFacts
from policy.send_reasons import SendReason
from tests.unit.policy.sends import NOW, PROOF, RECIPIENT, SEND, TODAY, asking, reaching, sending

CONSENT = Permitted(
    type="consent",
    proof=("given_at", "method", "text_version", "source"),
    channel_covered=True,
)
SOFT = Permitted(
    type="soft_opt_in", proof=("last_purchase_at",), true=("similar", "optout_offered")
)
SALE = {"last_purchase_at": date(2026, 1, 2), "similar": True, "optout_offered": True}


def on(*one_of: Permitted) -> Basis:
    return Basis(id="basis", source="law", certainty="law", one_of=one_of)


def basis(
    rule: Basis, send: SendFacts = SEND, recipient: RecipientFacts = RECIPIENT
) -> tuple[SendReason, str] | None:
    return asking(judge_basis, rule, send, recipient)


def proving(**evidence: object) -> SendFacts:
    return sending(evidence={**PROOF, **evidence})


def test_consent_with_its_whole_proof_is_enough() -> None:
    assert basis(on(CONSENT)) is None
    assert basis(on(SOFT, CONSENT)) is None


def test_a_basis_that_the_rule_does_not_list_is_not_enough() -> None:
    assert basis(on(SOFT)) == (SendReason.NO_BASIS, "consent")
    assert basis(on()) == (SendReason.NO_BASIS, "consent")


def test_an_unknown_basis_is_none() -> None:
    assert basis(on(CONSENT), sending(basis=None)) == (SendReason.NO_BASIS, "none")


@pytest.mark.parametrize("name", ["given_at", "method", "text_version", "source", "channels"])
def test_what_the_proof_lacks_is_named(name: str) -> None:
    without = sending(evidence={key: value for key, value in PROOF.items() if key != name})

    assert basis(on(CONSENT), without) == (SendReason.NO_PROOF, name)


@pytest.mark.parametrize(
    ("name", "empty"),
    [
        ("method", ""),
        ("channels", frozenset()),
        ("channels", "sms"),
        ("given_at", "2026-05-04"),
        ("given_at", True),
    ],
    ids=["empty word", "no channel", "a word for channels", "a word for a day", "a flag for a day"],
)
def test_what_says_nothing_proves_nothing(name: str, empty: object) -> None:
    assert basis(on(CONSENT), proving(**{name: empty})) == (SendReason.NO_PROOF, name)


def test_all_that_is_lacking_is_named_at_once() -> None:
    lacking = basis(on(CONSENT), proving(method="", source=""))

    assert lacking == (SendReason.NO_PROOF, "method, source")


def test_consent_covers_the_channels_that_it_names() -> None:
    call = sending(channel="voice", voice_mode="automated")

    assert basis(on(CONSENT), call) == (SendReason.CONSENT_NOT_FOR_CHANNEL, "voice")
    assert basis(on(Permitted(type="consent")), call) is None


def test_consent_given_today_counts_and_tomorrow_does_not() -> None:
    assert basis(on(CONSENT), proving(given_at=TODAY)) is None
    ahead = basis(on(CONSENT), proving(given_at=date(2026, 11, 25)))
    assert ahead == (SendReason.NO_PROOF, "given_at")


def test_consent_dated_ahead_is_refused_even_where_no_day_is_asked_for() -> None:
    ahead = basis(on(Permitted(type="consent")), proving(given_at=date(2026, 11, 25)))

    assert ahead == (SendReason.NO_PROOF, "given_at")


def test_a_sale_dated_ahead_proves_nothing_yet() -> None:
    later = {**SALE, "last_purchase_at": date(2027, 1, 2)}

    assert basis(on(SOFT), sending(basis="soft_opt_in", evidence=later)) == (
        SendReason.NO_PROOF,
        "last_purchase_at",
    )


def test_the_day_of_the_send_is_the_earliest_that_it_may_be_for_the_recipient() -> None:
    """At 10:00 UTC it is the 24th in Tahiti from midnight, the 23rd before."""
    given = proving(given_at=TODAY)
    tahiti = reaching(places=frozenset({"75", "987"}))

    assert asking(judge_basis, on(CONSENT), given, tahiti, NOW) is None
    before = asking(judge_basis, on(CONSENT), given, tahiti, NOW - 1)
    assert before == (SendReason.NO_PROOF, "given_at")


def test_where_nobody_knows_the_place_the_day_is_that_of_utc() -> None:
    given = proving(given_at=TODAY)

    assert basis(on(CONSENT), given, reaching(places=frozenset())) is None


def test_an_instant_counts_as_its_day() -> None:
    assert basis(on(CONSENT), proving(given_at=datetime(2026, 11, 24, 23, 0, tzinfo=UTC))) is None


def test_what_must_be_so_must_be_said_to_be_so() -> None:
    buyer = sending(basis="soft_opt_in", evidence=SALE)
    other_goods = sending(basis="soft_opt_in", evidence={**SALE, "similar": False})
    as_a_word = sending(basis="soft_opt_in", evidence={**SALE, "similar": "yes"})
    unsaid = sending(
        basis="soft_opt_in",
        evidence={"last_purchase_at": date(2026, 1, 2), "optout_offered": True},
    )

    assert basis(on(SOFT), buyer) is None
    assert basis(on(SOFT), other_goods) == (SendReason.NOT_TRUE, "similar")
    assert basis(on(SOFT), as_a_word) == (SendReason.NOT_TRUE, "similar")
    assert basis(on(SOFT), unsaid) == (SendReason.NO_PROOF, "similar")


def test_the_recipients_own_record_goes_before_the_campaigns_name_by_name() -> None:
    own = reaching(evidence=frozenset({("method", "")}))
    better = reaching(evidence=frozenset({("method", "paper")}))

    assert basis(on(CONSENT), SEND, own) == (SendReason.NO_PROOF, "method")
    assert basis(on(CONSENT), proving(method=""), better) is None


def test_records_that_contradict_each_other_permit_only_what_all_permit() -> None:
    twice = reaching(
        evidence=frozenset({("channels", frozenset({"sms"})), ("channels", PROOF["channels"])})
    )
    torn = reaching(
        evidence=frozenset({("channels", frozenset({"post"})), ("channels", PROOF["channels"])})
    )

    assert basis(on(CONSENT), SEND, twice) is None
    assert basis(on(CONSENT), SEND, torn) == (SendReason.CONSENT_NOT_FOR_CHANNEL, "sms")


def test_one_complete_proof_of_a_basis_is_enough_and_else_the_nearest_is_reported() -> None:
    recorded = Permitted(type="consent", proof=("given_at", "contract_ref"))
    strange = Permitted(type="consent", proof=("informed_at",), true=("related", "similar"))

    assert basis(on(recorded, CONSENT)) is None
    assert basis(on(strange, recorded)) == (SendReason.NO_PROOF, "contract_ref")
    assert basis(on(recorded, strange)) == (SendReason.NO_PROOF, "contract_ref")


@pytest.mark.parametrize("base", ["consent", "soft_opt_in", "legitimate_interest", "contract"])
def test_who_withdrew_is_not_prospected_on_another_basis(base: BasisType) -> None:
    rule = on(Permitted(type=base))

    withdrawn = basis(rule, sending(basis=base), reaching(withdrawn=True))
    assert withdrawn == (SendReason.CONSENT_WITHDRAWN, "")


def test_who_withdrew_still_gets_what_is_owed() -> None:
    rule = on(Permitted(type="contract"))
    service = sending(basis="contract", kind=CampaignKind.SERVICE)

    assert basis(rule, service, reaching(withdrawn=True)) is None
    unknown = sending(basis="contract", kind=None)
    assert basis(rule, unknown, reaching(withdrawn=True)) == (SendReason.CONSENT_WITHDRAWN, "")


def test_consent_is_not_relied_on_where_nobody_knows_whether_it_was_withdrawn() -> None:
    unasked = reaching(withdrawn=None)

    assert basis(on(CONSENT), SEND, unasked) == (SendReason.FACT_UNKNOWN, "withdrawn")
    assert basis(on(CONSENT), sending(basis=None), unasked) == (
        SendReason.FACT_UNKNOWN,
        "withdrawn",
    )
    assert basis(on(SOFT), sending(basis="soft_opt_in", evidence=SALE), unasked) is None
