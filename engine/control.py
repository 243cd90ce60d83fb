"""Pause, resume and cancel: switches that dispatch reads before every slice.

They change flags, never outcomes: only the holder of a batch writes those, so that a campaign
that is cancelled while a slice leaves still records what left.
"""

import re

import sqlalchemy as sa
import structlog

from engine import audit
from engine.app import App
from engine.audit import Act, Details
from engine.campaign_events import tell
from engine.errors import EngineError
from engine.events import Cancelled, Paused, Reason, Resumed
from engine.states import CampaignState
from engine.statistics import Found, find
from engine.store import due, flags

OPERATOR = "operator"
_WORD = re.compile(r"[a-z0-9_]+([:.-][a-z0-9_.-]+)*")
_LONGEST = 100
_OVER = frozenset({CampaignState.FINISHED, CampaignState.REFUSED})
_log = structlog.get_logger()


class ControlFault(EngineError):
    """Raised when a campaign cannot be switched as asked."""


def pause(app: App, name: str, controller: str | None, reason: str = OPERATOR) -> bool:
    """Keep everything that has not left from leaving; False: it was paused already.

    reason  a short word, such as ``wrong_price``; it is stored and told in an event, so it must
            name nobody

    Raises UnknownCampaign, or ControlFault when the campaign is over or the reason is no word.
    """
    word = "_".join(reason.lower().split())
    if not _WORD.fullmatch(word) or len(word) > _LONGEST:
        msg = "a reason is a word or two of a-z and 0-9, such as wrong_price"
        raise ControlFault(msg)
    told = Reason(reason=word, sentence="An operator paused the campaign.")
    now = app.clock.now()
    with app.db.write() as connection:
        found = _going_on(connection, name, controller)
        paused = flags.set_paused(connection, found.row.id, (word,), now)
        if paused:
            tell(connection, Paused, found.names, now, reasons=(told,))
            _record(app, connection, Act.CAMPAIGN_PAUSED, found, {"reason": word})
    _log.info("campaign_paused", campaign=found.row.id, reason=word, already=not paused)
    return paused


def resume(app: App, name: str, controller: str | None) -> bool:
    """Let a paused campaign go on; False: it was not paused.

    Raises UnknownCampaign, or ControlFault when the campaign is over.
    """
    now = app.clock.now()
    with app.db.write() as connection:
        found = _going_on(connection, name, controller)
        resumed = flags.set_resumed(connection, found.row.id)
        if resumed:
            tell(connection, Resumed, found.names, now)
            _record(app, connection, Act.CAMPAIGN_RESUMED, found)
    _log.info("campaign_resumed", campaign=found.row.id, already=not resumed)
    return resumed


def cancel(app: App, name: str, controller: str | None) -> bool:
    """End a campaign: whoever waits is recorded as cancelled; False: it was cancelled already.

    What is in a provider's hands already cannot be called back. There is no way to resume.

    Raises UnknownCampaign, or ControlFault when the campaign is over.
    """
    now = app.clock.now()
    with app.db.write() as connection:
        found = find(connection, name, controller)
        if found.row.cancelled_at is not None:
            return False
        if found.row.state in _OVER:
            raise _over(found)
        flags.set_cancelled(connection, found.row.id, now)
        due.hasten(connection, found.row.id, now)
        tell(connection, Cancelled, found.names, now)
        _record(app, connection, Act.CAMPAIGN_CANCELLED, found)
    _log.info("campaign_cancelled", campaign=found.row.id)
    return True


def _record(
    app: App, connection: sa.Connection, act: Act, found: Found, told: Details | None = None
) -> None:
    subject = f"campaign:{found.row.name}"
    audit.record(app, connection, act, subject, controller=found.controller, details=told)


def _going_on(connection: sa.Connection, name: str, controller: str | None) -> Found:
    found = find(connection, name, controller)
    if found.row.state in _OVER:
        raise _over(found)
    if found.row.cancelled_at is not None:
        msg = f"campaign {name!r} was cancelled, and that is final"
        raise ControlFault(msg)
    return found


def _over(found: Found) -> ControlFault:
    return ControlFault(f"campaign {found.row.name!r} is {found.row.state} already")
