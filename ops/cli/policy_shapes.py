"""What ``chappe policy`` prints with ``--json``."""

from datetime import date, datetime
from typing import Annotated

from ops.cli.shapes import Shape, Words, says


class PackShown(Shape, frozen=True, kw_only=True):
    """A ruleset that comes with Chappe."""

    ruleset: str
    title: str
    layer: Annotated[str, says("platform, controller or campaign")]
    version: Annotated[str, says("Hash of what it says; the order of rules does not matter.")]
    rules: int
    cases: Annotated[int, says("That are kept beside it.")]


class RuleShown(Shape, frozen=True, kw_only=True):
    """One rule of a ruleset."""

    rule: str
    kind: str
    certainty: Annotated[str, says("law, guidance, contract or house")]
    when: Annotated[dict[str, Words], says("Which sends it is about: all that match every list.")]
    asks: Annotated[dict[str, str], says("What it asks, in words, by its own fields.")]
    valid_from: date | None
    valid_to: Annotated[date | None, says("The last day, included.")]
    source: Annotated[str, says("The law, contract or house decision behind it.")]


class ExemptionShown(Shape, frozen=True, kw_only=True):
    """A controller that the platform lets off a rule, for a time."""

    rule: str
    controller: str
    reason: str
    author: str
    until: Annotated[date, says("The last day, included.")]


class HolidayShown(Shape, frozen=True, kw_only=True):
    """A public holiday of some places: the same day each year."""

    places: Words
    month: int
    day: int
    source: str


class RulesetShown(Shape, frozen=True, kw_only=True):
    """A ruleset with its rules."""

    ruleset: str
    title: str
    layer: str
    zone: Annotated[str, says("In which its dates are read, beside the recipient's own.")]
    version: str
    rules: tuple[RuleShown, ...]
    exemptions: tuple[ExemptionShown, ...]
    local_holidays: tuple[HolidayShown, ...]


class RulesetFaultShown(Shape, frozen=True, kw_only=True):
    """One thing that is wrong in a file of rules or cases."""

    severity: Annotated[str, says("error, or warning: probably not meant.")]
    file: str
    line: Annotated[int, says("Where it stands, or what it stands in.")]
    subject: Annotated[str, says("The rule or case that it is about, or another part of the file.")]
    sentence: Annotated[str, says("What is wrong, and what was expected.")]


class CaseShown(Shape, frozen=True, kw_only=True):
    """What a ruleset made of one case."""

    case: str
    line: Annotated[int, says("Where the case begins in its file.")]
    at: datetime
    passed: bool
    expected: str
    got: str
    because: Annotated[str, says("What came, as a sentence.")]
    others: Annotated[tuple[str, ...], says("What else is against it: reason and rule.")]


class CasesShown(Shape, frozen=True, kw_only=True):
    """What a ruleset made of its cases."""

    ruleset: str
    version: str
    passed: int
    failed: int
    cases: tuple[CaseShown, ...]


class ChangeShown(Shape, frozen=True, kw_only=True):
    """What differs between two rulesets."""

    rule: str
    direction: Annotated[str, says("stricter, looser or other")]
    sentence: str
