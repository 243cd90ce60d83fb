"""Deciding by the full French ruleset, for recipients of many kinds, on one core."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from ops.bench.measure import Result, foreign_load, load_note, peak_mb
from ops.cli import packs
from policy.cases import read_cases
from policy.evaluate import Prepared, compile_ruleset
from policy.reading import content_hash, read_ruleset
from policy.send_facts import RecipientFacts

_DECISIONS = 1_000_000
_LIMIT = 200_000.0
_AT = int(datetime(2026, 11, 24, 10, 0, tzinfo=UTC).timestamp() * 1000)


def policy_decide(decisions: int = _DECISIONS) -> Iterator[Result]:
    """Decide for the sends and recipients of the ruleset's own cases, again and again.

    Each recipient is an object of its own: equal facts have to be found, not the same object.
    """
    ruleset = read_ruleset(packs.ruleset("fr").text)
    cases = read_cases(_text())
    compiled = compile_ruleset(ruleset, content_hash(ruleset))
    asked = [(compiled.for_send(case.send), replace(case.recipient)) for case in cases]
    foreign = load_note(foreign_load())
    begun = time.perf_counter()
    _decide(asked, decisions)
    seconds = time.perf_counter() - begun
    more = {"classes": len(asked), "rules": len(ruleset.rule), **foreign}
    yield Result("policy_decide", decisions, seconds, _LIMIT, peak_mb(os.getpid()), more)


def _decide(asked: list[tuple[Prepared, RecipientFacts]], decisions: int) -> None:
    left = decisions
    while left > 0:
        for prepared, recipient in asked[:left]:
            prepared.decide(recipient, _AT)
        left -= len(asked)


def _text() -> str:
    page = packs.cases("fr")
    if page is None:
        raise RuntimeError("the French ruleset has no cases")
    return page.text
