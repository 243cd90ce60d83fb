"""Bitmaps of positions, prefix indexes, delivery references and tokens."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from hypothesis import given
from hypothesis import strategies as st

from engine.bitmap import bitmap, count, full, positions, union, without
from engine.blocks import Block, Point, Recipient, decode_block, encode_block, may_hold, prefixes
from engine.reference import DeliveryName, make_reference, read_reference
from engine.tokens import Bearer, TokenMint, read_token

some = st.sets(st.integers(0, 1500), max_size=200)
keys = st.binary(min_size=16, max_size=16)
SECRET, OTHER = bytes(range(32)), bytes(range(1, 33))


@given(some)
def test_a_bitmap_gives_back_its_positions_in_order(found: set[int]) -> None:
    assert positions(bitmap(found)) == sorted(found)
    assert count(bitmap(found)) == len(found)


@given(some, some)
def test_bitmaps_behave_as_sets(one: set[int], other: set[int]) -> None:
    assert union(bitmap(one), bitmap(other)) == bitmap(one | other)
    assert without(bitmap(one), bitmap(other)) == bitmap(one - other)


@given(some)
def test_equal_sets_have_equal_bitmaps_without_a_trailing_zero(found: set[int]) -> None:
    assert not bitmap(found).endswith(b"\0")
    assert bitmap(sorted(found, reverse=True)) == bitmap(found)


@given(st.integers(0, 1500))
def test_a_full_bitmap_holds_everybody(size: int) -> None:
    assert full(size) == bitmap(range(size))


@given(st.lists(keys, max_size=60), keys)
def test_a_prefix_index_never_misses_a_key(held: list[bytes], asked: bytes) -> None:
    index = prefixes([*held, None])
    assert all(may_hold(index, key) for key in held)
    assert may_hold(index, asked) == (asked[:8] in {key[:8] for key in held})


def test_a_block_comes_back_as_it_was_with_its_tombstones() -> None:
    point = Point("a@example.org", b"k" * 16, b"p" * 16)
    unusable = Point(None, None, None, "malformed")
    block = Block(
        ("email", "tel"),
        ("prenom",),
        [
            Recipient(b"q" * 16, "r-1", (point, None), ("Ève",)),
            None,
            Recipient(b"r" * 16, None, (unusable, None), (None,)),
        ],
    )
    assert decode_block(encode_block(block)) == block


@given(
    st.integers(1, 2**63 - 1),
    st.integers(0, 9_999),
    st.integers(1, 5),
    st.sampled_from([str.upper, str.lower]),
)
def test_a_reference_names_its_delivery_in_44_signs(
    block: int, position: int, leg: int, case: type[str]
) -> None:
    reference = make_reference(SECRET, block, position, leg)
    assert len(reference) <= 44
    assert set(reference) <= set("0123456789abcdef.")
    assert read_reference(SECRET, case(reference)) == DeliveryName(block, position, leg)


@given(st.integers(1, 10**9), st.integers(0, 999), st.data())
def test_a_reference_changed_anywhere_names_nothing(
    block: int, position: int, data: st.DataObject
) -> None:
    reference = make_reference(SECRET, block, position, 1)
    place = data.draw(st.integers(0, len(reference) - 1))
    sign = data.draw(st.sampled_from("0123456789abcdef.g é"))
    changed = reference[:place] + sign + reference[place + 1 :]
    assert changed == reference or read_reference(SECRET, changed) is None


@given(st.text(max_size=60))
def test_nobody_makes_up_a_reference(text: str) -> None:
    assert read_reference(SECRET, text) is None


def test_a_reference_of_another_installation_names_nothing() -> None:
    assert read_reference(OTHER, make_reference(SECRET, 1, 2, 1)) is None


@given(st.integers(1, 2**31), st.text(max_size=40), st.booleans())
def test_a_token_speaks_for_its_bearer(controller: int, ref: str, named: bool) -> None:
    bearer = Bearer(
        7, "email", b"c" * 16, b"p" * 16, ref if named else None, None if named else ref
    )
    token = TokenMint(controller, SECRET, OTHER).mint(bearer)
    known = {controller: SECRET}
    assert read_token(token, OTHER, known.get) == (controller, bearer)
    assert token == TokenMint(controller, SECRET, OTHER).mint(bearer)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_token_changed_anywhere_speaks_for_nobody(place: int, change: int) -> None:
    token = TokenMint(3, SECRET, OTHER).mint(Bearer(7, "email", b"c" * 16, b"p" * 16, "r", None))
    data = bytearray(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    data[place % len(data)] ^= change
    forged = urlsafe_b64encode(bytes(data)).decode().rstrip("=")
    known = {3: SECRET}
    assert read_token(forged, OTHER, known.get) is None


@given(st.text(max_size=200))
def test_nonsense_speaks_for_nobody(text: str) -> None:
    assert read_token(text, OTHER, lambda _number: SECRET) is None
