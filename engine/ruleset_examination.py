"""What speaks against a ruleset that somebody wants to hold: everything at once. Reads nothing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from policy.cases import Case, CaseResult, CasesFault, read_cases, run_cases
from policy.evaluate import Compiled, compile_ruleset
from policy.finding import Finding
from policy.layers import LoosensRule, merge, union
from policy.lint import lint
from policy.reading import RulesetFault, content_hash, read_ruleset
from policy.rule_kinds import Ruleset
from policy.territory import PLACES

Part = Literal["ruleset", "cases", "layers"]


@dataclass(frozen=True, slots=True)
class Objection:
    """One thing that speaks against it.

    part     what it stands in; ``layers``: between this ruleset and those above it
    line     from 1, in the text of ``part``; 0: not about one line
    subject  the rule, the case, or another part
    """

    part: Part
    line: int
    subject: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Examined:
    """What came of it.

    ruleset     None: it cannot be read
    version     hash of what it says; empty where it cannot be read
    cases       how many were decided
    findings    what is wrong between its rules; the errors among them are objections
    """

    ruleset: Ruleset | None
    version: str
    cases: int
    findings: tuple[Finding, ...]
    objections: tuple[Objection, ...]


def examine(
    text: str, cases: str | None, above: Sequence[Ruleset] = (), *, without_cases: bool = False
) -> Examined:
    """Read a ruleset, look at its rules together, and decide its cases.

    above  the rulesets of the layers above, the platform's first
    """
    try:
        ruleset = read_ruleset(text)
    except RulesetFault as fault:
        objections = [Objection("ruleset", one.line, one.subject, one.what) for one in fault.faults]
        _, unread = _read(cases)
        return Examined(None, "", 0, (), (*objections, *unread))
    findings = lint(ruleset, PLACES)
    errors = tuple(_wrong(one) for one in findings if one.severity == "error")
    known, unread = _read(cases)
    lacking = _lacking(ruleset, cases, without_cases=without_cases)
    version = content_hash(ruleset)
    # A zone that is none, or two rules of one id: nothing can be decided by such a ruleset.
    failing = () if errors else tuple(_failing(ruleset, version, above, known))
    return Examined(
        ruleset,
        version,
        len(known),
        findings,
        (*errors, *loosening(ruleset, above), *lacking, *unread, *failing),
    )


def loosening(ruleset: Ruleset, above: Sequence[Ruleset]) -> Iterator[Objection]:
    """Give each rule that a ruleset would loosen of a layer above; none on the platform."""
    upper = [one for one in above if one.layer != ruleset.layer]
    try:
        merge(*upper, ruleset)
    except LoosensRule as fault:
        for one in fault.loosened:
            if one.layer == ruleset.layer:  # what stands between those above is not its fault
                yield Objection(
                    "layers", 0, f"rule {one.rule}", f"loosens: {'; '.join(one.looser)}"
                )


def _wrong(found: Finding) -> Objection:
    subject = f"rule {found.rule}" if found.rule else "ruleset"
    return Objection("ruleset", 0, subject, found.sentence)


def _read(cases: str | None) -> tuple[tuple[Case, ...], tuple[Objection, ...]]:
    if cases is None:
        return (), ()
    try:
        return read_cases(cases), ()
    except CasesFault as fault:
        return (), tuple(
            Objection("cases", one.line, one.subject, one.what) for one in fault.faults
        )


def _lacking(ruleset: Ruleset, cases: str | None, *, without_cases: bool) -> Iterator[Objection]:
    """Ask for cases: nobody knows what an untested ruleset does."""
    if cases is not None:
        return
    if ruleset.layer == "platform":
        said = "there are none, and a ruleset of the platform must have some"
        yield Objection("cases", 0, "cases", f"{said}: --cases FILE, or NAME.cases.toml beside it")
    elif not without_cases:
        said = "there are none: give --cases FILE, or say that it is meant: --without-cases"
        yield Objection("cases", 0, "cases", said)


def _failing(
    ruleset: Ruleset, version: str, above: Sequence[Ruleset], cases: tuple[Case, ...]
) -> Iterator[Objection]:
    """Give each case that does not come out as it says.

    That of a lower layer may say what comes of it by itself, which is what ``chappe policy test``
    decides, or together with the layers above it.
    """
    if not cases:
        return
    alone = run_cases(compile_ruleset(ruleset, version), cases)
    together = _together(ruleset, version, above)
    for result in alone:
        if not (result.passed or (together is not None and together(result.case))):
            said = f"expected {result.expected}, came {result.got}"
            yield Objection("cases", result.case.line, f"case {result.case.title}", said)


def _together(
    ruleset: Ruleset, version: str, above: Sequence[Ruleset]
) -> Callable[[Case], bool] | None:
    """Return whether a case comes out as it says with the layers above; None: there are none."""
    if not above:
        return None
    compiled = compile_ruleset(union(*above, ruleset), version)
    return lambda case: _passes(compiled, case, f"{ruleset.layer}.")


def _passes(compiled: Compiled, case: Case, prefix: str) -> bool:
    """Decide a case; it names the rules of its own ruleset as they are written there."""
    (result,) = run_cases(compiled, (case,))
    own = replace(result.decision, rule=result.decision.rule.removeprefix(prefix))
    return result.passed or CaseResult(case, own).passed
