"""The second look at a message that msgspec refused: every fault of its shape, not only the first.

Slow (a pure Python validator), and only ever run on messages that are refused anyway.
"""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

import msgspec
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from engine.wire.faults import MAX_FAULTS, Fault, FaultReason
from engine.wire.instants import Instant
from engine.wire.scalars import PATTERN_WORDS
from engine.wire.schema import job_schema
from engine.wire.syntax import Tree, step

_PLAIN: dict[str, tuple[FaultReason, str]] = {
    "minLength": (FaultReason.TOO_SHORT, "expected at least {} characters"),
    "maxLength": (FaultReason.TOO_LONG, "expected at most {} characters"),
    "minItems": (FaultReason.TOO_SHORT, "expected at least {} items"),
    "maxItems": (FaultReason.TOO_LONG, "expected at most {} items"),
}
_FORMAT_WORDS = {
    "date": "expected a date such as 2026-03-02",
    "date-time": "expected an instant with its offset, such as 2026-11-26T09:00:00+01:00",
}
_TYPE_WORDS = {
    "object": "an object",
    "array": "a list",
    "string": "a string",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}
_NULL = {"type": "null"}


def _is_instant(value: object) -> bool:
    if isinstance(value, str):
        msgspec.convert(value, Instant)
    return True


def _is_date(value: object) -> bool:
    if isinstance(value, str):
        msgspec.convert(value, date)
    return True


_formats = FormatChecker(formats=())
_formats.checks("date-time", raises=msgspec.ValidationError)(_is_instant)
_formats.checks("date", raises=msgspec.ValidationError)(_is_date)


def _left_to_coherence(*_: object) -> Iterator[ValidationError]:
    return iter(())


def _is_integer(_checker: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)  # 1.0 is none, as to msgspec


_Validator = extend(
    Draft202012Validator,
    # Checked in coherence.py, on messages of the right shape as well. The library's uniqueItems
    # also takes quadratic time on lists of mixed values.
    dict.fromkeys(("uniqueItems", "oneOf"), _left_to_coherence),
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)


class ShapeCheck:
    """Compiled once; finds every place where a tree differs from the job schema."""

    def __init__(self) -> None:
        self._validator = _Validator(job_schema(), format_checker=_formats)

    def faults(self, tree: Tree) -> list[Fault]:
        """Return the faults of a JSON tree in the order of the schema, at most ``MAX_FAULTS``."""
        found: dict[Fault, None] = {}
        for error in islice(self._validator.iter_errors(tree), MAX_FAULTS * 4):
            found |= dict.fromkeys(_translate(error))
        return list(found)[:MAX_FAULTS]


def _translate(error: ValidationError) -> Iterator[Fault]:
    if error.validator == "anyOf":
        yield from _branches(error)
        return
    path = _path(error)
    if error.validator in {"required", "additionalProperties"}:
        yield from _fields(error, path)
        return
    reason, sentence = _words(str(error.validator), error.validator_value)
    yield Fault(".".join(path), reason, sentence)


def _fields(error: ValidationError, path: tuple[str, ...]) -> Iterator[Fault]:
    given: dict[str, object] = error.instance
    if error.validator == "required":
        for name in map(str, error.validator_value):
            if name not in given:
                field = ".".join((*path, name))
                yield Fault(field, FaultReason.MISSING, "the field is required")
        return
    known = error.schema["properties"]
    sentence = f"no such field; known are {', '.join(known)}"
    for name in given:
        if name not in known:
            yield Fault(".".join((*path, step(path, name))), FaultReason.UNKNOWN_FIELD, sentence)


def _branches(error: ValidationError) -> Iterator[Fault]:
    """Report on the alternatives of which the value has the type; else on its type."""
    branches: list[dict[str, Any]] = error.validator_value
    inner = [
        child for child in error.context or () if branches[child.relative_schema_path[0]] != _NULL
    ]
    meant = [child for child in inner if child.validator != "type" or child.relative_path]
    if meant:
        for child in meant:
            yield from _translate(child)
        return
    expected = [str(child.validator_value) for child in inner]
    if _NULL in branches:
        expected.append("null")
    yield Fault(".".join(_path(error)), *_words("type", expected))


def _words(keyword: str, value: Any) -> tuple[FaultReason, str]:
    if keyword == "type":
        types = value if isinstance(value, list) else [value]
        words = " or ".join(_TYPE_WORDS[word] for word in types)
        return FaultReason.WRONG_TYPE, f"expected {words}"
    if keyword == "enum":
        return FaultReason.NOT_ALLOWED, f"expected one of: {', '.join(map(str, value))}"
    if keyword == "pattern":
        return FaultReason.BAD_FORM, f"expected {PATTERN_WORDS.get(value, value)}"
    if keyword == "format":
        return FaultReason.BAD_FORM, _FORMAT_WORDS[value]
    reason, sentence = _PLAIN.get(keyword, (FaultReason.BAD_FORM, "not as the schema says"))
    return reason, sentence.format(value)


def _path(error: ValidationError) -> tuple[str, ...]:
    path: tuple[str, ...] = ()
    for part in error.absolute_path:
        path = (*path, str(part) if isinstance(part, int) else step(path, part))
    return path
