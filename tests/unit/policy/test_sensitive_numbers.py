"""Social security and card numbers are found however they are written, and little else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.screening import count_in_values, findings_in, findings_in_names, findings_in_values
from policy.sensitive_numbers import may_hold_numbers

NIR = "2 99 12 99 999 999 11"  # of a place that does not exist
CARD = "4111 1111 1111 1111"  # of the card schemes' own tests


def keyed(number: str) -> str:
    """Return thirteen signs with their key, worked out apart from the code under test."""
    digits = number.replace("2A", "19").replace("2B", "18")
    return f"{number}{97 - int(digits) % 97:02}"


def with_luhn(digits: str) -> str:
    """Return digits with the last one that Luhn asks for."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return f"{digits}{-total % 10}"


nirs = st.builds(
    lambda sex, year, month, place, rest: keyed(f"{sex}{year:02}{month:02}{place}{rest}"),
    st.sampled_from("123478"),
    st.integers(0, 99),
    st.sampled_from([*range(1, 13), 20, *range(30, 43), *range(50, 100)]),
    st.sampled_from([*(f"{one:02}" for one in range(1, 100)), "2A", "2B"]),
    st.builds("{:03}{:03}".format, st.integers(1, 999), st.integers(1, 999)),
)
marks = st.sampled_from(["", " ", ".", "-", "\u00a0", "\u202f", "/"])


@given(nir=nirs, mark=marks)
def test_every_number_with_the_right_key_is_found_however_it_is_grouped(
    nir: str, mark: str
) -> None:
    parts = (nir[:1], nir[1:3], nir[3:5], nir[5:7], nir[7:10], nir[10:13], nir[13:])
    assert "nir" in findings_in_values([mark.join(parts)])
    assert "nir" in findings_in(f"Votre dossier {mark.join(parts)}, merci.")


@given(nir=nirs, wrong=st.integers(1, 96))
def test_a_number_with_another_key_is_none(nir: str, wrong: int) -> None:
    key = (int(nir[13:]) - 1 + wrong) % 97 + 1
    assert "nir" not in findings_in_values([f"{nir[:13]}{key:02}"])


@pytest.mark.parametrize(
    "text",
    [
        keyed("2991399999999"),  # no such month
        keyed("2992999999999"),
        keyed("2994399999999"),
        keyed("5991299999999"),  # no such sex
        keyed("2991200999999"),  # no such department
        keyed("2991275000999"),  # no such commune
        keyed("2991275999000"),  # no such rank
        f"7{NIR.replace(' ', '')}",  # part of a longer number
        f"{NIR.replace(' ', '')}7",
        f"X{NIR.replace(' ', '')}",
        f"+{NIR.replace(' ', '')}",
        NIR[:-3],  # thirteen signs that nothing says to be one
    ],
)
def test_what_only_resembles_a_social_security_number_is_none(text: str) -> None:
    assert "nir" not in findings_in(text)


@pytest.mark.parametrize(
    "text",
    [
        f"NIR : {NIR[:-3]}",
        f"N° de sécurité sociale {NIR[:-3]}",
        f"numero de secu : {NIR[:-3].replace(' ', '')}",
        f"{NIR[:-3]} clé 11",
        f"{NIR[:-3]} / 11",
        f"{NIR[:-3]} (11)",
        f"Né le 12 12 1999 {NIR}",
        f"1 {NIR.replace(' ', '')} 12",
        f"Assuré <b>{NIR}</b>",
        f"<td>{NIR.replace(' ', '&nbsp;')}</td>",
        f'<img alt="{NIR}">',
        '{{ nom or "' + NIR + '" }}',
        NIR.replace(" ", "\u200b"),
        f"1 84 12 2a 451 089 {keyed('184122A451089')[13:]}",
    ],
)
def test_a_social_security_number_is_found_among_other_signs(text: str) -> None:
    assert "nir" in findings_in(text)


PREFIXES = {
    15: ("34", "37"),
    16: (
        "4",
        "51",
        "55",
        "2221",
        "2300",
        "2720",
        "6011",
        "644",
        "65",
        "3528",
        "3589",
        "62",
        "6759",
    ),
    17: ("62", "5018"),
    18: ("62", "6304"),
    19: ("4", "62", "6763"),
}


