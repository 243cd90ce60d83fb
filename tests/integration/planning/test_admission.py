"""Admission on both stores: decided once, refused with every reason, recorded and told."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from channels.contract import Channel
from engine import connectors, controllers
from engine.admission import UnknownCampaign, admit, receive
from engine.briefing import campaign_scope
from engine.campaign_facts import gather
from engine.controllers import ControllerSettings
from engine.list_files import RowFile
from engine.list_imports import ListImport, import_list
from engine.planning.cursor import decode_cursor
from engine.states import CampaignState
from engine.timing import DEFAULT_WINDOW
from engine.vault import KeyDestroyed
from engine.wire.canonical import job_fingerprint
from engine.wire.job import CampaignJob, Kind
from policy.decision import ReasonCode
from policy.send_reasons import SendReason
from tests.planning.world import CONTENT, NOON, PURPOSE, World

ONE: dict[str, Any] = {"inline": [{"email": "ana@example.org", "prenom": "Ana"}]}


def refused(world: World, job: CampaignJob) -> list[ReasonCode | SendReason]:
    _, admission = world.admit(job)
    assert admission.admitted == (not admission.refusals)
    return [refusal.reason for refusal in admission.refusals]


def settings(world: World, **changed: object) -> None:
    before = world.controller.settings
    fields = {name: getattr(before, name) for name in before.__struct_fields__} | changed
    configured = controllers.configure(
        world.app, world.controller.name, ControllerSettings(**fields)
    )
    world.controller = configured


# --- receiving ---------------------------------------------------------------------------------


def test_a_campaign_that_comes_in_is_stored_sealed(world: World) -> None:
    job = world.job(ONE)
    row = world.row(world.receive(job))
    assert (row.state, row.name, row.account) == (CampaignState.RECEIVED, job.id, "shop")
    assert (row.kind, row.purpose, row.route) == ("marketing", PURPOSE, ("email",))
    assert row.fingerprint == job_fingerprint(job)
    assert (row.not_before, row.not_after, row.spread) == (NOON, NOON + DEFAULT_WINDOW, 0)
    assert row.sealed_job is not None
    assert b"ana@example.org" not in row.sealed_job


def test_the_same_id_comes_in_once(world: World) -> None:
    job = world.job(ONE)
    world.receive(job)
    assert receive(world.app, world.controller, job, "shop") is None


def test_another_controller_may_use_the_same_id(world: World) -> None:
    job = world.job(ONE)
    world.receive(job)
    other = world.new_controller(f"{world.controller.name}-b")
    assert receive(world.app, other, job, "shop") is not None


# --- admitting ---------------------------------------------------------------------------------


def test_a_good_campaign_is_admitted_and_told(world: World) -> None:
    campaign, admission = world.admit(world.job(ONE))
    assert admission.admitted
    row = world.row(campaign)
    assert row.state is CampaignState.PLANNING
    assert row.cursor is not None
    cursor = decode_cursor(row.cursor)
    assert (cursor.kinds, cursor.variables) == (("email",), ("country", "postal_code", "prenom"))
    assert [event["event"] for event in world.events(campaign)] == ["accepted"]


def test_it_is_decided_once(world: World) -> None:
    campaign, _ = world.admit(world.job(ONE))
    again = admit(world.app, campaign)
    assert again.admitted
    assert len(world.events(campaign)) == 1


def test_a_refused_campaign_stays_refused(world: World) -> None:
    campaign, _ = world.admit(world.job(ONE, purpose="sondage"))
    again = admit(world.app, campaign)
    assert not again.admitted
    assert len(world.events(campaign)) == 1


def test_who_decides_second_changes_nothing(world: World) -> None:
    campaign = world.receive(world.job(ONE))
    with world.app.db.write() as connection:
        connection.execute(
            sa.text("UPDATE campaigns SET state = 'refused' WHERE id = :id"), {"id": campaign}
        )
    assert not admit(world.app, campaign).admitted
    assert world.events(campaign) == []


def test_an_unknown_campaign_is_named(world: World) -> None:
    with pytest.raises(UnknownCampaign, match="999999"):
        admit(world.app, 999_999)


def test_the_partition_of_its_history_is_there_before_anything_is_sent(world: World) -> None:
    campaign = world.admitted(world.job(ONE, history="P3Y"))
    month = world.row(campaign).expiry_month
    if not world.app.db.is_sqlite:
        with world.app.db.read() as connection:
            name = connection.scalar(sa.text(f"SELECT to_regclass('deliveries_{month}')"))
        assert name is not None


def test_a_refusal_names_every_reason_in_row_and_event(world: World) -> None:
    content = {
        "email": CONTENT["email"] | {"html": "<p>Bonjour</p>"},
        "post": CONTENT["post"],
    }
    job = world.job(
        {"list": "personne"}, purpose="sondage", route=["email", "post"], content=content
    )
    campaign, admission = world.admit(job)
    assert not admission.admitted
    expected = (
        "purpose_not_permitted",
        "recipients_missing",
        "no_connector",
        "unsubscribe_missing",
        "sender_identity_missing",
    )
    row = world.row(campaign)
    assert (row.state, set(row.reasons)) == (CampaignState.REFUSED, set(expected))
    (event,) = world.events(campaign)
    assert event["event"] == "refused"
    assert {reason["reason"] for reason in event["reasons"]} == set(expected)
    assert len(event["reasons"]) == len(admission.refusals)


def test_the_content_of_a_refused_campaign_is_destroyed(world: World) -> None:
    campaign, _ = world.admit(world.job(ONE, purpose="sondage"))
    sealed = world.row(campaign).sealed_job
    assert sealed is not None
    with pytest.raises(KeyDestroyed):
        world.app.vault.open(world.controller.name, campaign_scope(campaign), sealed)


# --- reasons -----------------------------------------------------------------------------------


def test_the_contract_must_run(world: World) -> None:
    controllers.end(world.app, world.controller.name)
    assert refused(world, world.job(ONE)) == [ReasonCode.CONTROLLER_NOT_ALIVE]


def test_no_more_history_than_agreed(world: World) -> None:
    settings(world, history="P1Y")
    assert refused(world, world.job(ONE, history="P2Y")) == [ReasonCode.HISTORY_NOT_AGREED]


def test_inline_recipients_can_be_closed_per_controller(world: World) -> None:
    settings(world, allow_inline=False)
    assert refused(world, world.job(ONE)) == [ReasonCode.RECIPIENTS_NOT_PERMITTED]


def test_a_purpose_is_for_one_kind(world: World) -> None:
    job = world.job(ONE, purpose="rappels")
    assert refused(world, job) == [ReasonCode.PURPOSE_OF_OTHER_KIND]


def test_a_service_message_needs_no_unsubscribe_link(world: World) -> None:
    content = {"email": CONTENT["email"] | {"html": "<p>Bonjour {{ prenom }}</p>"}}
    job = world.job(ONE, kind="service", purpose="rappels", safety=True, content=content)
    assert refused(world, job) == []


def test_broken_content_is_named_with_its_place(world: World) -> None:
    content = {"email": CONTENT["email"] | {"html": "<p>{{ prenom</p>"}}
    _, admission = world.admit(world.job(ONE, content=content))
    (refusal,) = admission.refusals
    assert refusal.reason is ReasonCode.CONTENT_UNUSABLE
    assert "email.html" in refusal.sentence()


def test_a_missing_stop_mention_is_a_refusal(world: World) -> None:
    content = {"sms": {"sender": "BOUTIQUE", "text": "Bonjour"}}
    rows = {"inline": [{"tel": "0639980001"}]}
    job = world.job(rows, route=["sms"], content=content)
    assert refused(world, job) == [ReasonCode.UNSUBSCRIBE_MISSING]


def test_a_controller_keeps_to_its_own_connectors(world: World) -> None:
    far = world.connector(Channel.FAX, country="US")
    near = world.connector(Channel.FAX)
    job = world.job(
        {"inline": [{"tel": "0199000001"}]}, kind="service", purpose="rappels", route=["fax"]
    )
    assert refused(world, job) == [ReasonCode.CONNECTOR_OUTSIDE_EEA]
    settings(world, connectors={Channel.FAX: (near, "absent")})
    again = world.job(
        {"inline": [{"tel": "0199000001"}]}, kind="service", purpose="rappels", route=["fax"]
    )
    assert refused(world, again) == []
    connectors.disable(world.app, near)
    settings(world, connectors={Channel.FAX: (near,)})
    third = world.job(
        {"inline": [{"tel": "0199000001"}]}, kind="service", purpose="rappels", route=["fax"]
    )
    assert refused(world, third) == [ReasonCode.NO_CONNECTOR]
    connectors.disable(world.app, far)


def test_doubts_are_sent_again_only_where_the_provider_drops_repeats(world: World) -> None:
    assert refused(world, world.job(ONE, on_doubt="resend")) == [ReasonCode.RESEND_NOT_SAFE]


def test_a_connector_that_cannot_be_built_promises_nothing(world: World) -> None:
    name = world.connector(Channel.EMAIL, bogus="yes")
    settings(world, connectors={Channel.EMAIL: (name,)})
    assert refused(world, world.job(ONE, on_doubt="resend")) == [ReasonCode.FACT_UNKNOWN]
    connectors.disable(world.app, name)


# --- sources -----------------------------------------------------------------------------------


def test_a_list_must_be_bound_to_the_purpose(world: World, tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    path.write_bytes(b"email\nana@example.org\n")
    wanted = ListImport(world.controller.name, "clients", RowFile(path), ("rappels",))
    import_list(world.app, wanted, noted=lambda _: None, progress=lambda _rows, _bytes: None)
    assert refused(world, world.job({"list": "clients"})) == [ReasonCode.LIST_NOT_FOR_PURPOSE]
    job = world.job({"list": "clients"}, kind="service", purpose="rappels")
    campaign, admission = world.admit(job)
    assert admission.admitted
    row = world.row(campaign)
    assert row.list_id
    assert row.list_until


def test_a_file_must_be_there_and_be_the_one_that_is_named(world: World) -> None:
    dropped = world.drop("clients.csv", b"email\nana@example.org\n")
    world.dropped("clients.csv").write_bytes(b"email\nbo@example.org\n")
    assert refused(world, world.job(dropped)) == [ReasonCode.RECIPIENTS_CHANGED]
    world.dropped("clients.csv").unlink()
    assert refused(world, world.job(dropped)) == [ReasonCode.RECIPIENTS_MISSING]


def test_a_folder_is_no_file(world: World) -> None:
    dropped = world.drop("clients.csv", b"email\nana@example.org\n")
    world.dropped("clients.csv").unlink()
    world.dropped("clients.csv").mkdir()
    assert refused(world, world.job(dropped)) == [ReasonCode.RECIPIENTS_MISSING]


def test_a_header_that_cannot_be_used_is_told_at_once(world: World) -> None:
    dropped = world.drop("clients.csv", b"email;e-mail\na@example.org;b@example.org\n")
    _, admission = world.admit(world.job(dropped))
    (refusal,) = admission.refusals
    assert refusal.reason is ReasonCode.RECIPIENTS_UNREADABLE
    assert "e-mail" in refusal.sentence()


def test_a_file_that_cannot_be_looked_at_is_unknown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(_source: object) -> None:
        raise PermissionError(13, "Permission denied")

    dropped = world.drop("clients.csv", b"email\nana@example.org\n")
    monkeypatch.setattr("engine.sources.FileSource.check", unreadable)
    assert refused(world, world.job(dropped)) == [ReasonCode.FACT_UNKNOWN]


def test_facts_hold_nobody(world: World) -> None:
    findings = gather(world.app, world.controller, world.job(ONE))
    assert "ana@example.org" not in repr(findings.facts)
    assert replace(findings.facts, purpose="x").kind == Kind.MARKETING.value
