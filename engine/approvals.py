"""Approvals: people other than whoever submitted a campaign say that it may leave.

Rules on volume ask for them. A campaign that lacks some is paused once its recipients were
counted, and goes on by itself with the last one that it needs. Names of operators only name: that
two of them are two persons is for the accounts of the machine and of the broker to see to.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from engine import audit, control, controllers
from engine.app import App
from engine.audit import Act
from engine.briefing import campaign_scope
from engine.clock import Millis
from engine.errors import EngineError
from engine.planning.ending import APPROVAL_NEEDED
from engine.resealed import open_stored
from engine.states import CampaignState
from engine.statistics import Found, find
from engine.store import approvals, campaigns
from engine.volume_rules import volume_refused
from engine.wire.decode import decode_stored_job
from policy.send_reasons import SendReason

_OVER = frozenset({CampaignState.FINISHED, CampaignState.REFUSED})
_log = structlog.get_logger()


class ApprovalFault(EngineError):
    """Raised when a campaign cannot be approved, or not by this operator."""


@dataclass(frozen=True, slots=True)
class Approved:
    """What became of an approval.

    already    the same operator had approved it before
    approvals  everybody who did, and when
    lacking    how many more the rules ask for; None: not known before recipients are counted
    resumed    the campaign was paused for this, and goes on
    """

    found: Found
    already: bool
    approvals: tuple[tuple[str, Millis], ...]
    lacking: int | None
    resumed: bool


def approve(app: App, name: str, controller: str | None) -> Approved:
    """Say, as the operator that the settings name, that a campaign may leave.

    Raises ApprovalFault for the account that submitted it, and for a campaign that is over;
    UnknownCampaign, AmbiguousCampaign.
    """
    actor, now = app.settings.actor, app.clock.now()
    with app.db.write() as connection:
        found = find(connection, name, controller)
        _require_another(found, actor)
        added = approvals.add(app.db, connection, found.row.id, actor, now)
        everybody = tuple(approvals.of(connection, found.row.id))
        if added:
            told = {"approvals": len(everybody)}
            subject = f"campaign:{found.row.name}"
            audit.record(
                app,
                connection,
                Act.CAMPAIGN_APPROVED,
                subject,
                controller=found.controller,
                details=told,
            )
    _log.info("campaign_approved", campaign=found.row.id, approvals=len(everybody))
    lacking = lacking_of(app, found)
    resumed = lacking == 0 and _waits_for_it(found) and control.resume(app, name, found.controller)
    return Approved(found, not added, everybody, lacking, resumed)


def lacking_of(app: App, found: Found) -> int | None:
    """Return how many more approvals the rules ask for; None: nobody knows before it is planned."""
    row = found.row
    if row.state is not CampaignState.PLANNED:
        return None
    with app.db.read() as connection:
        whose = controllers.by_number(connection, row.controller)
    scope = campaign_scope(row.id)
    job = decode_stored_job(open_stored(app, whose.name, scope, lambda: _stored(app, row.id)))
    refused = volume_refused(app, whose, job, row)
    asked = [one.subject for one in refused if one.reason is SendReason.NOT_APPROVED]
    return _most(asked)


def _stored(app: App, campaign_id: int) -> bytes:
    with app.db.read() as connection:
        row = campaigns.by_id(connection, campaign_id)
    return (None if row is None else row.sealed_job) or b""


def _most(numbers: Iterable[str]) -> int:
    """Return the largest of the numbers of approvals that rules said are lacking."""
    return max(map(int, numbers), default=0)


def _waits_for_it(found: Found) -> bool:
    return found.row.paused_at is not None and APPROVAL_NEEDED in found.row.reasons


def _require_another(found: Found, actor: str) -> None:
    row = found.row
    if row.state in _OVER or row.cancelled_at is not None:
        state = "cancelled" if row.cancelled_at is not None else row.state.value
        raise ApprovalFault(f"campaign {row.name!r} is {state}: there is nothing to approve")
    if actor == row.account:
        raise ApprovalFault(
            f"{actor} submitted campaign {row.name!r}: somebody else has to approve it"
        )
