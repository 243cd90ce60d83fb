"""Pseudonyms are frozen: another hash for the same address would drop every opposition."""

from engine.pseudonyms import Pseudonyms

FROZEN = Pseudonyms(bytes(range(32)), bytes(range(32, 64)))


def test_the_hashes_are_those_of_the_first_release() -> None:
    assert FROZEN.contact("email", "ana@example.org").hex() == "7da730e063e6aafc3b30d1b360ca8abb"
    assert FROZEN.platform("email", "ana@example.org").hex() == "aadfcdc2b009a0beaa675ae1713086bf"
    assert FROZEN.person("c-1001").hex() == "15a282dc9fe8adb9c7191d53e3125158"


def test_an_address_of_another_kind_or_key_is_another_person() -> None:
    other = Pseudonyms(bytes(32), bytes(range(32, 64)))
    keys = {
        FROZEN.contact("email", "x"),
        FROZEN.contact("post", "x"),
        FROZEN.platform("email", "x"),
        FROZEN.person("x"),
        other.contact("email", "x"),
        other.person("x"),
    }
    assert len(keys) == 6
    assert other.platform("email", "x") == FROZEN.platform("email", "x")


def test_hashes_do_not_depend_on_what_was_hashed_before() -> None:
    first = FROZEN.contact("tel", "+33639980001")
    FROZEN.contact("tel", "+33639980002")
    assert FROZEN.contact("tel", "+33639980001") == first
