from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest

from channels.contract import Channel, ContentFacts
from engine.controllers import ControllerSettings
from engine.send_facts import Stored, decode_stored, encode_stored, send_facts
from engine.wire.job import CampaignJob
from policy.facts import CampaignKind
from policy.send_facts import ContentFacts as Said

CONTENT: dict[str, dict[str, str]] = {
    "email": {"from": "Info <info@boutique.example.org>", "subject": "s", "html": "<p>h</p>"},
    "sms": {"sender": "BOUTIQUE", "text": "Bonjour {{ stop }}"},
}
SAYS = ContentFacts(frozenset(), has_sender_identity=True, has_unsubscribe=True)
NOTHING = Stored()


def job(**fields: Any) -> CampaignJob:
    route = fields.get("route", ["email"])
    told = {
        "schema": "chappe.campaign/1",
        "id": "c-1",
        "controller": "boutique",
        "kind": "marketing",
        "purpose": "offres",
        "relation": "b2c_customer",
        "basis": {"type": "consent"},
        "recipients": {"inline": [{"email": "p@example.org"}]},
        "route": route,
        "content": {channel: CONTENT[channel] for channel in route},
    }
    return msgspec.convert(told | fields, CampaignJob)


def test_the_campaign_says_what_it_is() -> None:
    facts = send_facts(
        job(), Channel.EMAIL, ControllerSettings(), SAYS, NOTHING, size=9, approvals=2
    )
    assert (facts.controller, facts.kind, facts.purpose) == (
        "boutique",
        CampaignKind.MARKETING,
        "offres",
    )
    assert (facts.relation, facts.basis, facts.channel) == ("b2c_customer", "consent", "email")
    assert (facts.voice_mode, facts.safety, facts.size, facts.approvals) == (None, False, 9, 2)
    assert facts.connector_country is None


@pytest.mark.parametrize(
    ("agreed", "said", "sectors"),
    [
        (None, None, None),
        (("toys",), None, {"toys"}),
        (("toys",), ["wine"], {"wine"}),
        (("toys",), [], set()),
        ((), None, set()),
    ],
)
def test_a_campaign_says_its_sectors_itself_or_they_are_those_agreed(
    agreed: tuple[str, ...] | None, said: list[str] | None, sectors: set[str] | None
) -> None:
    told = {} if said is None else {"sectors": said}
    facts = send_facts(
        job(**told), Channel.EMAIL, ControllerSettings(sectors=agreed), SAYS, NOTHING
    )
    assert facts.sectors == sectors


def test_senders_are_those_approved_for_the_channel_and_none_where_none_were() -> None:
    settings = ControllerSettings(senders={Channel.SMS: ("BOUTIQUE",)})
    text = send_facts(job(route=["sms"]), Channel.SMS, settings, SAYS, NOTHING)
    assert (text.sender, text.sender_kind) == ("BOUTIQUE", "alphanumeric")
    assert text.approved_senders == frozenset({"BOUTIQUE"})
    mail = send_facts(job(), Channel.EMAIL, settings, SAYS, NOTHING)
    assert mail.sender_kind == "address"
    assert mail.approved_senders == frozenset()


def test_what_the_content_says_is_named_as_each_channel_names_it() -> None:
    mail = send_facts(job(), Channel.EMAIL, ControllerSettings(), SAYS, NOTHING).content
    assert mail == Said(sender_identity=True, unsubscribe_link=True, list_unsubscribe=True)
    text = send_facts(job(route=["sms"]), Channel.SMS, ControllerSettings(), SAYS, NOTHING).content
    assert text == Said(sender_identity=True, stop=True)
    mute = replace(SAYS, has_unsubscribe=False)
    service = job(kind="service", purpose="rappels")
    plain = send_facts(service, Channel.EMAIL, ControllerSettings(), mute, NOTHING).content
    assert (plain.unsubscribe_link, plain.list_unsubscribe) == (False, False)


def test_of_a_content_that_cannot_be_composed_nobody_knows_what_it_says() -> None:
    facts = send_facts(job(), Channel.EMAIL, ControllerSettings(), None, NOTHING)
    assert facts.content == Said()


def test_what_admission_found_out_is_kept_and_what_it_did_not_look_at_stays_unknown() -> None:
    stored = Stored(
        findings={Channel.EMAIL: ("nir",)},
        attested=True,
        supplier="s",
        first_use=(Channel.EMAIL,),
    )
    assert decode_stored(encode_stored(stored)) == stored
    facts = send_facts(job(), Channel.EMAIL, ControllerSettings(), SAYS, stored)
    assert facts.content.findings == frozenset({"nir"})
    assert (facts.list_attested, facts.list_supplier, facts.first_use) == (True, "s", True)
    unknown = send_facts(job(), Channel.EMAIL, ControllerSettings(), SAYS, decode_stored(None))
    assert unknown.content.findings is None
    assert (unknown.list_attested, unknown.first_use) == (None, False)


def test_a_proof_is_told_by_the_names_that_rules_use() -> None:
    proof = {
        "given_at": "2026-05-04",
        "method": "paper",
        "text_version": "v3",
        "source": "shop",
        "channels": ["email", "sms"],
    }
    given = job(basis={"type": "consent", "proof": proof})
    evidence = send_facts(given, Channel.EMAIL, ControllerSettings(), SAYS, NOTHING).evidence
    assert evidence == {
        "given_at": date(2026, 5, 4),
        "method": "paper",
        "text_version": "v3",
        "source": "shop",
        "channels": frozenset({"email", "sms"}),
    }
    assert send_facts(job(), Channel.EMAIL, ControllerSettings(), SAYS, NOTHING).evidence == {}
