import csv
import io
import json
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tabular import Cursor, ListReader, RejectedLine, Row, read_csv, read_ndjson

# Small passages, so that short lists are cut in many places.
SIZES = st.sampled_from([16, 34, 64, 200, 64 * 1024])
HEADER = ["email", "prénom", "Ville"]
NAMES = ("email", "prenom", "ville")

# Signs of text: no control signs but line ends, and none that encodings do not share.
SIGNS = "aé ;,|\t\"'\n\rŒ€-.x"
VALUES = st.text(alphabet=SIGNS, max_size=12)
ROWS = st.lists(st.tuples(VALUES, VALUES, VALUES), max_size=12)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])


def _written(
    rows: list[tuple[str, str, str]], delimiter: str, ends: str, *, all_quoted: bool
) -> str:
    text = io.StringIO(newline="")
    # The writer quotes only its own line ends, not those of other systems.
    foreign = ends != "\r\n" and any(set(value) & set("\r\n") for row in rows for value in row)
    quoting: Literal[0, 1] = csv.QUOTE_ALL if all_quoted or foreign else csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ends, quoting=quoting)
    writer.writerows([HEADER, *rows])
    return text.getvalue()


def _trimmed(rows: list[tuple[str, str, str]]) -> list[dict[str, str]]:
    """Return what is promised to come back: trimmed, line ends LF, blank rows left out."""
    plain = [[value.replace("\r\n", "\n").replace("\r", "\n").strip() for value in r] for r in rows]
    return [dict(zip(NAMES, row, strict=True)) for row in plain if any(row)]


@given(
    rows=ROWS,
    delimiter=st.sampled_from(";,\t|"),
    ends=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=ENCODINGS,
    all_quoted=st.booleans(),
    size=SIZES,
)
def test_a_list_written_in_any_dialect_reads_back_the_same(
    rows: list[tuple[str, str, str]],
    delimiter: str,
    ends: str,
    encoding: str,
    all_quoted: bool,
    size: int,
) -> None:
    data = _written(rows, delimiter, ends, all_quoted=all_quoted).encode(encoding)
    items = list(read_csv(io.BytesIO(data), passage_size=size))
    assert [i for i in items if isinstance(i, RejectedLine)] == []
    assert [i.values for i in items if isinstance(i, Row)] == _trimmed(rows)


@given(
    st.lists(st.text(alphabet="aé@.x'", min_size=1, max_size=9), max_size=9),
    ENCODINGS,
    SIZES,
)
def test_a_list_of_one_column_reads_back_the_same(
    emails: list[str], encoding: str, size: int
) -> None:
    data = "\r\n".join(["EMAIL", *emails]).encode(encoding)
    rows = list(read_csv(io.BytesIO(data), passage_size=size))
    assert [row.values for row in rows if isinstance(row, Row)] == [{"email": e} for e in emails]


# Anything that can go wrong, so that cursors are tried in every state.
LINES = st.lists(
    st.sampled_from(
        [
            "a@example.org;Ana",
            "b@example.org;Zoé",
            "",
            " ; ",
            "only one",
            'c@example.org;"two\nlines"',
            'd@example.org;"open',
            'e@example.org;"closed" badly',
            "f@example.org;N\0L",
            "g@example.org;\udce9",
            "h@example.org;" + "h" * 90,
            "email;nom",
        ]
    ),
    max_size=14,
)


def _all_and_cursors(reader: ListReader) -> tuple[list[object], list[Cursor]]:
    items: list[object] = []
    cursors = [reader.cursor]
    for item in reader:
        items.append(item)
        cursors.append(reader.cursor)
    return items, cursors


@given(lines=LINES, ends=st.sampled_from(["\n", "\r\n", "\r"]), size=SIZES)
def test_reading_on_from_any_cursor_gives_the_same_rest(
    lines: list[str], ends: str, size: int
) -> None:
    data = ends.join(["email;nom", *lines]).encode("utf-8", "surrogateescape")
    items, cursors = _all_and_cursors(read_csv(io.BytesIO(data), passage_size=size))
    for done, cursor in enumerate(cursors):
        stored = Cursor.parse(str(cursor))
        rest = list(read_csv(io.BytesIO(data), start=stored, passage_size=size))
        assert rest == items[done:]


@given(lines=LINES, size=SIZES, other=SIZES)
def test_how_a_list_is_cut_changes_nothing(lines: list[str], size: int, other: int) -> None:
    data = "\n".join(["email;prénom", *lines]).encode("utf-8", "surrogateescape")
    one = list(read_csv(io.BytesIO(data), passage_size=size))
    assert one == list(read_csv(io.BytesIO(data), passage_size=other))


@given(lines=LINES, size=SIZES)
def test_every_group_ends_at_a_cursor_to_go_on_from(lines: list[str], size: int) -> None:
    data = "\n".join(["email;nom", *lines]).encode("utf-8", "surrogateescape")
    items = list(read_csv(io.BytesIO(data), passage_size=size))
    reader = read_csv(io.BytesIO(data), passage_size=size)
    done = 0
    for group in reader.groups():
        done += len(group)
        rest = list(read_csv(io.BytesIO(data), start=reader.cursor, passage_size=size))
        assert rest == items[done:]
    assert (reader.rows + reader.rejected, done) == (len(items), len(items))


OBJECTS = st.lists(
    st.dictionaries(
        st.sampled_from(["email", "tel", "Prénom", "x y"]),
        st.none() | st.text(alphabet=SIGNS + "\u2028\x85", max_size=9) | st.integers(),
        max_size=4,
    ),
    max_size=10,
)
NDJSON_NAMES = {"email": "email", "tel": "tel", "Prénom": "prenom", "x y": "x_y"}


@given(objects=OBJECTS, encoding=ENCODINGS, coded=st.booleans(), size=SIZES)
def test_objects_written_a_line_each_read_back_the_same_from_any_cursor(
    objects: list[dict[str, str | int | None]], encoding: str, coded: bool, size: int
) -> None:
    coded = coded or encoding == "cp1252"
    text = "\n".join(json.dumps(o, ensure_ascii=coded) for o in objects)
    data = text.encode(encoding)
    items, cursors = _all_and_cursors(read_ndjson(io.BytesIO(data), passage_size=size))
    assert [i.values for i in items if isinstance(i, Row)] == [
        {NDJSON_NAMES[k]: v if v is None else str(v).strip() for k, v in o.items()} for o in objects
    ]
    for done, cursor in enumerate(cursors):
        again = read_ndjson(io.BytesIO(data), start=cursor, passage_size=size)
        assert list(again) == items[done:]


@given(data=st.binary(max_size=200), size=SIZES)
def test_any_bytes_below_a_header_are_rows_or_rejected(data: bytes, size: int) -> None:
    for item in read_csv(io.BytesIO(b"email;nom\n" + data), passage_size=size):
        assert isinstance(item, (Row, RejectedLine))
    for item in read_ndjson(io.BytesIO(b'{"email":"a@example.org"}\n' + data), passage_size=size):
        assert isinstance(item, (Row, RejectedLine))


@pytest.mark.parametrize("text", ["", "1:2:3", "a:1:0:utf-8", "1:1:0:utf-8:x"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Cursor.parse(text)
