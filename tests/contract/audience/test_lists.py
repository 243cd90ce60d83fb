"""Contact lists: shown, exported, undone, deleted for good."""

from collections.abc import Callable, Sequence

import pytest
import sqlalchemy as sa

from engine import controllers, lists
from engine.app import App
from engine.controllers import Controller
from engine.list_chunks import list_scope
from engine.list_files import RowFile
from engine.list_imports import ListImport, import_list
from engine.lists import ListFault, UnknownList
from engine.store import lists as store
from engine.store.tables import campaigns, events, list_chunks, list_imports
from engine.store.tables import lists as list_table
from engine.vault import KeyDestroyed
from tests.contract.audience.conftest import NOON, Report, silent

Written = Callable[..., RowFile]
TWO = "email;prenom\nana@example.org;Ana\nbob@example.org;Bob\n"


def _import(
    app: App, shop: Controller, file: RowFile, purposes: Sequence[str] = ("offres",)
) -> None:
    wanted = ListImport(shop.name, "clients", file, tuple(purposes))
    import_list(app, wanted, noted=Report(), progress=silent)


def _exported(app: App, shop: Controller) -> list[str | None]:
    return [row["email"] for row in lists.export(app, shop.name, "clients")]


def test_a_list_shows_what_is_in_it(app: App, shop: Controller, written: Written) -> None:
    _import(app, shop, written(TWO))
    _import(app, shop, written("email;ville\ncleo@example.org;Lyon\n"), ())

    (summary,) = lists.every(app, shop.name)

    assert summary == lists.show(app, shop.name, "clients")
    assert (summary.rows, summary.purposes) == (3, ("offres",))
    assert summary.columns == ("email", "prenom", "ville")
    assert [one.accepted for one in summary.imports] == [2, 1]


def test_a_list_is_handed_back_with_all_its_columns(
    app: App, shop: Controller, written: Written
) -> None:
    _import(app, shop, written(TWO))
    _import(app, shop, written("email;ville\ncleo@example.org;Lyon\n"))
    assert list(lists.export(app, shop.name, "clients")) == [
        {"email": "ana@example.org", "prenom": "Ana", "ville": None},
        {"email": "bob@example.org", "prenom": "Bob", "ville": None},
        {"email": "cleo@example.org", "prenom": None, "ville": "Lyon"},
    ]


def test_undo_takes_the_last_import_out(app: App, shop: Controller, written: Written) -> None:
    _import(app, shop, written(TWO))
    _import(app, shop, written("email\ncleo@example.org\n"))
    lists.undo(app, shop.name, "clients")
    assert _exported(app, shop) == ["ana@example.org", "bob@example.org"]
    lists.undo(app, shop.name, "clients")
    assert _exported(app, shop) == []
    with pytest.raises(ListFault, match="no import left"):
        lists.undo(app, shop.name, "clients")


def test_undone_rows_cannot_be_read_in_any_old_copy(
    app: App, shop: Controller, written: Written
) -> None:
    _import(app, shop, written(TWO))
    list_id, sealed = _first_chunk(app, shop)
    lists.undo(app, shop.name, "clients")
    with pytest.raises(KeyDestroyed):
        app.vault.open(shop.name, list_scope(list_id), sealed)


def _first_chunk(app: App, shop: Controller) -> tuple[int, bytes]:
    with app.db.read() as connection:
        row = lists.find(connection, shop.number, "clients")
        until = store.last_chunk(connection, row.id)
        return row.id, store.chunks_after(connection, row.id, 0, until, 1)[0].sealed


def test_a_deleted_list_is_gone_at_once_and_for_good(
    app: App, shop: Controller, written: Written
) -> None:
    _import(app, shop, written(TWO))
    list_id, sealed = _first_chunk(app, shop)

    lists.delete(app, shop.name, "clients")

    with pytest.raises(UnknownList):
        lists.show(app, shop.name, "clients")
    with pytest.raises(KeyDestroyed):
        app.vault.open(shop.name, list_scope(list_id), sealed)
    with app.db.read() as connection:
        chunks = sa.select(sa.func.count()).where(list_chunks.c.list_id == list_id)
        assert connection.scalar(chunks) == 0
    _import(app, shop, written(TWO))  # the name is free again
    assert len(_exported(app, shop)) == 2


