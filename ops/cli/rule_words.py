"""Says in words what a rule is about and what it asks, from its fields."""

from collections.abc import Mapping

import msgspec

from policy.rule_kinds import Permitted, Rule, Selector, Window

_OF_EVERY_RULE = frozenset({"id", "source", "certainty", "when", "valid_from", "valid_to"})
EVERYTHING = "every send"
# Switches that would read wrong as yes and no.
_SWITCHES = {
    "holidays": ("open", "closed"),
    "local_holidays": ("open", "closed"),
    "suppliers": ("open", "refused"),
}


def kind_of(rule: Rule) -> str:
    """Return the kind of a rule, as rulesets write it."""
    return str(rule.__struct_config__.tag)


def when_of(selector: Selector) -> dict[str, tuple[str, ...]]:
    """Return the lists that a selector compares, by name; a switch that is on is ``yes``."""
    given = {name: getattr(selector, name) for name in selector.__struct_fields__}
    return {
        name: ("yes",) if value is True else tuple(value) for name, value in given.items() if value
    }


def about(when: Mapping[str, tuple[str, ...]]) -> str:
    """Return in one line which sends a rule is about."""
    parts = [
        _plain(name) if values == ("yes",) else _many(name, values) for name, values in when.items()
    ]
    return "; ".join(parts) or EVERYTHING


def asks_of(rule: Rule) -> dict[str, str]:
    """Return what a rule asks, field by field, in words; what is as usual is left out."""
    asked = {}
    for each in msgspec.structs.fields(rule):
        value = getattr(rule, each.name)
        if each.name not in _OF_EVERY_RULE and (each.required or value != each.default):
            on, off = _SWITCHES.get(each.name, ("yes", "no"))
            asked[each.name] = (
                _words(value) if not isinstance(value, bool) else on if value else off
            )
    return asked


def asked(asks: Mapping[str, str]) -> str:
    """Return in one line what a rule asks."""
    return "; ".join(f"{_plain(name)}: {value}" for name, value in asks.items())


def _words(value: object) -> str:
    match value:
        case Window():
            return f"{value.start}–{value.end}"
        case Permitted():
            return _permitted(value)
        case tuple():
            joint = " or " if value and isinstance(value[0], Permitted) else ", "
            return joint.join(_words(each) for each in value)
    return str(value)


def _permitted(option: Permitted) -> str:
    needs = [*option.proof, *(f"{name} = true" for name in option.true)]
    if option.channel_covered:
        needs.append("the channel covered")
    return f"{option.type} ({', '.join(needs)})" if needs else option.type


def _many(name: str, values: tuple[str, ...]) -> str:
    most = 4
    shown = ", ".join(values[:most])
    return f"{_plain(name)} {shown} and {len(values) - most} more" if len(values) > most else shown


def _plain(name: str) -> str:
    return name.replace("_", " ")
