"""How the gateway answers: a page to who reads pages, a line to everybody else, nothing to keep."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from engine.gateway import pages

RETRY_SECONDS: Final = 30  # after which a database that is away may be back

_ALWAYS: Final = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
    "vary": "accept, accept-language",
    "content-security-policy": pages.CONTENT_SECURITY_POLICY,
}
_PLAIN: Final = "text/plain; charset=utf-8"
_HTML: Final = "text/html; charset=utf-8"


def language_of(request: Request) -> str:
    """Return the language in which a person is answered."""
    asked = request.query_params.get("lang", "") if request.scope["query_string"] else ""
    return pages.choose_language(asked, request.headers.get("accept-language", ""))


def reads_pages(request: Request) -> bool:
    """Whether a page is asked for: browsers name HTML, mail programs that post do not."""
    return "text/html" in request.headers.get("accept", "")


def page(status: int, body: bytes, language: str, **more: str) -> Response:
    """Answer with a page."""
    return _reply(status, body, _HTML, {"content-language": language, **_named(more)})


def line(status: int, text: str, **more: str) -> Response:
    """Answer with one line."""
    return _reply(status, f"{text}\n".encode(), _PLAIN, _named(more))


def unknown(request: Request, *, as_page: bool) -> Response:
    """Answer a link that nobody has."""
    if not as_page:
        return line(404, "This link is not known.")
    language = language_of(request)
    return page(404, pages.unknown(language), language)


def proof(request: Request, *, as_page: bool, posted: bool) -> Response:
    """Answer the link of a proof, which is nobody's: never as if somebody had left by it."""
    status = 409 if posted else 200
    if not as_page:
        return line(status, "This link came with a proof: it unsubscribes nobody.")
    language = language_of(request)
    return page(status, pages.proof(language), language)


def later(request: Request, *, as_page: bool) -> Response:
    """Answer what could not be recorded or known now."""
    wait = str(RETRY_SECONDS)
    if not as_page:
        return line(
            503, "This cannot be done now, nothing was recorded. Try again.", retry_after=wait
        )
    language = language_of(request)
    return page(503, pages.later(language), language, retry_after=wait)


def too_much(seconds: int) -> Response:
    """Answer an address that asked too much."""
    return line(429, "Too many requests from this address.", retry_after=str(seconds))


def _named(more: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in more.items()}


def _reply(status: int, body: bytes, kind: str, more: Mapping[str, str]) -> Response:
    return Response(body, status, {**_ALWAYS, "content-type": kind, **more})
