"""The page of one kind of rule."""

from collections.abc import Iterable, Iterator

from ops.policy_pages.examples import Example, examples_of
from ops.policy_pages.facts import OF_CONTENT, OF_RECIPIENT, OF_SEND
from ops.policy_pages.kinds import TOLD, KindTold, kind_name
from ops.policy_pages.markdown import block, code, table
from ops.policy_pages.parameters import Parameter, parameters_of
from policy.cases import CaseResult
from policy.lint import lint
from policy.rule_kinds import Rule
from policy.send_reasons import SENTENCES, SendReason
from policy.territory import PLACES

WRITTEN = "*Written by `python -m ops.policy_pages`; do not edit.*\n"


def kind_page(kind: type[Rule]) -> str:
    """Return the page of a kind."""
    return "\n".join(_parts(kind, TOLD[kind]))


def _parts(kind: type[Rule], told: KindTold) -> Iterator[str]:
    name = kind_name(kind)
    yield f"# Rules of kind `{name}`\n"
    yield WRITTEN
    yield f"{_summary(kind)}\n\n{told.why}\n"
    yield "[All kinds](README.md) · [every rule](every-rule.md) · [reasons](reasons.md)"
    yield "· [facts](facts.md)\n"
    yield "## What it takes\n"
    own = parameters_of(kind)
    yield parameter_table(own) if own else "Nothing of its own.\n"
    yield "Beside this it takes [what every rule takes](every-rule.md): `id`, `source`,"
    yield "`certainty`, `when`, `valid_from`, `valid_to`.\n"
    yield from word_tables(own)
    yield "## What comes of it\n"
    yield _reasons(told)
    yield "Where nothing of this holds, the rule has nothing against the send.\n"
    yield from (f"- {remark}" for remark in told.remarks)
    yield "\n## What it looks at\n"
    yield _facts(told)
    yield "What is unknown never permits anything. Facts that `when` compares and nobody knows"
    yield "count as a match.\n"
    yield "## In a lower layer\n"
    yield from _stricter(own)
    yield "## Examples\n"
    yield "Each is read, checked and decided by the tests of Chappe. Unless it is a whole ruleset,"
    yield "it stands on [this beginning](examples.md).\n"
    for one in examples_of(name):
        yield from example_parts(one)


def _summary(kind: type[Rule]) -> str:
    return " ".join((kind.__doc__ or "").replace("``", "`").split())


def parameter_table(parameters: Iterable[Parameter]) -> str:
    """Return parameters as a table."""
    return table(
        ("parameter", "what it is", "values", "default"),
        [
            (f"`{one.name}`", one.what, one.values, one.default or "**must be given**")
            for one in parameters
        ],
    )


def word_tables(parameters: Iterable[Parameter]) -> Iterator[str]:
    """Yield what the closed words of parameters mean, each list once."""
    shown: dict[frozenset[str], list[Parameter]] = {}
    for one in parameters:
        if one.words:
            shown.setdefault(frozenset(one.words), []).append(one)
    for same in shown.values():
        yield f"Words of {code(one.name for one in same)}:\n"
        yield table(
            ("word", "means"),
            [(f"`{word}`", meaning) for word, meaning in same[0].words.items()],
        )


def _reasons(told: KindTold) -> str:
    return table(
        ("verdict", "reason", "when", "in English", "in French"),
        [
            (f"**{verdict}**", f"`{reason}`", when, *_sentences(reason))
            for verdict, reason, when in told.reasons()
        ],
    )


def _sentences(reason: SendReason) -> tuple[str, str]:
    sentence = SENTENCES[reason]
    return sentence.en.format(subject="…"), sentence.fr.format(subject="…")


def _facts(told: KindTold) -> str:
    if not told.facts:
        return "Nothing beside what `when` compares.\n"
    known = {
        **OF_RECIPIENT,
        **OF_SEND,
        **{f"content.{name}": one for name, one in OF_CONTENT.items()},
    }
    return table(
        ("fact", "what it is", "if unknown"),
        [(f"`{name}`", known[name].what, unknown) for name, unknown in told.facts.items()],
    )


def _stricter(own: tuple[Parameter, ...]) -> Iterator[str]:
    yield "A controller's or a campaign's ruleset may have rules of its own: they only add. A rule"
    yield "with the `id` of one above it must not say less:\n"
    told = [one for one in own if one.stricter]
    if told:
        yield table(("parameter", "may be"), [(f"`{one.name}`", one.stricter) for one in told])
    yield "For `when` and the dates see [every rule](every-rule.md#in-a-lower-layer).\n"


def example_parts(one: Example) -> Iterator[str]:
    """Yield an example: its rules, its cases, and what comes of them."""
    yield f"### {one.title}\n"
    yield block("toml", one.rules)
    yield from (f"`chappe policy lint` says: {found}\n" for found in lint(one.ruleset, PLACES)[:1])
    yield "What comes of its cases:\n"
    yield table(
        ("case", "comes", "because"),
        [(result.case.title, *_came(result)) for result in one.results],
    )
    yield "<details><summary>The cases as they are written</summary>\n"
    yield block("toml", one.cases)
    yield "</details>\n"


def _came(result: CaseResult) -> tuple[str, str]:
    verdict, _, rest = result.got.partition(":")
    return f"**{verdict}**{':' if rest else ''}{rest}", result.decision.sentence()
