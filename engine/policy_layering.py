"""How a change of one layer stands to the layers above and below it, and to what held before."""

from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa
from msgspec import structs

from engine.app import App
from engine.clock import Millis
from engine.policy_scope import Scope, campaign_of, place_of
from engine.ruleset_examination import loosening
from engine.states import CampaignState
from engine.store import controllers, rulesets
from engine.store.rulesets import RulesetRow
from engine.wire.instants import from_millis
from policy.differences import Change, differences
from policy.layers import ORDER
from policy.reading import RulesetFault, read_ruleset
from policy.rule_kinds import Ruleset

__all__ = [
    "RulesetRow",
    "changes_between",
    "held_or_planned",
    "notices",
    "standing",
    "upper_rulesets",
]

_OVER = frozenset({CampaignState.FINISHED, CampaignState.REFUSED})
_Place = tuple[str, int, str]


def standing(rows: Iterable[RulesetRow], at: Millis) -> dict[_Place, RulesetRow]:
    """Return what holds at an instant, by places. Rows come as ``rulesets.every`` orders them."""
    found: dict[_Place, RulesetRow] = {}
    for row in rows:
        if row.effective_at <= at:
            found[place_of(row)] = row
    return {place: row for place, row in found.items() if row.version}


def held_or_planned(app: App) -> list[RulesetRow]:
    """Return what holds now on every layer of everybody, and what will."""
    now = app.clock.now()
    with app.db.read() as connection:
        rows = rulesets.every(connection)
    return [*standing(rows, now).values(), *(row for row in rows if row.effective_at > now)]


def upper_rows(scope: Scope, rows: Iterable[RulesetRow], at: Millis) -> list[RulesetRow]:
    """Return what holds on the layers above one, the platform's first."""
    held = standing(rows, at)
    return [held[place] for place in scope.above() if place in held]


def upper_rulesets(scope: Scope, rows: Iterable[RulesetRow], at: Millis) -> list[Ruleset]:
    """Return the same as rulesets, those that can be read."""
    return [ruleset for _, ruleset in _readable(upper_rows(scope, rows, at))]


def notices(
    connection: sa.Connection, scope: Scope, row: RulesetRow, rows: Sequence[RulesetRow]
) -> Iterator[str]:
    """Say in sentences what is no reason to refuse a change, and should be known."""
    at = row.effective_at
    for later in rows:
        if place_of(later) == scope.place and later.effective_at > at:
            when, what = from_millis(later.effective_at).isoformat(), later.name or "nothing"
            yield f"a change is planned for {when} ({what}): it comes all the same"
    upper = upper_rows(scope, rows, at)
    if scope.layer != ORDER[0] and not any(one.layer == ORDER[0] for one in upper):
        yield "no ruleset of the platform holds then: nothing is sent at all"
    if scope.campaign:
        campaign = campaign_of(connection, scope)
        if campaign is None:
            yield f"there is no {scope} yet: this holds once there is"
        elif campaign.state in _OVER:
            yield f"{scope} is {campaign.state} already: nothing more of it is decided"
    if row.version:
        yield from _misled(connection, scope, read_ruleset(row.text), rows, at)


def changes_between(before: RulesetRow | None, after: RulesetRow) -> tuple[Change, ...]:
    """Return in words what changed from one row of a layer to the next.

    None on the platform where nothing held before: nothing was permitted, so all of it opens.
    Raises policy.reading.RulesetFault where one cannot be read.
    """
    old = read_ruleset(before.text) if before is not None and before.version else None
    new = read_ruleset(after.text) if after.version else None
    if after.layer == ORDER[0] and old is None:
        return ()
    old, new = old or _silent(new), new or _silent(old)
    return differences(old, new) if old is not None and new is not None else ()


def _silent(ruleset: Ruleset | None) -> Ruleset | None:
    """Return a ruleset that asks for nothing, to compare one with where none holds."""
    if ruleset is None:
        return None
    return structs.replace(ruleset, rule=(), exemption=(), local_holiday=())


def _misled(
    connection: sa.Connection,
    scope: Scope,
    ruleset: Ruleset,
    rows: Sequence[RulesetRow],
    at: Millis,
) -> Iterator[str]:
    """Tell which lower layers say less than this one: they restrict still, and mislead people."""
    upper = [*upper_rulesets(scope, rows, at), ruleset]
    names = {one.number: one.name for one in controllers.every(connection)}
    rank = ORDER.index(scope.layer)
    for row, lower in _readable(standing(rows, at).values()):
        if ORDER.index(lower.layer) > rank and scope.number in {0, row.scope}:
            whose = Scope(row.scope, names.get(row.scope, ""), row.campaign)
            for one in loosening(lower, upper):
                yield f"{whose} now has a ruleset in which {one.subject} {one.sentence}; both hold"


def _readable(rows: Iterable[RulesetRow]) -> Iterator[tuple[RulesetRow, Ruleset]]:
    """Give what can be read. By what cannot, dispatch permits nothing, and the doctor says so."""
    for row in rows:
        try:
            yield row, read_ruleset(row.text)
        except RulesetFault:
            continue
