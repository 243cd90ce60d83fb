from hypothesis import given
from hypothesis import strategies as st

from engine.blocks import Point, Recipient, decode_block, may_hold
from engine.planning.cursor import Cursor, Spilled, decode_cursor, encode_cursor
from engine.planning.cutting import block_of, contact_index, cut, person_index
from engine.planning.steps import BUCKET_ROWS, buckets_for


def row(number: int) -> Spilled:
    contact, person = (bytes([sign, number % 256]).ljust(16, b".") for sign in (1, 2))
    return Spilled(number, Recipient(person, None, (Point("a", contact, contact), None), ("v",)))


@given(st.integers(0, 500), st.integers(1, 60))
def test_nobody_is_lost_in_the_cut_and_no_block_is_too_big(number: int, most: int) -> None:
    rows = [row(index) for index in range(number)]
    parts = list(cut(rows, most))
    assert [each for part in parts for each in part] == rows
    sizes = [len(part) for part in parts]
    assert all(0 < size <= most for size in sizes)
    assert len(sizes) == -(-number // most)
    assert not sizes or max(sizes) - min(sizes) <= 1


def test_a_block_holds_its_recipients_and_says_what_their_places_mean() -> None:
    cursor = Cursor(kinds=("email", "tel"), variables=("prenom",))
    block = decode_block(block_of([row(1), row(2)], cursor))
    assert (block.kinds, block.variables) == (cursor.kinds, cursor.variables)
    assert block.recipients == [row(1).recipient, row(2).recipient]


def test_people_are_found_by_contact_point_and_by_person() -> None:
    rows = [row(number) for number in range(5)]
    for each in rows:
        (point, _) = each.recipient.points
        assert point is not None
        assert point.key is not None
        assert may_hold(contact_index(rows), point.key)
        assert may_hold(person_index(rows), each.recipient.person)
        assert not may_hold(person_index(rows), point.key)


def test_a_cursor_is_read_back_as_it_was_written() -> None:
    cursor = Cursor(
        version=3, kinds=("tel",), variables=("a", "b"), stage=2, position="9", reasons={"nul": 2}
    )
    assert decode_cursor(encode_cursor(cursor)) == cursor


def test_buckets_grow_with_the_source_and_not_without_end() -> None:
    found = [buckets_for(rows) for rows in (0, 1, BUCKET_ROWS, BUCKET_ROWS + 1, 10**12)]
    assert found == [1, 1, 1, 2, 1000]
