from dataclasses import replace

import pytest

from policy.decide import EEA, decide_campaign
from policy.decision import SENTENCES, Decision, ReasonCode, Verdict
from policy.facts import (
    CampaignFacts,
    CampaignKind,
    ChannelFacts,
    ConnectorFacts,
    EvidenceFacts,
    SourceFacts,
    SourceKind,
)

RELAY = ConnectorFacts("relais", enabled=True, attested=True, country="FR")
CAREFUL = replace(RELAY, drops_repeats=True)
EMAIL = ChannelFacts("email", (RELAY,), has_sender_identity=True, has_unsubscribe=True)
LIST = SourceFacts(SourceKind.LIST, "clients", there=True, purposes=frozenset({"offres"}))
FILE = SourceFacts(SourceKind.FILE, "clients.csv", there=True)
GOOD = CampaignFacts(
    kind=CampaignKind.MARKETING,
    purpose="offres",
    relation="b2c_prospect",
    basis="consent",
    controller_alive=True,
    purposes={"offres": CampaignKind.MARKETING, "rappels": CampaignKind.SERVICE},
    safety=False,
    resend_doubt=False,
    history_agreed=True,
    source=LIST,
    channels=(EMAIL,),
)
SERVICE = replace(
    GOOD,
    kind=CampaignKind.SERVICE,
    purpose="rappels",
    source=FILE,
)


def reasons(facts: CampaignFacts) -> list[tuple[ReasonCode, str]]:
    return [(decision.reason, decision.subject) for decision in decide_campaign(facts)]


def carried_by(*connectors: ConnectorFacts) -> CampaignFacts:
    return replace(GOOD, channels=(replace(EMAIL, connectors=connectors),))


def saying(**facts: object) -> CampaignFacts:
    return replace(GOOD, channels=(replace(EMAIL, **facts),))  # type: ignore[arg-type]


def from_source(source: SourceFacts, **facts: object) -> CampaignFacts:
    return replace(GOOD, source=replace(source, **facts))  # type: ignore[arg-type]


@pytest.mark.parametrize("facts", [GOOD, SERVICE], ids=["marketing", "service"])
def test_a_campaign_about_which_all_is_well_is_not_refused(facts: CampaignFacts) -> None:
    assert decide_campaign(facts) == ()


REFUSED = {
    "contract ended": (
        replace(GOOD, controller_alive=False),
        ReasonCode.CONTROLLER_NOT_ALIVE,
        "",
    ),
    "history too long": (replace(GOOD, history_agreed=False), ReasonCode.HISTORY_NOT_AGREED, ""),
    "purpose unheard of": (
        replace(GOOD, purpose="sondage", source=FILE),
        ReasonCode.PURPOSE_NOT_PERMITTED,
        "sondage",
    ),
    "marketing for a service purpose": (
        replace(GOOD, purpose="rappels", source=FILE),
        ReasonCode.PURPOSE_OF_OTHER_KIND,
        "rappels",
    ),
    "proof from the future": (
        replace(GOOD, evidence=EvidenceFacts(dated_ahead=("given_at",))),
        ReasonCode.EVIDENCE_DATED_AHEAD,
        "given_at",
    ),
    "consent for something else": (
        replace(GOOD, evidence=EvidenceFacts(channels=frozenset({"sms"}))),
        ReasonCode.CONSENT_NOT_FOR_CHANNEL,
        "email",
    ),
    "consent for nothing": (
        replace(GOOD, evidence=EvidenceFacts(channels=frozenset())),
        ReasonCode.CONSENT_NOT_FOR_CHANNEL,
        "email",
    ),
    "safety in marketing": (replace(GOOD, safety=True), ReasonCode.SAFETY_NOT_SERVICE, ""),
    "no such list": (
        from_source(LIST, there=False, purposes=None),
        ReasonCode.RECIPIENTS_MISSING,
        "list clients",
    ),
    "list for something else": (
        from_source(LIST, purposes=frozenset({"rappels"})),
        ReasonCode.LIST_NOT_FOR_PURPOSE,
        "list clients",
    ),
    "file changed": (
        from_source(FILE, unchanged=False),
        ReasonCode.RECIPIENTS_CHANGED,
        "file clients.csv",
    ),
    "file unreadable": (
        from_source(FILE, faults=("no header",)),
        ReasonCode.RECIPIENTS_UNREADABLE,
        "no header",
    ),
    "inline not open": (
        from_source(SourceFacts(SourceKind.INLINE, "", there=True, permitted=False)),
        ReasonCode.RECIPIENTS_NOT_PERMITTED,
        "inline",
    ),
    "no connector": (carried_by(), ReasonCode.NO_CONNECTOR, "email"),
    "connector disabled": (
        carried_by(replace(RELAY, enabled=False)),
        ReasonCode.NO_CONNECTOR,
        "email",
    ),
    "connector not attested": (
        carried_by(replace(RELAY, attested=False)),
        ReasonCode.CONNECTOR_NOT_ATTESTED,
        "email",
    ),
    "attestation unknown": (
        carried_by(replace(RELAY, attested=None)),
        ReasonCode.CONNECTOR_NOT_ATTESTED,
        "email",
    ),
    "connector far away": (
        carried_by(replace(RELAY, country="US")),
        ReasonCode.CONNECTOR_OUTSIDE_EEA,
        "relais",
    ),
    "second connector far away": (
        carried_by(RELAY, replace(RELAY, name="loin", country="GB")),
        ReasonCode.CONNECTOR_OUTSIDE_EEA,
        "loin",
    ),
    "country unknown": (
        carried_by(replace(RELAY, country="")),
        ReasonCode.FACT_UNKNOWN,
        "the country of connector relais",
    ),
    "resend would deliver twice": (
        replace(carried_by(replace(RELAY, drops_repeats=False)), resend_doubt=True),
        ReasonCode.RESEND_NOT_SAFE,
        "relais",
    ),
    "resend, with a second provider": (
        replace(carried_by(CAREFUL, replace(CAREFUL, name="autre")), resend_doubt=True),
        ReasonCode.RESEND_NOT_SAFE,
        "autre",
    ),
    "resend, repeats unknown": (
        replace(GOOD, resend_doubt=True),
        ReasonCode.FACT_UNKNOWN,
        "repeats at connector relais",
    ),
    "content broken": (
        saying(
            has_sender_identity=None, has_unsubscribe=None, content_faults=("email.html: line 3",)
        ),
        ReasonCode.CONTENT_UNUSABLE,
        "email.html: line 3",
    ),
    "nobody advertises": (
        saying(has_sender_identity=False),
        ReasonCode.SENDER_IDENTITY_MISSING,
        "email",
    ),
    "no way to object": (saying(has_unsubscribe=False), ReasonCode.UNSUBSCRIBE_MISSING, "email"),
}


