"""Whom a verb is about, read from a file: addresses on a command line stay in its history."""

import sys
from pathlib import Path
from typing import Final

import msgspec

from channels.contract import AddressKind
from engine.errors import EngineError
from engine.subjects import REF, Subject, read_address

STDIN: Final = "-"
_KINDS: Final = (REF, *(kind.value for kind in AddressKind))


class SubjectsFault(EngineError):
    """Raised when a file does not say whom a request is about; never quotes it."""


def read_subjects(name: str) -> list[Subject]:
    """Read addresses and refs from a file, or from standard input for ``-``.

    Either lines ``kind: value`` (an address may stand alone), or one JSON object of these kinds
    with a text or a list of texts each, in which a postal address may have several lines.

    Raises SubjectsFault; SubjectFault for an address that cannot be used.
    """
    data = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SubjectsFault("the file is not text in UTF-8") from None
    if text.lstrip().startswith("{"):
        return _from_document(text)
    lines = enumerate(text.splitlines(), 1)
    return [_from_line(number, line.strip()) for number, line in lines if line.strip()]


def _from_document(text: str) -> list[Subject]:
    try:
        given = msgspec.json.decode(text, type=dict[str, str | list[str]])
    except msgspec.DecodeError:
        msg = 'expected one JSON object such as {"ref": "client-17", "email": ["…", "…"]}'
        raise SubjectsFault(msg) from None
    unknown = sorted(set(given) - set(_KINDS))
    if unknown:
        raise SubjectsFault(f"only {', '.join(_KINDS)} are known as names in the file")
    return [
        Subject(kind, value)
        for kind, values in given.items()
        for value in ([values] if isinstance(values, str) else values)
    ]


def _from_line(number: int, line: str) -> Subject:
    kind, colon, value = line.partition(":")
    if colon and kind.strip().lower() in _KINDS:
        return Subject(kind.strip().lower(), value.strip())
    if colon:
        msg = f"line {number}: before the colon stands none of {', '.join(_KINDS)}"
        raise SubjectsFault(msg)
    return read_address(line)
