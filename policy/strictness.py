"""Says for each parameter of each kind of rule which of two values is looser.

A table, so that no kind has logic of its own here: layers and the differences that admins read both
go by it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import get_args

from policy.rule_kinds import (
    Addresses,
    Ban,
    Basis,
    Cap,
    Channel,
    ConsentAge,
    Content,
    Hours,
    Numbers,
    OppositionList,
    Pause,
    Permitted,
    Provenance,
    Region,
    Rule,
    Screen,
    Sector,
    Sender,
    Volume,
    Window,
)

_Check = Callable[[Rule, Rule, str], bool]
"""Whether the second rule is nowhere looser than the first, in the parameter of that name."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a rule.

    name   as it is written, dotted within a part of the rule
    check  whether a lower rule is no looser in it than an upper one
    empty  what an empty list, or no date, stands for
    """

    name: str
    check: _Check
    empty: str = "none"

    def no_looser(self, upper: Rule, lower: Rule) -> bool:
        """Return whether ``lower`` restricts in this parameter all that ``upper`` does."""
        return self.check(upper, lower, self.name)

    def value(self, rule: Rule) -> object:
        """Return what ``rule`` says."""
        value: object = attrgetter(self.name)(rule)
        return value

    @property
    def stricter(self) -> str:
        """What a lower layer may say in this parameter, in words."""
        return _STRICTER[self.check]

    def change(self, upper: Rule, lower: Rule) -> str:
        """Return both values in words."""
        return f"{self.name} {self._words(upper)} → {self._words(lower)}"

    def _words(self, rule: Rule) -> str:
        value = self.value(rule)
        return self.empty if value is None or value == () else in_words(value)


def in_words(value: object) -> str:
    """Return the value of a parameter as an admin reads it."""
    if isinstance(value, tuple):
        return ", ".join(map(in_words, value))
    if isinstance(value, Window):
        return f"{value.start}–{value.end}"
    if isinstance(value, Permitted):
        needs = [*value.proof, *value.true] + ["the channel named"] * value.channel_covered
        return value.type + (f" (with {', '.join(needs)})" if needs else "")
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _words(rule: Rule, name: str) -> frozenset[str]:
    words: tuple[str, ...] = attrgetter(name)(rule)
    return frozenset(words)


def _number(rule: Rule, name: str) -> int:
    number: int = attrgetter(name)(rule)
    return number


def _day(rule: Rule, name: str) -> date | None:
    day: date | None = attrgetter(name)(rule)
    return day


def _fewer(upper: Rule, lower: Rule, name: str) -> bool:
    """Words that are permitted."""
    return _words(lower, name) <= _words(upper, name)


def _more(upper: Rule, lower: Rule, name: str) -> bool:
    """Words that are asked for, or refused."""
    return _words(lower, name) >= _words(upper, name)


def _fewer_or_all(upper: Rule, lower: Rule, name: str) -> bool:
    """Words that are permitted, where none stands for all."""
    return not _words(upper, name) or (bool(_words(lower, name)) and _fewer(upper, lower, name))


def _wider(upper: Rule, lower: Rule, name: str) -> bool:
    """Words that are restricted, where none stands for all."""
    return _fewer_or_all(lower, upper, name)


def _lower(upper: Rule, lower: Rule, name: str) -> bool:
    """Numbers or truths of which the smaller one (no) is stricter."""
    return _number(lower, name) <= _number(upper, name)


def _higher(upper: Rule, lower: Rule, name: str) -> bool:
    """Numbers or truths of which the larger one (yes) is stricter."""
    return _lower(lower, upper, name)


def _higher_or_never(upper: Rule, lower: Rule, name: str) -> bool:
    """Numbers of people who can open something, where none stands for nobody."""
    return not _number(lower, name) or (bool(_number(upper, name)) and _higher(upper, lower, name))


def _same(upper: Rule, lower: Rule, name: str) -> bool:
    """Words that cannot be compared."""
    return bool(attrgetter(name)(upper) == attrgetter(name)(lower))


def _no_later(upper: Rule, lower: Rule, name: str) -> bool:
    first, other = _day(upper, name), _day(lower, name)
    return (other or date.min) <= (first or date.min)


def _no_sooner(upper: Rule, lower: Rule, name: str) -> bool:
    last, other = _day(upper, name), _day(lower, name)
    return (other or date.max) >= (last or date.max)


def _platform_wide(upper: Rule, lower: Rule, name: str) -> bool:
    """Contacts by everybody count, or only those by the controller."""
    return attrgetter(name)(lower) == "platform" or _same(upper, lower, name)


def _counts_more(upper: Rule, lower: Rule, name: str) -> bool:
    """Channels that count, where none stands for the one of the send, whichever it is."""
    first, other = _words(upper, name), _words(lower, name)
    if not other:
        return not first or (len(first) == 1 and first == _words(upper, "when.channels"))
    if first:
        return first <= other
    return other >= (_words(upper, "when.channels") or frozenset(get_args(Channel)))


def _within(upper: Rule, lower: Rule, name: str) -> bool:
    """Parts of the day, each within those of the upper rule."""
    theirs: tuple[Window, ...] = attrgetter(name)(upper)
    ours: tuple[Window, ...] = attrgetter(name)(lower)
    return all(any(_holds(one, window) for one in joined(theirs)) for window in ours)


def _holds(outer: Window, inner: Window) -> bool:
    # A window that never opens is within every other.
    return inner.start >= inner.end or (outer.start <= inner.start and inner.end <= outer.end)


def joined(windows: Collection[Window]) -> list[Window]:
    """Return ``windows`` with those that touch or overlap made one, by their starts."""
    whole: list[Window] = []
    for window in sorted(windows, key=lambda window: (window.start, window.end)):
        if whole and window.start <= whole[-1].end:
            last = whole.pop()
            whole.append(Window(start=last.start, end=max(last.end, window.end)))
        else:
            whole.append(window)
    return whole


def _fewer_bases(upper: Rule, lower: Rule, name: str) -> bool:
    """Bases that are permitted, each with no less proof."""
    theirs: tuple[Permitted, ...] = attrgetter(name)(upper)
    ours: tuple[Permitted, ...] = attrgetter(name)(lower)
    return all(any(_proves(one, base) for one in theirs) for base in ours)


def _proves(upper: Permitted, lower: Permitted) -> bool:
    return (
        upper.type == lower.type
        and set(upper.proof) <= set(lower.proof)
        and set(upper.true) <= set(lower.true)
        and upper.channel_covered <= lower.channel_covered
    )


_STRICTER: Mapping[_Check, str] = {
    _fewer: "fewer of them",
    _more: "more of them",
    _fewer_or_all: "fewer of them; none stands for all",
    _wider: "more of them, or none, which stands for all",
    _lower: "the same or less",
    _higher: "the same or more",
    _higher_or_never: "the same or more; or 0, so that nobody can open it",
    _same: "the same",
    _no_later: "the same day or an earlier one, or none",
    _no_sooner: "the same day or a later one, or none",
    _platform_wide: "the same, or `platform`",
    _counts_more: "more of them",
    _within: "windows within those above",
    _fewer_bases: "fewer bases, each with at least the same proof",
}


LISTS = ("channels", "campaigns", "relations", "bases", "voice_modes", "purposes", "sectors")
SELECTOR = (
    *(Parameter(f"when.{name}", _wider, "all") for name in (*LISTS, "countries", "controllers")),
    Parameter("when.except_safety", _lower),
)
EVERY = (
    *SELECTOR,
    Parameter("valid_from", _no_later, "always"),
    Parameter("valid_to", _no_sooner, "for good"),
)
NEUTRAL = ("id", "source", "certainty")
"""What every rule says that restricts nothing."""

PARAMETERS: Mapping[type[Rule], tuple[Parameter, ...]] = {
    Basis: (*EVERY, Parameter("one_of", _fewer_bases), Parameter("covers", _lower)),
    Content: (*EVERY, Parameter("must_say", _more)),
    Screen: (*EVERY, Parameter("refuse", _more)),
    Hours: (
        *EVERY,
        Parameter("days", _fewer),
        Parameter("windows", _within),
        Parameter("holidays", _lower),
        Parameter("local_holidays", _lower),
    ),
    Cap: (
        *EVERY,
        Parameter("most", _lower),
        Parameter("days", _higher),
        Parameter("scope", _platform_wide),
        Parameter("counts", _counts_more, "the channel itself"),
    ),
    Pause: (*EVERY, Parameter("days", _higher)),
    Numbers: (*EVERY, Parameter("kinds", _fewer), Parameter("countries", _fewer_or_all, "all")),
    Addresses: (*EVERY, Parameter("refuse", _more)),
    Sender: (*EVERY, Parameter("kinds", _fewer), Parameter("approved", _higher)),
    Sector: (*EVERY, Parameter("refuse", _more), Parameter("except_bases", _fewer)),
    OppositionList: (
        *EVERY,
        Parameter("name", _same),
        Parameter("read_within_days", _lower),
        Parameter("except_bases", _fewer),
    ),
    ConsentAge: (*EVERY, Parameter("evidence", _same), Parameter("months", _lower)),
    Provenance: (*EVERY, Parameter("suppliers", _lower)),
    Region: (*EVERY, Parameter("countries", _fewer)),
    Volume: (
        *EVERY,
        Parameter("most", _lower),
        Parameter("approvals", _higher_or_never),
        Parameter("first_use", _lower),
    ),
    Ban: EVERY,
}


def looser(upper: Rule, lower: Rule) -> tuple[str, ...]:
    """Return, in words, each parameter in which ``lower`` is looser than ``upper``."""
    kinds = tuple(str(rule.__struct_config__.tag) for rule in (upper, lower))
    if type(upper) is not type(lower):
        return (f"kind {kinds[0]} → {kinds[1]}",)
    return tuple(
        parameter.change(upper, lower)
        for parameter in PARAMETERS[type(upper)]
        if not parameter.no_looser(upper, lower)
    )
