"""The way out: a page with one button for who reads, one click for who has a mail program do it.

GET and HEAD change nothing, however often: link scanners follow every link of a mail. Only a POST
unsubscribes, and it is answered 200 when the opposition is committed and not a moment before.
Links that nobody has are answered alike, whether forged, cut off, or of a contract that ended.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from engine.briefing import PROOF_KEY
from engine.gateway import pages
from engine.gateway.bodies import MOST_BYTES, Body, Said, said
from engine.gateway.grouping import Grouped, Unavailable
from engine.gateway.guard import PLACE, ROUTE
from engine.gateway.limits import Buckets
from engine.gateway.links import Holder
from engine.gateway.replies import (
    language_of,
    later,
    line,
    page,
    proof,
    reads_pages,
    too_much,
    unknown,
)
from engine.unsubscribing import Outcome, Wish

_SECONDS = 10.0  # how long a commit may take
_METHODS = "GET, HEAD, POST"

Find = Callable[[str], Awaitable[Holder | None]]


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Answers one kind of link.

    route       the word under which it is noted
    find        returns who holds a link, by what stands in its path as ``key``
    costly      finding asks a database: an address whose failures are used up must wait for it
    """

    route: str
    find: Find
    recorder: Grouped[Wish, Outcome]
    failures: Buckets
    costly: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        scope[ROUTE] = self.route
        request = Request(scope, receive)
        try:
            answer = await self._answer(request)
        except ClientDisconnect:
            return  # nobody is there any more, and nothing was done
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in {"GET", "HEAD", "POST"}:
            return line(405, "Only GET, HEAD and POST are known here.", allow=_METHODS)
        posted = request.method == "POST"
        as_page = not posted or reads_pages(request)
        body = await _read(request) if posted else None
        if posted and body is None:
            return line(413, f"A body of more than {MOST_BYTES} bytes is not read.")
        if request.path_params["key"] == PROOF_KEY:
            return proof(request, as_page=as_page, posted=posted)
        place = request.scope[PLACE]
        if self.costly and not self.failures.left(place):
            return too_much(self.failures.seconds(place))
        try:
            holder = await self.find(request.path_params["key"])
        except Unavailable:
            return later(request, as_page=as_page)
        if holder is None:
            return self._fail(request, unknown(request, as_page=as_page))
        if body is None:
            language = language_of(request)
            name = holder.controller.name
            return page(200, pages.ask(language, holder.channel, name), language)
        return await self._post(request, holder, body, as_page=as_page)

    def _fail(self, request: Request, answer: Response) -> Response:
        """Count a failure of an address; above its measure it is told to wait."""
        place = request.scope[PLACE]
        if self.failures.take(place):
            return answer
        return too_much(self.failures.seconds(place))

    async def _post(
        self, request: Request, holder: Holder, body: Body, *, as_page: bool
    ) -> Response:
        meaning = await said(body)
        if meaning is Said.NO_FORM:
            return line(415, "Expected a form that says List-Unsubscribe=One-Click, or nothing.")
        if meaning is Said.OTHER:
            return line(400, "The form does not say List-Unsubscribe=One-Click.")
        wish = Wish(holder.controller.number, holder.bearer, meaning.value)
        try:
            outcome = await self.recorder.ask(wish, _SECONDS)
        except Unavailable:
            outcome = Outcome.NOT_NOW
        if outcome is Outcome.COMMITTED:
            return _done(request, holder, as_page=as_page)
        if outcome is Outcome.CONTRACT_ENDED:
            return unknown(request, as_page=as_page)
        return later(request, as_page=as_page)


def _done(request: Request, holder: Holder, *, as_page: bool) -> Response:
    if not as_page:
        return line(200, "Unsubscribed.")
    language = language_of(request)
    return page(200, pages.done(language, holder.channel, holder.controller.name), language)


async def _read(request: Request) -> Body | None:
    """Return the body; None: it is larger than what is read, by its own word or by its bytes."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > MOST_BYTES:
        return None
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > MOST_BYTES:
            return None
    return Body(request.headers.get("content-type", ""), bytes(data))
