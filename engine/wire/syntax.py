"""From bytes to a JSON tree, strictly: what a lenient reader would let pass is named here.

The standard library's reader is used, not msgspec's: it says line and column, and lets duplicate
names be seen. Duplicates are faults since two readers of the same message would see two campaigns.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import NoReturn

from engine.wire.faults import MAX_FAULTS, Fault, FaultReason, JobFaults

Tree = dict[str, object] | list[object] | str | int | float | bool | None

_BOM = b"\xef\xbb\xbf"
_LONGEST_NUMBER = 19  # digits of a 64-bit integer
_QUOTABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")
_STRING_OR_CONSTANT = re.compile(r'"(?:[^"\\]|\\.)*"|-?(?:NaN|Infinity)')


class _Repeating(dict[str, object]):
    """A JSON object in which a name came twice."""

    repeated: tuple[str, ...] = ()


class _Constant(ValueError):
    """Raised inside the reader at NaN or Infinity."""


class _LongNumber(ValueError):
    """Raised inside the reader at a number of more digits than any field takes."""


def quotable(name: str) -> str:
    """Return a field's name, or ``*`` when it might be something other than a name."""
    return name if _QUOTABLE.fullmatch(name) else "*"


def read_tree(body: bytes, max_bytes: int) -> tuple[Tree, tuple[Fault, ...]]:
    """Read a body as JSON; return the tree, and faults that let the rest be checked still.

    Raises JobFaults for an empty, oversized, undecodable or malformed body, and for text that is
    no Unicode.
    """
    if not body.strip():
        raise _one(FaultReason.EMPTY_BODY, "the message has no body; expected a JSON object")
    if len(body) > max_bytes:
        raise _one(FaultReason.TOO_BIG, f"the message is larger than {max_bytes} bytes")
    try:
        text = body.removeprefix(_BOM).decode()
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise _one(FaultReason.NOT_UTF8, "the message is not UTF-8", line) from None
    repeats: list[str] = []
    tree = _parse(text, repeats)
    # Both walks are for the rare message that needs them: a tree may have millions of nodes.
    if "\\u0000" in text or "\\ud" in text.lower():
        odd = tuple(islice(_bad_characters(tree), MAX_FAULTS))
        if odd:
            raise JobFaults(odd)
    return tree, tuple(islice(_duplicate_names(tree), MAX_FAULTS)) if repeats else ()


def _parse(text: str, repeats: list[str]) -> Tree:
    def keep(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = _object(pairs)
        if isinstance(found, _Repeating):
            repeats.extend(found.repeated)
        return found

    try:
        tree: Tree = json.loads(
            text,
            object_pairs_hook=keep,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        sentence = f"broken JSON at column {error.colno}: {error.msg}"
        raise _one(FaultReason.SYNTAX, sentence, error.lineno) from None
    except _Constant:
        sentence = "NaN and Infinity are not JSON"
        raise _one(FaultReason.SYNTAX, sentence, _line_of_constant(text)) from None
    except _LongNumber:
        sentence = f"a number has more than {_LONGEST_NUMBER} digits; write it as a string"
        raise _one(FaultReason.NUMBER_OUT_OF_RANGE, sentence) from None
    except RecursionError:
        raise _one(FaultReason.TOO_DEEP, "objects or lists are nested too deeply") from None
    return tree


def _duplicate_names(tree: Tree) -> Iterator[Fault]:
    """Yield a fault for every name that an object holds twice."""
    for path, node in _walk(tree):
        if isinstance(node, _Repeating):
            for name in node.repeated:
                field = join(path, name)
                yield Fault(field, FaultReason.DUPLICATE_FIELD, "the field is given twice")


def _bad_characters(tree: Tree) -> Iterator[Fault]:
    """Yield a fault for every string that no store could keep: NUL, half a surrogate pair."""
    for path, node in _walk(tree):
        if isinstance(node, str) and not _storable(node):
            sentence = "holds a NUL or half of a surrogate pair"
            yield Fault(".".join(path), FaultReason.BAD_CHARACTER, sentence)
        elif isinstance(node, dict) and not all(map(_storable, node)):
            sentence = "a field's name holds a NUL or half of a surrogate pair"
            yield Fault(".".join(path), FaultReason.BAD_CHARACTER, sentence)


def join(path: tuple[str, ...], name: str) -> str:
    """Return the dotted path of a field; names that may be personal data are hidden."""
    return ".".join((*path, step(path, name)))


def step(path: tuple[str, ...], name: str) -> str:
    """Return the last part of a path as it may be shown.

    A row of recipients is client data, names included: only the columns of ours are shown.
    """
    if path[:2] == ("recipients", "inline"):
        return name if name in _ROW_COLUMNS else "*"
    return quotable(name)


_ROW_COLUMNS = frozenset({"ref", "email", "tel", "post", "postal_code"})


def _walk(tree: object) -> Iterator[tuple[tuple[str, ...], object]]:
    waiting: list[tuple[tuple[str, ...], object]] = [((), tree)]
    while waiting:
        path, node = waiting.pop()
        yield path, node
        if isinstance(node, dict):
            waiting += [((*path, step(path, name)), inner) for name, inner in node.items()]
        elif isinstance(node, list):
            waiting += [((*path, str(index)), inner) for index, inner in enumerate(node)]


def _storable(text: str) -> bool:
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    repeated: dict[str, None] = {}
    for name, _ in pairs:
        if name in seen:
            repeated[name] = None
        seen.add(name)
    marked = _Repeating(found)
    marked.repeated = tuple(repeated)
    return marked


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > _LONGEST_NUMBER:
        raise _LongNumber
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if number in {float("inf"), float("-inf")}:
        raise _LongNumber
    return number


def _constant(_name: str) -> NoReturn:
    raise _Constant


def _line_of_constant(text: str) -> int:
    # Everything before the constant was read without complaint, so its strings are closed.
    for found in _STRING_OR_CONSTANT.finditer(text):
        if not found.group().startswith('"'):
            return text.count("\n", 0, found.start()) + 1
    return 1


def _one(reason: FaultReason, sentence: str, line: int | None = None) -> JobFaults:
    return JobFaults((Fault("", reason, sentence, line),))
