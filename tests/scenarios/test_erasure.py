"""Whoever asks to be erased is gone everywhere, is never contacted, and the sums still hold."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from channels.contract import Channel, SendKind, SendResult
from engine import oppositions, rights
from engine.list_chunks import decode_chunk, list_scope
from engine.lists import export, show
from engine.store.tables import campaigns, lists
from engine.subjects import Subject
from engine.vault import KeyDestroyed
from tests.scenarios.forgetting import (
    ANA,
    BEN,
    EVE,
    carried_out,
    erased,
    imported,
    keys_in_history,
    opened,
    sealed_things,
)
from tests.scenarios.provider import BUSY
from tests.scenarios.site import Site, after

WAYS = {
    "by ref": [("ref", "c-ana")],
    "by email": [("email", "Ana@Example.org")],
    "by telephone": [("tel", "06 39 98 01 01")],
    "by everything": [("ref", "c-ana"), ("email", "ana@example.org"), ("tel", "+33639980101")],
}


def content(site: Site, campaign_id: int) -> bytes:
    """Return what a campaign's content holds."""
    with site.app.db.read() as connection:
        sealed = connection.scalar(
            sa.select(campaigns.c.sealed_job).where(campaigns.c.id == campaign_id)
        )
    return site.app.vault.open(site.controller.name, f"campaign:{campaign_id}", sealed or b"")


@pytest.mark.parametrize("subjects", WAYS.values(), ids=WAYS.keys())
def test_a_person_is_erased_from_waiting_campaigns_and_lists_however_named(
    site: Site, tmp_path: Path, subjects: list[tuple[str, str]]
) -> None:
    relay = site.provider()
    imported(site, tmp_path, ANA, BEN)
    waiting = site.submit_job(
        site.job(recipients={"list": "clients"}, schedule={"not_before": after(3600)})
    )
    site.plan()
    done = erased(site, *subjects)
    assert done.progress.found["lists"] == 1
    assert done.progress.found["blocks"] == 1
    assert [row["ref"] for row in export(site.app, site.controller.name, "clients")] == ["c-ben"]
    site.finish()
    assert relay.asked == ["ben@example.org"]
    assert waiting.outcomes == {"sent": 1, "erased": 1}


def test_from_acceptance_on_nobody_writes_to_the_person(site: Site) -> None:
    relay = site.provider()
    campaign = site.submit(ANA, BEN, schedule={"not_before": after(3600)})
    site.plan()
    opened(site, ("email", "ana@example.org"))
    site.finish()  # before any actor has looked at the request
    assert relay.asked == ["ben@example.org"]
    assert campaign.outcomes == {"sent": 1, "suppressed": 1}
    site.clock.move(1)
    done = carried_out(site, rights.every(site.app)[0])
    assert done.progress.found["deliveries"] == 1
    assert keys_in_history(site.app) == 1


def test_the_history_of_a_person_names_nobody_and_its_sums_hold(site: Site) -> None:
    site.provider(usual=SendResult(SendKind.SENT, provider_ref="x-1"))
    campaign = site.submit(ANA, BEN)
    site.finish()
    assert keys_in_history(site.app) == 2
    erased(site, ("ref", "c-ana"))
    assert campaign.outcomes == {"sent": 2}
    assert keys_in_history(site.app) == 1
    assert campaign.audit.holds


def test_other_addresses_of_the_person_are_opposed_too(site: Site, tmp_path: Path) -> None:
    site.provider()
    imported(site, tmp_path, ANA, BEN)
    erased(site, ("email", "ana@example.org"))
    for kind, value in (("tel", "+33639980101"), ("ref", "c-ana"), ("email", "ana@example.org")):
        (found,) = oppositions.check(site.app, site.controller.name, [Subject(kind, value)])
        assert (found.reason, found.channel) == ("erased", None)
    assert oppositions.check(site.app, site.controller.name, [Subject("ref", "c-ben")]) == []


def test_an_address_that_several_persons_share_is_cut_out_and_they_stay(
    site: Site, tmp_path: Path
) -> None:
    relay = site.provider()
    shared = {"email": "family@example.org"}
    imported(site, tmp_path, ANA | shared, BEN | shared, EVE)
    route = ["email", "sms"]
    texts = site.provider(Channel.SMS)
    campaign = site.submit_job(
        site.job(recipients={"list": "clients"}, route=route, schedule={"not_before": after(3600)})
    )
    site.plan()
    erased(site, ("email", "family@example.org"))
    rows = {row["ref"]: row for row in export(site.app, site.controller.name, "clients")}
    assert {ref: row["email"] for ref, row in rows.items()} == {
        "c-ana": None,
        "c-ben": None,
        "c-eve": "eve@example.org",
    }
    site.finish()
    assert relay.asked == ["eve@example.org"]
    assert sorted(texts.asked) == ["+33639980101", "+33639980102"]
    assert campaign.outcomes == {"sent": 3}


