"""Lists of objectors that a state or a supplier keeps: whole copies, of which one counts."""

from collections.abc import Callable
from hashlib import sha256
from uuid import uuid4

import pytest
import sqlalchemy as sa

from engine import audit, opposition_lists
from engine.app import App
from engine.clock import DAY, Millis
from engine.list_files import NothingImported, RowFile
from engine.opposition_lists import Copy, ListFault, ListReport, import_list
from engine.store import opposition_lists as store
from engine.store.policy_tables import opposition_list_entries as entries
from engine.vault import PLATFORM
from tests.contract.audience.conftest import NOON, Report, silent

Written = Callable[..., RowFile]


@pytest.fixture
def name() -> str:
    return f"robinson-{uuid4().hex[:8]}"


def _import(
    app: App, name: str, file: RowFile, dated: Millis = NOON - DAY
) -> tuple[ListReport, Report]:
    report = Report()
    copy = Copy(name, "the keeper's monthly file", dated)
    return import_list(app, copy, file, noted=report, progress=silent), report


def _on(app: App, name: str, kind: str, *addresses: str) -> list[str]:
    """Return those addresses that stand on a list, asked as dispatch asks."""
    pseudonyms = app.vault.pseudonyms(PLATFORM)
    keys = {pseudonyms.platform(kind, address): address for address in addresses}
    with app.db.read() as connection:
        found = opposition_lists.standing(app.db, connection, [name, "other"], keys)
    assert set(found.values()) <= {frozenset({name})}
    return sorted(keys[key] for key in found)


def _stored(app: App, name: str) -> int:
    with app.db.read() as connection:
        wanted = sa.select(sa.func.count()).where(entries.c.list == name, entries.c.key != b"")
        return connection.scalar(wanted) or 0


def test_whoever_stands_on_the_list_is_found_by_any_writing(
    app: App, name: str, written: Written
) -> None:
    report, notes = _import(
        app, name, written("tel;email\n06 39 98 00 01;\n+33 639 980 002;ana@Example.org\n")
    )
    assert (report.rows, report.entries, report.rejected, notes.notes) == (2, 3, 0, [])
    assert _on(app, name, "tel", "+33639980001", "+33639980002", "+33639980003") == [
        "+33639980001",
        "+33639980002",
    ]
    assert _on(app, name, "email", "ana@example.org") == ["ana@example.org"]
    with app.db.read() as connection:
        assert opposition_lists.standing(app.db, connection, [], [b"k" * 16]) == {}
        assert opposition_lists.standing(app.db, connection, [name], []) == {}
        assert opposition_lists.read_at(connection)[name] == NOON - DAY


def test_a_new_copy_replaces_the_old_one_whole(app: App, name: str, written: Written) -> None:
    _import(app, name, written("tel\n0639980001\n0639980002\n"))
    report, _ = _import(app, name, written("tel\n0639980002\n0639980002\n0639980003\n"), NOON)
    assert (report.entries, report.replaced) == (2, 2)
    assert _on(app, name, "tel", "+33639980001", "+33639980002", "+33639980003") == [
        "+33639980002",
        "+33639980003",
    ]
    assert _stored(app, name) == 2  # nothing of the old one is kept


def test_while_a_copy_is_read_the_one_before_counts(
    app: App, name: str, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    _import(app, name, written("tel\n0639980001\n"))
    seen: list[list[str]] = []
    real = store.switch

    def look_first(*given: object) -> bool:
        seen.append(_on(app, name, "tel", "+33639980001", "+33639980002"))
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "switch", look_first)
    _import(app, name, written("tel\n0639980002\n"))
    assert seen == [["+33639980001"]]
    assert _on(app, name, "tel", "+33639980001", "+33639980002") == ["+33639980002"]