@pytest.mark.parametrize(("facts", "reason", "subject"), REFUSED.values(), ids=REFUSED.keys())
def test_each_fault_is_a_refusal_of_its_own(
    facts: CampaignFacts, reason: ReasonCode, subject: str
) -> None:
    assert reasons(facts) == [(reason, subject)]


UNKNOWN = {
    "controller": replace(GOOD, controller_alive=None),
    "history": replace(GOOD, history_agreed=None),
    "kind": replace(GOOD, kind=None),
    "relation": replace(GOOD, relation=None),
    "basis": replace(GOOD, basis=None),
    "purposes": replace(GOOD, purposes=None),
    "list": from_source(LIST, there=None),
    "purposes of the list": from_source(LIST, purposes=None),
    "checksum": from_source(FILE, unchanged=None),
    "permission": from_source(FILE, permitted=None),
    "sender": saying(has_sender_identity=None),
    "unsubscribe": saying(has_unsubscribe=None),
}


@pytest.mark.parametrize("facts", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_is_unknown_is_denied(facts: CampaignFacts) -> None:
    found = decide_campaign(facts)
    assert [decision.reason for decision in found] == [ReasonCode.FACT_UNKNOWN]
    assert found[0].subject


def test_all_refusals_come_at_once() -> None:
    facts = replace(
        GOOD,
        controller_alive=False,
        purpose="sondage",
        safety=True,
        channels=(
            replace(EMAIL, has_unsubscribe=False, has_sender_identity=False),
            ChannelFacts("sms", (), has_sender_identity=True, has_unsubscribe=True),
        ),
    )
    assert reasons(facts) == [
        (ReasonCode.CONTROLLER_NOT_ALIVE, ""),
        (ReasonCode.PURPOSE_NOT_PERMITTED, "sondage"),
        (ReasonCode.SAFETY_NOT_SERVICE, ""),
        (ReasonCode.LIST_NOT_FOR_PURPOSE, "list clients"),
        (ReasonCode.NO_CONNECTOR, "sms"),
        (ReasonCode.SENDER_IDENTITY_MISSING, "email"),
        (ReasonCode.UNSUBSCRIBE_MISSING, "email"),
    ]


def test_service_messages_need_neither_unsubscribe_nor_advertiser() -> None:
    plain = replace(EMAIL, has_sender_identity=False, has_unsubscribe=False)
    assert decide_campaign(replace(SERVICE, safety=True, channels=(plain,))) == ()


def test_one_attested_connector_carries_a_channel_beside_one_that_is_not() -> None:
    assert reasons(carried_by(replace(RELAY, name="neuf", attested=False), RELAY)) == []


def test_a_provider_that_drops_repeats_permits_sending_again() -> None:
    assert decide_campaign(replace(carried_by(CAREFUL), resend_doubt=True)) == ()


@pytest.mark.parametrize("out_of_use", [{"enabled": False}, {"attested": False}], ids=str)
def test_a_second_provider_that_is_not_used_forbids_no_sending_again(
    out_of_use: dict[str, bool],
) -> None:
    other = replace(RELAY, name="autre", **out_of_use)  # type: ignore[arg-type]
    assert decide_campaign(replace(carried_by(CAREFUL, other), resend_doubt=True)) == ()


def test_consent_for_more_than_the_route_is_consent() -> None:
    evidence = EvidenceFacts(channels=frozenset({"sms", "email"}))
    assert decide_campaign(replace(GOOD, evidence=evidence)) == ()


@pytest.mark.parametrize("country", ["FR", "RE", "IS", "GR"])
def test_the_european_economic_area_is_inside(country: str) -> None:
    assert country in EEA


@pytest.mark.parametrize("country", ["CH", "GB", "US", "EL", "fr", ""])
def test_everywhere_else_is_outside(country: str) -> None:
    assert country not in EEA


@pytest.mark.parametrize("reason", ReasonCode)
def test_every_reason_has_a_sentence_in_both_languages(reason: ReasonCode) -> None:
    decision = Decision(Verdict.DENY, reason, "rule", "sujet")
    assert {"{", "}"}.isdisjoint(decision.sentence("en") + decision.sentence("fr"))
    assert decision.sentence("fr") != decision.sentence()
    assert ("{subject}" in SENTENCES[reason].en) == ("{subject}" in SENTENCES[reason].fr)


def test_every_refusal_names_its_rule() -> None:
    rules = {
        decision.rule for facts, _, _ in REFUSED.values() for decision in decide_campaign(facts)
    }
    assert rules == {"contract", "purpose", "evidence", "safety", "source", "connectors", "content"}
