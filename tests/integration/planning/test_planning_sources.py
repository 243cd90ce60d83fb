"""Where rows come from, and what happens when there are none, or none that can be read."""

from pathlib import Path
from typing import Any

import pytest

from engine import controllers, lists
from engine.list_files import RowFile
from engine.list_imports import ListImport, import_list
from engine.planning import plan_chunk
from engine.states import CampaignState
from tests.planning.world import PURPOSE, World, csv, emails


def test_a_dropped_file_is_deleted_once_it_is_planned(world: World) -> None:
    job = world.job(world.drop("clients.csv", csv("a@example.org;A")))
    campaign = world.admitted(job)
    assert world.dropped("clients.csv").exists()
    world.plan(campaign)
    assert not world.dropped("clients.csv").exists()


def test_ndjson_is_read_by_the_ending_of_the_name(world: World) -> None:
    content = b'{"email": "a@example.org", "prenom": null}\n{"email": ["b"]}\n'
    campaign = world.planned(world.job(world.drop("clients.ndjson", content)))
    assert world.counts(campaign) == (2, 1, 0, 1)


def test_a_format_that_is_named_beats_the_ending(world: World) -> None:
    dropped: Any = world.drop("clients.txt", b'{"email": "a@example.org"}\n')
    dropped["file"]["format"] = "ndjson"
    assert world.addresses(world.planned(world.job(dropped))) == ["a@example.org"]


@pytest.fixture
def hosted(world: World, tmp_path: Path) -> str:
    path = tmp_path / "clients.csv"
    path.write_bytes(csv(*(f"r{index}@example.org;P{index}" for index in range(25))))
    _import(world, path)
    return "clients"


def _import(world: World, path: Path) -> None:
    wanted = ListImport(world.controller.name, "clients", RowFile(path), (PURPOSE,))
    import_list(world.app, wanted, noted=lambda _: None, progress=lambda _rows, _bytes: None)


@pytest.mark.usefixtures("small_steps")
def test_a_hosted_list_is_read_chunk_by_chunk(world: World, hosted: str, tmp_path: Path) -> None:
    more = tmp_path / "more.csv"
    more.write_bytes(csv("r24@example.org;again", "r25@example.org;P25"))
    _import(world, more)
    campaign = world.planned(world.job({"list": hosted}))
    assert world.counts(campaign) == (27, 26, 1, 0)


def test_what_is_imported_after_admission_is_not_part_of_the_campaign(
    world: World, hosted: str, tmp_path: Path
) -> None:
    campaign = world.admitted(world.job({"list": hosted}))
    later = tmp_path / "later.csv"
    later.write_bytes(csv("late@example.org;L"))
    _import(world, later)
    world.plan(campaign)
    assert world.counts(campaign) == (25, 25, 0, 0)


def test_a_list_deleted_during_planning_reaches_nobody(world: World, hosted: str) -> None:
    campaign = world.admitted(world.job({"list": hosted}))
    lists.delete(world.app, world.controller.name, hosted)
    world.plan(campaign)
    row = world.row(campaign)
    assert (row.state, row.reasons) == (CampaignState.FINISHED, ("list_deleted",))
    assert world.left(campaign) == (0, 0, 0, 0)


def test_a_list_whose_keys_are_just_gone_waits_for_the_next_call(world: World, hosted: str) -> None:
    campaign = world.admitted(world.job({"list": hosted}))
    with world.app.db.read() as connection:
        found = lists.find(connection, world.controller.number, hosted)
    world.app.vault.destroy_scope(world.controller.name, f"list:{found.id}")
    assert plan_chunk(world.app, campaign) is False
    assert world.row(campaign).state is CampaignState.PLANNING


# --- nobody, or not at all ---------------------------------------------------------------------


def test_a_campaign_without_anybody_finishes_and_says_so(world: World) -> None:
    job = world.job(world.drop("clients.csv", csv(";A", ";B")))
    campaign = world.planned(job)
    row = world.row(campaign)
    assert row.state is CampaignState.FINISHED
    assert world.counts(campaign) == (2, 0, 0, 2)
    event = world.events(campaign)[-1]
    assert (event["event"], event["accepted"]) == ("finished", 0)
    assert [reason["reason"] for reason in event["reasons"]] == ["no_recipients"]
    assert world.left(campaign) == (0, 0, 0, 0)


def test_a_file_that_changes_while_it_is_read_is_never_sent_to(world: World) -> None:
    job = world.job(world.drop("clients.csv", csv("a@example.org;A")))
    campaign = world.admitted(job)
    world.dropped("clients.csv").write_bytes(csv("b@example.org;B"))
    world.plan(campaign)
    row = world.row(campaign)
    assert (row.state, row.reasons) == (CampaignState.REFUSED, ("recipients_changed",))
    assert world.events(campaign)[-1]["event"] == "refused"
    assert world.left(campaign) == (0, 0, 0, 0)
    assert world.dropped("clients.csv").exists()


def test_a_file_that_is_gone_is_a_refusal(world: World) -> None:
    campaign = world.admitted(world.job(world.drop("clients.csv", csv("a@example.org;A"))))
    world.dropped("clients.csv").unlink()
    world.plan(campaign)
    assert world.row(campaign).reasons == ("recipients_missing",)


def test_a_link_in_the_drop_folder_is_not_followed(world: World, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.csv"
    campaign = world.admitted(world.job(world.drop("clients.csv", csv("a@example.org;A"))))
    world.dropped("clients.csv").rename(elsewhere)
    world.dropped("clients.csv").symlink_to(elsewhere)
    world.plan(campaign)
    assert world.row(campaign).reasons == ("recipients_unreadable",)
    assert elsewhere.exists()


def test_a_contract_that_ends_during_planning_stops_it(world: World) -> None:
    campaign = world.admitted(world.job({"inline": emails(3)}))
    controllers.end(world.app, world.controller.name)
    world.plan(campaign)
    assert world.row(campaign).reasons == ("controller_not_alive",)
    assert world.left(campaign) == (0, 0, 0, 0)
