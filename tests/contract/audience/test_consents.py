"""The ledger of consents: what it takes, what it refuses, what a later proof lifts."""

from datetime import date
from uuid import uuid4

import pytest
import sqlalchemy as sa

from channels.contract import Channel
from engine import audit, consents, opposition_removal, oppositions
from engine.app import App
from engine.clock import DAY
from engine.consents import ConsentFault, Given, Proof
from engine.controllers import Controller
from engine.opposition_removal import NotRenewed, Removal
from engine.oppositions import Reason
from engine.store import erased
from engine.store.policy_tables import consents as ledger
from engine.store.suppressions import find_suppressed
from engine.subjects import Subject, SubjectFault, UnknownPurpose
from engine.wire.job import ConsentMethod

TODAY = date(2026, 11, 25)  # of the clock that stands still
YESTERDAY, LONG_AGO = date(2026, 11, 24), date(2024, 3, 2)


def _unique() -> Subject:
    return Subject("email", f"{uuid4().hex}@example.org")


def _give(
    app: App,
    shop: Controller,
    *subjects: Subject,
    on: date = TODAY,
    purpose: str = "offres",
    channels: tuple[Channel, ...] = (Channel.EMAIL,),
    source: str = "site",
) -> Given:
    proof = Proof(on, ConsentMethod.UNTICKED_BOX, "2026-03", source)
    return consents.give(app, shop.name, subjects, purpose=purpose, channels=channels, proof=proof)


def _oppose(
    app: App,
    shop: Controller,
    subject: Subject,
    *,
    days_ago: int = 0,
    reason: Reason = Reason.OBJECTION,
    channel: Channel | None = Channel.EMAIL,
    purpose: str | None = "offres",
) -> None:
    """Enter an opposition as it would have been entered some days ago."""
    clock = app.clock
    clock.wait(-days_ago * DAY / 1000)
    oppositions.add(
        app, shop.name, subject, channel=channel, reason=reason, source="cli", purpose=purpose
    )
    clock.wait(days_ago * DAY / 1000)


def _evidence(app: App, shop: Controller, subject: Subject) -> dict[str, object] | None:
    pseudonyms = app.vault.pseudonyms(shop.name)
    key = pseudonyms.contact(subject.kind, subject.value)
    with app.db.read() as connection:
        found = consents.evidence_for(
            app.db, connection, scope=shop.number, purpose="offres", channel="email", keys=[key]
        )
    return dict(found[key]) if key in found else None


def _forbidden(app: App, shop: Controller, subject: Subject) -> bool:
    key = app.vault.pseudonyms(shop.name).contact(subject.kind, subject.value)
    asked = {"scope": shop.number, "channel": "email", "purpose": "offres"}
    with app.db.read() as connection:
        return bool(
            find_suppressed(app.db, connection, **asked, keys=[key], platform_keys=[])  # type: ignore[arg-type]
        )


def test_a_consent_is_evidence_for_its_purpose_and_channel_only(app: App, shop: Controller) -> None:
    ana = Subject("email", "ana@example.org")
    assert _give(app, shop, ana, on=LONG_AGO).recorded == 1
    assert _evidence(app, shop, ana) == {
        "given_at": LONG_AGO,
        "method": "unticked_box",
        "text_version": "2026-03",
        "source": "site",
        "channels": frozenset({"email"}),
    }
    key = app.vault.pseudonyms(shop.name).contact("email", "ana@example.org")
    for asked in (
        {"scope": shop.number, "purpose": "factures", "channel": "email"},
        {"scope": shop.number, "purpose": "offres", "channel": "sms"},
        {"scope": shop.number + 1, "purpose": "offres", "channel": "email"},
    ):
        with app.db.read() as connection:
            assert consents.evidence_for(app.db, connection, **asked, keys=[key]) == {}  # type: ignore[arg-type]
            assert consents.evidence_for(app.db, connection, **asked, keys=[]) == {}  # type: ignore[arg-type]


def test_the_latest_proof_counts_whatever_the_order(app: App, shop: Controller) -> None:
    ana = _unique()
    assert _give(app, shop, ana, on=YESTERDAY, source="new").recorded == 1
    assert _give(app, shop, ana, on=LONG_AGO, source="old").recorded == 0
    found = _evidence(app, shop, ana)
    assert found is not None
    assert (found["given_at"], found["source"]) == (YESTERDAY, "new")


def test_a_withdrawal_forbids_contact_at_once_and_tells_the_client(
    app: App, shop: Controller
) -> None:
    ana = _unique()
    _give(app, shop, ana, Subject("ref", "c-1"), on=YESTERDAY)
    done = consents.withdraw(
        app,
        shop.name,
        [ana, Subject("ref", "c-1")],
        purpose="offres",
        channels=[Channel.EMAIL],
        source="cli",
    )
    assert (done.consents, done.opposed) == (2, 2)
    assert _evidence(app, shop, ana) is None
    assert _forbidden(app, shop, ana)
    with app.db.read() as connection:
        bodies = connection.scalars(
            sa.text("SELECT body FROM events WHERE controller = :number"), {"number": shop.number}
        ).all()
    (told,) = [str(body) for body in bodies]
    assert '"reason":"withdrawn"' in told.replace("\\", "").replace(" ", "")
    assert '"purpose":"offres"' in told.replace("\\", "").replace(" ", "")


def test_a_withdrawal_holds_even_without_any_consent(app: App, shop: Controller) -> None:
    ana = _unique()
    done = consents.withdraw(app, shop.name, [ana], purpose=None, channels=[], source="cli")
    assert (done.consents, done.opposed) == (0, 1)
    (entry,) = oppositions.check(app, shop.name, [ana])
    assert (entry.reason, entry.channel, entry.purpose) == ("withdrawn", None, None)


