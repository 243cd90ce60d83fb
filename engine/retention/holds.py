"""Legal holds: what must not be deleted although its time has come, with reason and author."""

from dataclasses import dataclass

import sqlalchemy as sa

from engine import audit, controllers
from engine.app import App
from engine.audit import Act
from engine.clock import Millis
from engine.errors import EngineError
from engine.retention.turns import outlast_steps
from engine.statistics import find
from engine.store import campaigns
from engine.store import holds as store
from engine.store.holds import HoldRow
from policy.retention import BY_NAME

OF_CAMPAIGNS = frozenset({"content", "doubtful_blocks", "history", "provider_references"})
"""The classes whose rows tell which campaign they belong to."""


class HoldFault(EngineError):
    """Raised when something cannot be held as asked, or there is no such hold."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What is to be held: a class, of one controller or all, of one campaign or all."""

    retention_class: str
    controller: str | None = None
    campaign: str | None = None


@dataclass(frozen=True, slots=True)
class Documented:
    """A hold as people read it. None for controller or campaign: every one."""

    number: int
    retention_class: str
    controller: str | None
    campaign: str | None
    reason: str
    author: str
    created_at: Millis
    until: Millis | None
    lifted_at: Millis | None


def hold(app: App, what: Hold, reason: str, author: str, until: Millis | None) -> int:
    """Keep data from being swept; return the hold's number once nobody deletes any of it more.

    until  None: until it is lifted

    Raises HoldFault, UnknownController, UnknownCampaign or AmbiguousCampaign.
    """
    known = BY_NAME.get(what.retention_class)
    if known is None or not known.swept:
        names = ", ".join(one.name for one in BY_NAME.values() if one.swept)
        raise HoldFault(f"no class {what.retention_class!r} is swept; there are: {names}")
    if what.campaign is not None and what.retention_class not in OF_CAMPAIGNS:
        msg = f"{what.retention_class} does not belong to campaigns; hold it for a controller"
        raise HoldFault(msg)
    if not reason.strip() or not author.strip():
        raise HoldFault("a hold needs a reason (--reason) and who asks for it (--author)")
    if until is not None and until <= app.clock.now():
        raise HoldFault("a hold that has ended already keeps nothing; give a later --until")
    with app.db.write() as connection:
        controller, campaign = _scope(connection, what)
        number = store.insert(
            connection,
            {
                "retention_class": what.retention_class,
                "controller": controller,
                "campaign_id": campaign,
                "reason": reason.strip(),
                "author": author.strip(),
                "created_at": app.clock.now(),
                "until": until,
            },
        )
        _on_record(app, connection, Act.HOLD_ADDED, number, what.retention_class)
    if not outlast_steps(app, what.retention_class):
        msg = (
            f"hold {number} is in force, but a sweep that began before it goes on still: see"
            " `chappe retention plan`; if that stands still, restart the worker"
        )
        raise HoldFault(msg)
    return number


def lift(app: App, number: int) -> HoldRow:
    """End a hold: what is too old goes with the next sweep.

    Raises HoldFault when none of that number is in force.
    """
    with app.db.write() as connection:
        row = store.lift(connection, number, app.clock.now())
        if row is None:
            raise HoldFault(f"no hold {number} is in force; `chappe retention holds` names them")
        _on_record(app, connection, Act.HOLD_LIFTED, number, row.retention_class)
    return row


def every(app: App, *, ended: bool = False) -> list[Documented]:
    """Return the holds in force, with ``ended`` all, newest first."""
    with app.db.read() as connection:
        rows = store.every(connection, app.clock.now(), ended=ended)
        return [_documented(connection, row) for row in rows]


def _documented(connection: sa.Connection, row: HoldRow) -> Documented:
    owner = campaign = None
    if row.controller is not None:
        owner = controllers.by_number(connection, row.controller).name
    if row.campaign_id is not None:
        held = campaigns.by_id(connection, row.campaign_id)
        campaign = None if held is None else held.name
    return Documented(
        row.id,
        row.retention_class,
        owner,
        campaign,
        row.reason,
        row.author,
        row.created_at,
        row.until,
        row.lifted_at,
    )


def _scope(connection: sa.Connection, what: Hold) -> tuple[int | None, int | None]:
    if what.campaign is not None:
        row = find(connection, what.campaign, what.controller).row
        return row.controller, row.id
    if what.controller is not None:
        return controllers.find(connection, what.controller).number, None
    return None, None


def _on_record(
    app: App, connection: sa.Connection, act: Act, number: int, retention_class: str
) -> None:
    told = {"class": retention_class}
    audit.record(app, connection, act, f"hold:{number}", details=told)
