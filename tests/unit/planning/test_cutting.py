from hypothesis import given
from hypothesis import strategies as st

from engine.bitmap import full, positions
from engine.blocks import Point, Recipient, decode_block, may_hold
from engine.clock import DAY, HOUR, MINUTE
from engine.planning.cursor import Cursor, Spilled, decode_cursor, encode_cursor
from engine.planning.cutting import (
    batches_of,
    block_of,
    contact_index,
    cut,
    parts_of,
    person_index,
    starts_for,
)
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


@given(st.integers(0, 3000), st.integers(1, 400), st.integers(0, 40 * 86_400_000))
def test_the_batches_of_blocks_hold_everybody_once_and_are_not_too_many(
    number: int, most: int, spread: int
) -> None:
    sizes = [len(part) for part in cut([row(index) for index in range(number)], most)]
    starts = starts_for(spread, number)
    found = [batches_of(size, starts, number) for size in sizes]
    for size, parts in zip(sizes, found, strict=True):
        assert [place for part in parts for place in positions(part)] == list(range(size))
        assert all(parts)
    batches = sum(len(parts) for parts in found)
    assert min(starts, number) <= batches <= min(starts + len(sizes), number)


def test_a_campaign_has_a_start_a_minute_but_not_more_than_people_nor_a_thousand() -> None:
    assert starts_for(20 * MINUTE, 30) == 20
    assert starts_for(20 * MINUTE + 1, 30) == 21
    assert starts_for(20 * MINUTE, 5) == 5
    assert starts_for(30 * DAY, 10**6) == 1_000
    assert starts_for(0, 10**6) == starts_for(0, 0) == 1


def test_a_campaign_of_more_blocks_than_minutes_has_one_batch_in_a_block() -> None:
    assert batches_of(1000, starts_for(2 * HOUR, 10**6), 10**6) == [full(1000)]


@given(
    st.lists(st.integers(0, 400), min_size=1, max_size=5),
    st.integers(1, 200),
    st.integers(0, 600),
)
def test_each_position_is_in_one_batch_and_each_batch_starts_together(
    sizes: list[int], most: int, spread_minutes: int
) -> None:
    """Each size is how many people start at one instant."""
    numbers = iter(range(10_000))
    by_start = {
        begin * HOUR: [row(next(numbers)) for _ in range(size)]
        for begin, size in enumerate(sizes)
        if size
    }
    cuts = list(parts_of(by_start, most, spread_minutes * MINUTE, sum(sizes)))
    left = dict.fromkeys(by_start, 0)
    for rows, parts in cuts:
        places = [place for part in parts for place in positions(part.positions)]
        assert places == list(range(len(rows)))
        for part in parts:
            people = [rows[place] for place in positions(part.positions)]
            assert people
            assert all(one in by_start[part.begin] for one in people)
            left[part.begin] += len(people)
    assert left == {begin: len(rows) for begin, rows in by_start.items()}
    assert len(cuts) == -(-sum(sizes) // most)
    batches = sum(len(parts) for _, parts in cuts)
    starts = sum(starts_for(spread_minutes * MINUTE, len(rows)) for rows in by_start.values())
    assert batches <= starts + len(cuts) + len(by_start)


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
