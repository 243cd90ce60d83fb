"""Reads tables of a file of cases into types, and notes all that is wrong, with lines."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import TypeVar

import msgspec
from msgspec import Struct, inspect

from policy.reading import RulesetFaultLine
from policy.toml_places import KeyPath, Places, find_places, without_mark
from policy.toml_syntax import syntax_fault
from policy.typed_tree import Faults, faults, meant, shown, wanted

FEW = 4  # words of a long list that are told as examples
Decoded = TypeVar("Decoded", bound=Struct)


@dataclass
class Reading:
    """A text that is being read, and what was found wrong in it so far."""

    text: str
    faults: list[RulesetFaultLine] = field(default_factory=list)

    @cached_property
    def tables(self) -> Mapping[str, object]:
        """The whole file as plain values; none of them where it is no TOML."""
        text = without_mark(self.text)
        try:
            return {name: _plain(table) for name, table in tomllib.loads(text).items()}
        except RecursionError:
            self._add(1, "text", "brackets are nested too deeply")
        except ValueError as fault:
            line, what = syntax_fault(text, fault)
            self._add(line, "text", what)
        return {}

    @cached_property
    def _places(self) -> Places:
        return find_places(self.text)

    def line(self, path: KeyPath) -> int:
        """Return in which line something is written, or what it is in."""
        return self._places.line(path)

    def add(self, path: KeyPath, what: str) -> None:
        """Note a fault."""
        self._add(self.line(path), self._subject(path), what)

    def decode(self, table: object, into: type[Decoded], path: KeyPath) -> Decoded | None:
        """Return a table as a type; None where anything in it is wrong, all of which is noted."""
        found = list(faults(_shape(into), table, path))
        for where, what in found:
            inner = ".".join(str(step) for step in where[len(path) :] if isinstance(step, str))
            named = f"'{inner}': " if inner and not what.startswith("unknown key") else ""
            self.add(where, named + what)
        return None if found else msgspec.convert(table, into)

    def _add(self, line: int, subject: str, what: str) -> None:
        self.faults.append(RulesetFaultLine(line, subject, what))

    def _subject(self, path: KeyPath) -> str:
        """Return what a path is in: a case by its title or number, or a group of facts."""
        match path:
            case ("case", int(place), *_):
                rows = self.tables["case"]
                row = rows[place] if isinstance(rows, list) else None
                title = row.get("title") if isinstance(row, dict) else None
                return f"case {title if isinstance(title, str) else f'number {place + 1}'}"
            case ("facts", str(name), *_):
                return f"facts {name}"
        return str(path[0])


@cache
def _shape(into: type[Struct]) -> inspect.Type:
    return inspect.type_info(into)


@wanted.register
def _(kind: inspect.EnumType) -> str:
    return f"one of {', '.join(each.value for each in kind.cls)}"


@faults.register
def _(kind: inspect.EnumType, value: object, path: KeyPath) -> Faults:
    words = [str(each.value) for each in kind.cls]
    if value not in words:
        near = meant(value, words) if isinstance(value, str) else ""
        # A long list helps only where no word of it is like the wrong one.
        listed = f"one of {', '.join(words[:FEW])} …" if near and len(words) > FEW else wanted(kind)
        yield path, f"expected {listed}, not {shown(value)}{near}"


@wanted.register
def _(kind: inspect.DictType) -> str:
    return f"a table of names, each with {wanted(kind.value_type)}"


@faults.register
def _(kind: inspect.DictType, value: object, path: KeyPath) -> Faults:
    if not isinstance(value, dict):
        yield path, f"expected {wanted(kind)}, not {shown(value)}"
        return
    for name, inner in value.items():
        yield from faults(kind.value_type, inner, (*path, name))


def _plain(value: object) -> object:
    """Return moments as text, which they may be written as, too."""
    match value:
        case datetime():
            return value.isoformat()
        case dict():
            return {name: _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
    return value
