"""What the body of a POST must say to unsubscribe: one rule, for mail programs and for the page.

The address of the request names the person. A POST unsubscribes when its body

- is empty, or
- says ``List-Unsubscribe=One-Click`` (RFC 8058, in any case of letters) as a form: urlencoded,
  multipart, or the bare line as ``text/plain`` or without a type.

Anything else is refused and changes nothing: 415 for a type that holds no form, 400 for a form
that says something else or cannot be read. More than ``MOST_BYTES`` is 413.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser

MOST_BYTES = 16_384
VIA = "via"  # the page's own field
PAGE = "page"
_FIELD = "list-unsubscribe"
_VALUE = "one-click"
_PAIR = b"List-Unsubscribe=One-Click"
_ONE_LINE = frozenset({"application/x-www-form-urlencoded", "text/plain", ""})
_MULTIPART = "multipart/form-data"
_MOST_FIELDS = 20


class Said(Enum):
    """What a body says."""

    ONE_CLICK = "one_click"  # unsubscribe; said by a mail program
    PAGE = "page"  # unsubscribe; said by the page's button
    OTHER = "other"  # a form that says something else, or cannot be read
    NO_FORM = "no_form"  # of a type that holds no form


@dataclass(frozen=True, slots=True)
class Body:
    """A body that was read to its end; ``kind`` is its media type as given, ``""`` if none."""

    kind: str
    data: bytes


async def said(body: Body) -> Said:
    """Return what a body says; see the module's text for the rule."""
    data, media = body.data.strip(), body.kind.partition(";")[0].strip().lower()
    if not data:
        return Said.ONE_CLICK
    if media == _MULTIPART:
        return _meaning(await _multipart(body))
    if media in _ONE_LINE:
        return Said.ONE_CLICK if data == _PAIR else _meaning(_urlencoded(data))
    return Said.NO_FORM


def _meaning(fields: Mapping[str, str] | None) -> Said:
    if fields is None or fields.get(_FIELD, "").strip().lower() != _VALUE:
        return Said.OTHER
    return Said.PAGE if fields.get(VIA) == PAGE else Said.ONE_CLICK


def _urlencoded(data: bytes) -> Mapping[str, str] | None:
    try:
        pairs = parse_qsl(
            data.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        return None
    return {name.strip().lower(): value for name, value in pairs}


async def _multipart(body: Body) -> Mapping[str, str] | None:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body.data
        yield b""

    parser = MultiPartParser(
        Headers({"content-type": body.kind}),
        stream(),
        max_files=1,
        max_fields=_MOST_FIELDS,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, FormParserError, ValueError, KeyError, LookupError):
        return None
    found = {
        name.strip().lower(): value for name, value in form.multi_items() if isinstance(value, str)
    }
    await form.close()
    return found
