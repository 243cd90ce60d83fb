"""Looks for sensitive data: in contents, in the names of columns, in the cells of lists.

A finding is a kind, never the text that was found: ``nir`` and ``card``
(``policy.sensitive_numbers``), and ``words:`` with a topic of ``policy.sensitive_words``. Nothing
found does not mean that nothing is there: forms and words are seen, not their context.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from policy.sensitive_numbers import CARD, NIR, may_hold_numbers, numbers_in
from policy.sensitive_words import HARMLESS, NUMBER_NAMES, TOPICS, UNLESS
from policy.shown_text import shown_text

WORDS: Final = "words:"
KINDS: Final = frozenset({NIR, CARD, *(WORDS + topic for topic in TOPICS)})
"""Every kind of finding there is."""

_INVISIBLE: Final = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_LIGATURES: Final = str.maketrans({"œ": "oe", "æ": "ae"})
_WORD: Final = re.compile(r"[a-z0-9]+")
_LETTERS: Final = re.compile(r"[a-z]+")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")  # groupeSanguin
_LEAST_SIGNS: Final = 13  # fewer are neither a NIR nor a card


def findings_in(text: str) -> frozenset[str]:
    """Return the kinds of sensitive data that a content shows: a template, plain or HTML."""
    shown = unicodedata.normalize("NFKC", shown_text(text).translate(_INVISIBLE))
    return frozenset({*numbers_in(shown), *_topics(_WORD.findall(_folded(shown)), _SAID)})


def findings_in_names(names: Iterable[str]) -> frozenset[str]:
    """Return the kinds of sensitive data that columns hold by their names."""
    found: set[str] = set()
    for name in names:
        found.update(numbers_in(name))
        found.update(_topics(_LETTERS.findall(_folded(_HUMP.sub(" ", name))), _NAMED))
    return frozenset(found)


def findings_in_values(values: Iterable[str | None]) -> frozenset[str]:
    """Return the kinds of sensitive numbers among values, each of which stands for itself."""
    return frozenset(count_in_values(values))


def count_in_values(values: Iterable[str | None]) -> Counter[str]:
    """Count the sensitive numbers among values by kind.

    Values are looked through all at once, ordinary ones at millions a second; each ends with its
    line, so that two never make one number.
    """
    text = "\n".join([value for value in values if value and len(value) >= _LEAST_SIGNS])
    if not unicodedata.is_normalized("NFKC", text):  # digits of full width are digits
        text = unicodedata.normalize("NFKC", text)
    return Counter(numbers_in(text) if may_hold_numbers(text) else ())


def _folded(text: str) -> str:
    """Return text without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def _phrase(words: Iterable[str]) -> str:
    return f" {' '.join(words)} "


def _entries(listed: str) -> list[str]:
    """Return the entries of a table of ``policy.sensitive_words``, each folded, between spaces."""
    return [_phrase(_WORD.findall(_folded(entry))) for entry in listed.split(",")]


def _by_entry(tables: Mapping[str, str]) -> dict[str, str]:
    return {entry: kind for kind, listed in tables.items() for entry in _entries(listed)}


_SAID: Final = _by_entry({WORDS + name: topic.said for name, topic in TOPICS.items()})
_NAMED: Final = {
    **_SAID,
    **_by_entry({WORDS + name: topic.named for name, topic in TOPICS.items()}),
    **_by_entry(NUMBER_NAMES),
}
_HARMLESS: Final = _entries(HARMLESS)
_UNLESS: Final = {
    entry: _entries(companions) for word, companions in UNLESS.items() for entry in _entries(word)
}


def _topics(words: Iterable[str], table: Mapping[str, str]) -> set[str]:
    """Return the kinds whose entries stand among words, as whole words in their order."""
    text = _phrase(words)
    for phrase in _HARMLESS:
        text = text.replace(phrase, "  ")
    return {
        kind
        for entry, kind in table.items()
        if entry in text and not any(other in text for other in _UNLESS.get(entry, ()))
    }
