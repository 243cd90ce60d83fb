"""Whether a message that never became a campaign mentions a person.

Its bytes may be anything. What can be read as JSON is searched value by value; everything else is
searched as text. Where it is unclear the message is taken to mention them: it is dropped.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from channels.addresses import normalise
from channels.contract import AddressKind
from channels.normal_form import AddressFault
from engine.erasure.person import Person, Point

_DIGITS: Final = re.compile(rb"\d")
_BETWEEN_DIGITS: Final = re.compile(rb"(?<=\d)[ ./()\\tnr-]{1,3}(?=\d)")
_NATIONAL_DIGITS: Final = 9  # of a number, without country code or trunk prefix
_WORD: Final = re.compile(r"\w+")


def mentions(body: bytes, person: Person, controller: str) -> bool:
    """Return whether a message mentions the person of a controller."""
    try:
        tree = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _as_text(body, person)
    if isinstance(tree, dict):
        named = tree.get("controller")
        if isinstance(named, str) and named != controller:
            return False  # somebody else's, who may know the person as well
    return any(_is_of(name, value, person) for name, value in _values(tree))


def _values(tree: object) -> Iterator[tuple[str, str]]:
    """Give every text and number of a document, with the name it has; no recursion."""
    left: list[tuple[str, object]] = [("", tree)]
    while left:
        name, value = left.pop()
        if isinstance(value, dict):
            left += [(str(key), inner) for key, inner in value.items()]
            left += [("", str(key)) for key in value]
        elif isinstance(value, list):
            left += [(name, inner) for inner in value]
        elif isinstance(value, str | int) and not isinstance(value, bool):
            yield name, str(value)


def _is_of(name: str, value: str, person: Person) -> bool:
    if value in person.refs and name not in _NOT_A_REF:
        return True
    return any(_is_point(value, point) for point in person.every_point)


_NOT_A_REF: Final = frozenset({"id", "controller", "purpose", "schema"})


def _is_point(value: str, point: Point) -> bool:
    kind, address = point
    try:
        if normalise(AddressKind(kind), value).value == address:
            return True
    except AddressFault as fault:
        if address in fault.candidates:
            return True
    return _text_holds(value.encode(), point)


def _as_text(body: bytes, person: Person) -> bool:
    if any(_text_holds(body, point) for point in person.every_point):
        return True
    quoted = (f'"{ref}"'.encode() for ref in person.refs)
    return any(ref in body for ref in quoted)


def _text_holds(text: bytes, point: Point) -> bool:
    kind, address = point
    if kind == AddressKind.TEL:
        digits = b"".join(_DIGITS.findall(address.encode()))[-_NATIONAL_DIGITS:]
        return digits in _BETWEEN_DIGITS.sub(b"", text)
    if kind == AddressKind.EMAIL:
        return address.lower().encode() in text.lower()
    wanted = _words(address)
    return bool(wanted) and wanted in _words(text.decode("utf-8", "replace"))


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))
