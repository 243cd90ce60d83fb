"""Oppositions taken over from a client, handed back to it, and files screened against them."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from channels.contract import Channel
from engine import opposition_files, opposition_removal, oppositions
from engine.app import App
from engine.controllers import Controller
from engine.list_files import FileFault, Note, NothingImported, RowFile
from engine.opposition_files import Screened, exported_row
from engine.opposition_imports import Defaults, ImportReport, import_file
from engine.oppositions import Reason
from engine.subjects import Subject
from engine.tabular import HeaderFault
from tests.contract.audience.conftest import Report, silent

Written = Callable[[str], RowFile]
USUAL = Defaults()


def import_rows(
    app: App, shop: Controller | None, file: RowFile, defaults: Defaults = USUAL
) -> tuple[ImportReport, Report]:
    report = Report()
    name = shop.name if shop else None
    return import_file(app, name, file, defaults, noted=report, progress=silent), report


def _reasons(app: App, shop: Controller, kind: str, value: str) -> list[tuple[str, str | None]]:
    found = oppositions.check(app, shop.name, [Subject(kind, value)])
    return [(one.reason, one.channel) for one in found]


def test_every_address_and_ref_of_a_row_is_opposed(
    app: App, shop: Controller, written: Written
) -> None:
    report, notes = import_rows(
        app, shop, written("ref;email;tel\nc1;ana@example.org;06 39 98 00 01\nc2;;\n")
    )
    assert (report.rows, report.added, report.rejected) == (2, 4, 0)
    assert notes.notes == []
    for kind, value in (("ref", "c1"), ("email", "ana@example.org"), ("tel", "+33639980001")):
        assert _reasons(app, shop, kind, value) == [("imported", None)]


def test_a_row_may_say_channel_reason_and_date(
    app: App, shop: Controller, written: Written
) -> None:
    import_rows(
        app,
        shop,
        written(
            "email,channel,reason,since\n"
            "ana@example.org,email,unsubscribed,2026-01-31\n"
            "bob@example.org,,COMPLAINT,2026-02-01T10:00:00+01:00\n"
        ),
    )
    (ana,) = oppositions.check(app, shop.name, [Subject("email", "ana@example.org")])
    assert (ana.channel, ana.reason) == (Channel.EMAIL, "unsubscribed")
    assert ana.since == 1_769_817_600_000
    (bob,) = oppositions.check(app, shop.name, [Subject("email", "bob@example.org")])
    assert (bob.channel, bob.reason, bob.since) == (None, "complaint", 1_769_936_400_000)


def test_a_channel_takes_only_addresses_of_its_kind(
    app: App, shop: Controller, written: Written
) -> None:
    report, _ = import_rows(
        app,
        shop,
        written("email;tel\nana@example.org;0639980004\nbob@example.org;\n"),
        Defaults(channel=Channel.SMS, reason=Reason.STOP),
    )
    assert (report.added, report.rejected) == (1, 1)
    assert _reasons(app, shop, "email", "ana@example.org") == []
    assert _reasons(app, shop, "tel", "0639980004") == [("stop", "sms")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("nobody;;;", "no_at"),
        (";;objection;", "no_address"),
        ("a@example.org;pigeon;;", "unknown_channel_or_reason"),
        ("a@example.org;;bored;", "unknown_channel_or_reason"),
        ("a@example.org;;;yesterday", "bad_date"),
        ("a@example.org;;;2026-01-01T10:00:00", "bad_date"),
        ("a@example.org;;;2099-01-01", "date_in_the_future"),
        ("a@example.org;;", "too_few_columns"),
    ],
)
def test_a_row_that_cannot_be_used_is_told_by_line(
    app: App, shop: Controller, written: Written, row: str, reason: str
) -> None:
    report, notes = import_rows(
        app, shop, written(f"email;channel;reason;since\n{row}\nok@example.org;;;\n")
    )
    assert notes.of("rejected") == [(2, reason)]
    assert (report.rows, report.rejected, report.added) == (2, 1, 1)
    assert report.reasons == {reason: 1}


def test_an_unusable_address_beside_a_ref_is_told(
    app: App, shop: Controller, written: Written
) -> None:
    report, notes = import_rows(app, shop, written("ref;email\nc1;nobody\n"))
    assert (report.added, report.rejected) == (1, 0)
    assert notes.of("unusable") == [(2, "no_at")]
    assert "nobody" not in repr(notes.notes)


def test_a_value_that_could_be_two_numbers_opposes_both(
    app: App, shop: Controller, written: Written
) -> None:
    report, _ = import_rows(app, shop, written("tel\n0639980007 / 0639980008\n"))
    assert (report.rows, report.added, report.rejected) == (1, 2, 0)
    for number in ("0639980007", "0639980008"):
        assert _reasons(app, shop, "tel", number) == [("imported", None)]


def test_an_import_overwrites_nothing(app: App, shop: Controller, written: Written) -> None:
    subject = Subject("email", "ana@example.org")
    oppositions.add(
        app, shop.name, subject, channel=None, reason=Reason.COMPLAINT, source="webhook"
    )
    file = written("email\nana@example.org\nANA@example.org\nbob@example.org\n")
    report, _ = import_rows(app, shop, file)
    assert (report.added, report.already, report.repeated) == (1, 1, 1)
    assert _reasons(app, shop, "email", "ana@example.org") == [("complaint", None)]

    report, _ = import_rows(app, shop, file)  # once more: already there is a success
    assert (report.added, report.already) == (0, 2)


@pytest.mark.parametrize("content", ["email\n", "email\nnobody\n", "email\n\n\n"])
def test_nothing_imported_is_never_a_success(
    app: App, shop: Controller, written: Written, content: str
) -> None:
    with pytest.raises(NothingImported, match=r"^0 of 1 rows imported: no_at|: 0 imported$"):
        import_rows(app, shop, written(content))


def test_a_file_without_a_usable_header_is_refused(
    app: App, shop: Controller, written: Written
) -> None:
    with pytest.raises(HeaderFault):
        import_rows(app, shop, written("ana@example.org\nbob@example.org\n"))
    with pytest.raises(FileFault, match="No such file"):
        import_rows(app, shop, RowFile(Path("/nowhere/rows.csv")))


def test_refs_are_refused_for_the_platform(app: App, written: Written) -> None:
    report, notes = import_rows(app, None, written("ref;email\nc1;\nc2;gone@example.org\n"))
    assert report.added == 1
    assert notes.of("rejected") == [(2, "ref_without_controller")]
    assert notes.of("unusable") == [(3, "ref_without_controller")]


def test_ndjson_is_read_by_its_ending(app: App, shop: Controller, tmp_path: Path) -> None:
    path = tmp_path / "rows.ndjson"
    path.write_text('{"email": "ana@example.org"}\n{"tel": "0639980005", "email": null}\n')
    report, _ = import_rows(app, shop, RowFile(path))
    assert report.added == 2


def test_what_is_exported_can_be_imported_elsewhere(
    app: App, shop: Controller, tmp_path: Path
) -> None:
    lines = "".join(f"u{number}@example.org;email;unsubscribed\n" for number in range(2500))
    path = tmp_path / "first.csv"
    path.write_text("email;channel;reason\n" + lines)
    import_rows(app, shop, RowFile(path))
    oppositions.add(
        app,
        shop.name,
        Subject("ref", "c9"),
        channel=None,
        reason=Reason.OBJECTION,
        source="letter",
    )

    rows = [exported_row(one) for one in opposition_files.export(app, shop.name)]
    copy = tmp_path / "copy.csv"
    with copy.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)

    assert len(rows) == 2501
    assert rows[-1] == {
        "ref": "c9",
        "tel": "",
        "email": "",
        "post": "",
        "channel": "",
        "purpose": "",
        "reason": "objection",
        "source": "letter",
        "since": "2026-11-25T12:00:00+00:00",
    }
    report, _ = import_rows(app, shop, RowFile(copy))
    assert (report.rows, report.added, report.already) == (2501, 0, 2501)


def test_a_removed_entry_is_not_exported(app: App, shop: Controller, written: Written) -> None:
    import_rows(app, shop, written("email\nana@example.org\nbob@example.org\n"))
    opposition_removal.remove(
        app,
        shop.name,
        Subject("email", "ana@example.org"),
        channel=None,
        why=opposition_removal.Removal.ENTERED_IN_ERROR,
    )
    exported = [one.value for one in opposition_files.export(app, shop.name)]
    assert exported == ["bob@example.org"]


def test_a_screened_file_says_who_is_opposed_where_and_why(
    app: App, shop: Controller, written: Written
) -> None:
    import_rows(app, shop, written("ref;tel\nc2;\n;0639980006\n"))
    import_rows(app, None, written("email;reason\nbounced@example.org;hard_bounce\n"))
    told = list(
        opposition_files.screen(
            app,
            shop.name,
            written(
                "ref,email,tel\n"
                "c1,new@example.org,\n"
                "c2,bounced@example.org,\n"
                "c3,nobody,06 39 98 00 06\n"
                "c4\n"
            ),
        )
    )
    notes = [one for one in told if isinstance(one, Note)]
    assert [(note.line, note.what, note.reason) for note in notes] == [
        (4, "unusable", "no_at"),
        (5, "rejected", "too_few_columns"),
    ]
    assert all(note.sentence for note in notes)
    against = {
        one.line: [(kind, entry.reason) for kind, entry in one.against]
        for one in told
        if isinstance(one, Screened)
    }
    assert against == {
        2: [],
        3: [("ref", "imported"), ("email", "hard_bounce")],
        4: [("tel", "imported")],
    }


def test_after_a_large_import_look_ups_need_the_index_only(
    app: App, shop: Controller, written: Written
) -> None:
    rows = "".join(f"many{number}@example.org\n" for number in range(10_000))
    report, _ = import_rows(app, shop, written("email\n" + rows))
    assert report.added == 10_000
    if app.db.is_sqlite:
        return
    with app.db.read() as connection:
        pages, visible = connection.execute(
            sa.text("SELECT relpages, relallvisible FROM pg_class WHERE relname = 'suppressions'")
        ).one()
    assert visible >= pages - 1 > 0


def test_progress_counts_rows_and_bytes(app: App, shop: Controller, written: Written) -> None:
    file = written("email\nana@example.org\n")
    told: list[tuple[int, int]] = []
    import_file(
        app,
        shop.name,
        file,
        USUAL,
        noted=Report(),
        progress=lambda rows, size: told.append((rows, size)),
    )
    assert told == [(1, file.path.stat().st_size)]
