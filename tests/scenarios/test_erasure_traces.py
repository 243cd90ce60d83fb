"""What an erasure takes away besides lists and blocks: contacts, ids, letters, files, links."""

from datetime import date

import sqlalchemy as sa

from channels.contract import Channel
from engine import consents
from engine.consents import Proof
from engine.intake import take
from engine.reference import PROOFS
from engine.store.policy_tables import consents as ledger
from engine.store.policy_tables import contacts
from engine.store.tables import events, suppressions
from engine.subjects import Subject
from engine.tokens import Bearer
from engine.unsubscribing import Outcome, Unsubscriptions, Wish
from engine.wire.job import ConsentMethod
from tests.scenarios.forgetting import (
    ANA,
    BEN,
    erased,
)
from tests.scenarios.site import Site


def test_an_opposition_of_the_person_forbids_on_and_names_nobody(site: Site) -> None:
    site.provider()
    site.oppose("ana@example.org", channel=Channel.EMAIL)
    site.oppose("ben@example.org")
    done = erased(site, ("email", "ana@example.org"))
    assert done.progress.found["oppositions"] == 1
    with site.app.db.read() as connection:
        kept = connection.execute(sa.select(suppressions.c.reason, suppressions.c.chunk_id)).all()
    assert sorted((row.reason, row.chunk_id is None) for row in kept) == [
        ("erased", True),
        ("objection", False),
        ("objection", True),
    ]


def test_consents_and_times_of_contact_of_the_person_go(site: Site) -> None:
    proof = Proof(date(2024, 3, 2), ConsentMethod.PAPER, "form-7", "fair")
    pseudonyms = site.app.vault.pseudonyms(site.controller.name)
    for someone in (ANA, BEN):
        named = [Subject("ref", someone["ref"]), Subject("email", someone["email"])]
        consents.give(
            site.app,
            site.controller.name,
            named,
            purpose="offres",
            channels=[Channel.EMAIL],
            proof=proof,
        )
        platform_key = pseudonyms.platform("email", someone["email"])
        rows = [
            (pseudonyms.person(someone["ref"]), site.controller.number),
            (platform_key, 0),
            (platform_key, site.controller.number + 1),  # somebody else's, who was not asked
        ]
        with site.app.db.write() as connection:
            connection.execute(
                contacts.insert(),
                [{"key": key, "scope": scope, "spans": b"", "latest_at": 1} for key, scope in rows],
            )
    done = erased(site, ("ref", "c-ana"), ("email", "ana@example.org"))
    assert (done.progress.found["consents"], done.progress.found["contacts"]) == (2, 2)
    with site.app.db.read() as connection:
        assert len(connection.execute(sa.select(ledger)).all()) == 2
        assert len(connection.execute(sa.select(contacts)).all()) == 4
    assert consents.show(site.app, site.controller.name, [Subject("ref", "c-ana")]) == []


def test_an_opposition_told_later_does_not_store_the_person_again(site: Site) -> None:
    erased(site, ("email", "ana@example.org"), ("ref", "c-ana"))
    site.oppose("ana@example.org", channel=Channel.EMAIL)
    site.oppose("c-ana", "ref", channel=Channel.EMAIL)
    with site.app.db.read() as connection:
        assert connection.scalars(sa.select(suppressions.c.chunk_id).distinct()).all() == [None]
        assert not connection.scalar(sa.select(events.c.id).where(events.c.sealed_ref.is_not(None)))


def test_an_event_that_waits_loses_the_id_of_the_person(site: Site) -> None:
    site.oppose("c-ana", "ref")
    site.oppose("c-ben", "ref")
    done = erased(site, ("ref", "c-ana"))
    assert done.progress.found["events"] == 2  # the opposition, and the request itself
    site.turn()
    told = [event.get("ref") for event in site.published if event["event"] == "opposed"]
    assert told == [None, "c-ben"]


def test_a_dead_letter_that_mentions_the_person_is_dropped(site: Site) -> None:
    for mention in ("ana@example.org", "0639 98 01 01", "0639980101", "nobody@example.org"):
        body = {"id": 1, "controller": site.controller.name, "x": [mention]}
        assert site.take(body).dead_letter is not None
    broken = b'{"recipients": [{"email": "ANA@example.org"'
    assert take(site.app, broken, "shop", "m-2").dead_letter is not None
    done = erased(site, ("email", "ana@example.org"), ("tel", "+33639980101"))
    assert done.progress.found["dead_letters"] == 4


def test_the_files_of_the_outbox_are_deleted(site: Site) -> None:
    folder = site.outbox(Channel.EMAIL)
    site.submit(ANA, BEN)
    site.finish()
    assert len(list(folder.iterdir())) == 2
    done = erased(site, ("ref", "c-ana"))
    assert done.progress.found["outbox"] == 1
    (left,) = folder.iterdir()
    assert b"ben@example.org" in left.read_bytes()


def test_proofs_are_deleted_since_nobody_can_tell_whose_values_they_hold(site: Site) -> None:
    folder = site.outbox(Channel.EMAIL)
    foreign = folder / "proof.txt"
    foreign.parent.mkdir(parents=True, exist_ok=True)
    foreign.write_text("no message")
    for name in (f"{PROOFS}12.eml", f".{PROOFS}34.eml"):
        (folder / name).write_text("Bonjour Ana")
    done = erased(site, ("ref", "c-ana"))
    assert done.progress.found["outbox"] == 2
    assert list(folder.iterdir()) == [foreign]


def test_a_short_link_of_the_person_is_deleted(site: Site) -> None:
    site.provider(Channel.SMS)
    text = {"sms": {"sender": "BOUTIQUE", "text": "Bonjour {{ unsubscribe_url }} {{ stop }}"}}
    site.submit(ANA, BEN, route=["sms"], content=text)
    site.finish()
    done = erased(site, ("ref", "c-ana"))
    assert done.progress.found["short_links"] == 1


def test_a_link_followed_after_the_erasure_stores_nobody_again(site: Site) -> None:
    erased(site, ("ref", "c-ana"), ("email", "ana@example.org"))
    pseudonyms = site.app.vault.pseudonyms(site.controller.name)
    mail = pseudonyms.contact("email", "ana@example.org")
    of_person = Bearer(1, "email", mail, pseudonyms.person("c-ana"), "c-ana", None)
    of_address = Bearer(1, "email", mail, mail, None, "ana@example.org")
    wishes = [Wish(site.controller.number, one, "page") for one in (of_person, of_address)]
    assert Unsubscriptions(site.app).record(wishes) == [Outcome.COMMITTED] * 2
    with site.app.db.read() as connection:
        assert connection.scalars(sa.select(suppressions.c.chunk_id).distinct()).all() == [None]
    assert site.events("opposed") == []
