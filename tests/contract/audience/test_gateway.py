"""Following links: every way in which mail programs, browsers, scanners and strangers do it."""

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest

from engine import controllers, oppositions
from engine.app import App
from engine.controllers import Controller
from engine.store import short_links
from engine.store.short_links import ShortLink
from engine.subjects import Subject
from tests.gateway.links import Minter
from tests.gateway.visitor import ONE_CLICK, Visitor

Open = Callable[..., Visitor]


def _path(app: App, shop: Controller, address: str, ref: str | None = None) -> str:
    return "/u/" + Minter(app, shop).token(address, ref)


def _mail() -> str:
    return f"{uuid4().hex}@example.org"


def _opposed(app: App, shop: Controller, address: str) -> list[str]:
    return [one.source for one in oppositions.check(app, shop.name, [Subject("email", address)])]


SCANNERS = ("Mozilla/5.0 (Proofpoint)", "Barracuda Sentinel", "curl/8", "")


def test_looking_changes_nothing_however_often(
    app: App, shop: Controller, visitor: Visitor
) -> None:
    address = _mail()
    path = _path(app, shop, address)
    for number in range(50):
        method = "HEAD" if number % 5 == 0 else "GET"
        seen = visitor.ask(method, path, headers={"User-Agent": SCANNERS[number % 4]})
        assert seen.status == 200
    assert _opposed(app, shop, address) == []
    assert visitor.click(path).status == 200
    assert _opposed(app, shop, address) == ["one_click"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", ONE_CLICK),
        (
            "multipart/form-data; boundary=b",
            (
                b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
                b"One-Click\r\n--b--\r\n"
            ),
        ),
        ("text/plain", ONE_CLICK),
        (None, b""),
    ],
    ids=["urlencoded", "multipart", "text", "empty"],
)
def test_what_a_mail_program_posts_is_stored_then_confirmed(
    app: App, shop: Controller, visitor: Visitor, kind: str | None, body: bytes
) -> None:
    address = _mail()
    path = _path(app, shop, address, uuid4().hex)
    for _ in range(2):  # the second time it holds already: the same answer
        done = visitor.ask("POST", path, body, {"Content-Type": kind} if kind else {})
        assert (done.status, done.text) == (200, "Unsubscribed.\n")
        assert not {"location", "set-cookie"} & set(done.headers)
        assert _opposed(app, shop, address) == ["one_click"]


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("text/plain", b"hello", 400),
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=Not-One-Click", 400),
        ("multipart/form-data", b"--x", 400),
        ("application/json", b'{"List-Unsubscribe":"One-Click"}', 415),
        ("application/x-www-form-urlencoded", b"x" * 1_000_000, 413),
    ],
)
def test_what_is_not_understood_is_refused_clearly_and_changes_nothing(
    app: App, shop: Controller, visitor: Visitor, kind: str, body: bytes, status: int
) -> None:
    address = _mail()
    path = _path(app, shop, address)
    assert visitor.ask("POST", path, body, {"Content-Type": kind}).status == status
    assert _opposed(app, shop, address) == []
    assert visitor.click(path).status == 200


def test_a_large_body_without_a_length_is_refused_as_well(
    app: App, shop: Controller, visitor: Visitor
) -> None:
    path = _path(app, shop, _mail())
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    piece = b"%x\r\n%s\r\n" % (8_192, b"x" * 8_192)
    told = visitor.raw(head + piece * 128 + b"0\r\n\r\nGET /health HTTP/1.0\r\n\r\n")
    assert told.startswith(b"HTTP/1.1 413 ")


def test_the_button_is_answered_by_a_page(app: App, shop: Controller, visitor: Visitor) -> None:
    address = _mail()
    done = visitor.press(_path(app, shop, address), "en-GB")
    assert done.status == 200
    assert done.headers["content-language"] == "en"
    assert "You are unsubscribed" in done.text
    assert _opposed(app, shop, address) == ["page"]


def test_the_page_comes_in_the_readers_language_and_can_be_switched(
    app: App, shop: Controller, visitor: Visitor
) -> None:
    path = _path(app, shop, _mail())
    assert "Se désabonner" in visitor.get(path, Accept_Language="fr-FR").text
    english = visitor.get(path, Accept_Language="en-US,en;q=0.5")
    assert '<a href="?lang=fr"' in english.text
    assert "Se désabonner" in visitor.get(path + "?lang=fr", Accept_Language="en").text
    assert visitor.get(path + "?utm_source=x&lang=%00").status == 200


