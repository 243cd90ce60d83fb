"""Of files, what Chappe reads or writes goes on time, and nothing else; deleted rows leave no trace."""

import os
from pathlib import Path

import pytest
import sqlalchemy as sa

from channels.contract import Channel
from engine.clock import DAY, Millis
from engine.connectors import Setup, create
from engine.reference import make_reference
from engine.retention import turns
from engine.retention.holds import Hold, HoldFault, every, hold
from engine.store.privacy_tables import connections
from tests.scenarios.site import Site


def written(site: Site, file: Path, age: Millis) -> Path:
    """Write a file that says it was written so long ago."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("hello")
    seconds = (site.clock.now() - age) / 1000
    os.utime(file, (seconds, seconds))
    return file


def reference(site: Site, position: int) -> str:
    return make_reference(site.app.vault.reference_key(), 1, position, 1)


def test_messages_of_an_outbox_go_after_a_month_and_files_of_others_never(site: Site) -> None:
    folder = site.outbox(Channel.EMAIL)
    kept = [
        written(site, folder / f"{reference(site, 1)}.eml", 29 * DAY),
        written(site, folder / "thesis.json", 400 * DAY),
        written(site, folder / "papers" / f"{reference(site, 2)}.eml", 400 * DAY),
    ]
    written(site, folder / f"{reference(site, 3)}.eml", 31 * DAY)
    written(site, folder / f".{reference(site, 4)}.json", 31 * DAY)
    assert turns.sweep_all(site.app, "outbox_files") == 2
    assert sorted(file for file in folder.rglob("*") if file.is_file()) == sorted(kept)


def test_an_outbox_in_somebodys_home_is_swept_too(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = {"folder": "~/outbox"}
    create(site.app, Setup(f"home-{site.controller.name}", "outbox", Channel.SMS, folder))
    file = written(site, tmp_path / "outbox" / f"{reference(site, 1)}.json", 31 * DAY)
    turns.sweep_all(site.app, "outbox_files")
    assert not file.exists()


def test_a_recipient_file_goes_a_week_after_it_came_whatever_date_it_bears(site: Site) -> None:
    drop = site.app.settings.drop_folder
    mine = written(site, drop / site.controller.name / "clients.csv", 300 * DAY)
    others = written(site, drop / "README", 300 * DAY)
    turns.sweep_all(site.app, "dropped_files")
    assert mine.exists()
    arrived = round(mine.stat().st_ctime * 1000)
    site.clock.millis = max(site.clock.millis, arrived) + 8 * DAY
    turns.sweep_all(site.app, "dropped_files")
    assert not mine.exists()
    assert others.exists()


def test_what_was_deleted_is_not_in_the_write_ahead_log_either(site: Site) -> None:
    if not site.app.db.is_sqlite:
        return
    row = {"at": 0, "address": "2001:db8::planted", "route": "unsubscribe", "status": 200}
    with site.app.db.write() as connection:
        connection.execute(sa.insert(connections).values(row))
    turns.sweep_all(site.app, "connection_log")
    with site.app.db.write() as connection:
        connection.execute(sa.insert(connections).values(row))
    while turns.sweep_class(site.app, "connection_log"):
        pass
    database = Path(site.app.db.url.database or "")
    for file in database.parent.glob(f"{database.name}*"):
        assert b"2001:db8::planted" not in file.read_bytes(), file.name


def test_a_hold_that_has_ended_already_is_refused(site: Site) -> None:
    before = len(every(site.app, ended=True))
    with pytest.raises(HoldFault, match="later --until"):
        hold(site.app, Hold("events"), "a reason", "somebody", site.clock.now())
    assert len(every(site.app, ended=True)) == before
