"""How changes of policy, and what speaks against them, are shown."""

from collections.abc import Mapping, Sequence

from engine.clock import Millis
from engine.policy_changes import Changed
from engine.policy_layering import RulesetRow, changes_between
from engine.policy_scope import Scope
from engine.rulebook import latest
from engine.ruleset_examination import Examined, Objection
from ops.cli import output
from ops.cli.packs import Page
from ops.cli.policy_change_shapes import PolicyChanged, RulesetHeld
from ops.cli.policy_shapes import ChangeShown, RulesetFaultShown
from ops.cli.policy_showing import findings_shown
from policy.differences import Change
from policy.reading import RulesetFault
from policy.toml_places import find_places

COLOURS: Mapping[str, str] = {"stricter": "green", "looser": "red", "other": ""}
_NOTHING = "nothing"


def changed_shown(changed: Changed, *, written: bool) -> PolicyChanged:
    """Return a change as it is shown; ``written``: it was made, if there was one to make."""
    return PolicyChanged(
        layer=changed.scope.layer,
        controller=changed.scope.controller or None,
        campaign=changed.scope.campaign or None,
        ruleset=changed.name or None,
        before=changed.before or None,
        after=changed.after or None,
        effective_at=output.moment(changed.effective_at),
        changed=written and not changed.already,
        cases=changed.cases,
        stricter=changed.count("stricter"),
        looser=changed.count("looser"),
        other=changed.count("other"),
        changes=tuple(map(change_shown, changed.changes)),
        notices=changed.notices,
    )


def print_changed(changed: Changed, *, written: bool) -> None:
    """Write what changed, and say what came of it."""
    shown = changed_shown(changed, written=written)
    for one in changed.changes:
        output.styled(one.sentence, COLOURS[one.direction])
    for sentence in changed.notices:
        output.warn(sentence)
    if changed.already:
        output.say(f"{changed.scope}: {_ruleset(changed)} holds as it is: nothing was to be done")
        return
    sums = f"{shown.stricter} stricter, {shown.looser} looser, {shown.other} neither"
    said = f"{_version(changed.before)} → {_version(changed.after)}"
    if changed.changes:
        said += f", {sums}"
    if changed.cases:
        said += f", {changed.cases} cases pass"
    if not written:
        output.say(f"{changed.scope}: {said}; nothing was changed: leave --dry-run out to apply it")
        return
    holds = "holds" if changed.after else "nothing holds any more"
    what = f"{_ruleset(changed)} {holds}" if changed.after else holds
    when = output.readable(shown.effective_at)
    output.say(f"{changed.scope}: {what} from {when} on ({said})", style="green")


def _ruleset(changed: Changed) -> str:
    return f"{changed.name} {changed.after}" if changed.after else _NOTHING


def _version(version: str) -> str:
    return version or _NOTHING


def change_shown(one: Change) -> ChangeShown:
    """Return one change."""
    return ChangeShown(rule=one.rule, direction=one.direction, sentence=one.sentence)


def objections_shown(examined: Examined, page: Page, cases: Page | None) -> list[RulesetFaultShown]:
    """Return everything that speaks against a ruleset, with the file and line of each."""
    shown = []
    if examined.ruleset is not None:
        found = findings_shown(page, examined.ruleset)
        shown = [one for one in found if one.severity == "error"]
    for one in examined.objections:
        if one.part == "ruleset" and not one.line:
            continue  # what is wrong between rules, which is there already with its line
        file = cases if one.part == "cases" and cases is not None else page
        line = one.line or _line(examined, page, one)
        shown.append(
            RulesetFaultShown(
                severity="error",
                file=file.name,
                line=line,
                subject=one.subject,
                sentence=one.sentence,
            )
        )
    return shown


def _line(examined: Examined, page: Page, one: Objection) -> int:
    """Return in which line the rule stands that an objection is about."""
    if examined.ruleset is None:
        return 1
    ids = [f"rule {rule.id}" for rule in examined.ruleset.rule]
    path = ("rule", ids.index(one.subject)) if one.subject in ids else ("layer",)
    return find_places(page.text).line(path)


def history_shown(
    scope: Scope, rows: Sequence[RulesetRow], now: Millis, *, changes: bool
) -> list[RulesetHeld]:
    """Return the history of one layer, the oldest first."""
    held = latest(rows, now)
    befores = (None, *rows[:-1])
    return [
        held_shown(
            scope,
            row,
            "now" if row is held else "planned" if row.effective_at > now else "past",
            _changes(before, row) if changes else None,
        )
        for before, row in zip(befores, rows, strict=True)
    ]


def _changes(before: RulesetRow | None, row: RulesetRow) -> tuple[ChangeShown, ...]:
    try:
        return tuple(map(change_shown, changes_between(before, row)))
    except RulesetFault:
        said = "cannot be compared: this Chappe cannot read one of both"
        return (ChangeShown(rule="", direction="other", sentence=said),)


def held_shown(
    scope: Scope, row: RulesetRow, holds: str, changes: tuple[ChangeShown, ...] | None = None
) -> RulesetHeld:
    """Return one row of the history of a layer."""
    return RulesetHeld(
        layer=row.layer,
        controller=scope.controller or None,
        campaign=row.campaign or None,
        ruleset=row.name or None,
        version=row.version or None,
        effective_at=output.moment(row.effective_at),
        applied_at=output.moment(row.applied_at),
        actor=row.actor,
        reason=row.reason,
        holds=holds,
        changes=changes,
    )


def print_history(shown: Sequence[RulesetHeld]) -> None:
    """Write a history, with what changed at each step where that was asked for."""
    output.table(
        ("version", "ruleset", "holds", "from", "by", "reason"),
        [
            (
                one.version,
                one.ruleset or _NOTHING,
                one.holds,
                output.readable(one.effective_at),
                one.actor,
                one.reason,
            )
            for one in shown
        ],
    )
    for one in shown:
        if one.changes:
            output.data("")
            output.data(f"{one.version or _NOTHING}, {output.readable(one.effective_at)}")
            for change in one.changes:
                output.styled(f"  {change.sentence}", COLOURS[change.direction])
