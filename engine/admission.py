"""Admission: whether a campaign as a whole may be sent, decided once and recorded.

A refusal names every reason at once, in the database and in an event. A campaign that is admitted
is planned next.
"""

from dataclasses import dataclass

import structlog

from channels.contract import ADDRESS_KIND
from engine import controllers
from engine.admission_rules import AnyRefusal, refusals_of
from engine.app import App
from engine.briefing import campaign_scope
from engine.campaign_events import tell
from engine.campaign_facts import Findings, gather
from engine.controllers import Controller
from engine.counters import Milestone
from engine.counters import campaign as counted
from engine.erasure.arriving import leave_out_erased
from engine.errors import EngineError
from engine.events import Accepted, Reason, Refused
from engine.planning.cursor import Cursor, encode_cursor
from engine.planning.ending import forget
from engine.recipient_facts import KEPT_COLUMNS
from engine.send_facts import encode_stored
from engine.states import CampaignState
from engine.store import campaigns, counters, partitions
from engine.store.campaigns import CampaignRow, NewCampaign
from engine.timing import times_of
from engine.wire.canonical import encode_job, job_fingerprint
from engine.wire.decode import decode_stored_job
from engine.wire.instants import Duration
from engine.wire.job import CampaignJob, OnDoubt, Priority

_log = structlog.get_logger()


class UnknownCampaign(EngineError):
    """Raised when there is no campaign of the given id."""


@dataclass(frozen=True, slots=True)
class Admission:
    """What was decided. ``refusals`` is empty for an admitted campaign."""

    campaign_id: int
    admitted: bool
    refusals: tuple[AnyRefusal, ...] = ()


def receive(app: App, controller: Controller, job: CampaignJob, account: str) -> int | None:
    """Store a campaign that came in; None when the controller has one of that id already.

    The account must have been found to speak for the controller. Committed when it returns.
    """
    now = app.clock.now()
    times = times_of(job, now, Duration.parse(controller.settings.history))
    new = NewCampaign(
        controller=controller.number,
        name=job.id,
        fingerprint=job_fingerprint(job),
        account=account,
        kind=job.kind.value,
        purpose=job.purpose,
        route=tuple(channel.value for channel in job.route),
        urgent=job.priority is Priority.URGENT,
        not_before=times.not_before,
        not_after=times.not_after,
        spread=times.spread,
        resend_doubt=job.on_doubt is OnDoubt.RESEND,
        expiry_month=times.expiry_month,
        received_at=now,
    )
    with app.db.write() as connection:
        campaign_id = campaigns.insert_received(app.db, connection, new)
        if campaign_id is not None:
            scope = campaign_scope(campaign_id)
            kept = leave_out_erased(app, connection, controller, job)
            sealed = app.vault.seal(controller.name, scope, encode_job(kept), now)
            campaigns.set_sealed_job(connection, campaign_id, sealed)
            counters.add(connection, {counted(Milestone.RECEIVED): 1})
    return campaign_id


def admit(app: App, campaign_id: int) -> Admission:
    """Decide on a received campaign; one that was decided on before stays as it is.

    Raises UnknownCampaign, VaultFault when the content cannot be opened.
    """
    with app.db.read() as connection:
        campaign = campaigns.by_id(connection, campaign_id)
        if campaign is None:
            raise UnknownCampaign(f"no campaign {campaign_id}")
        controller = controllers.by_number(connection, campaign.controller)
    if campaign.state is not CampaignState.RECEIVED or campaign.sealed_job is None:
        return Admission(campaign_id, campaign.state is not CampaignState.REFUSED)
    scope = campaign_scope(campaign_id)
    job = decode_stored_job(app.vault.open(controller.name, scope, campaign.sealed_job))
    findings = gather(app, controller, job)
    at = max(app.clock.now(), campaign.not_before)
    refusals = refusals_of(app, controller, job, findings, at)
    if refusals:
        _refuse(app, campaign, controller, refusals)
        return Admission(campaign_id, admitted=False, refusals=refusals)
    partitions.ensure(app.db, campaign.expiry_month)
    _accept(app, campaign, controller, job, findings)
    return Admission(campaign_id, admitted=True)


def _accept(
    app: App,
    campaign: CampaignRow,
    controller: Controller,
    job: CampaignJob,
    findings: Findings,
) -> None:
    now = app.clock.now()
    cursor = encode_cursor(first_cursor(job, findings))
    with app.db.write() as connection:
        if campaigns.set_admitted(
            connection,
            campaign.id,
            cursor,
            findings.list_id,
            findings.list_until,
            encode_stored(findings.stored),
        ):
            tell(connection, Accepted, (controller.name, campaign.name), now)
    _log.info("campaign_admitted", campaign=campaign.id)


def _refuse(
    app: App, campaign: CampaignRow, controller: Controller, refusals: tuple[AnyRefusal, ...]
) -> None:
    now = app.clock.now()
    words = tuple(dict.fromkeys(refusal.reason.value for refusal in refusals))
    told = tuple(
        Reason(reason=refusal.reason.value, sentence=refusal.sentence()) for refusal in refusals
    )
    with app.db.write() as connection:
        if not campaigns.set_refused(connection, campaign.id, CampaignState.RECEIVED, words, now):
            return
        tell(connection, Refused, (controller.name, campaign.name), now, reasons=told)
    forget(app, campaign, controller.name)
    _log.info("campaign_refused", campaign=campaign.id, reasons=list(words))


def first_cursor(job: CampaignJob, findings: Findings) -> Cursor:
    """Return where planning begins: which addresses and which columns are kept at all."""
    named = {name for composer in findings.composers.values() for name in composer.facts.variables}
    kinds = dict.fromkeys(ADDRESS_KIND[channel].value for channel in job.route)
    return Cursor(
        kinds=tuple(kinds),
        variables=tuple(sorted(named | set(KEPT_COLUMNS))),
        local_minute=job.schedule.local_minute,
        aims=findings.aims,
    )
