"""What an unsubscription does to the databases, and what the client is told of it."""

from uuid import uuid4

import msgspec
import pytest
import sqlalchemy as sa

from channels.contract import Channel
from engine import controllers, opposition_files, oppositions
from engine.actors import Bells
from engine.app import App
from engine.controllers import Controller, ControllerSettings
from engine.oppositions import Reason
from engine.scheduler import Scheduler
from engine.store.events import any_waiting
from engine.store.keyring_tables import sealed_keys
from engine.store.tables import events, suppression_chunks, suppressions
from engine.subjects import Subject
from engine.unsubscribing import Outcome, Unsubscriptions, Wish
from engine.vault import KeyDestroyed
from tests.gateway.links import Minter


def _mail() -> str:
    return f"{uuid4().hex}@example.org"


def _wish(app: App, shop: Controller, address: str, ref: str | None = None) -> Wish:
    return Wish(shop.number, Minter(app, shop).bearer(address, ref), "one_click")


def _against(app: App, shop: Controller, address: str, kind: str = "email") -> list[str]:
    found = oppositions.check(app, shop.name, [Subject(kind, address)])
    return [f"{one.channel}:{one.reason}:{one.source}" for one in found]


def _published(app: App) -> list[dict[str, object]]:
    """Publish what waits; return it."""
    out: list[dict[str, object]] = []
    bells = Bells.__new__(Bells)
    scheduler = Scheduler(app, bells, lambda _key, body: out.append(msgspec.json.decode(body)))
    while scheduler.publish_events():
        pass
    return out


def _exported(app: App, shop: Controller) -> list[tuple[str, str, str]]:
    return [(one.kind, one.value, one.source) for one in opposition_files.export(app, shop.name)]


def test_whoever_has_no_id_is_opposed_at_the_address_on_that_channel(
    app: App, shop: Controller
) -> None:
    address = _mail()
    assert Unsubscriptions(app).record([_wish(app, shop, address)]) == [Outcome.COMMITTED]
    assert _against(app, shop, address) == ["email:unsubscribed:one_click"]
    assert _exported(app, shop) == [("email", address, "one_click")]


def test_whoever_has_an_id_is_opposed_at_every_address_on_that_channel(
    app: App, shop: Controller
) -> None:
    address = _mail()
    Unsubscriptions(app).record([_wish(app, shop, address, "client-17")])
    assert _against(app, shop, address) == ["email:unsubscribed:one_click"]
    assert _against(app, shop, "client-17", "ref") == ["email:unsubscribed:one_click"]
    assert _exported(app, shop) == [("ref", "client-17", "one_click")]


def test_other_channels_and_other_controllers_are_not_touched(app: App, shop: Controller) -> None:
    address = _mail()
    other = controllers.create(app, f"other-{uuid4().hex[:8]}", ControllerSettings())
    Unsubscriptions(app).record([_wish(app, shop, address, "client-17")])
    assert _against(app, other, address) == []
    with app.db.read() as connection:
        channels = set(
            connection.scalars(
                sa.select(suppressions.c.channel).where(suppressions.c.scope == shop.number)
            )
        )
    assert channels == {"email"}


def test_the_client_is_told_its_own_id_once_and_nothing_of_it_stays(
    app: App, shop: Controller
) -> None:
    ref = f"client-{uuid4().hex}"
    _published(app)
    record = Unsubscriptions(app).record
    record([_wish(app, shop, _mail(), ref)])
    record([_wish(app, shop, _mail(), ref)] * 2)  # at a second address, which is new as well
    with app.db.read() as connection:
        stored = connection.execute(
            sa.select(events.c.body, events.c.sealed_ref).where(events.c.controller == shop.number)
        ).all()
    assert len(stored) == 2
    assert all(ref not in body and ref.encode() not in sealed for body, sealed in stored)
    told = _published(app)
    assert [(event["event"], event["ref"], event["source"]) for event in told] == [
        ("opposed", ref, "one_click")
    ] * 2
    assert {event["controller"] for event in told} == {shop.name}
    with app.db.read() as connection:
        assert not any_waiting(connection)
        assert not connection.scalars(
            sa.select(events.c.sealed_ref).where(events.c.sealed_ref.is_not(None))
        ).all()
    with pytest.raises(KeyDestroyed):
        app.vault.open(shop.name, "events", stored[0].sealed_ref)
    with app.vault.keyring.read() as connection:
        keys = sa.select(sa.func.count()).where(
            sealed_keys.c.controller == shop.name, sealed_keys.c.scope == "events"
        )
        assert connection.scalar(keys) == 0


