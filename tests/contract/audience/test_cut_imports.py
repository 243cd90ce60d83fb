"""Imports that die, are overtaken, or lose their list: nothing half-done becomes part of a list."""

from collections.abc import Callable

import pytest

from engine import lists
from engine.app import App
from engine.controllers import Controller
from engine.list_files import RowFile
from engine.list_imports import ImportReport, ListImport, import_list
from engine.lists import ListFault
from engine.store import lists as store
from engine.store.lists import ImportOvertaken, ListGone
from tests.contract.audience.conftest import Report, silent

Written = Callable[..., RowFile]


def _import(app: App, shop: Controller, file: RowFile) -> tuple[ImportReport, Report]:
    report = Report()
    wanted = ListImport(shop.name, "clients", file, ("offres",))
    return import_list(app, wanted, noted=report, progress=silent), report


def _rows(app: App, shop: Controller) -> list[dict[str, str | None]]:
    return list(lists.export(app, shop.name, "clients"))


class Cut(Exception):
    """Stands for a process that dies in the middle of an import."""


def _cut(_rows: int, _bytes: int) -> None:
    raise Cut


@pytest.fixture
def long_file(written: Written) -> RowFile:
    """A file of more than one group: 10,500 rows, one of them unusable."""
    rows = "".join(f"p{number}@example.org\n" for number in range(10_499))
    return written(f"email\nnobody\n{rows}", "long.csv")


@pytest.fixture
def cut_import(app: App, shop: Controller, long_file: RowFile) -> RowFile:
    """An import that died after its first group was stored."""
    wanted = ListImport(shop.name, "clients", long_file, ("offres",))
    with pytest.raises(Cut):
        import_list(app, wanted, noted=Report(), progress=_cut)
    return long_file


def test_an_import_that_was_cut_is_not_part_of_the_list(
    app: App, shop: Controller, cut_import: RowFile
) -> None:
    assert lists.show(app, shop.name, "clients").rows == 0
    assert _rows(app, shop) == []
    with app.db.read() as connection:
        row = lists.find(connection, shop.number, "clients")
        assert store.last_chunk(connection, row.id) == 0


def test_importing_the_same_file_again_goes_on_where_it_was_cut(
    app: App, shop: Controller, cut_import: RowFile
) -> None:
    report, notes = _import(app, shop, cut_import)
    assert (report.rows, report.accepted, report.rejected) == (10_500, 10_499, 1)
    assert report.resumed == 10_000
    assert notes.of("rejected") == [(2, "no_at")]
    emails = [row["email"] for row in _rows(app, shop)]
    assert emails == [f"p{number}@example.org" for number in range(10_499)]


def test_another_file_waits_until_the_cut_import_is_dealt_with(
    app: App, shop: Controller, cut_import: RowFile, written: Written
) -> None:
    other = written("email\nana@example.org\n")
    with pytest.raises(ListFault, match="was cut before its end"):
        _import(app, shop, other)
    lists.undo(app, shop.name, "clients")
    report, _ = _import(app, shop, other)
    assert (report.accepted, report.resumed) == (1, 0)
    assert len(_rows(app, shop)) == 1


def test_a_list_deleted_during_an_import_stays_deleted(
    app: App, shop: Controller, long_file: RowFile
) -> None:
    def delete(_rows: int, _bytes: int) -> None:
        if lists.every(app, shop.name):
            lists.delete(app, shop.name, "clients")

    wanted = ListImport(shop.name, "clients", long_file, ("offres",))
    with pytest.raises(ListGone):
        import_list(app, wanted, noted=Report(), progress=delete)
    assert lists.every(app, shop.name) == []


def test_an_import_undone_by_somebody_else_stops(
    app: App, shop: Controller, long_file: RowFile
) -> None:
    def undo(_rows: int, _bytes: int) -> None:
        lists.undo(app, shop.name, "clients")

    wanted = ListImport(shop.name, "clients", long_file, ("offres",))
    with pytest.raises(ImportOvertaken):
        import_list(app, wanted, noted=Report(), progress=undo)
    assert _rows(app, shop) == []
