"""Reads a ruleset from TOML, and says everything that is wrong with it at once."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from policy.rule_kinds import Ruleset
from policy.toml_places import KeyPath, find_places, without_mark
from policy.toml_syntax import syntax_fault
from policy.typed_tree import faults

_SHAPE = msgspec.inspect.type_info(Ruleset)
_WITHIN_RULE = 3  # names of a path: "rule", its place, a key
_AT_TOP = frozenset({"name", "title", "layer", "zone"})
_OF_CASES = frozenset({"case", "facts", "usual"})
_OF_RULES = frozenset({"id", "kind", "source", "certainty", "when", "valid_from", "valid_to"})


@dataclass(frozen=True, slots=True)
class RulesetFaultLine:
    """One fault of a ruleset.

    line     from 1, where it stands, or what it stands in
    subject  the rule, by its ``id``, or another part of the ruleset
    what     what is wrong, with what was expected
    """

    line: int
    subject: str
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.subject}: {self.what}"


class RulesetFault(ValueError):
    """A text is no ruleset. ``faults`` are all that were found, by their lines."""

    def __init__(self, found: tuple[RulesetFaultLine, ...]) -> None:
        super().__init__("\n".join(map(str, found)))
        self.faults = found


def read_ruleset(text: str | bytes) -> Ruleset:
    """Return the ruleset that is written in ``text`` (TOML, UTF-8).

    Raises ``RulesetFault`` for any text that is none, with every fault; after a fault of the TOML
    itself nothing more can be read, so that one stands alone.
    """
    text = without_mark(_decoded(text) if isinstance(text, bytes) else text)
    tree = _parsed(text)
    found = list(_found(text, tree))
    if found:
        raise RulesetFault(tuple(sorted(found, key=lambda fault: fault.line)))
    return msgspec.convert(tree, Ruleset)


def content_hash(ruleset: Ruleset) -> str:
    """Return 16 hexadecimal digits that stand for what ``ruleset`` says.

    The order of rules, exemptions and holidays, the layout and comments make no difference, nor
    does a default that is written out.
    """
    tree = {
        name: sorted(said, key=msgspec.json.encode) if isinstance(said, list) else said
        for name, said in _said(ruleset).items()
    }
    return sha256(msgspec.json.encode(tree, order="sorted")).hexdigest()[:16]


def _said(part: msgspec.Struct) -> dict[str, object]:
    """Return what a part says beside its defaults, keys in order."""
    said: dict[str, object] = {"kind": part.__struct_config__.tag}
    for field in sorted(msgspec.structs.fields(part), key=lambda field: field.name):
        value = getattr(part, field.name)
        if value != field.default:
            said[field.name] = _plain(value)
    return said


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return _said(value) if isinstance(value, msgspec.Struct) else value


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as fault:
        line = raw.count(b"\n", 0, fault.start) + 1
        raise RulesetFault(
            (RulesetFaultLine(line, "text", "expected UTF-8; save the file as UTF-8"),)
        ) from None


def _parsed(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        line, what = 1, "no correct TOML: brackets are nested too deeply"
    except ValueError as fault:
        line, what = syntax_fault(text, fault)
    raise RulesetFault((RulesetFaultLine(line, "text", what),))


def _found(text: str, tree: dict[str, object]) -> Iterator[RulesetFaultLine]:
    places = None
    for path, what in faults(_SHAPE, tree, ()):
        places = places or find_places(text)
        subject, rest = _subject(tree, path)
        keys = ".".join(name for name in rest if isinstance(name, str))
        item = next((f", item {at + 1}" for at in reversed(rest) if isinstance(at, int)), "")
        named = f"'{keys}'{item}: " if rest and not what.startswith("unknown k") else ""
        yield RulesetFaultLine(places.line(path), subject, named + what + _belongs(path, what))


def _belongs(path: KeyPath, what: str) -> str:
    """Return where a key belongs that stands in a table by mistake.

    In TOML a key belongs to the nearest table above it, which people forget.
    """
    if not what.startswith("unknown key"):
        return ""
    if path[0] in _OF_CASES:
        return "; cases stand in a file of their own, NAME.cases.toml"
    if len(path) < _WITHIN_RULE:
        return ""
    if path[-1] in _AT_TOP:
        return f"; {path[-1]!r} belongs to the whole: write it above the first [[…]]"
    if path[0] == "rule" and len(path) > _WITHIN_RULE and path[-1] in _OF_RULES:
        return f"; {path[-1]!r} belongs to the rule: write it above, outside of {path[2]!r}"
    return ""


def _subject(tree: dict[str, object], path: KeyPath) -> tuple[str, KeyPath]:
    """Return what a path is in, in words, and the rest of the path within it."""
    match path:
        case (str(name), int(place), *rest):
            table = tree[name]
            item = table[place] if isinstance(table, list) else None
            known = item.get("id") if isinstance(item, dict) else None
            shown = known if isinstance(known, str) and known.isprintable() else None
            return f"{name} {shown or f'number {place + 1}'}", tuple(rest)
    return "ruleset", path