def test_deleting_a_list_cancels_the_campaigns_that_still_wait(
    app: App, shop: Controller, written: Written
) -> None:
    _import(app, shop, written(TWO))
    list_id, _ = _first_chunk(app, shop)
    with app.db.write() as connection:
        for name, state in (("waits", "planned"), ("done", "finished")):
            connection.execute(campaigns.insert().values(_campaign(shop, name, state, list_id)))

    assert lists.delete(app, shop.name, "clients") == ["waits"]

    with app.db.read() as connection:
        told = connection.scalars(
            sa.select(events.c.routing_key).where(events.c.routing_key.endswith(shop.name))
        ).all()
        assert told == [f"campaign.cancelled.{shop.name}"]
        rows = connection.execute(
            sa.select(campaigns.c.name, campaigns.c.cancelled_at).where(
                campaigns.c.list_id == list_id
            )
        )
        assert {name: at is not None for name, at in rows} == {"waits": True, "done": False}


def _campaign(shop: Controller, name: str, state: str, list_id: int) -> dict[str, object]:
    return {
        "controller": shop.number,
        "name": name,
        "fingerprint": b"",
        "account": "crm",
        "state": state,
        "kind": "marketing",
        "purpose": "offres",
        "route": '["email"]',
        "urgent": False,
        "not_before": NOON,
        "not_after": NOON + 1,
        "spread": 0,
        "resend_doubt": False,
        "expiry_month": 202701,
        "list_id": list_id,
        "received_at": NOON,
    }


def test_a_list_is_bound_to_agreed_purposes(app: App, shop: Controller, written: Written) -> None:
    for purposes in ((), ("offres", "profilage")):
        with pytest.raises(ListFault, match="those are: offres, factures"):
            _import(app, shop, written(TWO), purposes)
    assert lists.every(app, shop.name) == []


def test_nothing_is_imported_after_the_end_of_the_contract(
    app: App, shop: Controller, written: Written
) -> None:
    controllers.end(app, shop.name)
    with pytest.raises(ListFault, match="has ended"):
        _import(app, shop, written(TWO))


@pytest.mark.parametrize("name", ["", "Clients Paris", "../clients", "a" * 65])
def test_a_list_has_a_name_that_a_job_can_give(
    app: App, shop: Controller, written: Written, name: str
) -> None:
    wanted = ListImport(shop.name, name, written(TWO), ("offres",))
    with pytest.raises(ListFault, match="use 1 to 64"):
        import_list(app, wanted, noted=Report(), progress=silent)


def test_the_purposes_of_a_list_do_not_change(app: App, shop: Controller, written: Written) -> None:
    _import(app, shop, written(TWO), ["offres"])
    with pytest.raises(ListFault, match="is bound to offres"):
        _import(app, shop, written(TWO), ["factures"])


def test_what_is_imported_later_is_not_part_of_a_campaign(
    app: App, shop: Controller, written: Written
) -> None:
    _import(app, shop, written(TWO))
    with app.db.read() as connection:
        row = lists.find(connection, shop.number, "clients")
        until = store.last_chunk(connection, row.id)
    _import(app, shop, written("email\ncleo@example.org\n"))
    with app.db.read() as connection:
        chunks = store.chunks_after(connection, row.id, 0, until, 100)
        assert sum(chunk.rows for chunk in chunks) == 2
        assert store.last_chunk(connection, row.id) > until


def test_an_unknown_list_is_named(app: App, shop: Controller) -> None:
    for act in (lists.show, lists.delete, lists.undo):
        with pytest.raises(UnknownList, match="no list 'nothing'"):
            act(app, shop.name, "nothing")
    with pytest.raises(UnknownList):
        list(lists.export(app, shop.name, "nothing"))


def test_the_database_at_rest_names_nobody(app: App, shop: Controller, written: Written) -> None:
    _import(app, shop, written("ref;email;prenom\nsecret-ref;secret-ana@example.org;secret-name\n"))
    with app.db.read() as connection:
        for table in (list_table, list_imports, list_chunks):
            assert "secret" not in repr(connection.execute(sa.select(table)).all())
