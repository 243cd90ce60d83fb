"""Why somebody was not written to, in words: the reason, and the source that its rule names."""

from collections.abc import Mapping
from typing import Final

from policy.send_reasons import SENTENCES, SendReason

_CODES: Final = frozenset(SendReason)


def in_words(reason: str, sources: Mapping[str, str]) -> str:
    """Return why somebody got nothing, or waits, for people: ``<code>:<rule>`` becomes a sentence.

    sources  what each rule that holds names as its source, by its id
    """
    code, _, rule = reason.partition(":")
    if code not in _CODES:
        return reason.replace("_", " ")
    sentence = SENTENCES[SendReason(code)].en
    if "{subject}" in sentence:  # which one it was is not kept with a delivery
        sentence = sentence.partition(" {subject}")[0].partition(": {")[0].rstrip(":") + "."
    return f"{sentence} {sources.get(rule, '')} ({rule})".replace("  ", " ") if rule else sentence
