import io
import tracemalloc
from collections.abc import Iterator

import pytest

from engine.tabular import (
    Dialect,
    HeaderFault,
    RejectedLine,
    Row,
    read_csv,
    read_ndjson,
    sniff,
)
from engine.tabular.dialect import HEAD_SIZE, ONE_COLUMN
from engine.tabular.header import canonical_name, folded


def _rows(data: bytes, **options: dict[str, str]) -> list[dict[str, str | None]]:
    items = list(read_csv(io.BytesIO(data), mapping=options.get("mapping")))
    assert not [item for item in items if isinstance(item, RejectedLine)]
    return [item.values for item in items if isinstance(item, Row)]


DIALECTS = [
    ("email;nom\n", Dialect(";", "ascii")),
    ("email,nom\n", Dialect(",", "ascii")),
    ("email\tnom\n", Dialect("\t", "ascii")),
    ("email|nom\n", Dialect("|", "ascii")),
    ("email\na@example.org\n", Dialect(ONE_COLUMN, "ascii")),
    ('"email"\t"nom"\n', Dialect("\t", "ascii")),
    ("\n\nemail;nom\n", Dialect(";", "ascii")),
    ("sep=|\r\nemail|nom\r\n", Dialect("|", "ascii", preamble=1)),
    ('"email;x","nom"\n', Dialect(",", "ascii")),
    ("email;nom, prénom;ville\na;Test, Ana;x\n", Dialect(";", "utf-8")),
    ("email;nom,prenom\na;Ana\nb;Bob\n", Dialect(";", "ascii")),
    ('email;adresse\na;"1, rue, x\n2, y"\n', Dialect(";", "ascii")),
]


@pytest.mark.parametrize(("text", "expected"), DIALECTS)
def test_the_header_decides_the_delimiter(text: str, expected: Dialect) -> None:
    assert sniff(text.encode()) == expected


ENCODINGS = [
    ("utf-8", "utf-8", 0),
    ("utf-8-sig", "utf-8", 3),
    ("utf-16", "utf-16-le", 2),
    ("utf-16-le", "utf-16-le", 0),
    ("utf-16-be", "utf-16-be", 0),
    ("cp1252", "cp1252", 0),
]


@pytest.mark.parametrize(("written", "seen", "skip"), ENCODINGS)
def test_the_encoding_is_seen_from_the_bytes(written: str, seen: str, skip: int) -> None:
    data = "email;prénom\nana@example.org;Zoé Œuvre\n".encode(written)
    assert sniff(data) == Dialect(";", seen, skip)
    assert _rows(data) == [{"email": "ana@example.org", "prenom": "Zoé Œuvre"}]


def test_a_head_cut_within_a_sign_is_still_utf_8() -> None:
    head = b"email;x" + "é".encode() * HEAD_SIZE
    for cut in (HEAD_SIZE, HEAD_SIZE + 1):
        assert sniff(head[:cut]) == Dialect(";", "utf-8")


