"""Cases of a ruleset: facts, an instant, and what must come of it. Written in TOML beside it.

A file has groups of facts (``[facts.NAME]``), facts of every case (``[usual]``), and cases::

    [[case]]
    title = "Without consent no text message"
    at = "2026-11-24T11:00"                 # local time of the place, or UTC with Z
    given = { use = ["prospect"], channel = "sms", place = "75" }
    unknown = ["findings"]                  # what nobody knows here although it is usual
    then = { verdict = "deny", reason = "no_basis", rule = "basis.messages" }
"""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import Struct

from policy.case_facts import (
    NAMES,
    Given,
    MomentFault,
    When,
    moment,
    recipient_facts,
    send_facts,
    shown,
    together,
)
from policy.case_reading import Reading
from policy.countries import COUNTRIES
from policy.decision import Verdict
from policy.evaluate import Compiled
from policy.reading import RulesetFaultLine
from policy.rule_kinds import Ruleset
from policy.send_facts import Millis, RecipientFacts, SendFacts
from policy.send_reasons import SendDecision, SendReason
from policy.territory import PLACES
from policy.toml_places import KeyPath
from policy.typed_tree import meant

_USUAL = "usual"
_Groups = Mapping[str, Given | None]
_EVERY = ""  # the usual facts among the groups: no group is called so
_TABLES = (_USUAL, "facts", "case")
_OF_RULESETS = frozenset(Ruleset.__struct_fields__)


class CasesFault(ValueError):
    """A text is no file of cases. ``faults`` are all that were found, by their lines."""

    def __init__(self, found: tuple[RulesetFaultLine, ...]) -> None:
        super().__init__("\n".join(map(str, found)))
        self.faults = found