@pytest.mark.parametrize("dated", [NOON + 1, NOON - 2 * DAY])
def test_a_date_to_come_or_an_older_copy_is_refused(
    app: App, name: str, written: Written, dated: Millis
) -> None:
    _import(app, name, written("tel\n0639980001\n"))
    with pytest.raises(ListFault, match=r"is to come|is newer"):
        _import(app, name, written("tel\n0639980002\n"), dated)
    assert _on(app, name, "tel", "+33639980001", "+33639980002") == ["+33639980001"]


def test_a_file_that_gives_nothing_leaves_everything_as_it_was(
    app: App, name: str, written: Written
) -> None:
    with pytest.raises(NothingImported):
        _import(app, name, written("tel\nnobody\n"))
    assert name not in [row.name for row in opposition_lists.every(app)]
    _import(app, name, written("tel\n0639980001\n"))
    with pytest.raises(NothingImported):
        _import(app, name, written("tel\nnobody\n"), NOON)
    assert _on(app, name, "tel", "+33639980001") == ["+33639980001"]
    assert _stored(app, name) == 1


def test_what_a_crash_left_goes_with_the_next_copy(app: App, name: str, written: Written) -> None:
    _import(app, name, written("tel\n0639980001\n"))
    with app.db.write() as connection:  # an import that never came to its end
        edition = store.begin(connection, name, "x", NOON)
        half = app.vault.pseudonyms(PLATFORM).platform("tel", "+33639980009")
        store.add(app.db, connection, name, edition, [half, b"b" * 16])
    assert _on(app, name, "tel", "+33639980001", "+33639980009") == ["+33639980001"]
    _import(app, name, written("tel\n0639980002\n"), NOON)
    assert _stored(app, name) == 1


def test_of_two_imports_at_once_one_counts_and_the_other_is_told(
    app: App, name: str, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    _import(app, name, written("tel\n0639980001\n"))
    other = written("tel\n0639980002\n", "other.csv")
    real = opposition_lists._digest

    def meanwhile(file: RowFile) -> bytes:
        monkeypatch.setattr(opposition_lists, "_digest", real)
        _import(app, name, other, NOON)
        return real(file)

    monkeypatch.setattr(opposition_lists, "_digest", meanwhile)
    with pytest.raises(ListFault, match="somebody else meanwhile"):
        _import(app, name, written("tel\n0639980003\n"), NOON)
    assert _on(app, name, "tel", "+33639980002", "+33639980003") == ["+33639980002"]
    assert _stored(app, name) == 1


def test_rows_that_cannot_be_used_are_told_by_line(app: App, name: str, written: Written) -> None:
    report, notes = _import(
        app, name, written("ref;tel;email\nc1;;\n;0639980001;nobody\n;poste 12;\n")
    )
    assert (report.rows, report.entries, report.rejected) == (3, 1, 2)
    assert [line for line, _ in notes.of("rejected")] == [2, 4]
    assert [line for line, _ in notes.of("unusable")] == [3]


def test_a_removed_list_says_nothing_any_more(app: App, name: str, written: Written) -> None:
    file = written("tel\n0639980001\n0639980002\n")
    _import(app, name, file)
    assert opposition_lists.remove(app, name) == 2
    assert _on(app, name, "tel", "+33639980001") == []
    assert _stored(app, name) == 0
    with app.db.read() as connection:
        assert name not in opposition_lists.read_at(connection)
    with pytest.raises(ListFault, match="there is no opposition list"):
        opposition_lists.remove(app, name)


def test_the_audit_says_which_copy_and_nobody(app: App, name: str, written: Written) -> None:
    file = written("tel\n0639980001\n")
    _import(app, name, file)
    (act, *_) = audit.latest(app, audit.Wanted(), 1)
    assert (act.act, act.subject) == ("opposition_list_imported", f"opposition-list:{name}")
    told = audit.details_of(act)
    assert told is not None
    assert told["sha256"] == sha256(file.path.read_bytes()).hexdigest()
    assert "0639980001" not in repr(told)


def test_a_name_that_no_rule_could_use_is_refused(app: App, written: Written) -> None:
    with pytest.raises(ListFault, match="no name of a list"):
        _import(app, "Bloctel 2026", written("tel\n0639980001\n"))
