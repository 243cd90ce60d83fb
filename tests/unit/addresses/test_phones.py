import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from channels import phones
from channels.addresses import AddressFault, Normalised
from channels.phones import normalise

FICTION = ("19900", "26191", "35301", "46571", "53649", "63998")

REFUSED = [
    ("0639980123.0", "spreadsheet_float"),
    ("639980123,00", "spreadsheet_float"),
    ("3,36E+10", "scientific"),
    ("3.3639980123e10", "scientific"),
    ("0639980123 (Mme Test)", "letters_in_number"),
    ("+33 6 39 98 0I 23", "letters_in_number"),
    ("n/a", "letters_in_number"),
    ("06-39-98-01-23 poste 12", "extension"),
    ("01 99 00 12 34 ext. 56", "extension"),
    ("01 99 00 12 34 x56", "extension"),
    ("tel:+33639980123;ext=3", "extension"),
    ("006 39 98 01 23", "trunk_prefix_00x"),
    ("004-99-00-12-34", "trunk_prefix_00x"),
    ("00 376 312 345", "trunk_prefix_00x"),
    ("000639980123", "trunk_prefix_00x"),
    ("06 39 98 01 23 / 06 39 98 01 24", "two_numbers"),
    ("0639980123;0639980124", "two_numbers"),
    ("0639980123 ou 0199001234", "two_numbers"),
    ("0639980123\n0639980124", "two_numbers"),
    ("+33639980123+33639980124", "two_numbers"),
    ("01 99 00 12 34 / 35", "two_numbers"),
    ("0639980123 0639980124", "too_long"),
    ("+3363998012345678", "too_long"),
    ("06 39 98 01 2", "short_number"),
    ("36 37", "short_number"),
    ("+12", "short_number"),
    ("0700 12345 67890", "machine_number"),
    ("0000000000", "trunk_prefix_00x"),
    ("+33 700 00 00 00", "unassigned"),
    ("+999 639 980 123", "unassigned"),
    ("06 39 98 01 23 *", "odd_sign"),
    ("0596 30 12 34", "two_plans"),
    ("+", "odd_sign"),
    ("06+39980123", "odd_sign"),
    ("\u0660\u0666\u0663\u0669\u0669\u0668\u0660\u0661\u0662\u0663", "odd_sign"),
]


@pytest.mark.parametrize(("raw", "reason"), REFUSED)
def test_a_doubtful_number_is_refused_with_its_reason(raw: str, reason: str) -> None:
    with pytest.raises(AddressFault) as caught:
        normalise(raw)
    assert caught.value.reason == reason


@pytest.mark.parametrize(("raw", "reason"), REFUSED)
def test_a_refusal_never_quotes_the_number(raw: str, reason: str) -> None:
    with pytest.raises(AddressFault) as caught:
        normalise(raw)
    for text in (str(caught.value), repr(caught.value)):
        assert "998" not in text
        assert "Mme" not in text


def test_two_numbers_are_both_named_to_the_report_and_not_in_the_text() -> None:
    with pytest.raises(AddressFault) as caught:
        normalise("06 39 98 01 23 / 06 39 98 01 24")
    assert caught.value.candidates == ("+33639980123", "+33639980124")
    assert "639980" not in repr(caught.value)


def test_an_overseas_number_gets_its_own_country_code() -> None:
    found = normalise("0692 12 34 56")
    assert (found.value, found.repaired) == ("+262692123456", "overseas")
    assert normalise("+262 692 12 34 56").value == found.value


def test_the_zero_that_italy_dials_is_kept_and_the_british_one_is_not() -> None:
    assert normalise("+39 06 1234 5678").value == "+390612345678"
    assert normalise("+44 (0)20 7946 0018").value == "+442079460018"


@pytest.mark.parametrize("prefix", FICTION)
@given(rest=st.integers(0, 9999))
def test_numbers_of_fiction_are_accepted(prefix: str, rest: int) -> None:
    digits = f"{prefix}{rest:04d}"
    assert normalise("0" + digits).value == "+33" + digits


def _outcome(raw: str) -> Normalised | str:
    """Return the normal form, or the reason why there is none."""
    try:
        return normalise(raw)
    except AddressFault as fault:
        return fault.reason


def _written(digits: str, style: int) -> str:
    pairs = [digits[1:][i : i + 2] for i in range(0, 8, 2)]
    joint = " .-"[style % 3]
    head = ("0", "+33", "+33 ")[style // 3 % 3] + digits[0]
    return joint.join([head, *pairs]) if style < 9 else head.replace(" ", "") + "".join(pairs)


@given(digits=st.from_regex(r"[1-9][0-9]{8}", fullmatch=True), style=st.integers(0, 17))
def test_the_fast_path_agrees_with_the_library(digits: str, style: int) -> None:
    assume(digits[:5] not in FICTION)
    assume(not any(fits(digits) for _, fits in phones._OVERSEAS))
    raw = _written(digits, style)
    parsed = phonenumbers.parse(raw, "FR")
    if phonenumbers.is_valid_number(parsed):
        expected = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        assert normalise(raw).value == expected
    else:
        with pytest.raises(AddressFault):
            normalise(raw)


@given(digits=st.from_regex(r"[1-9][0-9]{8}", fullmatch=True))
def test_a_national_number_is_never_given_to_one_of_two_places(digits: str) -> None:
    assume(digits[:5] not in FICTION)
    codes = {code for code, fits in phones._OVERSEAS if fits(digits)}
    if phones._after_country_code(digits):
        codes.add(33)
    found = _outcome("0" + digits)
    if len(codes) == 1:
        assert isinstance(found, Normalised)
        assert found.value == f"+{codes.pop()}{digits}"
    else:
        assert found == ("two_plans" if codes else "unassigned")


REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


@given(region=st.sampled_from(REGIONS))
def test_a_foreign_number_in_international_form_is_what_the_library_says(region: str) -> None:
    example = phonenumbers.example_number(region)
    assume(example is not None)
    assert example is not None
    e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    pretty = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    assume(phonenumbers.is_valid_number(example))
    assert normalise(pretty).value == normalise(e164).value == e164


@given(raw=st.text(alphabet="0123456789+ .-()/,'eEx\u202f\u200e#", max_size=24))
def test_whatever_is_accepted_keeps_every_digit_and_its_own_normal_form(raw: str) -> None:
    found = _outcome(raw)
    if isinstance(found, str):
        assert found in phones.SENTENCES
        return
    assert normalise(found.value).value == found.value
    # Only zeros of a prefix and a known country code may come and go, never another digit.
    typed = "".join(c for c in raw if c.isdigit()).lstrip("0")
    kept = found.value.lstrip("+")
    significant = kept[-6:]
    assert significant in typed


@given(raw=st.text())
def test_any_text_is_normalised_or_refused(raw: str) -> None:
    found = _outcome(raw)
    if isinstance(found, str):
        assert found in phones.SENTENCES
    else:
        assert normalise(found.value).value == found.value
