"""The page of all facts that decisions look at, and the page of what examples stand on."""

from collections.abc import Iterator, Mapping

from ops.policy_pages.examples import head, usual_facts
from ops.policy_pages.facts import OF_CONTENT, OF_EVIDENCE, OF_RECIPIENT, OF_SEND, FactTold
from ops.policy_pages.kind_page import WRITTEN
from ops.policy_pages.kinds import KINDS, TOLD, kind_name
from ops.policy_pages.markdown import block, table
from policy.territory import PLACES

_HEAD = """\
A decision looks at these, and at nothing else. What is unknown never permits anything: a rule may
be about a send whose facts are unknown, and what it needs and nobody knows denies.

No fact names a person. Recipients of equal facts are decided once.

Cases give facts by these names, in `given`, `[usual]` or `[facts.NAME]`.
"""
_EXAMPLES = """\
Examples of the pages are rules alone. These rules stand before them, and these facts hold in their
cases unless a case says otherwise. Put both into files, an example after each, and
`chappe policy test` decides it.
"""


def facts_page() -> str:
    """Return the page of facts."""
    return "\n".join(_parts())


def _parts() -> Iterator[str]:
    yield f"# Facts\n\n{WRITTEN}\n{_HEAD}"
    for title, facts in (
        ("Of a campaign on one channel", OF_SEND),
        ("Of its content", OF_CONTENT),
        ("In proof of its legal basis", OF_EVIDENCE),
        ("Of a recipient", OF_RECIPIENT),
    ):
        yield f"## {title}\n"
        yield _table(facts)
    yield "## Places\n"
    yield f"There are {len(PLACES)}. Days and hours are read there; holidays name them.\n"
    yield table(
        ("place", "country", "time zone"),
        [(f"`{key}`", one.country, one.zone) for key, one in sorted(PLACES.items())],
    )


def _table(facts: Mapping[str, FactTold]) -> str:
    return table(
        ("fact", "what it is", "where it comes from", "asked by"),
        [
            (
                f"`{name}`" + (f" (cases: {one.case})" if one.case else ""),
                one.what,
                one.where_from,
                _asked_by(name),
            )
            for name, one in facts.items()
        ],
    )


def _asked_by(fact: str) -> str:
    names = [
        kind_name(kind) for kind in KINDS if {fact, f"content.{fact}"} & TOLD[kind].facts.keys()
    ]
    return ", ".join(f"[{name}]({name}.md)" for name in names)


def examples_page() -> str:
    """Return the page of what examples stand on."""
    parts = (
        f"# What the examples stand on\n\n{WRITTEN}\n{_EXAMPLES}",
        block("toml", head()),
        block("toml", usual_facts()),
    )
    return "\n".join(parts)
