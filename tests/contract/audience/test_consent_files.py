"""Consents taken over from a client, and handed back to it."""

import csv
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from channels.contract import Channel
from engine import consent_exports, consents, oppositions
from engine.app import App
from engine.consent_imports import ConsentReport, import_file
from engine.controllers import Controller
from engine.list_files import NothingImported, RowFile
from engine.oppositions import Reason
from engine.store import erased
from engine.subjects import Subject, UnknownPurpose
from tests.contract.audience.conftest import Report, silent

Written = Callable[[str], RowFile]
USUAL = {
    "purpose": "offres",
    "channel": "email",
    "given_on": "2026-03-02",
    "method": "paper",
    "text_version": "form-7",
    "source": "fair",
}


def _import(
    app: App, shop: Controller, file: RowFile, usual: dict[str, str] = USUAL
) -> tuple[ConsentReport, Report]:
    report = Report()
    return import_file(app, shop.name, file, usual, noted=report, progress=silent), report


def _shown(app: App, shop: Controller, kind: str, value: str) -> list[tuple[str, str, str, bool]]:
    return [
        (row.channel, row.given_on, row.source, row.withdrawn_at is None)
        for row in consents.show(app, shop.name, [Subject(kind, value)])
    ]


def test_a_row_is_about_each_of_its_addresses_on_the_channels_that_fit(
    app: App, shop: Controller, written: Written
) -> None:
    report, notes = _import(
        app,
        shop,
        written(
            "ref;email;tel;channel;given_on;source\n"
            "c1;ana@example.org;0639980001;email sms;2026-05-01;site\n"
            ";bob@example.org;;;;\n"
        ),
    )
    assert (report.rows, report.recorded, report.rejected, notes.notes) == (2, 5, 0, [])
    assert _shown(app, shop, "email", "ana@example.org") == [("email", "2026-05-01", "site", True)]
    assert _shown(app, shop, "tel", "0639980001") == [("sms", "2026-05-01", "site", True)]
    assert [row[0] for row in _shown(app, shop, "ref", "c1")] == ["email", "sms"]
    assert _shown(app, shop, "email", "bob@example.org") == [("email", "2026-03-02", "fair", True)]


def test_an_import_that_is_started_again_changes_nothing(
    app: App, shop: Controller, written: Written
) -> None:
    file = written("email\nana@example.org\nana@example.org\nbob@example.org\n")
    first, _ = _import(app, shop, file)
    again, _ = _import(app, shop, file)
    assert (first.recorded, first.already) == (2, 0)
    assert (again.recorded, again.already) == (0, 2)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("nobody;;;;", "no_at"),
        ("a@example.org;pigeon;;;", "unknown_channel"),
        ("a@example.org;sms;;;", "no_address"),
        ("a@example.org;;yesterday;;", "bad_date"),
        ("a@example.org;;2099-01-01;;", "date_in_the_future"),
        ("a@example.org;;;ticked_box;", "unknown_method"),
        ("a@example.org;;2026-05-02;;2026-05-01", "withdrawn_before_given"),
        ("a@example.org", "too_few_columns"),
    ],
)
def test_a_row_that_proves_nothing_is_told_by_line(
    app: App, shop: Controller, written: Written, row: str, reason: str
) -> None:
    header = "email;channel;given_on;method;withdrawn_on\n"
    report, notes = _import(app, shop, written(f"{header}{row}\nok@example.org;;;;\n"))
    assert notes.of("rejected") == [(2, reason)]
    assert (report.rows, report.rejected, report.recorded) == (2, 1, 1)
    assert "a@example.org" not in repr(notes.notes)


@pytest.mark.parametrize("missing", USUAL)
def test_a_consent_without_its_whole_proof_is_none(
    app: App, shop: Controller, written: Written, missing: str
) -> None:
    with pytest.raises(NothingImported, match=r"proof_missing \(1\)"):
        _import(app, shop, written("email\na@example.org\n"), USUAL | {missing: ""})


def test_a_purpose_for_all_rows_must_be_agreed_on(
    app: App, shop: Controller, written: Written
) -> None:
    with pytest.raises(UnknownPurpose):
        _import(app, shop, written("email\na@example.org\n"), USUAL | {"purpose": "offers"})


