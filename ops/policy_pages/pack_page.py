"""A ruleset as a page for people who read law: its chapters, in plain sentences, with sources."""

from collections.abc import Iterator, Mapping
from datetime import date

from ops.policy_pages.chapters import Chapter, Part, chapters
from ops.policy_pages.kinds import kind_name
from ops.policy_pages.markdown import block, code, table
from ops.policy_pages.plain_words import about, asks
from ops.policy_pages.week_chart import week_chart
from ops.policy_pages.words import CERTAINTIES
from policy.reading import content_hash, read_ruleset
from policy.rule_kinds import Hours, LocalHoliday, Rule, Ruleset

_HEAD = """\
*Written by `python -m ops.policy_pages` from `{path}`; do not edit.*

This is the ruleset `{name}`, version `{version}`, in plain sentences: {rules} rules, tested by the
cases beside it. It is not legal advice. [What counsel should confirm](#to-be-confirmed-by-counsel)
stands at the end.

A rule can only restrict. A message leaves when no rule is against it, so all rules that are about a
message hold together. What nobody knows is not permitted. Days are read in {zone} and where the
recipient is; the stricter of both holds.
"""
_QUESTIONS = """\
## To be confirmed by counsel

Here the law is silent or unsure, or the house went further than the law. Each of these is the
strictest reading, and can be changed in the file.
"""
_HOUSE = """\
### Rules that are choices of the house as a whole

No text demands them (`certainty = "house"`).
"""


def pack_page(path: str, text: str) -> str:
    """Return the page of a ruleset. ``path`` is how people find its file."""
    ruleset = read_ruleset(text)
    return "\n".join(_page(path, ruleset, chapters(text)))


def _page(path: str, ruleset: Ruleset, read: tuple[Chapter, ...]) -> Iterator[str]:
    rules = {rule.id: rule for rule in ruleset.rule}
    yield f"# {ruleset.title}\n"
    yield _HEAD.format(
        path=path,
        name=ruleset.name,
        version=content_hash(ruleset),
        rules=len(rules),
        zone=ruleset.zone,
    )
    yield "How firm a rule is:\n"
    yield table(("word", "means"), [(f"`{one}`", said) for one, said in CERTAINTIES.items()])
    yield "\n".join(f"- [{one.title}](#{_anchor(one.title)})" for one in read) + "\n"
    holidays = list(ruleset.local_holiday)
    for chapter in read:
        yield f"## {chapter.title}\n"
        if chapter.notes:
            yield f"{chapter.notes}\n"
        yield from _parts(chapter, rules)
        if any(part.what == "holiday" for part in chapter.parts):
            yield _holidays(holidays)
    yield from _to_confirm(read, rules)


def _anchor(title: str) -> str:
    kept = "".join(sign for sign in title.lower() if sign.isalnum() or sign in " -_")
    return kept.replace(" ", "-")


def _parts(chapter: Chapter, rules: Mapping[str, Rule]) -> Iterator[str]:
    for part in chapter.parts:
        if part.what == "heading":
            yield f"### {part.text}\n"
        elif part.what == "note":
            yield f"{part.text}\n"
        elif part.what == "rule":
            yield from _rule(part, rules[part.text])


def _rule(part: Part, rule: Rule) -> Iterator[str]:
    yield f"#### `{rule.id}`\n"
    if part.note:
        yield f"{part.note}\n"
    yield table(
        ("", ""),
        [
            ("**About**", about(rule.when)),
            ("**Asks**", asks(rule).replace("; or on ", ";<br>or on ")),
            ("**In force**", _since(rule.valid_from, rule.valid_to)),
            ("**Source**", rule.source),
            ("**Certainty**", f"{rule.certainty}: {CERTAINTIES[rule.certainty]}"),
        ],
    )
    if isinstance(rule, Hours):
        yield block("text", week_chart(rule))


def _since(first: date | None, last: date | None) -> str:
    if first is None and last is None:
        return "always"
    begins = f"since {first}" if first else "always"
    return f"{begins}, until the end of {last}" if last else begins


def _holidays(days: list[LocalHoliday]) -> str:
    return table(
        ("day", "where", "source"),
        [(f"{one.month:02}-{one.day:02}", code(one.places), one.source) for one in days],
    )


def _to_confirm(read: tuple[Chapter, ...], rules: Mapping[str, Rule]) -> Iterator[str]:
    asked = [part for one in read for part in one.parts if part.question]
    yield _QUESTIONS
    yield table(
        ("rule", "kind", "question", "certainty"),
        [
            (
                f"[`{part.text}`](#{_anchor(part.text)})",
                kind_name(type(rules[part.text])),
                part.question,
                rules[part.text].certainty,
            )
            for part in asked
        ],
    )
    yield _HOUSE
    yield table(
        ("rule", "asks", "source"),
        [
            (f"[`{one.id}`](#{_anchor(one.id)})", asks(one), one.source)
            for one in rules.values()
            if one.certainty == "house"
        ],
    )
