"""An erasure is carried out whole, whoever dies on the way and whoever works beside it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from channels.contract import Channel, Message, Traits
from engine import controllers, rights
from engine.admission import admit
from engine.list_files import RowFile
from engine.list_imports import ListImport, import_list
from engine.lists import export
from engine.planning.ending import ErasedMeanwhile
from engine.planning.steps import Plan
from engine.resealed import open_stored
from engine.rights_execution import execute
from engine.states import BatchState
from engine.store import campaigns as campaign_rows
from engine.store import rights as rights_rows
from engine.store.privacy_tables import rights_requests
from engine.store.tables import batches
from engine.vault import KeyDestroyed, Vault
from policy.rights import RequestState
from tests.scenarios.campaign import Json
from tests.scenarios.forgetting import (
    ANA,
    BEN,
    EVE,
    carried_out,
    imported,
    keys_in_history,
    opened,
    sealed_things,
)
from tests.scenarios.site import Site, after

IN_TWOS = Traits(slice_limit=2)
MOST_MOMENTS = 80


class Died(BaseException):
    """Ends an actor as SIGKILL would: nothing after it runs, nothing catches it."""


class Reaper:
    """Kills an actor at its n-th moment: before a commit, or between a commit and what follows."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = -1
        self._watch(monkeypatch, rights_rows, "write")
        self._watch(monkeypatch, Vault, "destroy_keys")
        self._watch(monkeypatch, Vault, "destroy")
        self._watch(monkeypatch, Vault, "seal_each")

    def _watch(self, monkeypatch: pytest.MonkeyPatch, place: Any, name: str) -> None:
        inner = getattr(place, name)

        def watched(*args: Any, **kwargs: Any) -> Any:
            self.left -= 1
            if self.left == -1:
                raise Died
            return inner(*args, **kwargs)

        monkeypatch.setattr(place, name, watched)


@pytest.fixture
def reaper(monkeypatch: pytest.MonkeyPatch) -> Reaper:
    return Reaper(monkeypatch)


def leases_end(site: Site) -> None:
    """Let the time go by after which a dead actor's request is free."""
    with site.app.db.write() as connection:
        connection.execute(rights_requests.update().values(lease_until=0))


def people(number: int) -> list[Json]:
    return [{"ref": f"c-{at}", "email": f"p{at}@example.org"} for at in range(number)]


@contextmanager
def unreadable_afterwards(site: Site, person: str) -> Iterator[None]:
    """Take a copy of every sealed thing that holds a person; nobody can open one afterwards."""

    def holds(blob: bytes) -> bool:
        for scope in scopes:
            try:
                return person.encode() in site.app.vault.open(site.controller.name, scope, blob)
            except KeyDestroyed:
                return False
            except Exception:  # noqa: BLE001, S112 (the next scope)
                continue
        return False

    with site.app.db.read() as connection:
        lists = connection.scalars(sa.text("SELECT id FROM lists")).all()
        campaigns = connection.scalars(sa.text("SELECT id FROM campaigns")).all()
    scopes = ["suppressions", *(f"list:{one}" for one in lists)]
    scopes += [f"campaign:{one}" for one in campaigns]
    copy = [blob for _, _, blob in sealed_things(site.app) if holds(blob)]
    assert len(copy) == 3  # a block, a chunk of the list, a contact
    yield
    assert not [blob for blob in copy if holds(blob)]


def test_an_actor_that_dies_at_any_moment_leaves_the_rest_to_the_next(
    site: Site, tmp_path: Path, reaper: Reaper
) -> None:
    relay = site.provider()
    everybody = people(MOST_MOMENTS)
    imported(site, tmp_path, *everybody)
    campaign = site.submit_job(
        site.job(recipients={"list": "clients"}, schedule={"not_before": after(3600)})
    )
    site.plan()
    deaths = 0
    for moment, person in enumerate(everybody):
        site.oppose(str(person["email"]), channel=Channel.EMAIL)
        with unreadable_afterwards(site, str(person["email"])):
            request = opened(site, ("ref", str(person["ref"])))
            reaper.left = moment
            try:
                execute(site.app)
            except Died:
                deaths += 1
                leases_end(site)
            ended = reaper.left < 0
            reaper.left = -1
            done = carried_out(site, request)
        assert done.progress.stale == ()
        assert done.row.sealed_subject is None
        if not ended:
            break
    assert deaths > 20
    erased = deaths + 1
    left = len(list(export(site.app, site.controller.name, "clients")))
    assert left == len(everybody) - erased
    site.finish()
    assert campaign.outcomes == {"erased": erased, "sent": left}
    assert len(relay.asked) == left


def test_an_actor_that_was_given_up_for_dead_changes_nothing_any_more(site: Site) -> None:
    opened(site, ("ref", "c-ana"))
    first = rights_rows.claim(site.app.db, site.clock.now(), b"1" * 16, 60_000, None)
    assert first is not None
    assert execute(site.app) is None  # somebody has it
    leases_end(site)
    assert execute(site.app) == first.id
    with site.app.db.write() as connection:
        assert not rights_rows.write(
            site.app.db, connection, first.id, b"1" * 16, 60_000, {"state": "refused"}
        )


def once(act: Callable[[], None]) -> Callable[[Message], None]:
    left = [act]
    return lambda message: left.pop()() if left else None