def test_an_import_lifts_and_is_refused_as_single_consents_are(
    app: App, shop: Controller, written: Written
) -> None:
    file = written("email\nearly@example.org\nlate@example.org\nwide@example.org\n")
    told = {"reason": Reason.UNSUBSCRIBED, "source": "cli"}
    for name, on, purpose in (
        ("early", Channel.EMAIL, "offres"),
        ("late", Channel.EMAIL, "offres"),
        ("wide", None, None),
    ):
        days = 1 if name == "late" else 400
        app.clock.wait(-days * 86_400)
        oppositions.add(
            app,
            shop.name,
            Subject("email", f"{name}@example.org"),
            channel=on,
            purpose=purpose,
            **told,  # type: ignore[arg-type]
        )
        app.clock.wait(days * 86_400)
    report, notes = _import(app, shop, file)
    assert (report.recorded, report.refused, report.lifted, report.standing) == (2, 1, 1, 1)
    assert notes.of("refused") == [(3, "opposed_later")]
    left = [
        name
        for name in ("early", "late", "wide")
        if oppositions.check(app, shop.name, [Subject("email", f"{name}@example.org")])
    ]
    assert left == ["late", "wide"]


def test_what_was_taken_back_forbids_contact_and_a_later_consent_lifts_it(
    app: App, shop: Controller, written: Written
) -> None:
    report, _ = _import(
        app,
        shop,
        written(
            "email;given_on;withdrawn_on\n"
            "ana@example.org;2024-01-01;2025-01-01\n"
            "bob@example.org;2024-01-01;2025-01-01\n"
            "bob@example.org;2026-01-01;\n"
        ),
    )
    assert (report.withdrawn, report.recorded, report.lifted) == (2, 1, 1)
    (entry,) = oppositions.check(app, shop.name, [Subject("email", "ana@example.org")])
    assert (entry.reason, entry.purpose, entry.channel) == ("withdrawn", "offres", "email")
    assert oppositions.check(app, shop.name, [Subject("email", "bob@example.org")]) == []
    assert _shown(app, shop, "email", "bob@example.org") == [("email", "2026-01-01", "fair", True)]


def test_an_older_withdrawal_does_not_undo_a_later_consent(
    app: App, shop: Controller, written: Written
) -> None:
    _import(app, shop, written("email;given_on\nana@example.org;2026-01-01\n"))
    report, _ = _import(
        app,
        shop,
        written("email;given_on;withdrawn_on\nana@example.org;2024-01-01;2025-01-01\n"),
    )
    assert report.withdrawn == 0
    assert oppositions.check(app, shop.name, [Subject("email", "ana@example.org")]) == []
    assert _shown(app, shop, "email", "ana@example.org") == [("email", "2026-01-01", "fair", True)]


def test_nothing_is_taken_in_of_erased_persons(
    app: App, shop: Controller, written: Written
) -> None:
    key = app.vault.pseudonyms(shop.name).contact("email", "gone@example.org")
    with app.db.write() as connection:
        erased.mark(app.db, connection, shop.number, {key: "contact"}, 0, "rights")
    report, notes = _import(
        app,
        shop,
        written("email;withdrawn_on\ngone@example.org;\ngone@example.org;2026-06-01\n"),
    )
    assert (report.recorded, report.withdrawn) == (0, 0)
    assert notes.of("refused") == [(2, "erased")] or notes.of("refused") == [(3, "erased")]
    assert _shown(app, shop, "email", "gone@example.org") == []


def test_what_is_exported_for_persons_can_be_imported_elsewhere(
    app: App, shop: Controller, written: Written, tmp_path: Path
) -> None:
    name = uuid4().hex
    _import(
        app,
        shop,
        written(
            "ref;email;given_on;withdrawn_on\n"
            f"{name};ana@example.org;2026-01-01;\n;bob@example.org;2026-01-01;2026-02-01\n"
        ),
    )
    persons = written(f"ref;email\n{name};ana@example.org\n;bob@example.org\n;no@example.org\n")
    rows = list(consent_exports.export(app, shop.name, persons, Report()))
    assert {(row["ref"], row["email"], row["withdrawn_on"]) for row in rows} == {
        (name, "", ""),
        ("", "ana@example.org", ""),
        ("", "bob@example.org", "2026-02-01"),
    }
    copy = tmp_path / "copy.csv"
    with copy.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    report, _ = _import(app, shop, RowFile(copy), {})
    assert (report.rows, report.recorded, report.already, report.withdrawn) == (3, 0, 2, 0)


def test_without_persons_the_ledger_names_keys_only(
    app: App, shop: Controller, written: Written
) -> None:
    rows = "".join(f"u{number}@example.org\n" for number in range(30))
    _import(app, shop, written("email\n" + rows))
    exported = list(consent_exports.export(app, shop.name, None, Report()))
    assert len({row["key"] for row in exported}) == 30
    assert not any(row["email"] or row["ref"] for row in exported)