class Then(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must come of a case: as much of it as matters.

    until  for a deferral, the instant to decide again: local time of the place, or UTC with Z
    rule   the id of the rule that is reported
    """

    verdict: Verdict
    reason: SendReason | None = None
    until: When | None = None
    rule: str | None = None


class _Written(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A case as it is written."""

    title: str
    at: When
    given: Given
    then: Then
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One case, ready to be decided.

    line   where it begins in its file
    until  when it must be decided again; None: not said
    """

    title: str
    line: int
    send: SendFacts
    recipient: RecipientFacts
    at: Millis
    then: Then
    until: Millis | None


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What a ruleset made of a case, beside what it must make of it."""

    case: Case
    decision: SendDecision

    @property
    def passed(self) -> bool:
        """Whether all that was expected came."""
        then, got = self.case.then, self.decision
        return (
            got.verdict is then.verdict
            and then.reason in {None, got.reason}
            and then.rule in {None, got.rule}
            and self.case.until in {None, got.until}
        )

    @property
    def expected(self) -> str:
        """What must come of it, in words."""
        then = self.case.then
        return self._words(then.verdict, then.reason, then.rule, self.case.until)

    @property
    def got(self) -> str:
        """What came of it, in words."""
        decision = self.decision
        return self._words(decision.verdict, decision.reason, decision.rule, decision.until)

    def _words(
        self, verdict: Verdict, reason: SendReason | None, rule: str | None, until: Millis | None
    ) -> str:
        why = reason if reason not in {None, SendReason.PERMITTED} else ""
        parts = (
            f"{verdict}: {why}" if why else verdict.value,
            f"until {shown(until, self.case.recipient.places)}" if until is not None else "",
            f"({rule})" if rule else "",
        )
        return " ".join(part for part in parts if part)


def run_cases(compiled: Compiled, cases: tuple[Case, ...]) -> tuple[CaseResult, ...]:
    """Decide every case."""
    return tuple(
        CaseResult(case, compiled.decide(case.send, case.recipient, case.at)) for case in cases
    )


def read_cases(text: str) -> tuple[Case, ...]:
    """Return the cases of a file. Raises ``CasesFault`` with all that is wrong in it."""
    reading = Reading(text)
    for name in reading.tables:
        if name not in _TABLES:
            reading.add((name,), f"unknown key {name!r}{_meant_table(name)}")
    groups = _groups(reading)
    written = reading.tables.get("case", [])
    if not isinstance(written, list):
        reading.add(("case",), "write cases as [[case]]")
        written = []
    cases = [_case(reading, row, ("case", place), groups) for place, row in enumerate(written)]
    if not cases and not reading.faults:
        reading.add(("text",), "there is no case: write [[case]]")
    if reading.faults:
        raise CasesFault(tuple(sorted(reading.faults, key=lambda each: each.line)))
    return tuple(case for case in cases if case is not None)


def _meant_table(name: str) -> str:
    if name in _OF_RULESETS:
        return "; that is for a ruleset: cases stand in a file of their own, NAME.cases.toml"
    return meant(name, _TABLES) or f"; the keys here are {', '.join(_TABLES)}"


def _groups(reading: Reading) -> _Groups:
    """Return the groups of facts by name; the usual ones under a name of their own.

    One that is wrong is None: its cases are not blamed for what it may have given.
    """
    named = reading.tables.get("facts", {})
    if not isinstance(named, dict):
        reading.add(("facts",), "write groups of facts as [facts.NAME]")
        named = {}
    paths: dict[str, KeyPath] = {name: ("facts", name) for name in named}
    tables = {**named, _EVERY: reading.tables.get(_USUAL, {})}
    return {
        name: _group(reading, table, paths.get(name, (_USUAL,))) for name, table in tables.items()
    }


def _group(reading: Reading, table: object, path: KeyPath) -> Given | None:
    if isinstance(table, dict) and "use" in table:
        reading.add((*path, "use"), "only cases use groups of facts")
    return reading.decode(table, Given, path)


def _case(reading: Reading, row: object, path: KeyPath, groups: _Groups) -> Case | None:
    written = reading.decode(row, _Written, path)
    if written is None:
        return None
    before = len(reading.faults)
    given = _facts(reading, written, path, groups)
    _expectable(reading, written.then, path)
    if given is None or len(reading.faults) > before:
        return None
    return _decidable(reading, written, given, path)


def _expectable(reading: Reading, then: Then, path: KeyPath) -> None:
    if then.until is not None and then.verdict is not Verdict.DEFER:
        said = f"only a deferral has 'until', and this is to be {then.verdict.value}"
        reading.add((*path, "then", "until"), said)


def _facts(reading: Reading, written: _Written, path: KeyPath, groups: _Groups) -> Given | None:
    """Return the facts of a case; None where a group is wrong that it takes."""
    used = written.given.use or ()
    for name in used:
        if name not in groups:
            where = (*path, "given", "use")
            reading.add(where, f"no group of facts is called {name!r}{meant(name, groups)}")
    for name in written.unknown:
        if name not in NAMES:
            reading.add((*path, "unknown"), f"no fact is called {name!r}{meant(name, NAMES)}")
    parts = [groups[name] for name in (_EVERY, *used) if name in groups]
    whole = [part for part in parts if part is not None]
    if len(whole) < len(parts):
        return None
    given = together((*whole, written.given), written.unknown)
    if given.channel is None:
        reading.add((*path, "given"), "lacks 'channel'")
    for place in sorted(given.whereabouts() - PLACES.keys()):
        where = (*path, "given", "place")
        reading.add(where, f"no place is called {place!r}{_meant_place(place)}")
    return given


def _meant_place(place: str) -> str:
    if place in COUNTRIES:
        return f"; of a country with several, write country = {place!r} and a number or postal code"
    return meant(place, PLACES) or "; places are 75, 20, 971, BE and such"


def _decidable(reading: Reading, written: _Written, given: Given, path: KeyPath) -> Case | None:
    try:
        recipient = recipient_facts(given)
    except MomentFault as fault:
        reading.add((*path, "given"), str(fault))
        return None
    at = _moment(reading, (*path, "at"), written.at, recipient.places)
    until = _moment(reading, (*path, "then", "until"), written.then.until, recipient.places)
    if at is None:
        return None
    line = reading.line(path)
    return Case(written.title, line, send_facts(given), recipient, at, written.then, until)


def _moment(
    reading: Reading, path: KeyPath, text: str | None, places: frozenset[str]
) -> Millis | None:
    if text is None:
        return None
    try:
        return moment(text, places)
    except MomentFault as fault:
        reading.add(path, str(fault))
        return None
