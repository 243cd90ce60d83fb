from hypothesis import given
from hypothesis import strategies as st

from engine.short_codes import LENGTH, SIGNS, is_code, make_code
from engine.tokens import Bearer, TokenMint, read_token

KEY, OTHER, MASK = bytes(32), bytes([1]) * 32, bytes([2]) * 32
BEARER = Bearer(7, "email", b"c" * 16, b"p" * 16, "client-17", None)


def _read(token: str, key: bytes = KEY) -> Bearer | None:
    found = read_token(token, MASK, lambda number: key if number == 3 else None)
    return None if found is None else found[1]


def test_a_token_says_who_and_shows_nothing() -> None:
    token = TokenMint(3, KEY, MASK).mint(BEARER)
    assert _read(token) == BEARER
    assert TokenMint(3, KEY, MASK).mint(BEARER) == token
    assert "client" not in token


def test_a_token_of_another_controller_or_key_says_nothing() -> None:
    assert _read(TokenMint(4, KEY, MASK).mint(BEARER)) is None
    assert _read(TokenMint(3, OTHER, MASK).mint(BEARER)) is None


def test_a_token_that_was_changed_anywhere_says_nothing() -> None:
    token = TokenMint(3, KEY, MASK).mint(BEARER)
    for place, sign in enumerate(token):
        changed = token[:place] + ("A" if sign != "A" else "B") + token[place + 1 :]
        assert _read(changed) is None, place
        assert _read(token[:place]) is None, place
        assert _read(f"{token[:place]}!{token[place:]}") is None, "another spelling of the same"
    assert _read(token + "=") is None
    assert _read(token + "A") is None


@given(st.text(max_size=400))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert _read(text) is None


@given(st.integers(0, 2**62), st.integers(0, 32_000), st.integers(1, 5))
def test_a_code_has_one_form_and_one_delivery(block: int, position: int, leg: int) -> None:
    code = make_code(KEY, block, position, leg)
    assert is_code(code)
    assert set(code) <= set(SIGNS)
    assert code == make_code(KEY, block, position, leg)
    assert code != make_code(OTHER, block, position, leg)
    assert code != make_code(KEY, block, position, leg + 1)


def test_what_is_no_code_is_never_looked_up() -> None:
    for text in ("", "a" * (LENGTH - 1), "a" * (LENGTH + 1), "a" * (LENGTH - 1) + "é", "a b" * 4):
        assert not is_code(text)


def test_codes_that_follow_each_other_look_unrelated() -> None:
    codes = [make_code(KEY, 1, position, 1) for position in range(5_000)]
    assert len(set(codes)) == 5_000
    for place in range(LENGTH):
        assert len({code[place] for code in codes}) == len(SIGNS)
