"""Who is a duplicate: the passes in buckets against a plain telling of the same rules."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.blocks import Point, Recipient
from engine.planning.cursor import Cursor, Spilled, decode_spill, encode_spill
from engine.planning.passes import Pass, bucket_of, by_bucket, in_order, key_of

KINDS = 2


def key(kind: int, address: int) -> bytes:
    """A key that falls anywhere among the buckets."""
    return bytes([(address * 97 + kind * 31) % 256, kind, address]).ljust(16, b"\0")


def point(kind: int, address: int | None) -> Point | None:
    if address is None:
        return None
    if address < 0:
        return Point(None, None, None, "no_at")
    return Point(f"{kind}-{address}", key(kind, address), key(kind, address))


def row(ordinal: int, ref: int | None, *addresses: int | None) -> Spilled:
    points = tuple(point(kind, address) for kind, address in enumerate(addresses))
    person = key(9, ref) if ref is not None else _only(points)
    return Spilled(ordinal, Recipient(person, None if ref is None else str(ref), points, ()))


def _only(points: Sequence[Point | None]) -> bytes:
    return next(found.key for found in points if found is not None and found.key is not None)


def through(rows: Sequence[Spilled], buckets: int, passes: Sequence[int | None]) -> list[Spilled]:
    """Run every pass in buckets, spilled as planning spills them."""
    left, duplicates = list(rows), 0
    for kind in passes:
        spilled = by_bucket(left, kind, buckets)
        left = []
        for bucket in range(buckets):
            compared = Pass(kind)
            # In two parts, the later one first: the order within a bucket must not matter.
            held = spilled.get(bucket, [])
            for part in (held[len(held) // 2 :], held[: len(held) // 2]):
                compared.take(decode_spill(encode_spill(list(part))))
            left += in_order(compared.kept(), kind)
            duplicates += compared.duplicates
    assert len(left) + duplicates == len(rows)
    return left


def told_plainly(rows: Sequence[Spilled]) -> dict[int, tuple[str | None, ...]]:
    """The first row of a person counts; of those, the first per contact point keeps it."""
    persons: dict[bytes, Spilled] = {}
    for each in sorted(rows, key=lambda found: found.ordinal):
        persons.setdefault(each.recipient.person, each)
    taken: set[bytes] = set()
    kept: dict[int, tuple[str | None, ...]] = {}
    for each in persons.values():
        points = each.recipient.points
        lost = any(held is not None and held.key in taken for held in points)
        left = [None if held is None or held.key in taken else held for held in points]
        taken.update(held.key for held in left if held is not None and held.key is not None)
        found = tuple(None if held is None else held.address for held in left)
        if not lost or any(found):
            kept[each.ordinal] = found
    return kept


addresses = st.one_of(st.none(), st.just(-1), st.integers(0, 12))
people = st.lists(st.tuples(st.integers(0, 20), addresses, addresses), max_size=60).map(
    lambda found: [row(number, ref, *given) for number, (ref, *given) in enumerate(found)]
)


@given(people, st.sampled_from([1, 3, 16]))
def test_buckets_find_the_same_duplicates_as_one_look_at_everything(
    rows: list[Spilled], buckets: int
) -> None:
    passes = Cursor(kinds=("email", "tel"), variables=(), refs=True).passes
    kept = through(rows, buckets, passes)
    found = {
        each.ordinal: tuple(
            None if held is None else held.address for held in each.recipient.points
        )
        for each in kept
    }
    assert found == told_plainly(rows)


@given(people, st.sampled_from([1, 7]))
def test_a_contact_point_serves_once(rows: list[Spilled], buckets: int) -> None:
    passes = Cursor(kinds=("email", "tel"), variables=(), refs=True).passes
    kept = through(rows, buckets, passes)
    for kind in range(KINDS):
        keys = [
            held.key
            for each in kept
            if (held := each.recipient.points[kind]) is not None and held.key is not None
        ]
        assert len(keys) == len(set(keys))


def test_without_refs_one_pass_is_enough() -> None:
    assert Cursor(kinds=("email", "tel"), variables=()).passes == (None,)
    rows = [row(0, None, 1, None), row(1, None, None, 1), row(2, None, 1, None)]
    assert sorted(each.ordinal for each in through(rows, 4, (None,))) == [0, 1]


def test_the_first_row_of_a_person_wins_whatever_comes_first_to_the_pass() -> None:
    late, early = row(7, 1, 5, None), row(2, 1, 6, None)
    assert [each.ordinal for each in through([late, early], 1, (None,))] == [2]


def test_who_shares_an_address_keeps_the_other_one() -> None:
    rows = [row(0, 1, 5, 1), row(1, 2, 5, 2)]
    second = next(each for each in through(rows, 1, (None, 1, 0)) if each.ordinal == 1)
    assert second.recipient.points == (None, point(1, 2))


def test_who_shares_the_only_address_is_a_duplicate() -> None:
    rows = [row(0, 1, 5, None), row(1, 2, 5, None)]
    assert [each.ordinal for each in through(rows, 1, (None, 1, 0))] == [0]


@pytest.mark.parametrize("buckets", [1, 2, 10, 999])
def test_buckets_follow_each_other_in_the_order_of_keys(buckets: int) -> None:
    found = [bucket_of(bytes([number, 255]).ljust(16, b"\xff"), buckets) for number in range(256)]
    assert found == sorted(found)
    assert found[0] == 0 or buckets > 256
    assert found[-1] == buckets - 1


def test_a_row_without_the_compared_address_goes_by_its_person() -> None:
    assert key_of(row(0, 4, None, 1), 0) == key(9, 4)
    assert key_of(row(0, 4, -1, 1), 0) == key(9, 4)
    assert key_of(row(0, 4, 3, 1), 0) == key(0, 3)
