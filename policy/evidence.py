"""What is said in proof of a legal basis, by the campaign and by each recipient's own record.

The recipient's own record goes before the campaign's, name by name. Where it says several things
under one name, all of them count: whoever asks gets every value, and permits only if each is good.
"""

from collections.abc import Mapping
from datetime import date, datetime

from policy.send_facts import EVIDENCE, RecipientFacts, SendFacts

Value = date | bool | str | frozenset[str]
Said = Mapping[str, tuple[Value, ...]]

_DAYS = frozenset(name for name in EVIDENCE if name.endswith("_at"))


def evidence_of(send: SendFacts, recipient: RecipientFacts) -> Said:
    """Return all that is said, by the names of ``EVIDENCE``."""
    own: dict[str, tuple[Value, ...]] = {}
    for name, value in recipient.evidence:
        own[name] = (*own.get(name, ()), value)
    return {name: (value,) for name, value in send.evidence.items()} | own


def is_said(said: Said, name: str) -> bool:
    """Return whether something usable is said: an empty word, or a day that is none, is nothing."""
    values = said.get(name, ())
    return bool(values) and all(_usable(name, value) for value in values)


def is_true(said: Said, name: str) -> bool:
    """Return whether it is said to be so, and nothing else."""
    return is_said(said, name) and all(value is True for value in said[name])


def days_said(said: Said, name: str) -> tuple[date, ...]:
    """Return the days that are said under a name; empty where none is."""
    return tuple(_day(value) for value in said.get(name, ()) if isinstance(value, date))


def names_channel(said: Said, channel: str) -> bool:
    """Return whether every record of the channels that a consent covers has this one."""
    sets = said["channels"]
    return all(isinstance(channels, frozenset) and channel in channels for channels in sets)


def _usable(name: str, value: Value) -> bool:
    if name in _DAYS:
        return isinstance(value, date)
    if name == "channels":
        return isinstance(value, frozenset) and bool(value)
    return not isinstance(value, str | frozenset) or bool(value)


def _day(value: date) -> date:
    """Return the day: an instant is a ``date`` as well, but the two cannot be compared."""
    return value.date() if isinstance(value, datetime) else value
