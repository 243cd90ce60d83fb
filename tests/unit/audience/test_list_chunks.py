"""Sealed chunks give back what was put in; so do those of oppositions."""

from hypothesis import given
from hypothesis import strategies as st

from engine.list_chunks import ADDRESS_COLUMNS, ListChunk, decode_chunk, encode_chunk, list_scope
from engine.opposition_chunks import Contact, decode_contacts, encode_contacts

TEXT = st.text(max_size=20)


@given(
    columns=st.lists(TEXT, max_size=4).map(tuple),
    rows=st.lists(st.lists(TEXT | st.none(), max_size=4).map(tuple), max_size=5),
)
def test_a_chunk_is_read_as_it_was_written(
    columns: tuple[str, ...], rows: list[tuple[str | None, ...]]
) -> None:
    chunk = ListChunk(columns, rows, list(range(len(rows))))
    assert decode_chunk(encode_chunk(chunk)) == chunk


@given(st.lists(st.builds(Contact, st.binary(min_size=16, max_size=16), TEXT, TEXT, TEXT)))
def test_contacts_are_read_as_they_were_written(contacts: list[Contact]) -> None:
    assert decode_contacts(encode_contacts(contacts)) == contacts


def test_each_list_has_a_scope_of_its_own() -> None:
    assert list_scope(7) == "list:7"
    assert ADDRESS_COLUMNS == ("tel", "email", "post")
