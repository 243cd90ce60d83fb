"""Finds what is wrong between the rules of a ruleset, each of which is well written by itself."""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date
from typing import get_args
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from policy.country_words import unknown_countries
from policy.coverage import gaps, silences
from policy.finding import Finding
from policy.known_words import unknown_words
from policy.layers import ORDER
from policy.rule_kinds import (
    Addresses,
    Ban,
    Basis,
    Cap,
    Channel,
    ConsentAge,
    Day,
    Hours,
    LocalHoliday,
    Numbers,
    OppositionList,
    Pause,
    Rule,
    Ruleset,
    Sector,
    Selector,
    Window,
)
from policy.strictness import joined
from policy.territory import PLACES
from policy.typed_tree import meant

_ASKED: dict[type[Rule], frozenset[Channel]] = {
    Numbers: frozenset({"sms", "voice", "fax"}),
    Addresses: frozenset({"email"}),
}
"""Channels whose recipients have the fact that a kind asks about."""
NOT_LEAP = 2023


def lint(ruleset: Ruleset, places: Collection[str] | None = None) -> tuple[Finding, ...]:
    """Return everything that is wrong or probably not meant, errors first.

    ``places`` are the keys of all places that holidays may name; None: they are not looked at.
    """
    found = [
        *_zone(ruleset.zone),
        *_ids(ruleset),
        *(one for rule in ruleset.rule for one in _rule(rule)),
        *_twins(ruleset),
        *_exemptions(ruleset),
        *(one for day in ruleset.local_holiday for one in _holiday(day, places)),
        *gaps(ruleset),
        *silences(ruleset),
    ]
    return tuple(sorted(found, key=lambda one: one.severity))


def _zone(zone: str) -> Iterator[Finding]:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):  # whichever, by how wrong the name is
        near = sorted({place.zone for place in PLACES.values() if _called(place.zone, zone)})
        hint = f"did you mean {near[0]!r}?" if near else "expected Europe/Paris or such"
        yield Finding("error", "", f"zone {zone!r} is no time zone; {hint}")


def _called(zone: str, name: str) -> bool:
    """Return whether people may call a zone so: in other letters, or by its city alone."""
    return name.lower() in {zone.lower(), zone.lower().rpartition("/")[2]}


def _ids(ruleset: Ruleset) -> Iterator[Finding]:
    for name, times in Counter(rule.id for rule in ruleset.rule).items():
        if times > 1:
            yield Finding("error", name, f"{times} rules have this id; give each its own")
        if name.partition(".")[0] in ORDER:
            said = "begins with the name of a layer, as only rules of merged layers do"
            yield Finding("error", name, f"its id {said}")


def _rule(rule: Rule) -> Iterator[Finding]:
    if rule.valid_from and rule.valid_to and rule.valid_from > rule.valid_to:
        said = f"never holds: valid_from {rule.valid_from} is after valid_to {rule.valid_to}"
        yield Finding("error", rule.id, said)
    yield from unknown_words(rule)
    yield from unknown_countries(rule)
    if isinstance(rule, Hours):
        yield from _windows(rule)
    for why in _idle(rule):
        yield Finding("warning", rule.id, f"has no effect: {why}")
    for why in (*_far(rule), *_placeless(rule)):
        yield Finding("warning", rule.id, why)


def _placeless(rule: Rule) -> Iterator[str]:
    """Yield that a rule on time is about mails: of most addresses nobody knows where they are."""
    if isinstance(rule, Hours | Cap | Pause) and "email" in rule.when.channels:
        yield (
            "is about email: of an address nobody knows the place, so it denies whoever has no"
            " country beside it, and where that is large no postal_code"
        )


def _span(window: Window) -> str:
    return f"{window.start}–{window.end}"


def _windows(rule: Hours) -> Iterator[Finding]:
    right = [window for window in rule.windows if window.start < window.end]
    for window in rule.windows:
        if window not in right:
            said = f"window {_span(window)} never opens; one past midnight is two windows"
            yield Finding("error", rule.id, said)
    right.sort(key=lambda window: (window.start, window.end))
    for place, window in enumerate(right):
        for later in right[place + 1 :]:
            if later.start < window.end:
                said = f"windows {_span(window)} and {_span(later)} overlap"
                yield Finding("warning", rule.id, said)


def _idle(rule: Rule) -> Iterator[str]:
    when = rule.when
    if when.voice_modes and when.channels and "voice" not in when.channels:
        yield "it is about modes of voice on other channels"
    asked = _ASKED.get(type(rule))
    if asked and when.channels and not asked & set(when.channels):
        yield f"it is about channels other than {', '.join(sorted(asked))}"
    if isinstance(rule, Hours) and _always_open(rule):
        yield "it is open all day, every day"
    if _excepts_all(rule):
        yield "it excepts every basis that it is about"


def _far(rule: Rule) -> Iterator[str]:
    """Yield where a rule stops more than whoever writes it may think."""
    if isinstance(rule, Ban) and rule.when == Selector():
        yield "stops everything: say in when what it is about"
    if isinstance(rule, Basis) and not rule.one_of:
        yield "stops all that it is about: one_of names no basis"
    if isinstance(rule, ConsentAge) and not rule.when.bases:
        said = f"stops sends on every basis that has no {rule.evidence}"
        yield f"{said}: say in when which bases it is about"


def _excepts_all(rule: Rule) -> bool:
    return (
        isinstance(rule, (Sector, OppositionList))
        and bool(rule.when.bases)
        and set(rule.when.bases) <= set(rule.except_bases)
    )


def _always_open(rule: Hours) -> bool:
    return (
        rule.holidays
        and rule.local_holidays
        and set(rule.days) == set(get_args(Day))
        and joined(rule.windows) == [Window(start="00:00", end="24:00")]
    )


def _twins(ruleset: Ruleset) -> Iterator[Finding]:
    """Yield rules that say the same as an earlier one."""
    seen: dict[Rule, str] = {}
    for rule in ruleset.rule:
        first = seen.setdefault(replace(rule, id="x", source="house", certainty="house"), rule.id)
        if first != rule.id:
            yield Finding("warning", rule.id, f"has no effect: {first} says the same")


def _exemptions(ruleset: Ruleset) -> Iterator[Finding]:
    begins = {rule.id: rule.valid_from for rule in ruleset.rule}
    for one in ruleset.exemption:
        if ruleset.layer != "platform":
            said = f"exemption of {one.controller}: only the platform may exempt"
            yield Finding("error", one.rule, said)
        if one.rule not in begins:
            said = f"exemption of {one.controller} from a rule that is not there"
            near = meant(one.rule, begins) or "; write the id of a rule of this ruleset"
            yield Finding("error", one.rule, said + near)
        elif one.until < (begins[one.rule] or one.until):
            said = f"exemption of {one.controller} ends before the rule begins"
            yield Finding("warning", one.rule, said)


def _holiday(day: LocalHoliday, places: Collection[str] | None) -> Iterator[Finding]:
    try:
        date(NOT_LEAP, day.month, day.day)
    except ValueError:
        said = f"holiday {day.month:02}-{day.day:02} is not a day of every year"
        yield Finding("error", "", said)
    for place in day.places:
        if places is not None and place not in places:
            said = f"holiday {day.month:02}-{day.day:02}: {place!r} is no place that is known"
            near = meant(place, places) or "; places are 75, 20, 971, BE and such"
            yield Finding("error", "", said + near)
