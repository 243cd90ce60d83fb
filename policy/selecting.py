"""Which sends a rule is about, and on which days it holds.

A selector compares words with facts, and a fact may be unknown. Then the rule is about the send:
what nobody knows is not left out of a restriction. Whoever needs to know that a rule is about a
send *for certain* asks for the names of the facts that leave it open.
"""

from collections.abc import Collection, Iterator
from datetime import date

from policy.rule_kinds import Rule, Selector
from policy.send_facts import RecipientFacts, SendFacts


def matches(selector: Selector, send: SendFacts, recipient: RecipientFacts) -> bool:
    """Return whether a rule with this selector is about a send; unknown facts count as being so."""
    return left_open(selector, send) is not None and covers_country(selector, recipient)


def covers_country(selector: Selector, recipient: RecipientFacts) -> bool:
    """Return whether a selector is about a recipient's country.

    Whose country nobody knows is under the rules of all countries.
    """
    country = recipient.country
    return not selector.countries or country is None or country in selector.countries


def left_open(selector: Selector, send: SendFacts) -> tuple[str, ...] | None:
    """Return which facts of a send would have to be known to be sure that a selector matches it.

    None: it does not match, whatever the recipient. Empty: it does, for certain.
    """
    if selector.except_safety and send.safety:
        return None
    verdicts = dict(_comparisons(selector, send))
    if False in verdicts.values():
        return None
    return tuple(name for name, matched in verdicts.items() if matched is None)


def _comparisons(selector: Selector, send: SendFacts) -> Iterator[tuple[str, bool | None]]:
    """Yield each fact that the selector looks at: whether it is as it asks; None: unknown."""
    yield "channel", _among(send.channel, selector.channels)
    yield "kind", _among(send.kind, selector.campaigns)
    yield "relation", _among(send.relation, selector.relations)
    yield "basis", _among(send.basis, selector.bases)
    yield "purpose", _among(send.purpose, selector.purposes)
    yield "controller", _among(send.controller, selector.controllers)
    yield "voice_mode", _voice_mode(selector, send)
    yield "sectors", _sectors(selector, send)


def _among(word: str | None, words: Collection[str]) -> bool | None:
    if not words:
        return True
    return None if word is None else word in words


def _voice_mode(selector: Selector, send: SendFacts) -> bool | None:
    """No mode is unknown in a call only: on other channels there is none."""
    if send.voice_mode is None and send.channel != "voice":
        return not selector.voice_modes
    return _among(send.voice_mode, selector.voice_modes)


def _sectors(selector: Selector, send: SendFacts) -> bool | None:
    if not selector.sectors:
        return True
    return None if send.sectors is None else not send.sectors.isdisjoint(selector.sectors)


def in_force(rule: Rule, dates: Collection[date]) -> bool:
    """Return whether a rule holds on any of these days.

    It holds in doubt: when no day is known at all, too.
    """
    return not dates or any(_holds(rule, day) for day in dates)


def _holds(rule: Rule, day: date) -> bool:
    begun = rule.valid_from is None or rule.valid_from <= day
    return begun and (rule.valid_to is None or day <= rule.valid_to)
