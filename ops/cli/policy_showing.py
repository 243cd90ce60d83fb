"""How rulesets, cases and what is wrong with them are shown."""

from collections.abc import Iterable, Sequence
from datetime import date

from ops.cli import output
from ops.cli.packs import Page
from ops.cli.policy_shapes import (
    CaseShown,
    CasesShown,
    ExemptionShown,
    HolidayShown,
    RulesetFaultShown,
    RulesetShown,
    RuleShown,
)
from ops.cli.rule_words import about, asked, asks_of, kind_of, when_of
from policy.cases import CaseResult
from policy.finding import Finding
from policy.lint import lint
from policy.reading import RulesetFaultLine, content_hash
from policy.rule_kinds import Rule, Ruleset
from policy.territory import PLACES
from policy.toml_places import KeyPath, Places, find_places

_ERROR = "error"


def ruleset_shown(ruleset: Ruleset, rules: Sequence[Rule]) -> RulesetShown:
    """Return a ruleset with some of its rules."""
    return RulesetShown(
        ruleset=ruleset.name,
        title=ruleset.title,
        layer=ruleset.layer,
        zone=ruleset.zone,
        version=content_hash(ruleset),
        rules=tuple(rule_shown(one) for one in rules),
        exemptions=tuple(
            ExemptionShown(
                rule=one.rule,
                controller=one.controller,
                reason=one.reason,
                author=one.author,
                until=one.until,
            )
            for one in ruleset.exemption
        ),
        local_holidays=tuple(
            HolidayShown(places=one.places, month=one.month, day=one.day, source=one.source)
            for one in ruleset.local_holiday
        ),
    )


def fault_shown(page: Page, fault: RulesetFaultLine) -> RulesetFaultShown:
    """Return what is wrong in a page."""
    return RulesetFaultShown(
        severity=_ERROR,
        file=page.name,
        line=fault.line,
        subject=fault.subject,
        sentence=fault.what,
    )


def findings_shown(page: Page, ruleset: Ruleset) -> list[RulesetFaultShown]:
    """Return what is wrong between the rules of a page that can be read, errors first."""
    places = find_places(page.text)
    return [
        RulesetFaultShown(
            severity=one.severity,
            file=page.name,
            line=places.line(_whereabouts(one, ruleset, places)),
            subject=f"rule {one.rule}" if one.rule else "ruleset",
            sentence=one.sentence,
        )
        for one in lint(ruleset, PLACES)
    ]


def fault_at(page: Page, ruleset: Ruleset, rule: str, sentence: str) -> RulesetFaultShown:
    """Return an error about a rule, or the ruleset as a whole, where it stands."""
    places = find_places(page.text)
    ids = [one.id for one in ruleset.rule]
    return RulesetFaultShown(
        severity=_ERROR,
        file=page.name,
        line=places.line(("rule", ids.index(rule)) if rule in ids else ("layer",)),
        subject=f"rule {rule}" if rule else "ruleset",
        sentence=sentence,
    )


def _whereabouts(found: Finding, ruleset: Ruleset, places: Places) -> KeyPath:
    """Return the keys that a finding is about: its sentence begins with what it is about."""
    what, *rest = found.sentence.replace(":", "").split()
    if what == "exemption":
        rules = [one.rule for one in ruleset.exemption]
        return "exemption", rules.index(found.rule)
    if what == "holiday":
        days = [f"{one.month:02}-{one.day:02}" for one in ruleset.local_holiday]
        return "local_holiday", days.index(rest[0])
    ids = [one.id for one in ruleset.rule]
    at: KeyPath = ("rule", ids.index(found.rule)) if found.rule else ()
    named = ((*at, each) for each in (what.partition(".")[0], f"{what}s"))
    return next((path for path in named if path in places.lines), at)


def rule_shown(rule: Rule) -> RuleShown:
    """Return a rule, in words."""
    return RuleShown(
        rule=rule.id,
        kind=kind_of(rule),
        certainty=rule.certainty,
        when=when_of(rule.when),
        asks=asks_of(rule),
        valid_from=rule.valid_from,
        valid_to=rule.valid_to,
        source=rule.source,
    )


def case_shown(result: CaseResult) -> CaseShown:
    """Return what came of a case."""
    return CaseShown(
        case=result.case.title,
        line=result.case.line,
        at=output.moment(result.case.at),
        passed=result.passed,
        expected=result.expected,
        got=result.got,
        because=result.decision.sentence(),
        others=tuple(
            f"{reason} ({rule})" if rule else reason for rule, reason in result.decision.others
        ),
    )


def print_rules(shown: RulesetShown) -> None:
    """Write the rules of a ruleset, then its exemptions and holidays."""
    output.table(
        ("rule", "kind", "certainty", "about", "from", "to", "asks"),
        [
            (
                one.rule,
                one.kind,
                one.certainty,
                about(one.when),
                _day(one.valid_from),
                _day(one.valid_to),
                asked(one.asks),
            )
            for one in shown.rules
        ],
    )
    if shown.exemptions:
        output.table(
            ("exemption from", "controller", "until", "author", "reason"),
            [
                (one.rule, one.controller, _day(one.until), one.author, one.reason)
                for one in shown.exemptions
            ],
        )
    if shown.local_holidays:
        output.table(
            ("holiday", "in", "source"),
            [
                (f"{one.month:02}-{one.day:02}", ", ".join(one.places), one.source)
                for one in shown.local_holidays
            ],
        )
    output.say(f"{shown.title}: {len(shown.rules)} rules, version {shown.version}")


def print_rule(one: RuleShown) -> None:
    """Write one rule in full."""
    output.facts(
        {
            "rule": one.rule,
            "kind": one.kind,
            **{f"about {name}": ", ".join(values) for name, values in one.when.items()},
            **one.asks,
            "from": _day(one.valid_from),
            "to": _day(one.valid_to),
            "certainty": one.certainty,
            "source": one.source,
        }
    )


def print_cases(shown: CasesShown) -> None:
    """Write what came of cases: those that fail last, where people look."""
    if shown.cases:
        output.table(
            ("result", "line", "case", "expected", "got"),
            [
                ("ok" if one.passed else "FAILED", one.line, one.case, one.expected, one.got)
                for one in sorted(shown.cases, key=lambda one: not one.passed)
            ],
        )
    for one in shown.cases:
        if not one.passed:
            more = f" Also against it: {', '.join(one.others)}." if one.others else ""
            output.say(f"line {one.line}, {one.case}: {one.because}{more}")
    total = shown.passed + shown.failed
    output.say(f"{shown.ruleset} {shown.version}: {shown.passed} of {total} cases pass")


def print_faults(shown: Iterable[RulesetFaultShown]) -> None:
    """Tell what is wrong, a line each, as compilers do."""
    for one in shown:
        style, word = ("red", "") if one.severity == _ERROR else ("yellow", "warning: ")
        output.say(f"{one.file}:{one.line}: {word}{one.subject}: {one.sentence}", style=style)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
