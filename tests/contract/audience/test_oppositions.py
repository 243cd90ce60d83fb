"""Nobody who objected is contacted: how oppositions are kept and found."""

from uuid import uuid4

import pytest
import sqlalchemy as sa
import structlog

from channels.contract import Channel
from engine import controllers, opposition_removal, oppositions
from engine.app import App
from engine.controllers import Controller, UnknownController
from engine.opposition_chunks import SCOPE
from engine.opposition_removal import NotOpposed, Removal
from engine.oppositions import Reason
from engine.store import suppressions as store
from engine.store.database import Database
from engine.store.tables import suppression_chunks, suppressions
from engine.subjects import Subject, SubjectFault
from engine.vault import KeyDestroyed

ANA = Subject("email", "ana@example.org")


def add(app: App, shop: Controller | None, subject: Subject, **given: object) -> bool:
    """Add an opposition; return whether it was new."""
    facts = {"channel": None, "reason": Reason.OBJECTION, "source": "cli", **given}
    name = shop.name if shop else None
    return not oppositions.add(app, name, subject, **facts).already  # type: ignore[arg-type]


def suppressed(
    app: App, shop: Controller, channel: Channel, subject: Subject, purpose: str = "offres"
) -> bool:
    """Ask as dispatch does."""
    pseudonyms = app.vault.pseudonyms(shop.name)
    if subject.kind == "ref":
        keys, platform_keys = [pseudonyms.person(subject.value)], []
    else:
        keys = [pseudonyms.contact(subject.kind, subject.value)]
        platform_keys = [pseudonyms.platform(subject.kind, subject.value)]
    with app.db.read() as connection:
        found = store.find_suppressed(
            app.db,
            connection,
            scope=shop.number,
            channel=channel,
            purpose=purpose,
            keys=keys,
            platform_keys=platform_keys,
        )
    assert found <= {*keys, *platform_keys}
    return bool(found)


def unique() -> Subject:
    return Subject("email", f"{uuid4().hex}@example.org")


def test_an_objection_holds_on_every_channel_of_its_address(app: App, shop: Controller) -> None:
    tel = Subject("tel", "+33639980001")
    assert add(app, shop, tel)
    for channel in (Channel.SMS, Channel.VOICE, Channel.FAX):
        assert suppressed(app, shop, channel, tel)


def test_an_objection_to_one_channel_leaves_the_others(app: App, shop: Controller) -> None:
    tel = Subject("tel", "+33639980002")
    add(app, shop, tel, channel=Channel.SMS, reason=Reason.STOP)
    assert suppressed(app, shop, Channel.SMS, tel)
    assert not suppressed(app, shop, Channel.VOICE, tel)


def test_a_person_is_opposed_by_ref(app: App, shop: Controller) -> None:
    person = Subject("ref", "c-1001")
    add(app, shop, person)
    assert suppressed(app, shop, Channel.POST, person)
    assert not suppressed(app, shop, Channel.POST, Subject("ref", "c-1002"))


def test_an_objection_to_one_controller_leaves_the_others(app: App, shop: Controller) -> None:
    other = controllers.create(app, f"{shop.name}-2", shop.settings)
    add(app, shop, ANA)
    assert suppressed(app, shop, Channel.EMAIL, ANA)
    assert not suppressed(app, other, Channel.EMAIL, ANA)


def test_a_platform_wide_entry_holds_for_every_controller(app: App, shop: Controller) -> None:
    dead = unique()
    add(app, None, dead, reason=Reason.HARD_BOUNCE)
    assert suppressed(app, shop, Channel.EMAIL, dead)
    (found,) = oppositions.check(app, shop.name, [dead])
    assert (found.platform, found.reason, found.channel) == (True, "hard_bounce", None)


def test_another_writing_of_the_address_is_the_same_address(app: App, shop: Controller) -> None:
    add(app, shop, Subject("email", " Ana@Example.ORG "))
    add(app, shop, Subject("tel", "06 39 98 00 03"))
    assert suppressed(app, shop, Channel.EMAIL, ANA)
    assert suppressed(app, shop, Channel.SMS, Subject("tel", "+33639980003"))


def test_dots_and_tags_make_another_address(app: App, shop: Controller) -> None:
    add(app, shop, Subject("email", "a+promo@example.org"))
    for other in ("a@example.org", "a+news@example.org", "a.promo@example.org"):
        assert oppositions.check(app, shop.name, [Subject("email", other)]) == []