@pytest.mark.parametrize(
    "reason",
    [Reason.OBJECTION, Reason.UNSUBSCRIBED, Reason.STOP, Reason.WITHDRAWN, Reason.IMPORTED],
)
def test_a_proof_of_a_later_day_lifts_what_the_person_said(
    app: App, shop: Controller, reason: Reason
) -> None:
    ana = _unique()
    _oppose(app, shop, ana, days_ago=1, reason=reason)
    done = _give(app, shop, ana, on=TODAY)
    assert [entry.reason for entry in done.lifted] == [reason]
    assert done.standing == ()
    assert not _forbidden(app, shop, ana)


@pytest.mark.parametrize("on", [TODAY, YESTERDAY, LONG_AGO])
def test_a_proof_of_the_same_day_or_an_earlier_one_is_refused(
    app: App, shop: Controller, on: date
) -> None:
    ana = _unique()
    _oppose(app, shop, ana)
    with pytest.raises(ConsentFault, match="a later day than the objection") as refused:
        _give(app, shop, ana, on=on)
    assert "example.org" not in str(refused.value)
    assert _forbidden(app, shop, ana)
    assert _evidence(app, shop, ana) is None


@pytest.mark.parametrize("reason", [Reason.HARD_BOUNCE, Reason.COMPLAINT, Reason.ADMIN])
def test_no_consent_lifts_a_dead_address_a_complaint_or_an_operators_entry(
    app: App, shop: Controller, reason: Reason
) -> None:
    ana = _unique()
    _oppose(app, shop, ana, days_ago=1, reason=reason)
    done = _give(app, shop, ana)
    assert done.lifted == ()
    assert [entry.reason for entry in done.standing] == [reason]
    assert _forbidden(app, shop, ana)


@pytest.mark.parametrize(("channel", "purpose"), [(None, "offres"), (Channel.EMAIL, None)])
def test_a_wider_opposition_stays_until_an_operator_removes_it(
    app: App, shop: Controller, channel: Channel | None, purpose: str | None
) -> None:
    ana = _unique()
    _oppose(app, shop, ana, days_ago=1, channel=channel, purpose=purpose)
    with pytest.raises(NotRenewed, match="no consent later than the opposition of 2026-11-24"):
        opposition_removal.remove(
            app, shop.name, ana, channel=channel, purpose=purpose, why=Removal.CONSENT_RENEWED
        )
    done = _give(app, shop, ana)
    assert (done.recorded, done.lifted, len(done.standing)) == (1, (), 1)
    assert _forbidden(app, shop, ana)
    opposition_removal.remove(
        app, shop.name, ana, channel=channel, purpose=purpose, why=Removal.CONSENT_RENEWED
    )
    assert not _forbidden(app, shop, ana)


@pytest.mark.parametrize("on", [TODAY, LONG_AGO])
def test_a_consent_of_the_same_day_or_before_renews_nothing(
    app: App, shop: Controller, on: date
) -> None:
    ana = _unique()
    _give(app, shop, ana, on=on)
    _oppose(app, shop, ana)
    with pytest.raises(NotRenewed):
        opposition_removal.remove(
            app,
            shop.name,
            ana,
            channel=Channel.EMAIL,
            purpose="offres",
            why=Removal.CONSENT_RENEWED,
        )
    assert _forbidden(app, shop, ana)


def test_what_was_withdrawn_comes_back_by_a_consent_of_a_later_day_only(
    app: App, shop: Controller
) -> None:
    ana = _unique()
    _give(app, shop, ana, on=LONG_AGO)
    consents.withdraw(app, shop.name, [ana], purpose="offres", channels=[], source="cli")
    opposition_removal.remove(
        app, shop.name, ana, channel=None, purpose="offres", why=Removal.ENTERED_IN_ERROR
    )
    assert _give(app, shop, ana, on=TODAY).recorded == 0  # the day on which it was taken back
    assert _evidence(app, shop, ana) is None
    app.clock.wait(DAY / 1000)
    try:
        assert _give(app, shop, ana, on=date(2026, 11, 26)).recorded == 1
    finally:
        app.clock.wait(-DAY / 1000)
    assert _evidence(app, shop, ana) is not None


def test_nothing_is_recorded_of_a_person_who_was_erased(app: App, shop: Controller) -> None:
    ana = _unique()
    key = app.vault.pseudonyms(shop.name).contact(ana.kind, ana.value)
    with app.db.write() as connection:
        erased.mark(app.db, connection, shop.number, {key: "contact"}, 0, "rights")
    with pytest.raises(ConsentFault, match="was erased"):
        _give(app, shop, ana)
    with app.db.read() as connection:
        mine = ledger.c.scope == shop.number
        assert connection.scalar(sa.select(sa.func.count()).where(mine)) == 0


def test_what_cannot_be_is_refused(app: App, shop: Controller) -> None:
    with pytest.raises(ConsentFault, match="is to come"):
        _give(app, shop, _unique(), on=date(2026, 11, 26))
    with pytest.raises(UnknownPurpose):
        _give(app, shop, _unique(), purpose="offers")
    with pytest.raises(SubjectFault, match="does not use email"):
        _give(app, shop, _unique(), channels=(Channel.SMS,))


def test_the_audit_has_sums_and_nobody(app: App, shop: Controller) -> None:
    _give(app, shop, Subject("ref", "recognisable-ref"))
    (act, *_) = audit.latest(app, audit.Wanted(), 1)
    assert act.act == "consent_given"
    assert audit.details_of(act) == {"purpose": "offres", "recorded": 1, "lifted": 0}