def test_a_name_of_a_column_may_hold_a_date() -> None:
    assert _rows(b"email;consent 2026-01-31\na@example.org;x\n") == [
        {"email": "a@example.org", "consent_2026_01_31": "x"}
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_the_first_accent_may_come_late(encoding: str) -> None:
    plain = "a@example.org;Ana\n" * 20_000
    rows = _rows(f"email;nom\n{plain}b@example.org;Zoé\n".encode(encoding))
    assert rows[-1] == {"email": "b@example.org", "nom": "Zoé"}


def test_a_real_spreadsheet_export_is_read_whole() -> None:
    data = (
        b"\xef\xbb\xbfemail;prenom;adresse\r\n"
        b'ana@example.org;Ana;"12 rue des Essais\r\n75000 Paris"\r\n'
        b"\r\n;;\r\n"
        b'  bob@example.org  ;"Bob ""le Grand""";3 rue; du Test\r\n'
        b'o\'neil@example.org;Niall;"1; rue du Point-virgule"\r\n'
        b"\r\n   \r\n"
    )
    assert list(read_csv(io.BytesIO(data))) == [
        Row(
            2,
            {
                "email": "ana@example.org",
                "prenom": "Ana",
                "post": "12 rue des Essais\n75000 Paris",
            },
        ),
        Row(
            6,
            {"email": "bob@example.org", "prenom": 'Bob "le Grand"', "post": "3 rue; du Test"},
            "rejoined_address",
        ),
        Row(
            7,
            {
                "email": "o'neil@example.org",
                "prenom": "Niall",
                "post": "1; rue du Point-virgule",
            },
        ),
    ]


def test_spaces_around_quotes_and_quotes_within_a_value_are_read_as_meant() -> None:
    data = b'email; nom\na@example.org; "Ana; M" \n'.replace(b'" \n', b'"\n')
    assert _rows(data) == [{"email": "a@example.org", "nom": "Ana; M"}]
    assert _rows(b'email;nom\na@example.org;12" tube\n')[0]["nom"] == '12" tube'


def test_columns_without_a_name_are_left_out_and_told() -> None:
    reader = read_csv(io.BytesIO(b"email;;nom;--\na@example.org;1;Ana;2\n"))
    assert reader.header.ignored == ("", "--")
    assert [row.values for row in reader if isinstance(row, Row)] == [
        {"email": "a@example.org", "nom": "Ana"}
    ]


def test_the_readers_counts_are_zero_for_a_list_without_rows() -> None:
    reader = read_csv(io.BytesIO(b"email;nom\r\n;\r\n\r\n"))
    assert list(reader) == []
    assert (reader.rows, reader.rejected) == (0, 0)


CLASH = b"Email,prenom,e-mail,email ,Pr\xc3\xa9nom\na@example.org,Ana,x,y,Anne\n"


def test_a_clash_names_every_column_that_folds_to_the_same_name() -> None:
    with pytest.raises(HeaderFault) as caught:
        read_csv(io.BytesIO(CLASH))
    assert caught.value.columns == ("Email", "e-mail", "email ", "prenom", "Prénom")


@pytest.mark.parametrize(
    ("mapping", "email", "prenom"),
    [
        ({"email": "Email", "prenom": "prenom"}, "a@example.org", "Ana"),
        ({"email": "email ", "prenom": "Prénom"}, "y", "Anne"),
        ({"email": "#3", "prenom": "#5"}, "x", "Anne"),
    ],
)
def test_a_mapping_picks_one_of_the_clashing_columns(
    mapping: dict[str, str], email: str, prenom: str
) -> None:
    assert _rows(CLASH, mapping=mapping) == [{"email": email, "prenom": prenom}]


def test_a_mapping_that_solves_half_of_the_clashes_is_told_of_the_other_half() -> None:
    with pytest.raises(HeaderFault) as caught:
        read_csv(io.BytesIO(CLASH), mapping={"email": "Email"})
    assert caught.value.columns == ("prenom", "Prénom")


def test_a_mapping_may_give_one_column_two_meanings() -> None:
    rows = _rows(b"Mail pro;nom\na@example.org;A\n", mapping={"email": "mail pro", "ref": "#1"})
    assert rows == [{"email": "a@example.org", "ref": "a@example.org", "nom": "A"}]


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ({"email": "Courriel"}, "unknown_column"),
        ({"email": "#9"}, "unknown_column"),
        ({"email": "E MAIL"}, "duplicate_columns"),
        ({"email": "Email", "mail": "e-mail"}, "duplicate_columns"),
    ],
)
def test_a_mapping_that_picks_nothing_certain_is_refused(
    mapping: dict[str, str], reason: str
) -> None:
    with pytest.raises(HeaderFault) as caught:
        read_csv(io.BytesIO(CLASH), mapping=mapping)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("E-mail", "email"),
        (" Courriel ", "email"),
        ("Adresse email", "email"),
        ("Téléphone", "tel"),
        ("Portable", "tel"),
        ("Adresse", "post"),
        ("client_id", "ref"),
        ("Code postal", "postal_code"),
        ("CP", "postal_code"),
        ("Prénom", "prenom"),
        ("Date de naissance", "date_de_naissance"),
        ("first_name", "first_name"),
        ("2e prénom", "_2e_prenom"),
        ("---", ""),
    ],
)
def test_columns_go_by_one_name_however_they_are_written(cell: str, name: str) -> None:
    assert canonical_name(cell) == name
    assert canonical_name(canonical_name(cell)) == name
    assert folded(cell) == folded(cell.upper())


def test_json_numbers_are_kept_digit_by_digit_and_null_stays_null() -> None:
    data = b'\xef\xbb\xbf{"email":" a@example.org ","n":75000,"x":1.50,"y":null}\r\n\r\n'
    (row,) = read_ndjson(io.BytesIO(data))
    assert row == Row(1, {"email": "a@example.org", "n": "75000", "x": "1.50", "y": None})


def test_json_keys_are_mapped_and_the_left_out_ones_do_not_clash() -> None:
    data = b'{"mail 1":"a@example.org","email":"b@example.org"}\n{"email":"c@example.org"}\n'
    rows = list(read_ndjson(io.BytesIO(data), mapping={"email": "mail 1"}))
    assert rows == [
        Row(1, {"email": "a@example.org"}),
        Row(2, {"email": "c@example.org"}),
    ]


class _Endless(io.RawIOBase):
    """A list of many rows that is never in memory; gives fewer bytes than it is asked for."""

    def __init__(self, rows: int) -> None:
        self._lines = iter([b"email;nom\n", *[b'a@example.org;"Ana ""M"""\n'] * rows])
        self._rows = rows

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._lines = iter(self._from(offset))
        return offset

    def _from(self, offset: int) -> Iterator[bytes]:
        header = b"email;nom\n"
        yield from ([header] if offset == 0 else [])
        for _ in range(self._rows):
            yield b'a@example.org;"Ana ""M"""\n'

    def read(self, size: int = -1, /) -> bytes:
        return next(self._lines, b"")


def test_memory_is_flat_whatever_the_length_of_the_list() -> None:
    tracemalloc.start()
    try:
        reader = read_csv(_Endless(60_000))  # type: ignore[arg-type]
        assert sum(1 for _ in reader) == 60_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6_000_000
