"""Two acts that differ in anything have different hashes: their encoding is unambiguous."""

from hypothesis import assume, given
from hypothesis import strategies as st

from engine.audit import FIRST, hash_of
from engine.store.acts import ActRow

_WORD = st.text(max_size=6)
_ACTS = st.builds(
    ActRow,
    number=st.integers(1, 2**62),
    at=st.integers(-(2**62), 2**62),
    actor=_WORD,
    act=_WORD,
    controller=_WORD,
    subject=_WORD,
    details=_WORD,
    previous=st.one_of(st.just(FIRST), st.binary(min_size=32, max_size=32)),
    hash=st.just(b""),
    seal=st.just(b""),
)


@given(_ACTS, _ACTS)
def test_different_acts_have_different_hashes(one: ActRow, other: ActRow) -> None:
    assume(one != other)
    assert hash_of(one) != hash_of(other)


@given(_ACTS, st.integers(0, 6))
def test_a_sign_moved_from_one_field_to_the_next_changes_the_hash(act: ActRow, cut: int) -> None:
    text = act.actor + act.act
    moved = act._replace(actor=text[:cut], act=text[cut:])
    assume(moved != act)
    assert hash_of(moved) != hash_of(act)


def test_the_encoding_is_frozen() -> None:
    act = ActRow(
        1, 1_795_608_000_000, "ops", "list_deleted", "shop", "list:x", "{}", FIRST, b"", b""
    )
    assert hash_of(act).hex() == "832e189bc4e75b62bfe386763a765adb65ccb2a8bec3b3bbd8611bc47d37b177"
