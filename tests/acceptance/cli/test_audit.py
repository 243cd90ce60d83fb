"""Every verb that decides something leaves an act, which names no person; the chain can be proven."""

import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from tests.acceptance.cli.desk import Chappe, write_clients, write_job

pytestmark = pytest.mark.usefixtures("installed")
ANA = "ana.secret@example.org"


def _acts(chappe: Chappe, *options: str) -> list[str]:
    return [one["act"] for one in reversed(chappe("audit", "show", "--json", *options).json)]


def test_what_makes_an_installation_is_on_record(chappe: Chappe) -> None:
    acts = Counter(_acts(chappe))
    assert acts["controller_added"] == 1
    assert acts["connector_added"] == acts["connector_attested"] == 5
    assert acts["account_granted"] == acts["installation_made"] == 1


def test_each_deciding_verb_leaves_its_act_and_none_names_a_person(
    chappe: Chappe, tmp_path: Path
) -> None:
    before = len(_acts(chappe))
    rows = write_clients(tmp_path / "clients.csv", 5)
    rows.write_text(rows.read_text() + f"ref-secret,Ana,{ANA}\n")
    opposed = tmp_path / "opposed.csv"
    opposed.write_text(f"email\nother.{ANA}\n")
    job = write_job(tmp_path / "job.json")
    verbs = {
        ("list", "import", "clients", str(rows)): "list_imported",
        ("list", "attest", "clients", "--by", "Data office"): "list_attested",
        ("list", "screen", "clients"): "list_screened",
        ("list", "export", "clients"): "list_exported",
        ("suppress", "add", ANA): "opposition_added",
        ("suppress", "import", str(opposed)): "oppositions_imported",
        ("suppress", "export"): "oppositions_exported",
        ("suppress", "remove", ANA, "--why", "entered_in_error"): "opposition_removed",
        ("controller", "configure", "boutique", "--stop-mention", "STOP"): "controller_changed",
        ("account", "grant", "shop", "boutique"): "account_granted",
        ("account", "revoke", "shop", "boutique"): "account_revoked",
        ("connector", "disable", "outbox", "--yes"): "connector_changed",
        ("campaign", "submit", str(job)): None,
        ("campaign", "pause", "winter-1", "--reason", "price"): "campaign_paused",
        ("campaign", "resume", "winter-1"): "campaign_resumed",
        ("campaign", "cancel", "winter-1", "--yes"): "campaign_cancelled",
        ("list", "undo", "clients", "--yes"): "list_import_undone",
        ("list", "delete", "clients", "--yes"): "list_deleted",
    }
    for verb, act in verbs.items():
        done = chappe(*verb)
        assert done.code == 0, (verb, done.err)
        acts = _acts(chappe, "--limit", "1")
        assert act is None or acts == [act], verb
    shown = chappe("audit", "show", "--json", "--limit", "1000").out
    assert len(_acts(chappe)) >= before + len(verbs) - 1
    assert "secret" not in shown
    assert chappe("audit", "verify").code == 0


def test_tampering_is_told_with_its_place_and_ends_with_one(
    chappe: Chappe, installed: Path
) -> None:
    assert chappe("audit", "verify", "--json").json["whole"] is True
    with sqlite3.connect(installed / "chappe.db") as database:
        database.execute("DROP TRIGGER acts_no_update")
        database.execute("UPDATE acts SET actor = 'nobody' WHERE number = 3")
    told = chappe("audit", "verify")
    assert told.code == 1
    assert "act 3: it does not say what it said" in told.out
    document = chappe("audit", "verify", "--json").json
    assert [one["damage"] for one in document["findings"]] == ["altered"]


def test_acts_are_found_by_kind_and_time(chappe: Chappe) -> None:
    assert set(_acts(chappe, "--act", "connector_added")) == {"connector_added"}
    assert _acts(chappe, "--since", "2999-01-01") == []
    assert _acts(chappe, "--until", "2999-01-01", "--limit", "2") != []
    assert chappe("audit", "show", "--act", "nothing").code == 2


def test_an_export_is_verified_as_a_file(chappe: Chappe, tmp_path: Path) -> None:
    file = tmp_path / "audit.ndjson"
    assert chappe("audit", "export", str(file)).code == 0
    assert chappe("audit", "verify", "--file", str(file)).code == 0
    whole = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(whole[:3]))
    part = chappe("audit", "verify", "--file", str(file))
    assert part.code == 3
    assert f"reaches act 3, the audit of this installation act {len(whole)}" in part.out
    shown = chappe("audit", "verify", "--file", str(file), "--json").json
    assert (shown["whole"], shown["part"]) == (False, True)
    file.write_bytes(b"")
    empty = chappe("audit", "verify", "--file", str(file))
    assert empty.code == 1
    assert "the file is empty" in empty.err
    file.write_bytes(b"".join([whole[1], whole[0], *whole[2:]]))
    exchanged = chappe("audit", "verify", "--file", str(file))
    assert exchanged.code == 1
    assert "act 1: it stands at another place" in exchanged.out
    file.write_bytes(b"".join(whole).replace(b'"actor":"', b'"actor":"x', 1))
    told = chappe("audit", "verify", "--file", str(file))
    assert told.code == 1
    assert "act 1:" in told.out
    file.write_text("nothing\n")
    assert "line 1 is no act" in chappe("audit", "verify", "--file", str(file)).err
    missing = chappe("audit", "verify", "--file", str(tmp_path / "none"))
    assert missing.code == 1
    assert "No such file" in missing.err
