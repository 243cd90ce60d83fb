"""Random rules of every kind, made from their types: a new kind or parameter is tried unasked."""

from datetime import date, timedelta
from functools import cache, singledispatch
from typing import Any, get_args

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from policy.rule_kinds import Layer, Rule, Ruleset

KINDS: tuple[type[Rule], ...] = get_args(Rule)
WORDS = ("a", "b", "fr.sms")
CLOCKS = ("06:00", "08:00", "12:00", "13:30", "20:00", "24:00")
FIRST = date(2026, 8, 8)


@singledispatch
def _values(kind: inspect.Type) -> st.SearchStrategy[Any]:
    raise TypeError(kind)


@_values.register
def _(kind: inspect.Metadata) -> st.SearchStrategy[Any]:
    return _values(kind.type)


@_values.register
def _(kind: inspect.UnionType) -> st.SearchStrategy[Any]:
    return st.one_of(*(_values(one) for one in kind.types))


@_values.register
def _(_: inspect.NoneType) -> st.SearchStrategy[Any]:
    return st.none()


@_values.register
def _(_: inspect.BoolType) -> st.SearchStrategy[Any]:
    return st.booleans()


@_values.register
def _(_: inspect.DateType) -> st.SearchStrategy[Any]:
    return st.integers(0, 6).map(lambda days: FIRST + timedelta(days))


@_values.register
def _(kind: inspect.IntType) -> st.SearchStrategy[Any]:
    return st.integers(kind.ge or 0, (kind.ge or 0) + 4)


@_values.register
def _(kind: inspect.LiteralType) -> st.SearchStrategy[Any]:
    return st.sampled_from(kind.values)


@_values.register
def _(kind: inspect.StrType) -> st.SearchStrategy[Any]:
    pattern = kind.pattern or ""
    if "24:00" in pattern:
        return st.sampled_from(CLOCKS)
    return st.sampled_from(("FR", "DE") if "A-Z" in pattern else ("abc", *WORDS[2:]))


@_values.register
def _(kind: inspect.VarTupleType) -> st.SearchStrategy[Any]:
    items = st.lists(_values(kind.item_type), min_size=kind.min_length or 0, max_size=3)
    return items.map(tuple)


@_values.register
def _(kind: inspect.StructType) -> st.SearchStrategy[Any]:
    given = {field.name: _values(field.type) for field in kind.fields if field.required}
    maybe = {field.name: _values(field.type) for field in kind.fields if not field.required}
    return st.fixed_dictionaries(given, optional=maybe).map(lambda said: kind.cls(**said))


@cache
def rules_of(kind: type[Rule]) -> st.SearchStrategy[Any]:
    """Return rules of one kind."""
    return _values(inspect.type_info(kind))


@cache
def rules() -> st.SearchStrategy[Any]:
    """Return rules of all kinds."""
    return st.one_of(*map(rules_of, KINDS))


@cache
def pairs() -> st.SearchStrategy[Any]:
    """Return two rules of one kind, often alike."""
    return st.sampled_from(KINDS).flatmap(
        lambda kind: st.tuples(
            rules_of(kind),
            rules_of(kind),
            st.sets(st.sampled_from([field.name for field in msgspec.structs.fields(kind)])),
        ).map(
            lambda drawn: (
                drawn[0],
                msgspec.structs.replace(
                    drawn[0], **{name: getattr(drawn[1], name) for name in drawn[2]}
                ),
            )
        )
    )


@cache
def rulesets(layer: Layer) -> st.SearchStrategy[Ruleset]:
    """Return rulesets of one layer, with rules that have ids of their own."""
    return st.lists(rules(), max_size=4).map(
        lambda found: Ruleset(
            name="x",
            title="x",
            layer=layer,
            rule=tuple(
                msgspec.structs.replace(rule, id=f"{layer[:2]}.{place}")
                for place, rule in enumerate(found)
            ),
        )
    )
