"""Rows that never were in a list are looked through where they come from."""

from hashlib import sha256
from pathlib import Path

import pytest

from engine.source_screening import screened
from engine.sources import FileSource, InlineSource, SourceFault
from engine.wire.job import InlineRow

NIR = "2 99 12 99 999 999 11"
CARD = "4111 1111 1111 1111"


def _file(folder: Path, text: str) -> FileSource:
    path = folder / "rows.csv"
    path.write_text(text, encoding="utf-8")
    return FileSource(path, sha256(path.read_bytes()).hexdigest(), None)


def test_ordinary_rows_hold_nothing() -> None:
    rows: tuple[InlineRow, ...] = (
        {"email": "ana@example.org", "points": 12, "note": None},
        {"tel": "0639980001"},
    )
    assert screened(InlineSource(rows)) == frozenset()


def test_names_and_cells_of_inline_rows_are_looked_at() -> None:
    rows: tuple[InlineRow, ...] = (
        {"email": "ana@example.org"},
        {"email": "bob@example.org", "religion": 1, "x": CARD},
    )
    assert screened(InlineSource(rows)) == {"words:religion", "card"}


def test_a_number_that_is_written_as_a_number_is_seen() -> None:
    assert screened(InlineSource(({"email": "a@example.org", "x": 299129999999911},))) == {"nir"}


def test_a_file_is_looked_through_to_its_end(tmp_path: Path) -> None:
    rows = "".join(f"client{at}@example.org;\n" for at in range(30_000))
    source = _file(tmp_path, f"email;note\n{rows}last@example.org;{NIR}\n")
    assert screened(source) == {"nir"}


def test_a_file_of_which_no_row_can_be_used_is_judged_by_what_is_there(tmp_path: Path) -> None:
    assert screened(_file(tmp_path, "email;note\n")) == frozenset()


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceFault, match="not in the drop folder"):
        screened(FileSource(tmp_path / "gone.csv", "", None))