@given(st.data())
def test_every_card_number_is_found_whatever_its_scheme(data: st.DataObject) -> None:
    length = data.draw(st.sampled_from(sorted(PREFIXES)))
    prefix = data.draw(st.sampled_from(PREFIXES[length]))
    missing = length - 1 - len(prefix)
    body = data.draw(st.text("0123456789", min_size=missing, max_size=missing))
    number = with_luhn(prefix + body)
    assert "card" in findings_in_values([number])
    assert "card" not in findings_in_values([f"{number[:-1]}{(int(number[-1]) + 1) % 10}"])


@pytest.mark.parametrize(
    "text",
    [
        CARD,
        CARD.replace(" ", "-"),
        f"carte {CARD}, exp. 12/29",
        f"12 {CARD}",
        f"12 {CARD.replace(' ', '')} 29",
        "3782 822463 10005",
        "4222 222 222 222",
        "CB 4222222222222",
        "3056 930902 5904",
        "Diners 30569309025904",
    ],
)
def test_a_card_number_is_found_among_other_signs(text: str) -> None:
    assert findings_in(text) == {"card"}


@pytest.mark.parametrize(
    "text",
    [
        f"{CARD[:-1]}2",
        f"9{CARD.replace(' ', '')}",
        "30569309025904",  # fourteen digits may be a company's
        "SIRET 362 521 879 00034",
        "4006381333931",  # bar codes
        "3017620422003",
        "EAN 4222222222222",
        "carte de fidélité 4222222222222",
        "carte fidélité 4222222222222",
        "FR76 3000 6000 0112 3456 7890 189",
        "DE89" + " 3704 0044 0532" + " 0130 00",
        "+33 6 39 98 01 23",
        "0199 00 12 34 / 0261 91 12 34",
        "01 99 00 12 34 02 61 91 12 34",
        "Commande n° 2024-1125-000123",
        "20261124110000",
        "9999 9999 9999 9995",
        "a 1 84",
    ],
)
def test_numbers_of_everyday_life_are_no_cards(text: str) -> None:
    assert findings_in(text) == frozenset()


@given(st.text("0123456789 .-/", max_size=12))
def test_twelve_signs_are_too_few(text: str) -> None:
    assert findings_in_values([text]) == frozenset()


@given(st.integers(10**7, 10**15 - 1))
def test_telephone_numbers_as_lists_hold_them_are_no_finding(number: int) -> None:
    assert findings_in_values([f"+{number}"]) == frozenset()
    assert findings_in(f"Appelez le +{number} !") == frozenset()


@given(st.text("0123456789", min_size=12, max_size=12))
def test_bar_codes_are_no_finding(digits: str) -> None:
    odd, even = sum(map(int, digits[::2])), sum(map(int, digits[1::2]))
    assert findings_in_values([f"{digits}{-(odd + 3 * even) % 10}"]) == frozenset()


@given(number=st.one_of(nirs, st.just(CARD), st.just("30569309025904")), mark=marks)
def test_the_quick_look_overlooks_no_number(number: str, mark: str) -> None:
    text = mark.join(number.lower()) if "2A" not in number and "2B" not in number else number
    assert may_hold_numbers(f"é{text}\ud800")


def test_the_quick_look_spares_ordinary_values() -> None:
    assert not may_hold_numbers("ana.12345678@example.org\n+33639980123\n12 rue X 75001")


def test_a_number_that_satisfies_both_keys_is_told_as_both() -> None:
    assert findings_in_values(["340650608622339"]) == {"nir", "card"}
    assert findings_in_values(["1 340650608622339 22"]) == {"nir", "card"}


def test_each_value_stands_for_itself() -> None:
    halves = [CARD[:14], CARD[14:], *("4111", "1111", "1111", "1111")]
    assert findings_in_values(halves) == frozenset()
    assert findings_in_values([CARD, "Paris", NIR]) == {"card", "nir"}


def test_findings_among_values_are_counted() -> None:
    assert count_in_values([CARD, NIR, f"{NIR} puis {CARD}", ""]) == {"card": 2, "nir": 2}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("nir", "nir"),
        ("NumSecu", "nir"),
        ("numero_de_securite_sociale", "nir"),
        ("Numéro de sécurité sociale", "nir"),
        ("ssn", "nir"),
        ("carte_bancaire", "card"),
        ("creditCard", "card"),
        ("cvv", "card"),
        (CARD, "card"),
    ],
)
def test_a_column_says_by_its_name_what_it_holds(name: str, kind: str) -> None:
    assert findings_in_names(["email", name]) == {kind}


def test_digits_of_full_width_are_digits_in_cells_too() -> None:
    card = "4111111111111111"
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in card)
    assert findings_in_values([wide]) == findings_in_values([card]) == {"card"}
