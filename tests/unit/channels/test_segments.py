"""Sizes of text messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.segments import segments


@pytest.mark.parametrize(
    ("text", "gsm7", "units", "parts"),
    [
        ("", True, 0, 1),
        ("a" * 160, True, 160, 1),
        ("a" * 161, True, 161, 2),
        ("a" * 306, True, 306, 2),
        ("a" * 307, True, 307, 3),
        ("é" * 70, True, 70, 1),
        ("€" * 80, True, 160, 1),
        ("a" * 152 + "€" + "a" * 20, True, 174, 2),
        ("a" * 152 + "€" + "a" * 152, True, 306, 3),  # the escape pair is not cut: a septet is lost
        ("ê" + "a" * 69, False, 70, 1),
        ("ê" + "a" * 70, False, 71, 2),
        ("🎈" * 35, False, 70, 1),
        ("🎈" * 67, False, 134, 3),  # 33 pairs to a part
        ("Ç", True, 1, 1),
        ("ç", False, 1, 1),
    ],
)
def test_texts_are_counted_as_operators_bill_them(
    text: str, gsm7: bool, units: int, parts: int
) -> None:
    found = segments(text)
    assert (found.gsm7, found.units, found.parts) == (gsm7, units, parts)


def test_the_signs_to_blame_for_a_dear_text_are_named() -> None:
    assert segments("l’été – déjà ’").culprits == "’–"
    assert segments("àéèùìòäöüæÄÖÜÆÉÇ^{}\\[~]|€").culprits == ""


@given(st.text(max_size=400))
def test_parts_hold_all_units_and_no_more_than_needed(text: str) -> None:
    found = segments(text)
    alone, each = (160, 153) if found.gsm7 else (70, 67)
    assert found.parts * (alone if found.parts == 1 else each) >= found.units
    assert found.parts <= found.units // (each - 1) + 1
