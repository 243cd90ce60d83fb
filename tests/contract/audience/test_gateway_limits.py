"""What the gateway lets nobody do, what it notes, and what it says when something is away."""

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
import sqlalchemy as sa

from engine import oppositions
from engine.app import App
from engine.controllers import Controller
from engine.counters import gateway_request
from engine.gateway.limits import FAILURES
from engine.gateway.serving import serving
from engine.store import counters
from engine.store.privacy_tables import connections
from engine.subjects import Subject
from tests.gateway.links import Minter
from tests.gateway.visitor import Visitor

Open = Callable[..., Visitor]
LISTEN = {"gateway_listen": "127.0.0.1:0"}


def _path(app: App, shop: Controller, address: str, ref: str | None = None) -> str:
    return "/u/" + Minter(app, shop).token(address, ref)


def _mail() -> str:
    return f"{uuid4().hex}@example.org"


def _opposed(app: App, shop: Controller, address: str) -> list[str]:
    return [one.source for one in oppositions.check(app, shop.name, [Subject("email", address)])]


def test_links_are_served_below_the_public_url(app: App, shop: Controller, opened: Open) -> None:
    visitor = opened(public_url="https://news.example.org/out/")
    path = _path(app, shop, _mail())
    assert visitor.get("/out" + path).status == 200
    assert visitor.get(path).status == 404
    for probe in ("/health", "/ready", "/out/health", "/out/ready"):
        assert visitor.get(probe).status == 200


def test_who_guesses_is_slowed_down_and_honest_one_clicks_pass(
    app: App, shop: Controller, visitor: Visitor
) -> None:
    guesses = [visitor.get(f"/u/guess{number}").status for number in range(FAILURES.burst + 5)]
    assert guesses[: FAILURES.burst] == [404] * FAILURES.burst
    assert set(guesses[FAILURES.burst :]) == {429}
    waiting = visitor.get("/s/" + "a" * 11)
    assert (waiting.status, waiting.headers["retry-after"]) == (429, "1")
    address = _mail()
    assert visitor.click(_path(app, shop, address)).status == 200
    assert _opposed(app, shop, address) == ["one_click"]


def test_a_forwarded_address_fools_no_limit(app: App, visitor: Visitor) -> None:
    statuses = [
        visitor.get(f"/u/guess{n}", X_Forwarded_For=f"192.0.2.{n}").status for n in range(70)
    ]
    assert 429 in statuses


def test_behind_a_proxy_of_ours_each_address_has_its_own_measure(app: App, opened: Open) -> None:
    visitor = opened(trusted_proxies="127.0.0.0/8")
    for number in range(70):
        assert visitor.get("/u/guess", X_Forwarded_For=f"192.0.2.{number}").status == 404
    forged = [
        visitor.get("/u/guess", X_Forwarded_For=f"192.0.2.{n}, 203.0.113.1").status
        for n in range(70)
    ]
    assert 429 in forged


def test_connections_are_noted_without_token_or_path(
    app: App, shop: Controller, opened: Open
) -> None:
    with app.db.write() as connection:
        connection.execute(sa.delete(connections))
    given = {**LISTEN, "trusted_proxies": "127.0.0.1"}
    changed = replace(app, settings=app.settings.model_copy(update=given))
    with serving(changed, lambda: None) as port:
        visitor = Visitor(port, headers={"X-Forwarded-For": "192.0.2.44"})
        visitor.click(_path(app, shop, _mail()))
        visitor.get("/u/nobody")
        visitor.get("/s/" + "a" * 11)
        visitor.get("/wp-login.php")
        visitor.get("/health")
        visitor.get("/ready")
    with app.db.read() as connection:
        rows = connection.execute(sa.select(connections).order_by(connections.c.id)).all()
    assert [(row.address, row.route, row.status) for row in rows] == [
        ("192.0.2.44", "unsubscribe", 200),
        ("192.0.2.44", "unsubscribe", 404),
        ("192.0.2.44", "short_link", 404),
        ("192.0.2.44", "other", 404),
    ]


def test_links_that_nobody_has_are_counted(app: App, shop: Controller, opened: Open) -> None:
    def counted() -> int:
        with app.db.read() as connection:
            return counters.totals(connection).get(gateway_request("unsubscribe", 404), 0)

    before = counted()
    changed = replace(app, settings=app.settings.model_copy(update=LISTEN))
    with serving(changed, lambda: None) as port:
        for _ in range(3):
            Visitor(port).get("/u/nobody")
    assert counted() == before + 3


def test_what_cannot_be_committed_is_not_confirmed(
    app: App, shop: Controller, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = _mail()
    path = _path(app, shop, address)
    assert visitor.get(path).status == 200

    def away(*_: object) -> None:
        raise sa.exc.OperationalError("x", {}, Exception("away"))

    with monkeypatch.context() as broken:
        broken.setattr("engine.unsubscribing.put_sealed", away)
        told = visitor.click(path)
        assert (told.status, told.headers["retry-after"]) == (503, "30")
        assert "Veuillez réessayer" in visitor.press(path).text
        assert visitor.get(path).status == 200
    assert _opposed(app, shop, address) == []
    assert visitor.click(path).status == 200
    assert _opposed(app, shop, address) == ["one_click"]


def test_a_fault_of_ours_is_a_number_and_shows_nothing(
    app: App, shop: Controller, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise RuntimeError("ana@example.org")

    monkeypatch.setattr("engine.gateway.unsubscribe.language_of", break_down)
    told = visitor.get(_path(app, shop, _mail()))
    assert told.status == 500
    assert "ana" not in told.text


def test_readiness_names_what_is_missing(
    app: App, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert visitor.get("/ready").text == "ready\n"
    monkeypatch.setattr("engine.store.schema.head", lambda _which: "9999")
    told = visitor.get("/ready")
    assert (told.status, told.text) == (503, "database_schema\n")
    assert visitor.get("/health").status == 200
