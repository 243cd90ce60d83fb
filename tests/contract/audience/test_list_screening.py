"""Sensitive data in lists: seen at import, told by kind and count, never quoted."""

from collections import Counter
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from engine import audit, list_screening, lists
from engine.app import App
from engine.controllers import Controller
from engine.list_files import RowFile
from engine.list_findings import in_rows
from engine.list_imports import ImportReport, ListImport, import_list
from engine.store.acts import Wanted
from engine.store.tables import lists as table
from tests.contract.audience.conftest import Report, silent

NIR = "2 99 12 99 999 999 11"
CARD = "4111 1111 1111 1111"
Import = Callable[[str], ImportReport]


@pytest.fixture
def imported(app: App, shop: Controller, written: Callable[..., RowFile]) -> Import:
    """Import a file into the list ``clients``."""

    def take(text: str) -> ImportReport:
        wanted = ListImport(shop.name, "clients", written(text), ("offres",))
        return import_list(app, wanted, noted=Report(), progress=silent)

    return take


def _findings(app: App, shop: Controller) -> frozenset[str] | None:
    with app.db.read() as connection:
        return lists.findings_of(lists.find(connection, shop.number, "clients"))


def _counts(app: App, shop: Controller) -> object:
    return lists.show(app, shop.name, "clients").findings


def _forget_findings(app: App, shop: Controller) -> None:
    """Make the list one that is older than screening."""
    with app.db.write() as connection:
        connection.execute(
            sa.update(table).where(table.c.controller == shop.number).values(findings=None)
        )


def test_an_ordinary_list_is_screened_and_nothing_is_found(
    app: App, shop: Controller, imported: Import
) -> None:
    assert imported("email;tel;ref\nana@example.org;0639980001;7\n").findings == {}
    assert _findings(app, shop) == frozenset()


def test_numbers_in_cells_and_words_in_names_are_counted(
    app: App, shop: Controller, imported: Import
) -> None:
    report = imported(
        "email;ref;maladie;groupe_sanguin;note\n"
        f"ana@example.org;{NIR};;A;\n"
        f"bob@example.org;2;;B;{CARD}\n"
        f"cleo@example.org;3;;O;NIR {NIR} carte {CARD}\n"
    )
    expected = {"nir": 2, "card": 2, "words:health": 2}
    assert report.findings == expected
    assert _counts(app, shop) == expected
    assert _findings(app, shop) == frozenset({"nir", "card", "words:health"})


def test_what_is_found_is_kept_as_counts_only(app: App, shop: Controller, imported: Import) -> None:
    imported(f"email;note\nana@example.org;{NIR}\n")
    with app.db.read() as connection:
        row = lists.find(connection, shop.number, "clients")
    assert row.findings == '{"nir":1}'
    (act,) = audit.latest(app, Wanted(controller=shop.name, act="list_imported"), 1)
    told = audit.details_of(act)
    assert told is not None
    assert told["nir"] == 1
    assert "999" not in act.details


def test_rows_that_are_left_out_are_not_looked_at(
    app: App, shop: Controller, imported: Import
) -> None:
    assert imported(f"email;note\nana@example.org;\nnobody;{NIR}\n").findings == {}


def test_findings_of_several_imports_add_up(app: App, shop: Controller, imported: Import) -> None:
    imported(f"email;note\nana@example.org;{NIR}\n")
    imported(f"email;note\nbob@example.org;{CARD}\n")
    imported("email;note\ncleo@example.org;\n")
    assert _counts(app, shop) == {"nir": 1, "card": 1}


def test_a_list_from_before_screening_is_not_cleared_by_a_new_import(
    app: App, shop: Controller, imported: Import
) -> None:
    imported(f"email;note\nana@example.org;{NIR}\n")
    _forget_findings(app, shop)
    imported("email;note\nbob@example.org;\n")
    assert _findings(app, shop) is None


def test_an_older_list_is_screened_on_request(app: App, shop: Controller, imported: Import) -> None:
    imported(f"email;maladie\nana@example.org;{NIR}\n")
    imported(f"email;note\nbob@example.org;{CARD}\n")
    _forget_findings(app, shop)
    expected = {"nir": 1, "card": 1, "words:health": 1}
    assert list_screening.screen(app, shop.name, "clients") == expected
    assert _counts(app, shop) == expected
    (act,) = audit.latest(app, Wanted(controller=shop.name), 1)
    assert (act.act, audit.details_of(act)) == ("list_screened", expected)


def test_screening_again_after_an_undo_forgets_what_is_gone(
    app: App, shop: Controller, imported: Import
) -> None:
    imported("email;note\nana@example.org;\n")
    imported(f"email;note\nbob@example.org;{NIR}\n")
    lists.undo(app, shop.name, "clients")
    assert _findings(app, shop) == frozenset({"nir"})
    list_screening.screen(app, shop.name, "clients")
    assert _findings(app, shop) == frozenset()


def test_a_list_whose_only_import_was_undone_begins_anew(
    app: App, shop: Controller, imported: Import
) -> None:
    imported(f"email;note\nana@example.org;{NIR}\n")
    lists.undo(app, shop.name, "clients")
    imported("email\nana@example.org\n")
    assert _findings(app, shop) == frozenset()


def test_what_is_imported_during_a_screening_is_looked_through_as_well(
    app: App, shop: Controller, imported: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported("email;note\nana@example.org;\n")
    late = iter((f"email;note\nbob@example.org;{NIR}\n",))

    def meanwhile(rows: list[tuple[str | None, ...]]) -> Counter[str]:
        for text in late:
            imported(text)
        return in_rows(rows)

    monkeypatch.setattr("engine.list_screening.in_rows", meanwhile)
    assert list_screening.screen(app, shop.name, "clients") == {"nir": 1}
    assert _counts(app, shop) == {"nir": 1}


def test_a_deleted_list_says_nothing_any_more(app: App, shop: Controller, imported: Import) -> None:
    imported(f"email;note\nana@example.org;{NIR}\n")
    list_screening.attest(app, shop.name, "clients", by="Data office", supplier="Acme")
    lists.delete(app, shop.name, "clients")
    said = (table.c.attested_by, table.c.attested_at, table.c.supplier, table.c.findings)
    with app.db.read() as connection:
        rows = connection.execute(sa.select(*said).where(table.c.controller == shop.number))
        assert rows.one() == (None, None, None, None)
