"""Facts about a campaign as a whole, gathered for the policy from what is true now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from channels.contract import Channel, Composer, Idempotency, UnusableContent
from channels.errors import ConnectorFault
from channels.registry import build_connector
from engine import connectors, lists
from engine.app import App
from engine.briefing import composer_for
from engine.clock import HOUR, Millis
from engine.controllers import Controller
from engine.looking_into import look_into
from engine.planning import aiming
from engine.planning.cursor import Aim
from engine.send_facts import Stored
from engine.sources import FileSource, SourceFault, file_source
from engine.store import connectors as connector_rows
from engine.store import lists as list_rows
from engine.store.connectors import ConnectorRow
from engine.store.lists import ListRow
from engine.timing import agreed_history_covers
from engine.vault import VaultFault
from engine.wire.instants import from_millis
from engine.wire.job import CampaignJob, OnDoubt
from policy.facts import (
    CampaignFacts,
    CampaignKind,
    ChannelFacts,
    ConnectorFacts,
    EvidenceFacts,
    SourceFacts,
    SourceKind,
)

_EARLIEST_ZONE: Millis = 14 * HOUR  # ahead of UTC, where a day begins first (UTC+14)


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found: the facts, and what else admission and planning need.

    composers   per channel of the route whose content can be compiled
    connectors  per channel of the route, those that the controller may use, in order
    list_id, list_until  the hosted list and its last chunk now; None for other sources
    stored      what rules look at, and dispatch cannot see any more
    aims        earlier campaigns that tell who is meant
    """

    facts: CampaignFacts
    composers: dict[Channel, Composer]
    connectors: dict[Channel, tuple[ConnectorRow, ...]]
    list_id: int | None
    list_until: int | None
    stored: Stored
    aims: tuple[Aim, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """The rows that facts are made of, read in one transaction."""

    connectors: dict[Channel, tuple[ConnectorRow, ...]]
    list_row: ListRow | None
    list_until: int | None


def gather(app: App, controller: Controller, job: CampaignJob) -> Findings:
    """Gather what the policy may look at. Reads a dropped file once, to check it."""
    with app.db.read() as connection:
        found = _Found(
            {channel: _connectors(connection, controller, channel) for channel in job.route},
            *_list(connection, controller, job),
        )
        aimed = aiming.look_up(app, connection, controller.number, job.recipients)
    composers: dict[Channel, Composer] = {}
    channels = []
    for channel in job.route:
        told, composer = _channel(app, controller, job, channel, found.connectors[channel])
        channels.append(told)
        if composer is not None:
            composers[channel] = composer
    purposes = controller.settings.purposes
    facts = CampaignFacts(
        kind=CampaignKind(job.kind),
        purpose=job.purpose,
        relation=job.relation.value,
        basis=job.basis.type.value,
        controller_alive=controller.alive,
        purposes={name: CampaignKind(kind) for name, kind in purposes.items()},
        safety=job.safety,
        resend_doubt=job.on_doubt is OnDoubt.RESEND,
        history_agreed=agreed_history_covers(job.history, controller.settings.history),
        source=_source(app, controller, job, found.list_row),
        channels=tuple(channels),
        evidence=_evidence(job, app.clock.now()),
        aims=aimed.facts,
    )
    list_id = None if found.list_row is None else found.list_row.id
    stored = look_into(app, controller, job, found.list_row, found.list_until)
    return Findings(
        facts,
        composers,
        found.connectors,
        list_id,
        found.list_until,
        stored,
        aimed.aims,
    )


def _evidence(job: CampaignJob, now: Millis) -> EvidenceFacts:
    proof = job.basis.proof
    if proof is None:
        return EvidenceFacts()
    latest = from_millis(now + _EARLIEST_ZONE).date()
    dated = ((name, getattr(proof, name)) for name in proof.__struct_fields__)
    ahead = tuple(name for name, day in dated if isinstance(day, date) and day > latest)
    covered = None if proof.channels is None else frozenset(map(str, proof.channels))
    return EvidenceFacts(ahead, covered)


def _connectors(
    connection: sa.Connection, controller: Controller, channel: Channel
) -> tuple[ConnectorRow, ...]:
    """Return the connectors that dispatch could choose for this controller, in order."""
    known = connector_rows.of_channel(connection, channel.value)
    names = controller.settings.connectors.get(channel, ())
    if not names:
        return tuple(known)
    by_name = {row.name: row for row in known}
    return tuple(by_name[name] for name in names if name in by_name)


def _list(
    connection: sa.Connection, controller: Controller, job: CampaignJob
) -> tuple[ListRow | None, int | None]:
    name = job.recipients.list
    if name is None:
        return None, None
    row = list_rows.by_name(connection, controller.number, name)
    return row, None if row is None else list_rows.last_chunk(connection, row.id)


def _channel(
    app: App,
    controller: Controller,
    job: CampaignJob,
    channel: Channel,
    rows: Sequence[ConnectorRow],
) -> tuple[ChannelFacts, Composer | None]:
    usable = tuple(_connector(app, row, job) for row in rows)
    try:
        composer = composer_for(app, controller, job, channel)
    except UnusableContent as unusable:
        return ChannelFacts(channel.value, usable, None, None, unusable.faults), None
    content = composer.facts
    return (
        ChannelFacts(
            channel.value,
            usable,
            content.has_sender_identity,
            content.has_unsubscribe,
            content.faults,
        ),
        composer,
    )


def _connector(app: App, row: ConnectorRow, job: CampaignJob) -> ConnectorFacts:
    return ConnectorFacts(
        name=row.name,
        enabled=row.enabled,
        attested=row.attested_at is not None,
        country=row.country,
        drops_repeats=_drops_repeats(app, row) if job.on_doubt is OnDoubt.RESEND else None,
    )


def _drops_repeats(app: App, row: ConnectorRow) -> bool | None:
    """Whether the provider drops a second message with the same key; None: nobody can tell."""
    try:
        connector = build_connector(*connectors.load_config(app, row))
    except (ConnectorFault, VaultFault):
        return None
    return connector.traits.idempotency is Idempotency.KEY


def _source(
    app: App, controller: Controller, job: CampaignJob, list_row: ListRow | None
) -> SourceFacts:
    recipients = job.recipients
    if recipients.list is not None:
        purposes = None if list_row is None else frozenset(lists.purposes_of(list_row))
        return SourceFacts(
            SourceKind.LIST, recipients.list, there=list_row is not None, purposes=purposes
        )
    if recipients.file is not None:
        return _file(file_source(app, controller.name, recipients.file))
    permitted = app.settings.allow_inline and controller.settings.allow_inline
    return SourceFacts(SourceKind.INLINE, "", there=True, permitted=permitted)


def _file(source: FileSource) -> SourceFacts:
    name = source.path.name
    try:
        source.check()
    except SourceFault as fault:
        if fault.reason == "recipients_missing":
            return SourceFacts(SourceKind.FILE, name, there=False)
        if fault.reason == "recipients_changed":
            return SourceFacts(SourceKind.FILE, name, there=True, unchanged=False)
        return SourceFacts(SourceKind.FILE, name, there=True, faults=(str(fault),))
    except OSError:  # not readable now: nothing is known about it
        return SourceFacts(SourceKind.FILE, name, there=None)
    return SourceFacts(SourceKind.FILE, name, there=True)
