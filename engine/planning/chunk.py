"""``plan_chunk``: a second or two of planning, by whichever process hears the doorbell."""

from typing import Final

import structlog

from engine import controllers
from engine.app import App
from engine.planning import ending
from engine.planning.steps import Plan
from engine.sources import SourceFault
from engine.states import CampaignState
from engine.store import campaigns
from engine.vault import KeyDestroyed

CHUNK_SECONDS: Final = 1.5

_log = structlog.get_logger()


def plan_chunk(app: App, campaign_id: int) -> bool:
    """Plan a campaign for a second or two; True: there is more to plan, call again.

    Does nothing for a campaign that is not being planned. Raises VaultFault or SQLAlchemy's
    errors when keyring or database are away: nothing is lost then.
    """
    until = app.clock.boot() + CHUNK_SECONDS
    plan = _opened(app, campaign_id)
    if plan is None:
        return False
    try:
        while plan.step():
            if app.clock.boot() >= until:
                return True
    except ending.ErasedMeanwhile:
        return True
    except ending.Overtaken:
        _log.info("planning_overtaken", campaign=campaign_id)
        return _cancelled(app, campaign_id)
    except KeyDestroyed:
        # A list or an import is being deleted, or another planner has worked this bucket off.
        _log.info("planning_interrupted", campaign=campaign_id)
    except SourceFault as fault:
        ending.refuse(app, plan.campaign, plan.controller.name, fault.reason, str(fault))
        _log.warning("planning_refused", campaign=campaign_id, reason=fault.reason)
    return False


def _opened(app: App, campaign_id: int) -> Plan | None:
    with app.db.read() as connection:
        campaign = campaigns.by_id(connection, campaign_id)
        if campaign is None or campaign.state is not CampaignState.PLANNING:
            return None
        controller = controllers.by_number(connection, campaign.controller)
    plan = Plan(app, campaign, controller)
    if campaign.cancelled_at is not None:
        plan.abandon()
        return None
    return plan


def _cancelled(app: App, campaign_id: int) -> bool:
    """Whether it was a cancellation that stopped the planning: the next call ends it."""
    with app.db.read() as connection:
        campaign = campaigns.by_id(connection, campaign_id)
    return (
        campaign is not None
        and campaign.state is CampaignState.PLANNING
        and campaign.cancelled_at is not None
    )
