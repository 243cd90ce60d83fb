"""The parameters of a kind of rule as a table: name, what it is, values, default, and stricter.

Everything comes from the types: fields, descriptions, bounds, defaults, and from the table of
directions that layers go by.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch
from typing import get_args

import msgspec
from msgspec import inspect

from ops.policy_pages.kinds import kind_name
from ops.policy_pages.words import CLOCK, COUNTRY, OPEN_WORDS, WORD, Meanings, meanings
from policy.rule_kinds import Day, Rule, Selector
from policy.strictness import NEUTRAL, PARAMETERS
from policy.typed_tree import wanted

_BY_TITLE = {
    "a word such as fr.sms-2 (lower-case letters, digits, . _ -)": WORD,
    "a country code in capitals such as FR": COUNTRY,
    'a time of day from "00:00" to "24:00"': CLOCK,
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a kind.

    name     as it is written; dotted within a table
    what     it is, in words
    values   that it takes, in words
    default  as it is written; empty: it must be given
    stricter what a lower layer may say; empty: whatever it likes
    words    closed words with what they mean; none where there are no such words
    """

    name: str
    what: str
    values: str
    default: str
    stricter: str
    words: Meanings


def parameters_of(kind: type[Rule]) -> tuple[Parameter, ...]:
    """Return the parameters that only this kind has."""
    shared = {field.name for field in msgspec.structs.fields(kind.__bases__[0])}
    shape = inspect.type_info(kind)
    return tuple(_parameters(kind, shape, "", frozenset(shared)))


def shared_parameters(kind: type[Rule]) -> tuple[Parameter, ...]:
    """Return the parameters that every kind has, but for those of ``when``."""
    shape = inspect.type_info(kind)
    own = {field.name for field in msgspec.structs.fields(kind)} - {
        field.name for field in msgspec.structs.fields(kind.__bases__[0])
    }
    return tuple(_parameters(kind, shape, "", frozenset(own | {"when"})))


def selector_parameters(kind: type[Rule]) -> tuple[Parameter, ...]:
    """Return what ``when`` takes."""
    return tuple(_parameters(kind, inspect.type_info(Selector), "when.", frozenset()))


def _parameters(
    kind: type[Rule], shape: inspect.Type, within: str, without: frozenset[str]
) -> Iterator[Parameter]:
    if not isinstance(shape, inspect.StructType):
        return
    stricter = {one.name: one.stricter for one in PARAMETERS[kind]}
    empty = {one.name: one.empty for one in PARAMETERS[kind]}
    for field in shape.fields:
        if field.name in without:
            continue
        name = f"{within}{field.name}"
        words = OPEN_WORDS.get((kind_name(kind), name)) or _words(field.type)
        values = values_of(field.type)
        yield Parameter(
            name=name,
            what=_said_of(field.type),
            values=values.replace("text", "the words below") if words else values,
            default="" if field.required else _default(field.default, empty.get(name, "none")),
            stricter=_stricter(stricter.get(name, "anything" if name in NEUTRAL else ""), field),
            words=words,
        )
        yield from _parameters(kind, _inner(field.type), f"{name}.", frozenset())


def _stricter(said: str, field: inspect.Field) -> str:
    """Return a direction in words that fit: of switches, less is off and more is on."""
    switch = isinstance(_inner(field.type), inspect.BoolType)
    for number, truth in (("the same or less", "false"), ("the same or more", "true")):
        if switch and said == number:
            return f"the same, or `{truth}`"
    return said


def _said_of(kind: inspect.Type) -> str:
    said = kind.extra_json_schema if isinstance(kind, inspect.Metadata) else None
    return str((said or {}).get("description", ""))


def _inner(kind: inspect.Type) -> inspect.Type:
    """Return what a list, a description or an optional value holds."""
    match kind:
        case inspect.Metadata(type=inner) | inspect.VarTupleType(item_type=inner):
            return _inner(inner)
        case inspect.UnionType(types=(first, *_)):
            return _inner(first)
    return kind


def _words(kind: inspect.Type) -> Meanings:
    inner = _inner(kind)
    return (
        meanings(frozenset(map(str, inner.values)))
        if isinstance(inner, inspect.LiteralType)
        else {}
    )


def _default(value: object, empty: str) -> str:
    match value:
        case True | False:
            return f"`{str(value).lower()}`"
        case () | None | msgspec.Struct():
            return empty
        case tuple() if value == get_args(Day):
            return "all seven"
        case int():
            return f"`{value}`"
    return f'`"{value}"`'


@singledispatch
def values_of(kind: inspect.Type) -> str:
    """Return in words which values a parameter takes."""
    return wanted(kind)


@values_of.register
def _(kind: inspect.Metadata) -> str:
    title = (kind.extra_json_schema or {}).get("title")
    return _BY_TITLE.get(str(title)) or values_of(kind.type)


@values_of.register
def _(kind: inspect.VarTupleType) -> str:
    least = ", at least one" if kind.min_length else ""
    return f"list of {values_of(kind.item_type)}{least}"


@values_of.register
def _(kind: inspect.UnionType) -> str:
    return values_of(kind.types[0])


@values_of.register
def _(_: inspect.BoolType) -> str:
    return "`true` or `false`"


@values_of.register
def _(_: inspect.DateType) -> str:
    return "date: `2026-08-10`"


@values_of.register
def _(_: inspect.LiteralType) -> str:
    return "the words below"


@values_of.register
def _(_: inspect.StrType) -> str:
    return "text"


@values_of.register
def _(kind: inspect.StructType) -> str:
    names = ", ".join(f"`{field.name}`" for field in kind.fields)
    return f"tables with {names}"
