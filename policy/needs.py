"""What must be looked up about recipients before the rules on a send can be asked.

Dispatch asks for nothing that no rule looks at: most campaigns have no rule on how often, and no
list of objectors to consult.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from policy.judges import DEFERRING
from policy.rule_kinds import Basis, Cap, ConsentAge, OppositionList, Rule, Sector
from policy.send_facts import SendFacts

# What these look at grows too old while nobody changes anything.
_AGEING = (ConsentAge, OppositionList)
_NEAR = timedelta(days=3)  # around a day on which a rule begins or ends, somewhere on Earth


def caps_of(rules: Iterable[Rule]) -> tuple[Cap, ...]:
    """Return the rules on how often, for which earlier contacts must be known."""
    return tuple(rule for rule in rules if isinstance(rule, Cap))


def counts_contacts(rules: Iterable[Rule], channel: str) -> bool:
    """Return whether any rule on how often counts a contact on this channel.

    It does so whatever else the rule is about: a call counts, also if another one was the last.
    """
    return any(channel in (cap.counts or cap.when.channels or (channel,)) for cap in caps_of(rules))


def across_controllers(rules: Iterable[Rule]) -> bool:
    """Return whether any rule on how often counts the contacts of all controllers."""
    return any(cap.scope == "platform" for cap in caps_of(rules))


def lists_of(rules: Iterable[Rule]) -> frozenset[str]:
    """Return the opposition lists that must be consulted."""
    return frozenset(rule.name for rule in rules if isinstance(rule, OppositionList))


def sectors_named(rules: Iterable[Rule]) -> frozenset[str]:
    """Return the sectors that any rule has a word for: no other word means anything to them."""
    return frozenset(
        word
        for rule in rules
        for word in (*rule.when.sectors, *(rule.refuse if isinstance(rule, Sector) else ()))
    )


def asks_for_proof(rules: Iterable[Rule], send: SendFacts) -> bool:
    """Return whether each recipient's own consent must be known: the campaign gives no proof."""
    return (
        send.basis == "consent"
        and not send.evidence
        and any(isinstance(rule, Basis) for rule in rules)
    )


def bound_by_time(rules: Iterable[Rule], today: date, exempted: Iterable[date] = ()) -> bool:
    """Return whether a decision may be another one in the next minute.

    exempted  the last days on which the controller is let off some of the rules
    """
    return any(_near(last, today) for last in exempted) or any(
        isinstance(rule, (*DEFERRING, *_AGEING)) or _turns(rule, today) for rule in rules
    )


def _turns(rule: Rule, today: date) -> bool:
    return any(day is not None and _near(day, today) for day in (rule.valid_from, rule.valid_to))


def _near(day: date, today: date) -> bool:
    return abs(day - today) <= _NEAR
