"""Changes of policy: a ruleset is applied, or taken back; each with who, when, why, before, after.

A change is one transaction: the row, the generation that makes every process read it before its
next slice, and the act. Nothing is ever overwritten: what held before stays in the history.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import sqlalchemy as sa
import structlog

from engine import audit
from engine.app import App
from engine.audit import Act
from engine.clock import Millis
from engine.deciding import LATER
from engine.policy_layering import changes_between, notices, upper_rulesets
from engine.policy_scope import PolicyFault, Scope, checked_reason, place_of, scope_of
from engine.rulebook import latest
from engine.ruleset_examination import Examined, Objection, examine, loosening
from engine.store import rulesets
from engine.store.due import reconsider
from engine.store.rulesets import RulesetRow
from engine.wire.instants import from_millis
from policy.differences import Change, Direction
from policy.layers import ORDER
from policy.reading import RulesetFault, read_ruleset
from policy.rule_kinds import Layer, Ruleset

NOTHING: Final = "none"  # as a version to go back to: nothing holds on the layer
_DIRECTIONS: Final[tuple[Direction, ...]] = ("stricter", "looser", "other")
_FOR: Final[dict[Layer, str]] = {
    "platform": "leave --controller and --campaign out",
    "controller": "give --controller, and no --campaign",
    "campaign": "give --controller and --campaign",
}

_log = structlog.get_logger()


class RulesetRefused(PolicyFault):
    """Raised when a ruleset may not hold. ``examined`` says everything that speaks against it."""

    def __init__(self, examined: Examined) -> None:
        said = [f"{one.subject}: {one.sentence}" for one in examined.objections]
        super().__init__(f"the ruleset is refused: {'; '.join(said)}")
        self.examined = examined


@dataclass(frozen=True, slots=True)
class Wish:
    """A ruleset that somebody wants to hold, and for whom.

    cases         None: there are none, which lower layers may have
    controller    None: the platform
    campaign      None: all of the controller
    effective_at  None: from now on
    """

    text: str
    cases: str | None
    reason: str
    controller: str | None = None
    campaign: str | None = None
    effective_at: Millis | None = None
    without_cases: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """A change of one layer, or what it would be.

    before, after  versions; empty: nothing holds
    already        nothing was to be done: it holds as it is
    cases          how many were decided for it
    changes        in words; none where nothing held before on the platform
    notices        what is no reason to refuse, and should be known
    """

    scope: Scope
    name: str
    before: str
    after: str
    effective_at: Millis
    cases: int
    changes: tuple[Change, ...]
    notices: tuple[str, ...]
    already: bool

    def count(self, direction: Direction) -> int:
        """Return how many changes go in a direction."""
        return Counter(change.direction for change in self.changes)[direction]


def apply_ruleset(app: App, wish: Wish, *, dry: bool = False) -> Changed:
    """Let a ruleset hold for a layer, at once or from an instant on.

    dry  find out what would come of it, and change nothing

    Raises RulesetRefused with everything that speaks against it, PolicyFault for whom or when it
    cannot hold, UnknownController.
    """
    reason = checked_reason(wish.reason)
    at = _from(wish.effective_at, app.clock.now())
    with app.db.read() as connection:
        scope = scope_of(connection, wish.controller, wish.campaign)
        rows = rulesets.every(connection)
        examined, ruleset = _acceptable(wish, scope, upper_rulesets(scope, rows, at))
        row = RulesetRow(
            0,
            *scope.place,
            name=ruleset.name,
            version=examined.version,
            text=wish.text,
            cases=wish.cases or "",
            effective_at=at,
            applied_at=at,
            actor=app.settings.actor,
            reason=reason,
        )
        if dry:
            return _change(connection, scope, row, rows, examined.cases)
    with app.db.write() as connection:
        rulesets.take_turn(connection)
        rows = rulesets.every(connection)
        row = _now(app, row, wish.effective_at)
        # Somebody may have changed the layers above since they were looked at.
        late = tuple(loosening(ruleset, upper_rulesets(scope, rows, row.effective_at)))
        if late:
            raise RulesetRefused(replace(examined, objections=late))
        changed = _change(connection, scope, row, rows, examined.cases)
        if not changed.already:
            _write(app, connection, Act.POLICY_APPLIED, row, changed)
    return changed


def roll_back(
    app: App, scope: Scope, reason: str, *, to: str | None = None, planned: Millis | None = None
) -> Changed:
    """Let hold what held before the present ruleset of a layer, or a version of its history.

    to       a version, or ``none`` for a lower layer: nothing holds; None: what held before
    planned  take back the change that is planned for this instant; None: that which holds now

    Its cases are not decided again: they passed when it was applied, and who takes a ruleset back
    is in a hurry. Raises PolicyFault where there is nothing to go back to, or it cannot be read.
    """
    said = checked_reason(reason)
    _from(planned, app.clock.now())
    with app.db.write() as connection:
        rulesets.take_turn(connection)
        rows = rulesets.every(connection)
        own = [row for row in rows if place_of(row) == scope.place]
        former = _former(scope, own, to, planned, app.clock.now())
        former = former._replace(actor=app.settings.actor, reason=said)
        row = _now(app, former, planned)
        changed = _change(connection, scope, row, rows, 0)
        if not changed.already:
            _write(app, connection, Act.POLICY_ROLLED_BACK, row, changed)
    return changed


def history(
    app: App, controller: str | None, campaign: str | None
) -> tuple[Scope, list[RulesetRow]]:
    """Return everything that held, holds and will hold for one layer, the oldest first.

    Raises UnknownController or PolicyFault.
    """
    with app.db.read() as connection:
        scope = scope_of(connection, controller, campaign)
        return scope, rulesets.of_layer(connection, *scope.place)


def _from(given: Millis | None, now: Millis) -> Millis:
    if given is not None and given < now:
        said = "what was sent until now was decided by what held then: nothing can hold earlier"
        raise PolicyFault(f"{said}; leave --from out, or give an instant to come")
    return now if given is None else given


def _now(app: App, row: RulesetRow, planned: Millis | None) -> RulesetRow:
    """Return a row with its instants, once its turn has come: of two changes the later one holds."""
    now = app.clock.now()
    return row._replace(effective_at=now if planned is None else planned, applied_at=now)


def _acceptable(wish: Wish, scope: Scope, above: Sequence[Ruleset]) -> tuple[Examined, Ruleset]:
    """Return what was examined, and the ruleset, if nothing speaks against it."""
    examined = examine(wish.text, wish.cases, above, without_cases=wish.without_cases)
    ruleset, objections = examined.ruleset, examined.objections
    if ruleset is not None and ruleset.layer != scope.layer:
        said = f"is {ruleset.layer!r}, and this is for {scope}: {_FOR[ruleset.layer]}"
        objections = (Objection("layers", 0, "layer", said), *objections)
    if objections or ruleset is None:
        raise RulesetRefused(replace(examined, objections=objections))
    return examined, ruleset


def _former(
    scope: Scope, own: list[RulesetRow], to: str | None, planned: Millis | None, now: Millis
) -> RulesetRow:
    """Return the row to go back to; one without a version: nothing holds."""
    if to == NOTHING:
        return _nothing(scope)
    if to is not None:
        found = [row for row in own if row.version == to]
        if not found:
            raise PolicyFault(f"{scope} never had a version {to!r}; see: chappe policy history")
        return _read_still(found[-1])
    at = now if planned is None else planned
    held = [row for row in own if row.effective_at <= at]
    if planned is not None and (not held or held[-1].effective_at != planned):
        raise PolicyFault(
            f"nothing is planned for {scope} at that instant; see: chappe policy history"
        )
    if not held:
        raise PolicyFault(f"nothing was applied to {scope} yet: there is nothing to take back")
    return _read_still(held[-2]) if held[:-1] else _nothing(scope)


def _nothing(scope: Scope) -> RulesetRow:
    if scope.layer == ORDER[0]:
        said = "the platform has no ruleset before this one, and without one nothing is sent"
        raise PolicyFault(
            f"{said}; apply another one, or stop what must not leave: chappe policy kill"
        )
    return RulesetRow(0, *scope.place, "", "", "", "", 0, 0, "", "")


def _read_still(row: RulesetRow) -> RulesetRow:
    try:
        _ = read_ruleset(row.text) if row.version else None
    except RulesetFault as fault:
        said = f"this Chappe cannot read version {row.version}: {fault.faults[0]}"
        raise PolicyFault(f"{said}; apply a ruleset that it can read") from None
    return row


def _change(
    connection: sa.Connection,
    scope: Scope,
    row: RulesetRow,
    rows: Sequence[RulesetRow],
    cases: int,
) -> Changed:
    held = latest((one for one in rows if place_of(one) == scope.place), row.effective_at)
    before = ("", "", "") if held is None else (held.version, held.text, held.cases)
    return Changed(
        scope=scope,
        name=row.name,
        before=before[0],
        after=row.version,
        effective_at=row.effective_at,
        cases=cases,
        changes=_compared(held, row),
        notices=tuple(notices(connection, scope, row, rows)),
        already=before == (row.version, row.text, row.cases),
    )


def _compared(held: RulesetRow | None, row: RulesetRow) -> tuple[Change, ...]:
    try:
        return changes_between(held, row)
    except RulesetFault:  # what held cannot be read any more: then this is what mends it
        return ()


def _write(
    app: App, connection: sa.Connection, act: Act, row: RulesetRow, changed: Changed
) -> None:
    rulesets.insert(connection, row)
    reconsider(connection, LATER, row.applied_at)  # other rules may let them leave earlier
    scope = changed.scope
    told: dict[str, str | int | bool] = {
        "layer": scope.layer,
        "before": changed.before or NOTHING,
        "after": changed.after or NOTHING,
        "effective_at": from_millis(row.effective_at).isoformat(),
        "reason": row.reason,
        **{direction: changed.count(direction) for direction in _DIRECTIONS},
    }
    if scope.campaign:
        told["campaign"] = scope.campaign
    subject = f"ruleset:{row.name or NOTHING}"
    audit.record(app, connection, act, subject, controller=scope.controller, details=told)
    _log.info(
        "policy_changed",
        layer=scope.layer,
        controller=scope.number,
        before=changed.before,
        after=changed.after,
    )