def test_someone_who_shares_a_telephone_with_an_erased_person_keeps_their_row(
    site: Site, tmp_path: Path
) -> None:
    shared = {"tel": "+33639980109"}
    imported(site, tmp_path, ANA | shared, BEN | shared)
    erased(site, ("ref", "c-ana"))
    (left,) = export(site.app, site.controller.name, "clients")
    assert (left["ref"], left["tel"]) == ("c-ben", "+33639980109")


def test_another_import_of_the_same_list_does_not_bring_the_person_back(
    site: Site, tmp_path: Path
) -> None:
    imported(site, tmp_path, ANA, BEN)
    erased(site, ("ref", "c-ana"))
    again = imported(site, tmp_path, ANA, BEN, EVE, name="again")
    assert (again.rows, again.accepted, again.rejected) == (3, 2, 1)
    assert again.reasons == {"erased": 1}
    rows = export(site.app, site.controller.name, "again")
    assert [row["ref"] for row in rows] == ["c-ben", "c-eve"]


def test_a_message_that_brings_the_person_again_stores_nobody(site: Site) -> None:
    relay = site.provider()
    erased(site, ("ref", "c-ana"), ("email", "ana@example.org"))
    campaign = site.submit(ANA, BEN)
    assert b"ana@" not in content(site, campaign.id)
    site.finish()
    assert relay.asked == ["ben@example.org"]
    (planned,) = campaign.events("planned")
    assert (planned["rows"], planned["accepted"], planned["rejected"]) == (2, 1, 1)


def test_a_message_that_waits_with_the_person_in_it_is_sealed_anew(site: Site) -> None:
    relay = site.provider()
    campaign = site.submit(ANA, BEN, schedule={"not_before": after(3600)})
    done = opened(site, ("ref", "c-ana"))
    site.plan()
    done = carried_out(site, done)
    assert done.progress.found["contents"] == 1
    assert b"ana@" not in content(site, campaign.id)
    assert b"ben@" in content(site, campaign.id)
    site.finish()
    assert relay.asked == ["ben@example.org"]


def test_a_copy_of_the_database_taken_before_is_unreadable_where_the_person_was(
    site: Site, tmp_path: Path
) -> None:
    site.provider(usual=BUSY)
    imported(site, tmp_path, ANA, BEN)
    campaign = site.submit_job(site.job(recipients={"list": "clients"}))
    site.run()
    site.oppose("ana@example.org", channel=Channel.EMAIL)
    copy = sealed_things(site.app)
    assert {table for table, _, _ in copy} == {"blocks", "list_chunks", "suppression_chunks"}
    erased(site, ("ref", "c-ana"))
    scopes = {
        "blocks": f"campaign:{campaign.id}",
        "list_chunks": list_scope(1),
        "suppression_chunks": "suppressions",
    }
    for table, _, blob in copy:
        with pytest.raises(KeyDestroyed):
            site.app.vault.open(site.controller.name, scopes[table], blob)


def test_another_controller_keeps_the_person(site: Site) -> None:
    relay = site.provider()
    other = site.new_controller()
    theirs = site.submit(ANA, controller=other.name, schedule={"not_before": after(3600)})
    site.plan()
    erased(site, ("email", "ana@example.org"), ("ref", "c-ana"))
    site.finish()
    assert theirs.outcomes == {"sent": 1}
    assert relay.asked == ["ana@example.org"]
    assert keys_in_history(site.app) == 1


def test_two_requests_about_persons_of_one_block_are_both_carried_out(site: Site) -> None:
    relay = site.provider()
    campaign = site.submit(ANA, BEN, EVE, schedule={"not_before": after(3600)})
    site.plan()
    first, second = opened(site, ("ref", "c-ana")), opened(site, ("ref", "c-ben"))
    carried_out(site, first)
    carried_out(site, second)
    site.finish()
    assert relay.asked == ["eve@example.org"]
    assert campaign.outcomes == {"erased": 2, "sent": 1}


def test_a_list_that_was_cut_by_an_erasure_is_counted_right(site: Site, tmp_path: Path) -> None:
    imported(site, tmp_path, ANA, BEN, EVE)
    erased(site, ("ref", "c-ana"))
    summary = show(site.app, site.controller.name, "clients")
    assert summary.rows == 2
    assert summary.imports[0].rows == 2
    with site.app.db.read() as connection:
        scope = list_scope(connection.scalar(sa.select(lists.c.id)) or 0)
    for table, _, blob in sealed_things(site.app):
        assert table == "list_chunks"
        chunk = decode_chunk(site.app.vault.open(site.controller.name, scope, blob))
        assert len(chunk.rows) == len(chunk.lines) == 2


def test_who_objected_before_being_erased_is_not_taken_in_again_either(
    site: Site, tmp_path: Path
) -> None:
    site.oppose("ana@example.org")
    site.oppose("c-ana", "ref")
    erased(site, ("ref", "c-ana"), ("email", "ana@example.org"))
    again = imported(site, tmp_path, ANA, BEN)
    assert (again.accepted, again.reasons) == (1, {"erased": 1})
