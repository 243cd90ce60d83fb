"""The page of what every rule takes, whatever its kind."""

from collections.abc import Iterator

from ops.policy_pages.kind_page import WRITTEN, parameter_table, word_tables
from ops.policy_pages.markdown import table
from ops.policy_pages.parameters import Parameter, selector_parameters, shared_parameters
from policy.rule_kinds import Ban

_ANY = Ban  # a kind with nothing of its own: what it takes, all take
_HEAD = """\
A rule is a table `[[rule]]`. These are its parts, whatever its kind.
"""
_WHEN = """\
## Which sends it is about: `when`

`when = { channels = ["sms"], relations = ["b2c_prospect"] }` is about sends that match *every* list
given: by text *and* to prospects. Within one list any word is enough. No `when`: every send.

**A fact that nobody knows counts as a match.** What is unknown is not left out of a restriction.
"""
_DATES = """\
## When it holds: `valid_from`, `valid_to`

Dates without a time, both included. A rule begins and ends at midnight, in the ruleset's `zone` and
where the recipient is. Where these days differ, it holds if it does on *any* of them: around a
change of the law both versions hold for some hours. A `basis` rule opens a send only if one does
so on *each* of them.

To change a rule on a day, write it twice: the old one with `valid_to`, the new one with
`valid_from` on the next day. `chappe policy lint` warns of days between two versions, if their ids
differ only after the last dot: `ours.sms.2026`, `ours.sms.2027`.
"""
_LOWER = """\
## In a lower layer

A rule of a lower layer with the `id` of one above must not say less. `source` and `certainty` may
be anything.
"""


def every_rule_page() -> str:
    """Return the page."""
    return "\n".join(_parts())


def _parts() -> Iterator[str]:
    shared, selecting = shared_parameters(_ANY), selector_parameters(_ANY)
    yield f"# Every rule\n\n{WRITTEN}\n{_HEAD}"
    yield parameter_table(shared)
    yield from word_tables(shared)
    yield _WHEN
    yield parameter_table(selecting)
    yield from word_tables(selecting)
    yield _DATES
    yield _LOWER
    yield _stricter((*selecting, *shared))


def _stricter(parameters: tuple[Parameter, ...]) -> str:
    return table(
        ("parameter", "may be"),
        [
            (f"`{one.name}`", one.stricter)
            for one in parameters
            if one.stricter and one.stricter != "anything"
        ],
    )
