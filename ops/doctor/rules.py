"""The rules: whether any hold, can be read, are those that come with Chappe, find their lists."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

from engine import opposition_lists
from engine.app import App
from engine.clock import DAY, SECOND, Millis
from engine.policy_layering import RulesetRow, held_or_planned
from ops.cli import packs
from ops.doctor.findings import Finding, fault, ok, warning
from policy.layers import ORDER
from policy.reading import RulesetFault, content_hash, read_ruleset
from policy.rule_kinds import OppositionList, Ruleset


def hold(app: App) -> Iterator[Finding]:
    """Look whether rules hold on the platform, and whether all that hold or will can be read."""
    now = app.clock.now()
    rows = held_or_planned(app)
    platform = [row for row in rows if row.layer == ORDER[0] and row.effective_at <= now]
    if not platform:
        yield fault(
            "no ruleset holds on the platform: nothing is sent",
            "chappe policy apply fr --reason 'first rules'",
        )
    unreadable = 0
    for row in rows:
        try:
            read_ruleset(row.text)
        except RulesetFault as cause:
            unreadable += 1
            yield _unreadable(row, cause, now)
    for row in platform:
        yield from _as_it_comes(row)
    if platform and not unreadable:
        yield ok(
            f"{platform[0].name} {platform[0].version} holds, and {len(rows) - 1} on top of it"
        )


def lists(app: App) -> Iterator[Finding]:
    """Look whether each opposition list that rules ask for was imported lately enough."""
    now = app.clock.now()
    today = datetime.fromtimestamp(now // SECOND, UTC).date()
    with app.db.read() as connection:
        read_at = opposition_lists.read_at(connection)
    asked: dict[str, int] = {}
    for ruleset in _readable(app):
        for rule in ruleset.rule:
            if isinstance(rule, OppositionList) and _in_force(rule, today):
                asked[rule.name] = min(rule.read_within_days, asked.get(rule.name, 366))
    found = [one for name in sorted(asked) if (one := _list(name, asked[name], read_at, now))]
    yield from found
    if not found:
        yield ok(f"{len(asked)} opposition lists are asked for, none is missing")


def _unreadable(row: RulesetRow, cause: RulesetFault, now: Millis) -> Finding:
    where = "the platform" if row.layer == ORDER[0] else f"a {row.layer}"
    holds = "holds" if row.effective_at <= now else "is planned"
    return fault(
        f"the ruleset {row.name} {row.version} that {holds} for {where} cannot be read"
        f" ({cause.faults[0]}): nothing is sent by it",
        "chappe policy apply a ruleset that this version reads, or chappe policy rollback",
    )


def _as_it_comes(row: RulesetRow) -> Iterator[Finding]:
    """Say where a ruleset is another one than that of the same name that comes with Chappe."""
    if row.name not in packs.names():
        return
    try:
        ours, comes = read_ruleset(row.text), read_ruleset(packs.ruleset(row.name).text)
    except RulesetFault:
        return
    if content_hash(ours) != content_hash(comes):
        yield warning(
            f"the ruleset {row.name} {row.version} is not the one that comes with this Chappe"
            f" ({content_hash(comes)})",
            f"chappe policy current --text > held.toml; chappe policy diff held.toml {row.name};"
            f" then chappe policy apply {row.name}, or give your own another name",
        )


def _readable(app: App) -> Iterator[Ruleset]:
    for row in held_or_planned(app):
        try:
            yield read_ruleset(row.text)
        except RulesetFault:
            continue


def _in_force(rule: OppositionList, today: date) -> bool:
    return (rule.valid_from or date.min) <= today <= (rule.valid_to or date.max)


def _list(name: str, days: int, read_at: Mapping[str, Millis], now: Millis) -> Finding | None:
    """Return what is wrong with one list; None: nothing."""
    remedy = f"chappe opposition-list import {name} FILE --dated …"
    if name not in read_at:
        return warning(
            f"rules ask for the opposition list {name}, which was never imported: nobody whom"
            " they are about is contacted",
            remedy,
        )
    age = (now - read_at[name]) // DAY
    if age < days:
        return None
    return warning(
        f"the opposition list {name} is {age} days old, and rules want it of the last {days}:"
        " nobody whom they are about is contacted",
        remedy,
    )