def test_the_first_entry_wins(app: App, shop: Controller) -> None:
    first = app.clock.now()
    add(app, shop, ANA, reason=Reason.COMPLAINT, source="webhook")
    app.clock.wait(60)

    again = oppositions.add(
        app, shop.name, ANA, channel=None, reason=Reason.IMPORTED, source="import"
    )

    assert again == oppositions.Added(already=True, reason="complaint", since=first)
    (found,) = oppositions.check(app, shop.name, [ANA])
    assert (found.reason, found.source, found.since) == ("complaint", "webhook", first)


def test_nothing_is_known_against_a_stranger(app: App, shop: Controller) -> None:
    assert not suppressed(app, shop, Channel.EMAIL, unique())
    assert oppositions.check(app, shop.name, [unique()]) == []
    with app.db.read() as connection:
        none = store.find_suppressed(
            app.db,
            connection,
            scope=shop.number,
            channel="sms",
            purpose="",
            keys=[],
            platform_keys=[],
        )
    assert none == set()


def test_five_hundred_recipients_are_looked_up_at_once(app: App, shop: Controller) -> None:
    people = [Subject("ref", f"p{number}") for number in range(1500)]
    pseudonyms = app.vault.pseudonyms(shop.name)
    for person in people[::100]:
        add(app, shop, person)
    with app.db.read() as connection:
        found = store.find_suppressed(
            app.db,
            connection,
            scope=shop.number,
            channel="email",
            purpose="offres",
            keys=[pseudonyms.person(person.value) for person in people],
            platform_keys=[],
        )
    assert found == {pseudonyms.person(person.value) for person in people[::100]}


def test_an_entry_is_removed_by_an_explicit_act_only(app: App, shop: Controller) -> None:
    add(app, shop, ANA, channel=Channel.EMAIL)
    with pytest.raises(NotOpposed):
        opposition_removal.remove(app, shop.name, ANA, channel=None, why=Removal.ENTERED_IN_ERROR)

    with structlog.testing.capture_logs() as logs:
        opposition_removal.remove(
            app, shop.name, ANA, channel=Channel.EMAIL, why=Removal.ENTERED_IN_ERROR
        )

    assert not suppressed(app, shop, Channel.EMAIL, ANA)
    assert [line["event"] for line in logs] == ["opposition_removed"]
    assert "ana" not in repr(logs)


def _chunks(db: Database, scope: int) -> list[bytes]:
    with db.read() as connection:
        return list(
            connection.scalars(
                sa.select(suppression_chunks.c.sealed).where(suppression_chunks.c.scope == scope)
            )
        )


def test_a_removed_contact_cannot_be_read_in_any_old_copy(app: App, shop: Controller) -> None:
    add(app, shop, ANA)
    (copy,) = _chunks(app.db, shop.number)

    opposition_removal.remove(app, shop.name, ANA, channel=None, why=Removal.ENTERED_IN_ERROR)

    assert _chunks(app.db, shop.number) == []
    with pytest.raises(KeyDestroyed):
        app.vault.open(shop.name, SCOPE, copy)


def test_the_database_at_rest_names_nobody(app: App, shop: Controller) -> None:
    secret = f"recognisable-{uuid4().hex}"
    add(app, shop, Subject("email", f"{secret}@example.org"))
    add(app, shop, Subject("ref", secret))
    with app.db.read() as connection:
        for table in (suppressions, suppression_chunks):
            for row in connection.execute(sa.select(table)):
                assert secret not in repr(tuple(row))


@pytest.mark.parametrize(
    ("subject", "channel", "complaint"),
    [
        (Subject("email", "nobody"), None, "cannot be used"),
        (Subject("tel", "poste 12"), None, "cannot be used"),
        (Subject("ref", "  "), None, "ref is empty"),
        (Subject("pigeon", "x"), None, "neither ref nor"),
        (Subject("email", "ana@example.org"), Channel.SMS, "does not use email"),
    ],
    ids=["no_at", "extension", "empty_ref", "kind", "channel"],
)
def test_what_could_never_match_is_refused(
    app: App, shop: Controller, subject: Subject, channel: Channel | None, complaint: str
) -> None:
    with pytest.raises(SubjectFault, match=complaint) as refused:
        add(app, shop, subject, channel=channel)
    assert "ana@" not in str(refused.value)


def test_a_ref_means_nobody_without_a_controller(app: App) -> None:
    with pytest.raises(SubjectFault, match="cannot hold for the whole platform"):
        add(app, None, Subject("ref", "c-1"))


def test_an_unknown_controller_is_told(app: App) -> None:
    with pytest.raises(UnknownController):
        oppositions.check(app, "nobody", [ANA])