def test_pages_are_kept_by_nobody_and_load_nothing(
    app: App, shop: Controller, visitor: Visitor
) -> None:
    told = visitor.get(_path(app, shop, _mail()))
    assert told.headers["cache-control"] == "no-store"
    assert told.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in told.headers["x-robots-tag"]
    assert told.headers["content-security-policy"].startswith("default-src 'none';")
    assert "set-cookie" not in told.headers
    assert "server" not in told.headers


def _without_date(visitor: Visitor, method: str, path: str) -> tuple[object, ...]:
    told = visitor.ask(method, path)
    return told.status, {k: v for k, v in told.headers.items() if k != "date"}, told.text


def test_links_that_nobody_has_are_answered_alike(
    app: App, shop: Controller, visitor: Visitor
) -> None:
    token = Minter(app, shop).token(_mail())
    ended = controllers.create(app, f"ended-{uuid4().hex[:8]}", shop.settings)
    of_ended = Minter(app, ended).token(_mail())
    stolen = Minter(app, replace(ended, name=shop.name)).token(_mail())
    controllers.end(app, ended.name)
    forged = [
        token[:-1],
        token[:40],
        token + "x",
        token[:60] + ("A" if token[60] != "A" else "B") + token[61:],
        token.swapcase(),
        of_ended,
        stolen,
        "%00%ff",
        "x" * 3_000,
    ]
    for method in ("GET", "POST"):
        answers = [_without_date(visitor, method, "/u/" + each) for each in forged]
        assert answers[0][0] == 404
        assert all(answer == answers[0] for answer in answers)


def test_when_a_contract_ends_its_links_end_at_once_and_others_stay(
    app: App, shop: Controller, visitor: Visitor
) -> None:
    other = controllers.create(app, f"other-{uuid4().hex[:8]}", shop.settings)
    path, stays = _path(app, shop, _mail()), _path(app, other, _mail())
    assert visitor.get(path).status == 200
    controllers.end(app, shop.name)
    assert visitor.click(path).status == 404
    assert visitor.click(stays).status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_refused(
    app: App, shop: Controller, visitor: Visitor, method: str
) -> None:
    told = visitor.ask(method, _path(app, shop, _mail()))
    assert (told.status, told.headers["allow"]) == (405, "GET, HEAD, POST")


def test_a_short_link_is_the_same_way_out(app: App, shop: Controller, visitor: Visitor) -> None:
    address = _mail()
    minter = Minter(app, shop)
    bearer = minter.bearer(address)
    link = ShortLink(
        uuid4().hex[:11], shop.number, 1, bearer.contact_key, bearer.person_key,
        minter.token(address), app.clock.now(),
    )  # fmt: skip
    with app.db.write() as connection:
        short_links.add(app.db, connection, [link])
        short_links.add(app.db, connection, [link._replace(token="of somebody else")])
    path = "/s/" + link.code
    assert visitor.get(path).status == 200
    assert _opposed(app, shop, address) == []
    assert visitor.click(path).status == 200
    assert _opposed(app, shop, address) == ["one_click"]
    assert visitor.get("/s/" + link.code.swapcase()[::-1]).status == 404
    assert visitor.get("/s/" + link.code + "0").status == 404


def test_a_browser_is_never_sent_anywhere(app: App, shop: Controller, visitor: Visitor) -> None:
    path = _path(app, shop, _mail())
    for each in (path, path + "/", "/u", "/u/", "//example.com/u/x", "/"):
        told = visitor.get(each)
        assert "location" not in told.headers
        assert told.status in {200, 404}


@pytest.mark.parametrize("path", ["/u/proof", "/s/proof"])
def test_the_link_of_a_proof_says_so_and_never_that_somebody_left(
    visitor: Visitor, path: str
) -> None:
    page = visitor.get(path, Accept="text/html", Accept_Language="fr")
    assert (page.status, "Ceci est un essai" in page.text, "<form" in page.text) == (
        200,
        True,
        False,
    )
    assert "This is a proof" in visitor.get(path, Accept_Language="en").text
    clicked = visitor.click(path)
    assert (clicked.status, clicked.text) == (
        409,
        "This link came with a proof: it unsubscribes nobody.\n",
    )