def test_a_worker_with_the_former_block_in_memory_is_waited_for(site: Site) -> None:
    relay = site.provider(traits=IN_TWOS)
    found = []
    gone = []

    def erase_meanwhile() -> None:
        gone.extend([row for row in people(6) if row["email"] != relay.asked[0]][:2])
        for person in gone:
            opened(site, ("ref", str(person["ref"])))
        execute(site.app)
        execute(site.app)
        found.extend(rights.every(site.app))
        site.clock.move(2)  # what was checked before is checked again

    relay.heed = once(erase_meanwhile)
    campaign = site.submit(*people(6))
    site.run()
    assert [one.progress.step for one in found] == ["slices", "slices"]  # not while it holds on
    assert keys_in_history(site.app) == 6  # it wrote down whom it left out
    for request in found:
        carried_out(site, request)
    site.finish()
    assert keys_in_history(site.app) == 4
    assert not {str(person["email"]) for person in gone}.intersection(relay.asked)
    assert campaign.outcomes == {"sent": 4, "suppressed": 2}


def test_a_worker_that_died_with_the_former_block_is_shut_out(site: Site) -> None:
    site.provider()
    campaign = site.submit(ANA, BEN)
    site.plan()
    with site.app.db.write() as connection:
        connection.execute(
            batches.update().values(
                state=BatchState.CLAIMED,
                token=b"t" * 16,
                lease_until=1,
                step=7,
                todo=b"",
                in_flight=b"\x03",
            )
        )
    done = carried_out(site, opened(site, ("ref", "c-ana")))
    assert done.state is RequestState.DONE
    with site.app.db.read() as connection:
        batch = connection.execute(sa.select(batches)).one()
    assert (batch.token != b"t" * 16, batch.step) == (True, 8)
    site.finish()
    assert campaign.outcomes == {"in_doubt": 2}  # both were in its hands
    assert keys_in_history(site.app) == 1


def test_planning_that_has_read_the_person_already_looks_again(site: Site, tmp_path: Path) -> None:
    site.provider()
    imported(site, tmp_path, ANA, BEN, EVE)
    campaign = site.submit_job(
        site.job(recipients={"list": "clients"}, schedule={"not_before": after(3600)})
    )
    site.turn()
    with site.app.db.read() as connection:
        controller = controllers.by_number(connection, site.controller.number)

    def plan() -> Plan:
        with site.app.db.read() as connection:
            row = campaign_rows.by_id(connection, campaign.id)
        assert row is not None
        return Plan(site.app, row, controller)

    admit(site.app, campaign.id)
    before = plan()
    before.step()  # spilled, and the person with the rest
    request = opened(site, ("ref", "c-ana"))
    execute(site.app)
    assert rights.show(site.app, request.row.id).progress.step == "planning"
    with pytest.raises(ErasedMeanwhile):
        before.step()
    site.plan()
    assert campaign.overview.found.row.accepted == 2
    carried_out(site, request)
    site.finish()
    assert campaign.outcomes == {"sent": 2}


def test_an_import_that_has_read_the_person_already_leaves_them_out(
    site: Site, tmp_path: Path
) -> None:
    path = tmp_path / "clients.csv"
    lines = [f"{row['ref']};{row['email']}" for row in (ANA, BEN, EVE)]
    path.write_text("\n".join(("ref;email", *lines)) + "\n")
    wanted = ListImport(site.controller.name, "clients", RowFile(path), ("offres",))
    requests = []

    def erase(_rows: int, _bytes: int) -> None:
        requests.append(carried_out(site, opened(site, ("ref", "c-ana"))))

    report = import_list(site.app, wanted, noted=lambda _note: None, progress=erase)
    assert requests
    assert (report.rows, report.accepted, report.rejected) == (3, 2, 1)
    rows = export(site.app, site.controller.name, "clients")
    assert [row["ref"] for row in rows] == ["c-ben", "c-eve"]


def test_an_import_that_was_cut_goes_on_at_the_right_row_after_an_erasure(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "clients.csv"
    lines = [f"c-{at};p{at}@example.org" for at in range(12)]
    path.write_text("\n".join(("ref;email", *lines)) + "\n")
    wanted = ListImport(site.controller.name, "clients", RowFile(path), ("offres",))
    monkeypatch.setattr("engine.list_imports._GROUP_ROWS", 5)

    def die(rows: int, _bytes: int) -> None:
        if rows >= 10:
            raise Died

    def run(progress: Callable[[int, int], None]) -> Any:
        return import_list(site.app, wanted, noted=lambda _note: None, progress=progress)

    with pytest.raises(Died):
        run(die)
    carried_out(site, opened(site, ("ref", "c-3")))
    report = run(lambda _rows, _bytes: None)
    assert report.accepted == 11
    rows = [row["ref"] for row in export(site.app, site.controller.name, "clients")]
    assert rows == [f"c-{at}" for at in range(12) if at != 3]


def test_what_is_sealed_anew_while_it_is_opened_is_read_again(site: Site) -> None:
    name = site.controller.name
    before, now = site.app.vault.seal_many(name, "campaign:1", [b"before", b"now"], 0)
    site.app.vault.destroy([before])
    reads = iter([before, now])
    assert open_stored(site.app, name, "campaign:1", lambda: next(reads)) == b"now"
    with pytest.raises(KeyDestroyed):
        open_stored(site.app, name, "campaign:1", lambda: before)
