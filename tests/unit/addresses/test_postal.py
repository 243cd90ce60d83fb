import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.addresses import AddressFault, Normalised
from channels.postal.address import LINE_WIDTH, MOST_LINES, SENTENCES, normalise

CITY = "\n75000 Paris"
REFUSED = [
    ("3 rue du Test", "too_few_lines"),
    ("75000 Paris\n \n", "too_few_lines"),
    ("A\nB\nC\nD\nE\nF" + CITY, "too_many_lines"),
    ("x" * 39 + CITY, "line_too_long"),
    ("A\x00B" + CITY, "control_sign"),
    ("Test\nParis", "no_postal_code"),
    ("Test\n12 rue des Essais\n1000 Bruxelles", "no_postal_code"),
    ("Test\nParis\nFrance", "no_postal_code"),
]


@pytest.mark.parametrize(("raw", "reason"), REFUSED)
def test_an_unusable_address_is_refused_with_its_reason(raw: str, reason: str) -> None:
    with pytest.raises(AddressFault) as caught:
        normalise(raw)
    assert caught.value.reason == reason
    assert "Paris" not in repr(caught.value)


def test_a_line_that_just_fits_is_kept_whole() -> None:
    assert normalise("x" * LINE_WIDTH + CITY).value.splitlines()[0] == "X" * LINE_WIDTH


def test_capitals_commas_spaces_and_a_needless_country_make_no_other_person() -> None:
    written = [
        "Mme Test\n12, rue  des essais\r\n75000 paris\nFrance",
        "MME TEST\n12 RUE DES ESSAIS",
    ]
    assert normalise(written[0]).value == normalise(written[1] + CITY).value


def _outcome(raw: str) -> Normalised | str:
    """Return the normal form, or the reason why there is none."""
    try:
        return normalise(raw)
    except AddressFault as fault:
        return fault.reason


@given(st.lists(st.text(max_size=45), max_size=8))
def test_any_text_is_normalised_or_refused_and_never_cut(lines: list[str]) -> None:
    found = _outcome("\n".join(lines) + CITY)
    if isinstance(found, str):
        assert found in SENTENCES
        return
    kept = found.value.split("\n")
    assert len(kept) <= MOST_LINES
    assert all(line and len(line) <= LINE_WIDTH for line in kept)
    assert normalise(found.value).value == found.value
