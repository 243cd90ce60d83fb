"""What the rules may look at of a campaign on one channel, put together from what is known of it."""

from collections.abc import Mapping
from datetime import date

import msgspec

from channels.contract import Channel, ContentFacts
from channels.phone_kinds import sender_kind
from channels.struct_types import build_now
from engine.controllers import ControllerSettings
from engine.wire.job import CampaignJob, Kind
from policy.facts import CampaignKind
from policy.send_facts import ContentFacts as Said
from policy.send_facts import Evidence, SendFacts

AUTOMATED = "automated"  # every connector plays a message by machine; none lets a person speak


class Stored(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What admission found out and dispatch cannot see any more; kinds and names, no person.

    findings   kinds of sensitive data, per channel, in content, columns and cells; a channel that
               is absent was not screened
    attested   whether somebody answers for where the recipients come from
    supplier   who supplied them; None: the controller collected them itself
    first_use  channels by which the controller had never sent before
    """

    findings: dict[Channel, tuple[str, ...]] = {}
    attested: bool | None = None
    supplier: str | None = None
    first_use: tuple[Channel, ...] = ()


build_now(Stored)


def encode_stored(stored: Stored) -> str:
    """Return the facts as the campaign's row keeps them."""
    return msgspec.json.encode(stored).decode()


def decode_stored(text: str | None) -> Stored:
    """Read what ``encode_stored`` wrote; a campaign without any was looked into by nobody."""
    return Stored() if text is None else msgspec.json.decode(text, type=Stored)


def send_facts(  # noqa: PLR0913 (one for each place that knows something)
    job: CampaignJob,
    channel: Channel,
    settings: ControllerSettings,
    content: ContentFacts | None,
    stored: Stored,
    *,
    size: int | None = None,
    approvals: int = 0,
) -> SendFacts:
    """Return the facts of a campaign on one channel; those of the connector are added by routing.

    content  facts about the composed content; None: it cannot be composed, so nobody knows
    """
    sectors = settings.sectors if job.sectors is None else job.sectors
    sender = _sender(job, channel)
    approved = settings.senders.get(channel)
    return SendFacts(
        controller=job.controller,
        kind=CampaignKind(job.kind),
        purpose=job.purpose,
        relation=job.relation.value,
        basis=job.basis.type.value,
        channel=channel.value,
        voice_mode=AUTOMATED if channel is Channel.VOICE else None,
        safety=job.safety,
        sectors=None if sectors is None else frozenset(sectors),
        evidence=_evidence(job),
        content=_said(job, channel, content, stored),
        sender=sender,
        sender_kind=None if sender is None else _kind(sender, channel),
        approved_senders=frozenset(approved or ()),
        size=size,
        approvals=approvals,
        first_use=channel in stored.first_use,
        list_attested=stored.attested,
        list_supplier=stored.supplier,
    )


def _said(job: CampaignJob, channel: Channel, content: ContentFacts | None, stored: Stored) -> Said:
    found = stored.findings.get(channel)
    findings = None if found is None else frozenset(found)
    if content is None:
        return Said(findings=findings)
    objecting = content.has_unsubscribe
    email, sms = channel is Channel.EMAIL, channel is Channel.SMS
    return Said(
        sender_identity=content.has_sender_identity,
        stop=objecting if sms else None,
        unsubscribe_link=objecting if email else None,
        # Composing adds both headers to every marketing mail.
        list_unsubscribe=job.kind is Kind.MARKETING if email else None,
        opposition_mention=None if email or sms else objecting,
        findings=findings,
    )


def _sender(job: CampaignJob, channel: Channel) -> str | None:
    """Return what is shown as the sender: of a call its number, which no name replaces."""
    content = getattr(job.content, channel.value)
    if content is None:
        return None
    name = "number" if channel is Channel.VOICE else "sender"
    shown: str | None = getattr(content, name)
    return shown


def _kind(sender: str, channel: Channel) -> str | None:
    if channel in {Channel.SMS, Channel.VOICE}:
        return sender_kind(sender)
    return "address"


def _evidence(job: CampaignJob) -> Evidence:
    """Return what the campaign says in proof of its basis, by the names that rules use."""
    proof = job.basis.proof
    if proof is None:
        return {}
    given: Mapping[str, object] = {
        name: getattr(proof, name)
        for name in proof.__struct_fields__
        if getattr(proof, name) is not None
    }
    return {name: _plain(value) for name, value in given.items()}


def _plain(value: object) -> date | bool | str | frozenset[str]:
    if isinstance(value, tuple):
        return frozenset(str(one) for one in value)
    return value if isinstance(value, date | bool) else str(value)
