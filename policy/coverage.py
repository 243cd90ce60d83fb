"""Finds days and sends that no rule speaks about, though one was probably meant to."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import get_args

from policy.finding import Finding
from policy.rule_kinds import Basis, Channel, Relation, Rule, Ruleset

ALWAYS = date.min.toordinal()
FOR_GOOD = date.max.toordinal()


def _first(rule: Rule) -> int:
    return ALWAYS if rule.valid_from is None else rule.valid_from.toordinal()


def _last(rule: Rule) -> int:
    return FOR_GOOD if rule.valid_to is None else rule.valid_to.toordinal()


def gaps(ruleset: Ruleset) -> Iterator[Finding]:
    """Yield a warning where the versions of one rule leave days without any.

    Versions are rules of one kind whose ids differ only after the last dot.
    """
    versions: defaultdict[tuple[str, type[Rule]], list[Rule]] = defaultdict(list)
    for rule in ruleset.rule:
        versions[rule.id.rpartition(".")[0], type(rule)].append(rule)
    for (prefix, _), rules in versions.items():
        if prefix:
            yield from _gaps_of(prefix, sorted(rules, key=_first))


def _gaps_of(prefix: str, rules: list[Rule]) -> Iterator[Finding]:
    covered, latest = _last(rules[0]), rules[0]
    for rule in rules[1:]:
        if _first(rule) > covered + 1:
            first, last = date.fromordinal(covered + 1), date.fromordinal(_first(rule) - 1)
            said = f"no rule {prefix}.* of its kind holds from {first} to {last}, after {latest.id}"
            yield Finding("warning", rule.id, said)
        if _last(rule) > covered:
            covered, latest = _last(rule), rule


def silences(ruleset: Ruleset) -> Iterator[Finding]:
    """Yield a warning for marketing that no rule about bases speaks about: it is never sent.

    One for each channel and span of days, with the relations. Only the platform's rules count:
    lower layers open nothing. A rule for some sends of a channel and relation only (of one country,
    say) counts for it as a whole.
    """
    if ruleset.layer != "platform":
        return
    rules = [
        rule
        for rule in ruleset.rule
        if isinstance(rule, Basis)
        and rule.covers
        and "marketing" in (rule.when.campaigns or ("marketing",))
    ]
    turns = sorted({min(map(_first, rules), default=ALWAYS)} | _turns(rules))
    for channel in get_args(Channel):
        before: list[Relation] = []
        for turn in turns:
            silent = [who for who in get_args(Relation) if not _spoken(rules, channel, who, turn)]
            if silent and silent != before:
                since = f" from {date.fromordinal(turn)}" if turn > turns[0] else ""
                said = f"marketing by {channel} to {', '.join(silent)}{since}"
                yield Finding("warning", "", f"no rule of kind basis speaks about {said}")
            before = silent


def _turns(rules: list[Basis]) -> set[int]:
    """Return the days on which rules begin or have ended."""
    ends = {_last(rule) + 1 for rule in rules if rule.valid_to not in {None, date.max}}
    return ends | {_first(rule) for rule in rules}


def _spoken(rules: list[Basis], channel: Channel, relation: Relation, day: int) -> bool:
    return any(
        _first(rule) <= day <= _last(rule)
        and channel in (rule.when.channels or (channel,))
        and relation in (rule.when.relations or (relation,))
        for rule in rules
    )
