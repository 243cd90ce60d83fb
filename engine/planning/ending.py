"""How planning ends: the campaign may be dispatched, reaches nobody, or cannot be planned.

A campaign that was cancelled before it was planned, by an operator or because its list was
deleted, finishes without recipients: nobody of it was accepted yet, so nobody has an outcome.
A campaign whose recipients turn out to be missing, changed or unreadable is refused. In both cases
everything that planning wrote is removed, keys included.
"""

from typing import Final

from engine.app import App
from engine.briefing import campaign_scope
from engine.campaign_events import tell
from engine.errors import EngineError
from engine.events import Finished, OutcomeCounts, Paused, Planned, Reason, Refused
from engine.planning.cursor import Cursor, encode_cursor
from engine.sources import Source
from engine.states import CampaignState, lane_of
from engine.store import blocks, campaigns, flags
from engine.store.campaigns import CampaignRow, ReadCounts

NO_RECIPIENTS: Final = "no_recipients"
CANCELLED: Final = "cancelled"
LIST_DELETED: Final = "list_deleted"
APPROVAL_NEEDED: Final = "approval_needed"
_NOBODY: Final = ReadCounts(0, 0, 0, 0)
_SENTENCES: Final = {
    NO_RECIPIENTS: "No row of the source could be accepted as a recipient.",
    CANCELLED: "Cancelled before its recipients were planned; nobody was contacted.",
    APPROVAL_NEEDED: "The rules ask for the approval of somebody else before it leaves.",
    LIST_DELETED: "The list was deleted before it was planned; nobody was contacted.",
}


class PlanFault(EngineError):
    """Raised when counts do not add up: such a campaign is never dispatched."""


class Overtaken(EngineError):
    """Raised when another planner went on with a campaign, or it was cancelled meanwhile."""


class ErasedMeanwhile(EngineError):
    """Raised when a search for a person began since planning last asked whom to leave out."""


def spill_scope(campaign_id: int) -> str:
    """Return the vault scope of a campaign's spills, which are gone when it is planned."""
    return f"campaign:{campaign_id}:spills"


def counts_of(campaign: CampaignRow) -> ReadCounts:
    """Return what planning counted so far."""
    return ReadCounts(campaign.rows_read, campaign.duplicates, campaign.rejected, campaign.accepted)


def release(
    app: App, campaign: CampaignRow, controller: str, cursor: Cursor, *, approved: bool = True
) -> None:
    """Let a campaign be dispatched, all of it in one transaction; paused until it is approved.

    Raises Overtaken, or PlanFault when a row was lost or counted twice.
    """
    counts = counts_of(campaign)
    if counts.rows_read != counts.accepted + counts.duplicates + counts.rejected:
        msg = f"campaign {campaign.id}: rows read are not accepted + duplicates + rejected"
        raise PlanFault(msg)
    now = app.clock.now()
    lane = lane_of(campaign.route[0], urgent=campaign.urgent)
    with app.db.write() as connection:
        blocks.hold_lane_order(connection, campaign.controller)
        base = blocks.turn_base(connection, campaign.controller, lane)
        if not campaigns.set_planned(
            connection, campaign.id, encode_cursor(cursor), cursor.sequence, now
        ):
            raise Overtaken(f"campaign {campaign.id} is not ours to release")
        blocks.start_batches(connection, campaign.id, base, campaign.spread, now)
        tell(
            connection,
            Planned,
            (controller, campaign.name),
            now,
            rows=counts.rows_read,
            accepted=counts.accepted,
            duplicates=counts.duplicates,
            rejected=counts.rejected,
        )
        if not approved and flags.set_paused(connection, campaign.id, (APPROVAL_NEEDED,), now):
            told = Reason(reason=APPROVAL_NEEDED, sentence=_SENTENCES[APPROVAL_NEEDED])
            tell(connection, Paused, (controller, campaign.name), now, reasons=(told,))
    # Keys of spills that a crash, or a planner that came second, has left behind.
    app.vault.destroy_scope(controller, spill_scope(campaign.id))


def finish_empty(app: App, campaign: CampaignRow, controller: str, reason: str) -> None:
    """Finish a campaign without recipients; the event says why."""
    now = app.clock.now()
    counts = counts_of(campaign) if reason == NO_RECIPIENTS else _NOBODY
    with app.db.write() as connection:
        if not campaigns.set_finished_empty(connection, campaign.id, reason, counts, now):
            return
        blocks.drop_all(connection, campaign.id)
        tell(
            connection,
            Finished,
            (controller, campaign.name),
            now,
            accepted=0,
            outcomes=OutcomeCounts(),
            reasons=(Reason(reason=reason, sentence=_SENTENCES[reason]),),
        )
    forget(app, campaign, controller)


def refuse(app: App, campaign: CampaignRow, controller: str, reason: str, sentence: str) -> None:
    """Refuse a campaign whose recipients cannot be planned."""
    now = app.clock.now()
    with app.db.write() as connection:
        if not campaigns.set_refused(
            connection, campaign.id, CampaignState.PLANNING, (reason,), now
        ):
            return
        blocks.drop_all(connection, campaign.id)
        tell(
            connection,
            Refused,
            (controller, campaign.name),
            now,
            reasons=(Reason(reason=reason, sentence=sentence, field="recipients"),),
        )
    forget(app, campaign, controller)


def forget(app: App, campaign: CampaignRow, controller: str) -> None:
    """Destroy the keys of everything that a campaign has sealed: its content, blocks, spills."""
    app.vault.destroy_scope(controller, campaign_scope(campaign.id))
    app.vault.destroy_scope(controller, spill_scope(campaign.id))


def discard_source(source: Source, campaign: CampaignRow) -> None:
    """Remove a file that was dropped for this campaign; blocks hold its rows now."""
    try:
        source.discard()
    except OSError as error:
        msg = (
            f"campaign {campaign.id}: its recipient file cannot be deleted ({error.strerror});"
            " give Chappe the right to delete in the drop folder"
        )
        raise PlanFault(msg) from None