def test_an_id_that_was_erased_meanwhile_is_not_told_and_stops_nothing(
    app: App, shop: Controller
) -> None:
    _published(app)
    Unsubscriptions(app).record([_wish(app, shop, _mail(), name) for name in ("c-1", "c-2")])
    with app.db.read() as connection:
        first = connection.scalar(
            sa.select(events.c.sealed_ref)
            .where(events.c.controller == shop.number)
            .order_by(events.c.id)
            .limit(1)
        )
    assert first is not None
    app.vault.destroy([first])
    assert [event["ref"] for event in _published(app)] == [None, "c-2"]


def test_what_forbade_contact_before_stays_as_it_is(app: App, shop: Controller) -> None:
    address = _mail()
    subject = Subject("email", address)
    oppositions.add(
        app,
        shop.name,
        subject,
        channel=Channel.EMAIL,
        reason=Reason.COMPLAINT,
        source="webhook",
    )
    _published(app)
    assert Unsubscriptions(app).record([_wish(app, shop, address)]) == [Outcome.COMMITTED]
    assert _against(app, shop, address) == ["email:complaint:webhook"]
    assert _published(app) == []
    assert len(_exported(app, shop)) == 1


def test_a_bad_member_fails_for_itself(app: App, shop: Controller) -> None:
    ended = controllers.create(app, f"ended-{uuid4().hex[:8]}", ControllerSettings())
    gone = _wish(app, ended, _mail(), "x")
    controllers.end(app, ended.name)
    good = [_wish(app, shop, _mail(), f"g-{number}") for number in range(3)]
    broken = good[0]._replace(bearer=msgspec.structs.replace(good[0].bearer, channel="pigeon"))
    outcomes = Unsubscriptions(app).record([good[0], gone, good[1], broken, good[2]])
    assert outcomes == [
        Outcome.COMMITTED,
        Outcome.CONTRACT_ENDED,
        Outcome.COMMITTED,
        Outcome.NOT_NOW,
        Outcome.COMMITTED,
    ]
    for number in range(3):
        assert _against(app, shop, f"g-{number}", "ref")
    assert _against(app, ended, "x", "ref") == []


def test_many_of_several_controllers_are_written_together(app: App, shop: Controller) -> None:
    other = controllers.create(app, f"other-{uuid4().hex[:8]}", ControllerSettings())
    wishes = [
        _wish(app, owner, _mail(), f"m-{number}" if number % 2 else None)
        for number in range(40)
        for owner in (shop, other)
    ]
    _published(app)
    assert set(Unsubscriptions(app).record([*wishes, *wishes])) == {Outcome.COMMITTED}
    for owner in (shop, other):
        assert len(_exported(app, owner)) == 40
        with app.db.read() as connection:
            chunks = sa.select(sa.func.count()).where(suppression_chunks.c.scope == owner.number)
            assert connection.scalar(chunks) == 1
    assert len(_published(app)) == 80


def test_an_operator_who_enters_an_opposition_tells_the_client_too(
    app: App, shop: Controller
) -> None:
    _published(app)
    for _ in range(2):
        oppositions.add(
            app,
            shop.name,
            Subject("ref", "client-9"),
            channel=None,
            reason=Reason.OBJECTION,
            source="cli",
        )
    (told,) = _published(app)
    assert (told["ref"], told["channel"], told["reason"], told["source"], told["campaign"]) == (
        "client-9",
        None,
        "objection",
        "cli",
        None,
    )


def test_an_address_is_never_told(app: App, shop: Controller) -> None:
    _published(app)
    address = _mail()
    Unsubscriptions(app).record([_wish(app, shop, address)])
    (told,) = _published(app)
    assert told["ref"] is None
    assert address not in str(told)
