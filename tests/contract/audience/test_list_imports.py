"""Importing files into contact lists: every line accounted for, nothing by guess."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine import lists, oppositions
from engine.app import App
from engine.controllers import Controller
from engine.list_chunks import decode_chunk, list_scope
from engine.list_files import Note, NothingImported, RowFile
from engine.list_imports import ImportReport, ListImport, import_list
from engine.store import lists as store
from engine.subjects import Subject
from engine.tabular import HeaderFault
from tests.contract.audience.conftest import Report, silent

Written = Callable[..., RowFile]


def _import(
    app: App, shop: Controller, file: RowFile, name: str = "clients"
) -> tuple[ImportReport, Report]:
    report = Report()
    wanted = ListImport(shop.name, name, file, ("offres",))
    return import_list(app, wanted, noted=report, progress=silent), report


def _rows(app: App, shop: Controller) -> list[dict[str, str | None]]:
    return list(lists.export(app, shop.name, "clients"))


def test_every_line_is_accepted_or_rejected_with_its_reason(
    app: App, shop: Controller, written: Written
) -> None:
    report, notes = _import(
        app,
        shop,
        written(
            "email;tel;prenom\n"
            "ana@example.org;;Ana\n"
            "nobody;;Bob\n"
            ";;Cleo\n"
            "dan@example.org;0639980001;Dan\n"
            "\n"
            "eve@example.org;poste 12;Eve\n"
            "fay@example.org;Fay\n"
        ),
    )
    assert (report.rows, report.accepted, report.rejected) == (6, 2, 4)
    assert notes.of("rejected") == [
        (3, "no_at"),
        (4, "no_address"),
        (5, "ref_missing"),
        (8, "too_few_columns"),
    ]
    assert report.reasons.total() == 4
    ((line, _),) = notes.of("unusable")
    assert (line, report.unusable) == (7, 1)
    assert [row["prenom"] for row in _rows(app, shop)] == ["Ana", "Eve"]


def test_no_note_quotes_an_address(app: App, shop: Controller, written: Written) -> None:
    _, notes = _import(
        app, shop, written("email\nana@example.org\nsecret-name\nsecret@@example.org\n")
    )
    assert len(notes.notes) == 2
    assert "secret" not in repr(notes.notes)


def test_an_import_never_undoes_an_opposition(app: App, shop: Controller, written: Written) -> None:
    for address in ("opposed@example.org", "opposed2@example.org"):
        oppositions.add(
            app,
            shop.name,
            Subject("email", address),
            channel=None,
            reason=oppositions.Reason.OBJECTION,
            source="cli",
        )
    report, notes = _import(
        app,
        shop,
        written(
            "email,status,consent_at\n"
            "opposed@example.org,subscribed,\n"
            "OPPOSED2@Example.ORG,active,2020-01-01\n"
            "new@example.org,subscribed,2026-11-20\n"
        ),
    )
    assert (report.accepted, report.opposed) == (3, 2)
    assert notes.of("opposed") == [(2, "objection"), (3, "objection")]
    found = oppositions.check(
        app, shop.name, [Subject("email", row["email"] or "") for row in _rows(app, shop)]
    )
    assert len(found) == 2


def test_somebody_opposed_by_ref_or_platform_wide_is_told_too(
    app: App, shop: Controller, written: Written
) -> None:
    told = {"channel": None, "reason": oppositions.Reason.STOP, "source": "cli"}
    oppositions.add(app, shop.name, Subject("ref", "c1"), **told)  # type: ignore[arg-type]
    oppositions.add(app, None, Subject("tel", "0639980002"), **told)  # type: ignore[arg-type]
    report, notes = _import(
        app,
        shop,
        written(
            "ref;email;tel\nc1;ana@example.org;\nc2;;0639980002\nc3;eve@example.org;0639980003\n"
        ),
    )
    assert report.opposed == 2
    assert {line for line, _ in notes.of("opposed")} == {2, 3}


def test_addresses_are_stored_in_their_normal_form(
    app: App, shop: Controller, written: Written
) -> None:
    report, notes = _import(
        app, shop, written("ref;email;tel\n c1 ; Ana@Example.ORG ;'06 39 98 00 04\n")
    )
    assert _rows(app, shop) == [{"ref": "c1", "email": "ana@example.org", "tel": "+33639980004"}]
    assert report.repaired == len(notes.of("repaired")) == 1


def test_somebody_twice_in_a_file_is_counted(app: App, shop: Controller, written: Written) -> None:
    report, _ = _import(
        app,
        shop,
        written("email\nana@example.org\nbob@example.org\nANA@example.org\nana@example.org\n"),
    )
    assert (report.accepted, report.duplicates) == (4, 2)


def test_a_file_of_a_spreadsheet_is_read_as_it_is(
    app: App, shop: Controller, written: Written
) -> None:
    report, notes = _import(
        app,
        shop,
        written(
            '\ufeffemail;prenom;adresse\nana@example.org;Ana;"12 rue des Essais\n75000 Paris"\n'
            '\n;;\n  bob@example.org  ;"Bob ""le Grand""";\n'
            "o'neil@example.org;Niall;\n\n"
        ),
    )
    assert (report.accepted, report.rejected) == (2, 1)
    assert notes.of("rejected") == [(2, "ref_missing")]  # two addresses of whom?
    assert [row["prenom"] for row in _rows(app, shop)] == ['Bob "le Grand"', "Niall"]


