"""Rows of a list are checked before anything is stored."""

import pytest

from engine.list_files import Note
from engine.list_rows import RowCheck
from engine.pseudonyms import Pseudonyms
from engine.tabular import RejectedLine, Row

PSEUDONYMS = Pseudonyms(b"k" * 32, b"p" * 32)
EMAIL, TEL = "ana@example.org", "+33639980001"


def _check(*items: Row | RejectedLine) -> tuple[RowCheck, list[Note], list[tuple[int, bytes]]]:
    notes: list[Note] = []
    check = RowCheck(PSEUDONYMS, notes.append)
    kept = check.kept(items)
    return check, notes, [(row.line, row.person) for row in kept]


def test_a_person_is_known_by_the_only_address() -> None:
    _, _, kept = _check(Row(2, {"email": "Ana@example.org"}))
    assert kept == [(2, PSEUDONYMS.contact("email", EMAIL))]


def test_a_person_is_known_by_ref_when_there_is_one() -> None:
    _, _, kept = _check(Row(2, {"ref": "c1", "email": EMAIL, "tel": TEL}))
    assert kept == [(2, PSEUDONYMS.person("c1"))]


def test_several_addresses_without_a_ref_may_be_several_persons() -> None:
    check, notes, kept = _check(Row(2, {"ref": "", "email": EMAIL, "tel": TEL}))
    assert kept == []
    assert [(note.what, note.reason) for note in notes] == [("rejected", "ref_missing")]
    assert check.rejected == 1


def test_an_unusable_address_does_not_cost_the_usable_one() -> None:
    row = Row(2, {"email": EMAIL, "tel": "poste 12"})
    check, notes, kept = _check(row)
    assert kept == [(2, PSEUDONYMS.contact("email", EMAIL))]
    assert row.values["tel"] is None
    assert (check.unusable, check.rejected) == (1, 0)
    assert [(note.what, note.column) for note in notes] == [("unusable", "tel")]


@pytest.mark.parametrize(
    "values", [{}, {"ref": "c1"}, {"email": ""}, {"email": None, "ville": "X"}]
)
def test_nobody_can_be_reached_without_an_address(values: dict[str, str | None]) -> None:
    check, notes, kept = _check(Row(9, values))
    assert kept == []
    assert check.reasons == {"no_address": 1}
    assert notes == [Note(9, "rejected", "no_address", "", "the row has no address")]


def test_lines_that_are_no_rows_are_counted_with_the_others() -> None:
    check, notes, _ = _check(RejectedLine(3, "nul"), Row(4, {"email": "nobody"}))
    assert check.reasons == {"nul": 1, "no_at": 1}
    assert [note.line for note in notes] == [3, 4]
    assert all(note.sentence for note in notes)


def test_what_was_mended_is_told() -> None:
    check, notes, kept = _check(Row(2, {"tel": "'0639980001"}))
    assert check.repaired == 1
    assert [(note.what, note.column) for note in notes] == [("repaired", "tel")]
    assert kept == [(2, PSEUDONYMS.contact("tel", TEL))]
