"""Says in words what changes from one ruleset to another, and whether it becomes stricter."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from policy.rule_kinds import Basis, Exemption, LocalHoliday, Rule, Ruleset
from policy.strictness import NEUTRAL, PARAMETERS, Parameter

Direction = Literal["stricter", "looser", "other"]
NAMED = ("name", "title", "layer", "zone")  # what a ruleset says beside its rules


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    rule       its ``id``; empty for what is not about one rule
    direction  ``other``: neither is stricter in all cases, or nothing is restricted
    sentence   such as ``fr.sms.hours: windows 08:00–20:00 → 09:00–19:00: stricter``
    """

    rule: str
    direction: Direction
    sentence: str


def differences(before: Ruleset, after: Ruleset) -> tuple[Change, ...]:
    """Return every change from ``before`` to ``after``, by the ids of rules."""
    return (
        *_named(before, after),
        *_rules(before.rule, after.rule),
        *_exemptions(before.exemption, after.exemption),
        *_holidays(before.local_holiday, after.local_holiday),
    )


def _change(rule: str, what: str, direction: Direction) -> Change:
    return Change(rule, direction, f"{rule or 'ruleset'}: {what}: {direction}")


def _named(before: Ruleset, after: Ruleset) -> Iterator[Change]:
    for name in NAMED:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield _change("", f"{name} {old} → {new}", "other")


def _by_id(rules: Sequence[Rule]) -> dict[tuple[str, int], Rule]:
    """Return rules by id; those of one id, which lint refuses, one by one."""
    seen: defaultdict[str, int] = defaultdict(int)
    found = {}
    for rule in rules:
        found[rule.id, seen[rule.id]] = rule
        seen[rule.id] += 1
    return found


def _rules(before: Sequence[Rule], after: Sequence[Rule]) -> Iterator[Change]:
    old, new = _by_id(before), _by_id(after)
    for key in sorted(old.keys() | new.keys()):
        if key not in old:
            # A rule about bases restricts some sends, and opens those that none spoke about.
            opens = _covers(new[key])
            yield _change(key[0], f"added ({_kind(new[key])})", "other" if opens else "stricter")
        elif key not in new:
            opens = _covers(old[key])
            yield _change(key[0], f"removed ({_kind(old[key])})", "other" if opens else "looser")
        elif old[key] != new[key]:
            yield from _changed(old[key], new[key])


def _covers(rule: Rule) -> bool:
    return isinstance(rule, Basis) and rule.covers


def _kind(rule: Rule) -> str:
    return str(rule.__struct_config__.tag)


def _changed(old: Rule, new: Rule) -> Iterator[Change]:
    if type(old) is not type(new):
        yield _change(old.id, f"kind {_kind(old)} → {_kind(new)}", "other")
        return
    for parameter in PARAMETERS[type(old)]:
        if parameter.value(old) != parameter.value(new):
            yield _change(old.id, parameter.change(old, new), _direction(parameter, old, new))
    for name in NEUTRAL:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield _change(old.id, f"{name} {before} → {after}", "other")


def _direction(parameter: Parameter, old: Rule, new: Rule) -> Direction:
    narrows = parameter.no_looser(old, new)
    if narrows == parameter.no_looser(new, old):
        return "other"
    # Whom a rule about bases speaks about, and when, it restricts and opens at once.
    whom = parameter.name.startswith(("when.", "valid_"))
    if whom and (_covers(old) or _covers(new)):
        return "other"
    return "stricter" if narrows else "looser"


def _exemptions(before: Sequence[Exemption], after: Sequence[Exemption]) -> Iterator[Change]:
    for one in before:
        if one not in after:
            yield _change(one.rule, f"{_let_off(one)} removed", "stricter")
    for one in after:
        if one not in before:
            yield _change(one.rule, f"{_let_off(one)} added", "looser")


def _let_off(one: Exemption) -> str:
    return f"exemption of {one.controller} until {one.until} ({one.reason}, by {one.author})"


def _holidays(before: Sequence[LocalHoliday], after: Sequence[LocalHoliday]) -> Iterator[Change]:
    for one in before:
        if one not in after:
            yield _change("", f"{_holiday(one)} removed", "looser")
    for one in after:
        if one not in before:
            yield _change("", f"{_holiday(one)} added", "stricter")


def _holiday(one: LocalHoliday) -> str:
    return f"holiday {one.month:02}-{one.day:02} of {', '.join(one.places)}"
