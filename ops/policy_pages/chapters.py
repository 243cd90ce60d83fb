"""Reads how a ruleset is written for people: chapters, headings, notes, and questions to counsel.

Comments are what people read, and TOML drops them, so the text itself is looked at::

    # ======
    # 4. Time                 a chapter, with paragraphs until the next such line
    # ======
    # ---- Marketing          a heading
    # Some note.              of the rule that follows, or of its own where a blank line follows
    # To confirm: a question. to counsel, to the end of the comment
    [[rule]]
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

_LINE = "# ===="
_HEADING = "# ---- "
_QUESTION = "To confirm:"
_TABLES = {"[[rule]]": "rule", "[[local_holiday]]": "holiday"}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a chapter.

    text      a heading, a note, or the id of a rule; empty for a holiday
    note      what is said about a rule
    question  to counsel, about a rule
    """

    what: Literal["heading", "note", "rule", "holiday"]
    text: str
    note: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter. ``notes`` are its paragraphs."""

    title: str
    notes: str
    parts: list[Part] = field(default_factory=list)


def chapters(text: str) -> tuple[Chapter, ...]:
    """Return the chapters of a ruleset's text; what comes before the first one is left out."""
    found: list[Chapter] = []
    lines = text.splitlines()
    for begin, end in _spans(lines):
        title, notes, after = _head(lines[begin:end])
        found.append(Chapter(title, notes, list(_parts(after))))
    return tuple(found)


def _spans(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield from where to where chapters go: two ruled lines open each."""
    ruled = [place for place, line in enumerate(lines) if line.startswith(_LINE)]
    begins = ruled[::2]
    yield from zip(begins, [*begins[1:], len(lines)], strict=True)


def _head(lines: Sequence[str]) -> tuple[str, str, Sequence[str]]:
    end = next(place for place, line in enumerate(lines[1:], 1) if line.startswith(_LINE))
    title, *notes = (_bare(line) for line in lines[1:end])
    return title, _text(notes), lines[end + 1 :]


def _parts(lines: Sequence[str]) -> Iterator[Part]:
    comment: list[str] = []
    within = False  # a table: its own comments are about values
    for place, line in enumerate(lines):
        if not line.strip():
            if comment:
                yield Part("note", _text(comment))
            comment, within = [], False
        elif line.startswith(_HEADING):
            yield Part("heading", line.removeprefix(_HEADING).rstrip(" -"))
        elif line in _TABLES:
            yield _table(line, lines[place:], _text(comment))
            comment, within = [], True
        elif line.startswith("#") and not within:
            comment.append(_bare(line))


def _table(line: str, after: Sequence[str], said: str) -> Part:
    note, _, question = said.partition(_QUESTION)
    if _TABLES[line] == "holiday":
        return Part("holiday", "", note.strip())
    (name, *_) = (one.split('"')[1] for one in after if one.startswith("id = "))
    return Part("rule", name, note.strip(), question.strip())


def _bare(line: str) -> str:
    return line.removeprefix("#").strip()


def _text(lines: Sequence[str]) -> str:
    """Return lines as paragraphs: an empty line parts two, and so does the dash of a list."""
    text = ""
    for line in lines:
        text += f"\n{line}" if line.startswith("- ") else f" {line}" if line else "\n\n"
    return text.replace("\n ", "\n").strip()
