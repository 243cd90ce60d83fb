"""The examples of the pages: rules and cases in files beside this one, which the tests run.

An example is ``KIND.NAME.toml`` with ``KIND.NAME.cases.toml``. Most are rules alone and stand on
``head.toml`` and ``head.cases.toml``; one that has a layer of its own is a ruleset as it is.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from policy.cases import CaseResult, read_cases, run_cases
from policy.evaluate import compile_ruleset
from policy.reading import content_hash, read_ruleset
from policy.rule_kinds import Ruleset

FOLDER = Path(__file__).with_name("examples")
_CASES = ".cases.toml"


@dataclass(frozen=True)
class Example:
    """One example.

    name         of its files, without endings: ``hours.office``
    title        what it is about, in one line
    rules        its ruleset as it is shown: what it adds to the head, or the whole of it
    cases        its cases as they are shown
    stands_alone whether it is a whole ruleset
    """

    name: str
    title: str
    rules: str
    cases: str
    stands_alone: bool

    @property
    def kind(self) -> str:
        """The kind of rule that it is an example of."""
        return self.name.partition(".")[0]

    @cached_property
    def ruleset(self) -> Ruleset:
        """The whole ruleset. Raises ``RulesetFault``."""
        text = self.rules if self.stands_alone else f"{head()}\n{self.rules}"
        return read_ruleset(text)

    @cached_property
    def results(self) -> tuple[CaseResult, ...]:
        """What comes of its cases. Raises ``RulesetFault`` and ``CasesFault``."""
        compiled = compile_ruleset(self.ruleset, content_hash(self.ruleset))
        return run_cases(compiled, read_cases(f"{usual_facts()}\n{self.cases}"))


def head() -> str:
    """Return what nearly every example stands on."""
    return _text("head.toml")


def usual_facts() -> str:
    """Return the facts that hold in all cases of examples which do not say otherwise."""
    return _text(f"head{_CASES}")


def examples() -> tuple[Example, ...]:
    """Return all examples, by name."""
    names = sorted(path.name.removesuffix(_CASES) for path in FOLDER.glob(f"*{_CASES}"))
    return tuple(_example(name) for name in names if name != "head")


def examples_of(kind: str) -> tuple[Example, ...]:
    """Return the examples of one kind of rule."""
    return tuple(one for one in examples() if one.kind == kind)


def _example(name: str) -> Example:
    title, _, rules = _text(f"{name}.toml").partition("\n")
    return Example(
        name=name,
        title=title.removeprefix("# "),
        rules=rules,
        cases=_text(f"{name}{_CASES}"),
        stands_alone=rules.startswith("name = "),
    )


def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
