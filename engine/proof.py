"""The proof send: one message of a campaign to somebody who is to look at it first.

It is composed from the values of the first recipient that it fits, and handed to the connector
that the campaign would use. It is not a delivery: nothing is journalled or counted, its links and
its reference speak for nobody, which the gateway says to who follows them.
"""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from channels.contract import (
    ADDRESS_KIND,
    Addressee,
    AddressKind,
    Channel,
    Composer,
    Connector,
    Message,
    SendKind,
    SendResult,
    UnusableRecipient,
)
from channels.errors import ConnectorUnavailable
from channels.registry import build_connector
from engine import audit, connectors, controllers, oppositions
from engine.app import App
from engine.audit import Act
from engine.briefing import PROOF_KEY, public_base, unsubscribe_link
from engine.campaign_facts import Findings, gather
from engine.controllers import Controller
from engine.errors import EngineError
from engine.reference import PROOFS
from engine.slices import LiveSlice, Window
from engine.sources import source_of
from engine.subjects import Subject, read_address
from engine.tabular import Row
from engine.wire.job import CampaignJob

_SAMPLES = 1_000  # rows that are tried; a template that fits none of them is at fault
_UNANSWERED = SendResult(SendKind.IN_DOUBT, "unanswered")
_log = structlog.get_logger()


class ProofFault(EngineError):
    """Raised when a proof cannot be sent; nothing was sent then."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that was handed over, and to which connector."""

    channel: str
    connector: str


def send_proof(
    app: App, job: CampaignJob, address: str, kind: AddressKind | None = None
) -> list[Proof]:
    """Send a proof through each channel of the route that uses this kind of address.

    kind  None: by the looks of the address

    Raises UnknownController, SubjectFault for an address that cannot be used, or ProofFault when
    there is nothing to send, nobody to carry it, the address objected, or the provider did not
    take it.
    """
    with app.db.read() as connection:
        controller = controllers.find(connection, job.controller)
    to = read_address(address, kind)
    findings = gather(app, controller, job)
    channels = [channel for channel in job.route if ADDRESS_KIND[channel] == to.kind]
    if not channels:
        raise ProofFault(f"no channel of the route uses {to.kind} addresses")
    return [_send(app, controller, job, findings, channel, to.value) for channel in channels]


def _send(
    app: App,
    controller: Controller,
    job: CampaignJob,
    findings: Findings,
    channel: Channel,
    to: str,
) -> Proof:
    _refuse_opposed(app, controller, job.purpose, channel, to)
    if channel not in findings.composers:
        raise ProofFault(f"the {channel} content cannot be compiled; see the refusals")
    carrier = next(
        (row for row in findings.connectors[channel] if row.enabled and row.attested_at), None
    )
    if carrier is None:
        raise ProofFault(f"no enabled and attested connector carries {channel}")
    message = _compose(app, controller, job, findings, channel, to)
    live = build_connector(*connectors.load_config(app, carrier))
    result = asyncio.run(_hand_over(app, live, message))
    _log.info("proof_sent", channel=channel.value, connector=carrier.name, result=result.kind.value)
    with app.db.write() as connection:
        told = {"channel": channel.value, "connector": carrier.name, "result": result.kind.value}
        subject, owner = f"campaign:{job.id}", controller.name
        audit.record(app, connection, Act.PROOF_SENT, subject, controller=owner, details=told)
    if result.kind is not SendKind.SENT:
        why = f"{result.kind.value.replace('_', ' ')} ({result.reason})"
        raise ProofFault(f"connector {carrier.name} did not take the proof: {why}")
    return Proof(channel.value, carrier.name)


def _refuse_opposed(
    app: App, controller: Controller, purpose: str, channel: Channel, to: str
) -> None:
    subject = Subject(ADDRESS_KIND[channel].value, to)
    for entry in oppositions.check(app, controller.name, [subject]):
        if entry.channel in {None, channel} and oppositions.forbids(entry.purpose, purpose):
            raise ProofFault("whoever has this address objected: no proof is sent there")


def _compose(
    app: App,
    controller: Controller,
    job: CampaignJob,
    findings: Findings,
    channel: Channel,
    to: str,
) -> Message:
    """Compose the message with the values of the first row that it fits."""
    composer = findings.composers[channel]
    reference = PROOFS + secrets.token_hex(10)
    link = unsubscribe_link(public_base(app.settings.public_url), channel, PROOF_KEY)
    missing = "the source has no rows"
    source = source_of(app, controller.name, job, findings.list_id, findings.list_until)
    for row in next(iter(source.groups(""))).rows[:_SAMPLES]:
        try:
            return composer.compose(Addressee(0, to, reference, _values(composer, row), link))
        except UnusableRecipient as unusable:
            missing = unusable.reason
    raise ProofFault(f"the content fits none of the first rows: {missing}")


def _values(composer: Composer, row: Row) -> Mapping[str, str | None]:
    return {name: row.values.get(name) for name in composer.facts.variables}


async def _hand_over(app: App, live: Connector, message: Message) -> SendResult:
    deadline = app.clock.boot() + app.settings.slice_deadline
    window = Window(deadline, deadline)
    one = LiveSlice([0], lambda _: message, window, app.clock.boot)
    limit = app.settings.slice_deadline + app.settings.answer_timeout
    try:
        await asyncio.wait_for(live.hand_over(one), limit)
    except ConnectorUnavailable as unavailable:
        return SendResult(SendKind.NOT_ACCEPTED, unavailable.reason)
    except TimeoutError:
        pass  # the slice knows what is certain
    finally:
        await live.close()
    ends = one.ends()
    if ends.unsent:
        return SendResult(SendKind.NOT_ACCEPTED, "too_late")
    return ends.results.get(0, _UNANSWERED)
