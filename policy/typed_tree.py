"""Compares a parsed tree with the types that it should become, and tells every difference in words.

``msgspec`` stops at the first fault, and speaks to programmers. Whoever writes a ruleset wants all
faults at once, with the word that was probably meant.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from difflib import get_close_matches
from functools import singledispatch

from msgspec import inspect

from policy.toml_places import KeyPath

SHOWN = 40  # characters of a wrong value
FEW_KEYS = 5  # that are all told where none is like the one that is wrong
Faults = Iterator[tuple[KeyPath, str]]
_NAMES = {bool: "true or false", dict: "a table", list: "a list", datetime: "a date with a time"}


def meant(word: str, words: Iterable[str]) -> str:
    """Return a question after the one of ``words`` that ``word`` was meant to be, or nothing."""
    near = get_close_matches(word.lower(), list(words), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def shown(value: object) -> str:
    """Return a value of TOML as it is shown in a sentence: never long, never a whole table."""
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        text = repr(value) if abs(_size(value)) <= SHOWN else "a long one"
        return text if isinstance(value, str) else f"the number {text}"
    return _NAMES.get(type(value), f"the {type(value).__name__} {value}")


def _size(value: str | float) -> float:
    # Python refuses to print whole numbers of thousands of digits.
    if isinstance(value, str):
        return len(value)
    return value.bit_length() / 3 if isinstance(value, int) else 0


@singledispatch
def wanted(kind: inspect.Type) -> str:
    """Return in words what values of ``kind`` look like."""
    raise TypeError(f"rulesets have no {type(kind).__name__}")


@singledispatch
def faults(kind: inspect.Type, value: object, path: KeyPath) -> Faults:
    """Yield the path of each fault of ``value``, and what is wrong there."""
    if not _fits(kind, value):
        bare = "; write it without quotes" if isinstance(value, str) and _is_value(value) else ""
        yield path, f"expected {wanted(kind)}, not {shown(value)}{bare}"


def _is_value(text: str) -> bool:
    """Return whether a text is a number, a truth or a day that stands in quotes by mistake."""
    return re.fullmatch(r"\d+|true|false|\d{4}-\d\d-\d\d", text) is not None


@singledispatch
def _fits(kind: inspect.Type, value: object) -> bool:
    raise TypeError(f"rulesets have no {type(kind).__name__}, as in {value!r:.40}")


@wanted.register
def _(kind: inspect.Metadata) -> str:
    return str((kind.extra_json_schema or {}).get("title") or wanted(kind.type))


@faults.register
def _(kind: inspect.Metadata, value: object, path: KeyPath) -> Faults:
    for where, what in faults(kind.type, value, path):
        plain = f"expected {wanted(kind.type)}"
        yield where, what.replace(plain, f"expected {wanted(kind)}") if where == path else what


@wanted.register
def _(_: inspect.BoolType) -> str:
    return "true or false"


@_fits.register
def _(_: inspect.BoolType, value: object) -> bool:
    return isinstance(value, bool)


@wanted.register
def _(_: inspect.DateType) -> str:
    return "a date such as 2026-08-10"


@_fits.register
def _(_: inspect.DateType, value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


@wanted.register
def _(kind: inspect.IntType) -> str:
    least = f" from {kind.ge}" if kind.ge is not None else ""
    return f"a whole number{least}" + (f" to {kind.le}" if kind.le is not None else "")


@_fits.register
def _(kind: inspect.IntType, value: object) -> bool:
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    most = 2**31 if kind.le is None else kind.le  # nothing that is counted here is more
    return (kind.ge is None or value >= kind.ge) and value <= most


@wanted.register
def _(kind: inspect.StrType) -> str:
    least = kind.min_length or 0
    if least > 1:
        return f"text of at least {least} letters"
    return "some text in quotes" if least else "text in quotes"


@faults.register
def _(kind: inspect.StrType, value: object, path: KeyPath) -> Faults:
    if not _fits(kind, value):
        near = _rewritten(kind, value) if isinstance(value, str) and kind.pattern else ""
        yield path, f"expected {wanted(kind)}, not {shown(value)}{near}"


def _rewritten(kind: inspect.StrType, value: str) -> str:
    """Return a question after the text that fits, where only its form is another."""
    slug, whole = "-".join(value.split()), "".join(value.split())
    padded = f"0{slug}" if slug[:1].isdigit() else slug
    for text in (slug, slug.lower(), slug.upper(), padded, whole):
        if text != value and _fits(kind, text):
            return f"; did you mean {text!r}?"
    return ""


@_fits.register
def _(kind: inspect.StrType, value: object) -> bool:
    if not isinstance(value, str) or len(value.strip()) < (kind.min_length or 0):
        return False
    return kind.pattern is None or re.search(kind.pattern, value) is not None


@wanted.register
def _(kind: inspect.LiteralType) -> str:
    return f"one of {', '.join(map(str, kind.values))}"


@faults.register
def _(kind: inspect.LiteralType, value: object, path: KeyPath) -> Faults:
    if value not in kind.values:
        near = meant(value, map(str, kind.values)) if isinstance(value, str) else ""
        yield path, f"expected {wanted(kind)}, not {shown(value)}{near}"


@wanted.register
def _(kind: inspect.VarTupleType) -> str:
    least = f" of at least {kind.min_length}" if kind.min_length else ""
    item = kind.item_type
    return f"a list{least} in brackets, each {wanted(item)}"


@faults.register
def _(kind: inspect.VarTupleType, value: object, path: KeyPath) -> Faults:
    if not isinstance(value, list) or len(value) < (kind.min_length or 0):
        empty = "an empty one" if value == [] else shown(value)
        yield path, f"expected {wanted(kind)}, not {empty}{_in_brackets(kind, value)}"
        return
    for place, item in enumerate(value):
        yield from faults(kind.item_type, item, (*path, place))


def _in_brackets(kind: inspect.VarTupleType, value: object) -> str:
    """Return how to write one word as a list; nothing for what is not one that fits."""
    fits = isinstance(value, str) and not any(faults(kind.item_type, value, ()))
    return f'; write ["{value}"]' if fits else ""


@wanted.register
def _(kind: inspect.StructType) -> str:
    first = ", ".join(f"{name} = …" for name in _keys(kind)[:3])
    return f"a table such as {{ {first} }}"


def _keys(kind: inspect.StructType) -> list[str]:
    tag = [kind.tag_field] if kind.tag_field else []
    return tag + [field.encode_name for field in kind.fields]


@faults.register
def _(kind: inspect.StructType, value: object, path: KeyPath) -> Faults:
    if not isinstance(value, dict):
        yield path, f"expected {wanted(kind)}, not {shown(value)}"
        return
    for key in value:
        if key not in _keys(kind):
            within = f" in {_last(path)!r}" if _last(path) else ""
            near = _meant_key(key, kind) or _known_keys(kind)
            yield (*path, key), f"unknown key {key!r}{within}{near}"
    yield from _fields(kind.fields, value, path)


def _fields(fields: Iterable[inspect.Field], value: dict[str, object], path: KeyPath) -> Faults:
    for field in fields:
        name = field.encode_name
        if name in value:
            yield from faults(field.type, value[name], (*path, name))
        elif field.required:
            yield path, f"lacks {name!r}: {wanted(field.type)}"


def _last(path: KeyPath) -> str:
    """Return the key that a part of a rule stands under; none for what stands at the top."""
    names = [name for name in path if isinstance(name, str)]
    return names[-1] if len(names) > 1 else ""


def _known_keys(kind: inspect.StructType) -> str:
    keys = _keys(kind)
    return f"; the keys here are {', '.join(keys)}" if len(keys) <= FEW_KEYS else ""


def _meant_key(key: str, kind: inspect.StructType) -> str:
    """Return the key that was meant: of the table itself, or of a table within it."""
    near = meant(key, _keys(kind))
    for field in kind.fields:
        inner = field.type.type if isinstance(field.type, inspect.Metadata) else field.type
        within = _keys(inner) if isinstance(inner, inspect.StructType) else []
        found = get_close_matches(key.lower(), within, 1)
        if found and not near:
            return f"; did you mean {f'{field.encode_name}.{found[0]}'!r}?"
    return near


@wanted.register
def _(kind: inspect.UnionType) -> str:
    return wanted(kind.types[0])


@faults.register
def _(kind: inspect.UnionType, value: object, path: KeyPath) -> Faults:
    tagged = {one.tag: one for one in kind.types if isinstance(one, inspect.StructType)}
    if not tagged or not isinstance(value, dict):
        yield from faults(kind.types[0], value, path)  # TOML has no null: the other one is None
        return
    known = ", ".join(map(str, tagged))
    tag = value.get("kind")
    if "kind" not in value:
        yield path, f"lacks 'kind': one of {known}"
    elif not isinstance(tag, str) or tag not in tagged:
        near = meant(tag, map(str, tagged)) if isinstance(tag, str) else ""
        yield (*path, "kind"), f"unknown kind {shown(tag)}{near or f'; the kinds are {known}'}"
    else:
        yield from faults(tagged[tag], value, path)
        return
    # What rules of every kind have can be looked at all the same.
    shared = set.intersection(*({field.name for field in one.fields} for one in tagged.values()))
    fields = [field for field in next(iter(tagged.values())).fields if field.name in shared]
    yield from _fields(fields, value, path)
