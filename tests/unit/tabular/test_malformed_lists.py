"""Lists as people really send them: each fault has its own reason, and no row is lost."""

import io
from dataclasses import dataclass, field

import pytest

from engine.tabular import (
    SENTENCES,
    HeaderFault,
    RejectedLine,
    Row,
    UnreadableList,
    read_csv,
    read_ndjson,
)

HUGE = "x" * (64 * 1024 + 1)


@dataclass(frozen=True)
class Case:
    """A list, the rejected lines with their reasons, and the first values of the rows that are kept."""

    name: str
    data: bytes
    rejected: dict[int, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()


def _utf16(text: str) -> bytes:
    return text.encode("utf-16")


A, B, C = "a@example.org", "b@example.org", "c@example.org"

CSV_LISTS = [
    Case("too few columns", b"email;nom\na@example.org;Ana\nb@example.org\n", {3: "too_few_columns"}, (A,)),
    Case("too many columns", b"email;nom\na@example.org;Ana;1\nb@example.org;B\n", {2: "too_many_columns"}, (B,)),
    Case("a delimiter at the end of a row only", b"email;nom\na@example.org;Ana;\n", {2: "too_many_columns"}),
    Case("an open quote", b'email;nom\na@example.org;"Ana\nb@example.org;Bob\nc@example.org;"Carl"\n', {2: "unclosed_quote"}, (B, C)),
    Case("an open quote in a file without others", b'email;nom\na@example.org;"Ana\nb@example.org;Bob\n', {2: "unclosed_quote"}, (B,)),
    Case("an open quote in the last row", b'email;nom\na@example.org;Ana\nb@example.org;"Bob', {3: "unclosed_quote"}, (A,)),
    Case("two open quotes one after the other", b'email;nom\na@example.org;"A\nb@example.org;"B\nc@example.org;C\n', {2: "unclosed_quote", 3: "unclosed_quote"}, (C,)),
    Case("two open quotes that look like one value", b'email;nom\na@example.org;"Ana\nb@example.org;Bob\nc@example.org;Carl"\n', {2: "unclosed_quote"}, (B, C)),
    Case("two open quotes around numbers", b'tel;nom\n0639980123;"Ana\n0639980124;Bob"\n', {2: "unclosed_quote"}, ("0639980124",)),
    Case("an open quote where every value is quoted", b'"email","nom"\n"a@example.org","Ana\n"b@example.org","Bob"\n', {2: "unclosed_quote"}, (B,)),
    Case("an open quote before the second column", b'"email","nom"\n"a@example.org,"Ana"\n"b@example.org","Bob"\n', {2: "unclosed_quote"}, (B,)),
    Case("an open quote that never ends", b'email;nom\na@example.org;"Ana\n' + b"b@example.org;Bob\n" * 5000, {2: "unclosed_quote"}, (B,) * 5000),
    Case("quotes inside a quoted value not doubled", b'email;nom\na@example.org;"Bob "le Grand""\nb@example.org;B\n', {2: "text_after_quote"}, (B,)),
    Case("text after a closing quote", b'email;nom\na@example.org;"Ana" M\nb@example.org;B\n', {2: "text_after_quote"}, (B,)),
    Case("a NUL sign", b"email;nom\na@example.org;A\0na\nb@example.org;B\n", {2: "nul"}, (B,)),
    Case("a block of NUL signs at the end", b"email;nom\na@example.org;A\n" + bytes(40), {3: "nul"}, (A,)),
    Case("a NUL sign within a value over two lines", b'email;nom\na@example.org;"A\0\nna"\nb@example.org;B\n', {2: "nul"}, (B,)),
    Case("a huge value", b"email;nom\na@example.org;" + HUGE.encode() + b"\nb@example.org;B\n", {2: "huge_field"}, (B,)),
    Case("a huge value in quotes", b'email;nom\na@example.org;"' + HUGE.encode() + b'"\nb@example.org;B\n', {2: "huge_field"}, (B,)),
    Case("a value beyond the limit of the standard reader", b"email;nom\na@example.org;" + HUGE.encode() * 3 + b"\nb@example.org;B\n", {2: "huge_field"}, (B,)),
    Case("a huge value with an open quote", b'email;nom\na@example.org;"' + HUGE.encode() * 3 + b"\nb@example.org;B\n", {2: "huge_field"}, (B,)),
    Case("a line that never ends", b"email;nom\na@example.org;" + b"x" * 3_000_000 + b"\nb@example.org;B\n", {2: "line_too_long"}, (B,)),
    Case("a line that never ends, with CR", b"email;nom\ra@example.org;" + b"x" * 3_000_000 + b"\rb@example.org;B\r", {2: "line_too_long"}, (B,)),
    Case("a line that never ends, in UTF-16", _utf16("email;nom\r\na@example.org;" + "\u0a0d\u0d0a" * 700_000 + "\r\nb@example.org;B\r\n"), {2: "line_too_long"}, (B,)),
    Case("a last line that never ends", b"email;nom\na@example.org;A\nb@example.org;" + b"x" * 3_000_000, {3: "line_too_long"}, (A,)),
    Case("a bad byte among UTF-8", "email;nom\na@example.org;Zoé Ève\nb@example.org;R".encode() + b"\xe9\nc@example.org;C\n", {3: "undecodable"}, (A, C)),
    Case("a sign cut in half at the end", "email;nom\na@example.org;Zoé Ève\nb@example.org;é".encode()[:-1], {3: "undecodable"}, (A,)),
    Case("a byte that Windows-1252 does not have", b"email;nom\na@example.org;Zo\xe9 \x81\nb@example.org;\xc9ve\n", {2: "undecodable"}, (B,)),
    Case("half a surrogate in UTF-16", "email;nom\na@example.org;A\ud800\nb@example.org;B\n".encode("utf-16", "surrogatepass"), {2: "undecodable"}, (B,)),
    Case("UTF-16 with an odd number of bytes", _utf16("email;nom\na@example.org;A\nb@example.org;B\n")[:-1], {3: "undecodable"}, (A,)),
    Case("two files joined", b"email;nom\na@example.org;A\nemail;nom\nb@example.org;B\n", {3: "repeated_header"}, (A, B)),
    Case("blank rows and spaces", b"email;nom\n\n;;\n ; \na@example.org;A\n\r\n   \n", {}, (A,)),
    Case("line ends of three kinds", b"email;nom\r\na@example.org;A\rb@example.org;B\nc@example.org\n", {4: "too_few_columns"}, (A, B)),
    Case("a fault after values over several lines", b'email;nom\r\na@example.org;"A\r\n\r\nna"\r\nb@example.org\r\nc@example.org;C\r\n', {5: "too_few_columns"}, (A, C)),
]  # fmt: skip

NDJSON_LISTS = [
    Case("not JSON", b'{"email":"a@example.org"}\n{"email":\n{"email":"b@example.org"}\n', {2: "bad_json"}, (A, B)),
    Case("a number with a leading zero", b'{"email":"a@example.org","tel":0639980123}\n', {1: "bad_json"}),
    Case("not a number", b'{"email":"a@example.org","n":NaN}\n', {1: "bad_json"}),
    Case("two objects on a line", b'{"email":"a@example.org"}{"email":"b@example.org"}\n', {1: "bad_json"}),
    Case("a JSON array around everything", b'[\n{"email":"a@example.org"}\n]\n', {1: "bad_json", 3: "bad_json"}, (A,)),
    Case("a list instead of an object", b'["a@example.org"]\n{"email":"a@example.org"}\n', {1: "not_an_object"}, (A,)),
    Case("only a text", b'"a@example.org"\nnull\n', {1: "not_an_object", 2: "not_an_object"}),
    Case("a nested object", b'{"email":{"home":"a@example.org"}}\n{"email":"b@example.org"}\n', {1: "nested_value"}, (B,)),
    Case("a nested list", b'{"email":["a@example.org"]}\n', {1: "nested_value"}),
    Case("nesting without end", b'{"a":' + b"[" * 100_000 + b"\n", {1: "nested_value"}),
    Case("a truth value", b'{"email":"a@example.org","vip":true}\n', {1: "boolean_value"}),
    Case("a key twice", b'{"email":"a@example.org","email":"b@example.org"}\n', {1: "duplicate_key"}),
    Case("two keys that mean the same", b'{"email":"a@example.org","E-Mail":"b@example.org"}\n', {1: "duplicate_key"}),
    Case("an escaped NUL sign", b'{"email":"a@example.org","nom":"\\u0000"}\n', {1: "nul"}),
    Case("half a surrogate", b'{"email":"a@example.org","nom":"\\ud800"}\n', {1: "undecodable"}),
    Case("a bad byte among UTF-8", '{"email":"a@example.org","nom":"Zoé Ève'.encode() + b'\xe9"}\n', {1: "undecodable"}),
    Case("a huge value", b'{"email":"' + HUGE.encode() + b'"}\n{"email":"a@example.org"}\n', {1: "huge_field"}, (A,)),
    Case("a line that never ends", b'{"email":"' + b"x" * 3_000_000 + b'"}\n{"email":"a@example.org"}\n', {1: "line_too_long"}, (A,)),
]  # fmt: skip


def _ids(case: object) -> str:
    return case.name if isinstance(case, Case) else str(case)


@pytest.mark.parametrize("case", CSV_LISTS, ids=_ids)
def test_a_malformed_csv_row_is_rejected_by_line_and_the_others_are_kept(case: Case) -> None:
    reader = read_csv(io.BytesIO(case.data))
    items = list(reader)
    assert {i.line: i.reason for i in items if isinstance(i, RejectedLine)} == case.rejected
    assert tuple(i.values[reader.header.names[0]] for i in items if isinstance(i, Row)) == case.kept
    assert (reader.rows, reader.rejected) == (len(case.kept), len(case.rejected))


@pytest.mark.parametrize("case", NDJSON_LISTS, ids=_ids)
def test_a_malformed_json_line_is_rejected_by_line_and_the_others_are_kept(case: Case) -> None:
    items = list(read_ndjson(io.BytesIO(case.data)))
    assert {i.line: i.reason for i in items if isinstance(i, RejectedLine)} == case.rejected
    assert tuple(i.values["email"] for i in items if isinstance(i, Row)) == case.kept


HEADERS = [
    ("nothing at all", b"", "empty_list", ()),
    ("only blank rows", b"\n ; \n\n", "empty_list", ()),
    ("only a byte order mark", b"\xef\xbb\xbf", "empty_list", ()),
    ("no header, an email first", b"a@example.org;Ana\nb@example.org;Bob\n", "no_header", ()),
    ("no header, a number first", b"06 39 98 01 23;Ana\n", "no_header", ()),
    ("three emails", b"Email;nom;e-mail;email \n", "duplicate_columns", ("Email", "e-mail", "email ")),
    ("accents", "ref;Prénom;prenom\n".encode(), "duplicate_columns", ("Prénom", "prenom")),
    ("two synonyms", b"mobile;telephone\n", "duplicate_columns", ("mobile", "telephone")),
    ("nobody can be reached", b"nom;prenom\nTest;Ana\n", "no_contact_column", ("nom", "prenom")),
    ("an open quote", b'email;"nom\na@example.org;Ana\n', "unclosed_quote", ()),
    ("a bad byte", "email;é;à;".encode() + b"\xe9\n", "undecodable", ()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "reason", "columns"), HEADERS)
def test_a_header_that_cannot_be_used_refuses_the_list(
    name: str, data: bytes, reason: str, columns: tuple[str, ...]
) -> None:
    with pytest.raises(HeaderFault) as caught:
        read_csv(io.BytesIO(data))
    assert caught.value.reason == reason
    assert caught.value.columns == columns
    assert "@" not in str(caught.value)
    assert all(column in str(caught.value) for column in columns)


FILES = [
    (b"PK\x03\x04rest", "spreadsheet_file"),
    (b"\xd0\xcf\x11\xe0rest", "spreadsheet_file"),
    (b"\x1f\x8b\x08", "compressed_file"),
    (b"%PDF-1.7", "not_text"),
    ("email\n".encode("utf-32"), "utf_32"),
]


@pytest.mark.parametrize(("data", "reason"), FILES)
def test_a_file_that_is_no_text_is_refused_as_what_it_is(data: bytes, reason: str) -> None:
    for read in (read_csv, read_ndjson):
        with pytest.raises(UnreadableList) as caught:
            read(io.BytesIO(data))
        assert caught.value.reason == reason


def test_at_least_forty_kinds_are_told_apart_and_every_reason_has_a_sentence() -> None:
    assert len(CSV_LISTS) + len(NDJSON_LISTS) + len(HEADERS) + len(FILES) >= 40
    used = {reason for case in CSV_LISTS + NDJSON_LISTS for reason in case.rejected.values()}
    assert used == set(SENTENCES)
    assert RejectedLine(2, "nul").sentence == SENTENCES["nul"]
