"""A sweep may die after any commit, or meet another one: no harm is done."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine import audit, controllers, lists
from engine.clock import DAY, HOUR, MINUTE, SECOND
from engine.explain import explain
from engine.list_files import RowFile
from engine.list_imports import ListImport, import_list
from engine.retention import turns
from engine.retention.holds import Hold, hold, lift
from engine.retention.turns import SweptElsewhere
from engine.store import journal, sweeps
from engine.store.acts import Wanted
from engine.store.claims import Claim
from engine.store.database import Database
from engine.store.keyring_tables import sealed_keys
from engine.store.partitions import StillRead
from engine.store.tables import (
    batches,
    blocks,
    campaigns,
    dead_letters,
    deliveries,
    list_chunks,
    list_imports,
    tallies,
)
from engine.store.tables import (
    lists as lists_table,
)
from engine.subjects import Subject
from tests.scenarios.campaign import Campaign
from tests.scenarios.forgetting import imported
from tests.scenarios.site import Site, people
from tests.scenarios.sweeping import (
    ended_campaign,
    in_doubt,
    keys_of,
    rows_of,
    sweep_everything,
    too_old,
)

YEAR = 366 * DAY
MONTH = 32 * DAY


class Killed(Exception):
    """Stands for a process that dies."""


@contextmanager
def dying_after(commits: int) -> Iterator[None]:
    """Let whoever writes die right after so many commits, to either database."""
    write, left = Database.write, count(commits, -1)

    @contextmanager
    def until_death(self: Database) -> Iterator[sa.Connection]:
        with write(self) as connection:
            yield connection
        if next(left) <= 1:
            raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "write", until_death)
        yield


def cut_import(site: Site, folder: Path) -> None:
    """Leave an import that died after its first rows."""
    path = folder / "long.csv"
    path.write_text("email\n" + "".join(f"p{number}@long.test\n" for number in range(10_500)))

    def die(_rows: int, _bytes: int) -> None:
        raise Killed

    wanted = ListImport(site.controller.name, "long", RowFile(path), ("offres",))
    with pytest.raises(Killed):
        import_list(site.app, wanted, noted=lambda _note: None, progress=die)


def everything_old(site: Site, folder: Path) -> Campaign:
    """Fill every place there is, and let ten years go by."""
    campaign = ended_campaign(site, *people(5, "old.test"))
    in_doubt(campaign)
    with site.app.db.write() as connection:
        connection.execute(sa.update(deliveries).values(provider_ref="250 queued"))
    site.take({"schema": "nonsense"})
    imported(site, folder, *people(3, "gone.test"), name="gone")
    lists.delete(site.app, site.controller.name, "gone")
    cut_import(site, folder)
    leaver = site.new_controller()
    site.oppose("ana@old.test", controller=leaver.name)
    controllers.end(site.app, leaver.name)
    site.clock.millis += 10 * YEAR + 2 * MONTH
    return campaign


def test_a_sweep_that_dies_after_any_commit_is_finished_by_the_next(
    site: Site, tmp_path: Path
) -> None:
    campaign = everything_old(site, tmp_path)
    late = set(too_old(site))
    assert late >= {
        "content", "history", "provider_references", "deleted_lists", "broken_imports",
        "dead_letter_bodies", "dead_letters", "oppositions", "ended_contracts",
    }  # fmt: skip
    for name, sweeper in turns.SWEEPERS.items():
        for commits in count(1):
            try:
                with dying_after(commits):
                    while sweeper.sweep(
                        site.app, site.clock.now(), turns.held_of(site.app, name), 2
                    ):
                        pass
            except Killed:
                continue
            break
    assert too_old(site) == {}
    assert keys_of(site, campaign) == 0
    for table in (deliveries, tallies, blocks, batches, campaigns, dead_letters, list_chunks):
        assert rows_of(site, table) == 0, table.name


def test_keys_are_destroyed_before_anything_else_and_the_campaign_can_still_be_shown(
    site: Site,
) -> None:
    campaign = ended_campaign(site, *people(5, "half.test"))
    with pytest.raises(Killed), dying_after(2):
        turns.SWEEPERS["content"].sweep(
            site.app, site.clock.now(), turns.held_of(site.app, "content"), 100
        )
    assert keys_of(site, campaign) == 0
    assert rows_of(site, blocks, blocks.c.campaign_id == campaign.id) == 1
    told = explain(site.app, campaign.name, site.controller.name, Subject("email", "p1@half.test"))
    assert [story.outcome for story in told.stories] == ["sent"]
    assert campaign.audit.holds
    assert campaign.outcomes == {"sent": 5}
    assert too_old(site)["content"] == 1  # it is not done yet, and says so


def test_the_same_campaign_again_is_known_although_its_content_is_gone(site: Site) -> None:
    site.provider()
    job = site.job(*people(2, "again.test"))
    first = site.take(job)
    site.run()
    sweep_everything(site)
    again = site.take(job)
    assert again.campaign_id == first.campaign_id
    site.run()
    assert rows_of(site, deliveries, deliveries.c.campaign_id == first.campaign_id) == 2


def test_the_name_of_a_campaign_is_free_once_its_history_is_gone(site: Site) -> None:
    site.provider()
    job = site.job(*people(2, "free.test"), history="P30D")
    first = site.take(job)
    site.run()
    site.clock.millis += 3 * MONTH
    sweep_everything(site)
    again = site.take(job)
    assert again.campaign_id is not None
    assert again.campaign_id != first.campaign_id


def test_a_worker_that_was_overtaken_finds_its_batch_gone_and_writes_nothing(site: Site) -> None:
    campaign = ended_campaign(site)
    with site.app.db.read() as connection:
        row = connection.execute(
            sa.select(batches).where(batches.c.campaign_id == campaign.id)
        ).one()
    claim = Claim(
        row.id, campaign.id, row.controller, row.block_id, row.leg, row.round, row.lane, row.turn,
        b"late", row.step, row.todo, row.again, row.onward, row.again_at, 0,
    )  # fmt: skip
    sweep_everything(site)
    with pytest.raises(journal.Fenced, match="forgotten"):
        journal.committed(site.app.db, claim, row.step)
    entry = journal.Entry(journal.Progress(b"", b"", b"", b"", 0), [])
    with pytest.raises(journal.Fenced):
        journal.journal(site.app.db, claim, row.step, entry, MINUTE, 0)
    assert campaign.outcomes == {"sent": 3}


def test_a_run_waits_for_an_actor_that_has_the_class_and_gives_up_after_a_while(
    site: Site,
) -> None:
    now, begun = site.clock.now(), site.clock.boot()
    assert sweeps.claim(site.app.db, "events", b"other", now, HOUR)
    with pytest.raises(SweptElsewhere, match="events"):
        turns.sweep_all(site.app, "events")
    assert site.clock.boot() - begun > 2 * MINUTE / SECOND
    assert "events" not in turns.due_classes(site.app)
    sweeps.release(site.app.db, "events", b"other", sweeps.Turn(0, 0, now, now, more=False))
    assert turns.sweep_all(site.app, "events") == 0


def test_imports_that_broke_off_go_after_a_week_and_deleted_lists_after_a_month(
    site: Site, tmp_path: Path
) -> None:
    cut_import(site, tmp_path)
    imported(site, tmp_path, *people(3), name="gone")
    imported(site, tmp_path, *people(3), name="kept")
    lists.delete(site.app, site.controller.name, "gone")
    site.clock.millis += 6 * DAY
    sweep_everything(site)
    assert rows_of(site, list_imports, list_imports.c.undone_at.is_not(None)) == 0
    assert rows_of(site, list_chunks) > 1
    site.clock.millis += 2 * DAY
    assert sweep_everything(site)["broken_imports"] == 1
    assert rows_of(site, list_chunks) == 1
    assert rows_of(site, lists_table, lists_table.c.name == "gone") == 1
    site.clock.millis += MONTH
    assert sweep_everything(site)["deleted_lists"] == 1
    assert rows_of(site, lists_table, lists_table.c.name == "gone") == 0
    assert len(list(lists.export(site.app, site.controller.name, "kept"))) == 3


def test_a_key_of_a_living_list_that_seals_nothing_any_more_is_destroyed(
    site: Site, tmp_path: Path
) -> None:
    imported(site, tmp_path, *people(3), name="kept")
    with site.app.db.read() as connection:
        scope = f"list:{connection.scalar(sa.select(lists_table.c.id))}"
    site.app.vault.seal(site.controller.name, scope, b"never stored", site.clock.now())
    site.clock.millis += 2 * DAY
    assert sweep_everything(site)["stray_keys"] >= 1
    assert len(list(lists.export(site.app, site.controller.name, "kept"))) == 3
    with site.app.vault.keyring.read() as keyring:
        mine = sealed_keys.c.controller == site.controller.name, sealed_keys.c.scope == scope
        assert keyring.scalar(sa.select(sa.func.count()).where(*mine)) == 1


def test_a_month_that_is_being_read_stays_until_the_next_sweep(site: Site) -> None:
    if site.app.db.is_sqlite:
        return
    campaign = ended_campaign(site, history="P30D")
    sweep_everything(site)
    site.clock.millis += 3 * MONTH
    with site.app.db.read() as reader:
        reader.execute(sa.select(deliveries).limit(1))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("engine.store.partitions._LOCK_TIMEOUT", "50ms")
            with pytest.raises(StillRead, match="deliveries_"):
                turns.sweep_all(site.app, "history")
    assert rows_of(site, campaigns, campaigns.c.id == campaign.id) == 1
    assert sweep_everything(site)["history"] > 0
    assert rows_of(site, campaigns, campaigns.c.id == campaign.id) == 0


def test_the_audit_stays_whole_however_long(site: Site, tmp_path: Path) -> None:
    everything_old(site, tmp_path)
    number = hold(site.app, Hold("events"), "a reason", "somebody", None)
    sweep_everything(site)
    lift(site.app, number)
    assert [act.act for act in audit.latest(site.app, Wanted(), 2)] == ["hold_lifted", "hold_added"]


@pytest.mark.parametrize("busy", [True, False])
def test_beside_a_campaign_a_sweep_takes_few_rows_and_rests(
    site: Site, monkeypatch: pytest.MonkeyPatch, *, busy: bool
) -> None:
    limits: list[int] = []

    class Slow:
        def overdue(self, *_: object) -> int:
            return 0

        def sweep(self, _app: object, _now: object, _held: object, limit: int) -> int:
            limits.append(limit)
            site.clock.move(0.01)
            return 1 if len(limits) < 4 else 0

    monkeypatch.setattr(turns, "SWEEPERS", {**turns.SWEEPERS, "events": Slow()})
    site.provider()
    site.submit(*people(3))
    if busy:
        site.plan()
    begun = site.clock.boot()
    assert turns.sweep_class(site.app, "events") is False
    passed = site.clock.boot() - begun
    assert set(limits) == ({500} if busy else {10_000})
    assert passed > 0.5 if busy else passed < 0.1
