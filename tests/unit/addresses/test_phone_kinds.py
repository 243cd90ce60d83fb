"""What kind of number one is, by the French plan and by that of every other country."""

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from channels import phones
from channels.phone_kinds import number_country, number_kind, sender_kind

FICTION = ("19900", "26191", "35301", "46571", "53649", "63998")
PLATFORMS = ("162", "163", "270", "271", "377", "378", "424", "425", "568", "569", "948", "949")
OVERSEAS_PLATFORMS = ("9475", "9476", "9477", "9478", "9479")


def plus33(beginning: str) -> str:
    """Return a number that begins so; written out, it would be somebody's."""
    return "+33" + beginning.ljust(9, "0")


@pytest.mark.parametrize(
    ("beginning", "kind"),
    [
        *((root, "fiction") for root in FICTION),
        *((root, "platform") for root in (*PLATFORMS, *OVERSEAS_PLATFORMS)),
        ("1", "fixed"),
        ("5", "fixed"),
        ("6", "mobile"),
        ("698", "mobile"),
        ("73", "mobile"),
        ("79", "mobile"),
        ("9", "voip"),
        ("937", "voip"),
        ("800", "toll_free"),
        ("805", "toll_free"),
        ("806", "shared_cost"),
        ("809", "shared_cost"),
        ("81", "premium"),
        ("82", "premium"),
        ("836", "premium"),
        ("89", "premium"),
        ("639", None),  # Mayotte's, apart from the range for fiction
        ("690", None),
        ("692", None),
        ("70", None),
        ("72", None),
    ],
)
def test_the_first_digits_of_a_french_number_say_what_it_is(
    beginning: str, kind: str | None
) -> None:
    assert number_kind(plus33(beginning)) == kind
    assert number_country(plus33(beginning)) == "FR"


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("+33700" + "0" * 10, "m2m"),
        ("+33" + "6" * 10, None),
        ("+33" + "6" * 13, None),
        ("+333620", "short"),
        ("3620", "short"),
        ("36123", "short"),
        ("118218", "short"),
        ("0620", None),
        ("", None),
        ("+", None),
        ("+999123", None),
        ("+590690" + "0" * 6, "mobile"),
        ("+590590" + "0" * 6, "fixed"),
        ("+262269" + "0" * 6, "fixed"),
        ("+262639" + "0" * 6, "mobile"),
        ("+596709" + "0" * 6, "mobile"),
        ("+594976" + "0" * 6, "voip"),
        ("+590947500000", "platform"),
        ("+590800" + "0" * 6, "toll_free"),
        ("+590806" + "0" * 6, "shared_cost"),
        ("+590890" + "0" * 6, "premium"),
        ("+590123" + "0" * 6, None),
        ("+59069", None),
        ("+12025550123", "fixed_or_mobile"),
        ("+4915112345678", "mobile"),
        ("+442079460000", "fixed"),
        ("+80012345678", "toll_free"),
    ],
)
def test_other_numbers_have_kinds_as_well(number: str, kind: str | None) -> None:
    assert number_kind(number) == kind


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+590590" + "0" * 6, "GP"),
        ("+596696" + "0" * 6, "MQ"),
        ("+594694" + "0" * 6, "GF"),
        ("+262262" + "0" * 6, "RE"),
        ("+262692" + "0" * 6, "RE"),
        ("+262269" + "0" * 6, "YT"),
        ("+262639" + "0" * 6, "YT"),
        ("+508411234", "PM"),
        ("+681721234", "WF"),
        ("+687201234", "NC"),
        ("+68940412345", "PF"),
        ("+37799991234", "MC"),  # not France
        ("+4915112345678", "DE"),
        ("+12025550123", "US"),
        ("+80012345678", None),  # of no country
        ("+999123", None),
        ("3620", None),
    ],
)
def test_a_number_belongs_to_a_country(number: str, country: str | None) -> None:
    assert number_country(number) == country


_BY_LIBRARY = {
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.UAN: "shared_cost",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "shared_cost",
}
# Where we say something else than the library, and why.
DEVIATIONS = {
    "81": "premium",  # the plan's surcharged ranges are so in full
    "82": "premium",
    "84": "premium",  # closed ranges: not called either
    "88": "premium",
    **dict.fromkeys((*PLATFORMS, *OVERSEAS_PLATFORMS), "platform"),
    **dict.fromkeys(FICTION, "fiction"),
}


@given(digits=st.from_regex(r"[1-9][0-9]{8}", fullmatch=True))
def test_french_kinds_agree_with_the_library_but_for_the_written_deviations(digits: str) -> None:
    assume(phones._after_country_code(digits))
    ours = [kind for root, kind in DEVIATIONS.items() if digits.startswith(root)]
    parsed = phonenumbers.parse("+33" + digits)
    expected = ours[-1] if ours else _BY_LIBRARY[phonenumbers.number_type(parsed)]
    assert number_kind("+33" + digits) == expected


@given(digits=st.text("0123456789", max_size=16), plus=st.sampled_from(["", "+", "+33", "+590"]))
def test_every_number_gets_an_answer(digits: str, plus: str) -> None:
    number_kind(plus + digits)
    number_country(plus + digits)
    sender_kind(plus + digits)


@pytest.mark.parametrize(
    ("shown", "kind"),
    [
        ("Boutique", "alphanumeric"),
        ("ABC", "alphanumeric"),
        ("24h", "alphanumeric"),
        ("Boutique123", "alphanumeric"),
        ("Boutique1234", None),  # twelve signs
        ("AB", None),
        ("Ma Boutique", None),
        ("Été", None),
        ("", None),
        ("36123", "short"),
        ("36 123", "short"),
        ("3620", "short"),
        ("118218", "short"),
        ("12", None),
        ("1234567", None),
        ("06 39 98 01 23", "mobile"),
        ("+33639980123", "mobile"),
        ("0199 00 12 34", "other_number"),
        ("+33 8" + "0" * 8, "other_number"),
        ("0" + "1621" + "00000", "platform"),
        ("+33 1 62 00 00" + " 00", "platform"),
        ("0" + "9475" + "00000", "platform"),
        ("0" + "6" + "12345678", "mobile"),
        ("+590690" + "0" * 6, "mobile"),
        ("+590947500000", "platform"),
        ("+442079460000", "other_number"),
        ("0999", None),
        ("boutique@example.org", "address"),
    ],
)
def test_what_is_shown_as_the_sender_is_told_apart(shown: str, kind: str | None) -> None:
    assert sender_kind(shown) == kind


@pytest.mark.parametrize(
    ("shown", "kind"),
    [("0151 12345678", "mobile"), ("030 123456", "other_number"), ("0000000", None), ("0-", None)],
)
def test_a_national_form_is_read_as_in_its_country(shown: str, kind: str | None) -> None:
    assert sender_kind(shown, "DE") == kind