def test_a_file_of_one_column_is_a_list(app: App, shop: Controller, written: Written) -> None:
    report, _ = _import(app, shop, written("EMAIL\nana@example.org\nbob@example.org\n"))
    assert report.accepted == 2


def test_columns_that_mean_the_same_are_refused_by_name(
    app: App, shop: Controller, written: Written
) -> None:
    file = written("Email,prenom,e-mail,email ,Prénom\nana@example.org,Ana,other@example.org,,A\n")
    with pytest.raises(HeaderFault) as refused:
        _import(app, shop, file)
    for name in ("Email", "e-mail", "email ", "Prénom", "prenom"):
        assert name in str(refused.value)
    assert lists.every(app, shop.name) == []

    picked = RowFile(file.path, mapping={"email": "#1", "prenom": "#2"})
    report, _ = _import(app, shop, picked)
    assert report.accepted == 1


@pytest.mark.parametrize("content", ["email\n", "email\nnobody\nnobody2\n"])
def test_nothing_imported_is_never_a_success(
    app: App, shop: Controller, written: Written, content: str
) -> None:
    with pytest.raises(NothingImported, match=r"0 of 2 rows imported: no_at \(2\)|0 imported$"):
        _import(app, shop, written(content))
    assert lists.every(app, shop.name) == []


def test_a_failed_import_leaves_the_list_as_it_was(
    app: App, shop: Controller, written: Written
) -> None:
    _import(app, shop, written("email\nana@example.org\n"))
    with pytest.raises(NothingImported):
        _import(app, shop, written("email\nnobody\n"))
    summary = lists.show(app, shop.name, "clients")
    assert (summary.rows, len(summary.imports)) == (1, 1)


def test_rows_of_ndjson_may_have_columns_of_their_own(
    app: App, shop: Controller, tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"email": "ana@example.org", "age": 7}\n{"tel": "0639980005", "age": null}\n')
    _import(app, shop, RowFile(path))
    assert _rows(app, shop) == [
        {"tel": None, "email": "ana@example.org", "age": "7"},
        {"tel": "+33639980005", "email": None, "age": None},
    ]


def test_a_chunk_holds_rows_with_their_lines(app: App, shop: Controller, written: Written) -> None:
    _import(app, shop, written("prenom;mail\nAna;ana@example.org\n;bob@example.org\n"))
    with app.db.read() as connection:
        row = lists.find(connection, shop.number, "clients")
        (stored,) = store.chunks_after(
            connection, row.id, 0, store.last_chunk(connection, row.id), 10
        )
    chunk = decode_chunk(app.vault.open(shop.name, list_scope(row.id), stored.sealed))
    assert chunk.columns == ("email", "prenom")
    assert chunk.rows == [("ana@example.org", "Ana"), ("bob@example.org", "")]
    assert chunk.lines == [2, 3]


def test_a_note_says_what_is_wrong_to_a_person(
    app: App, shop: Controller, written: Written
) -> None:
    _, notes = _import(app, shop, written("email;x\nana@example.org;\n;y\nbob@example.org\n"))
    assert notes.notes == [
        Note(3, "rejected", "no_address", "", "the row has no address"),
        Note(
            4,
            "rejected",
            "too_few_columns",
            "",
            "the row has fewer columns than the header",
        ),
    ]
