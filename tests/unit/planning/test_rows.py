import pytest

from engine.blocks import Point
from engine.planning.cursor import Spilled
from engine.planning.rows import RowMaker
from engine.pseudonyms import Pseudonyms
from engine.tabular import Row

KEYS = Pseudonyms(b"c" * 32, b"p" * 32)
ANA = "ana@example.org"
PHONE = "+33639980001"


def maker(*kinds: str, variables: tuple[str, ...] = ("prenom",)) -> RowMaker:
    return RowMaker(7, kinds or ("email",), variables, KEYS)


def one(made: RowMaker, **values: str | None) -> Spilled:
    (found,) = made.make([Row(2, dict(values))], 0)
    return found


def rejection(made: RowMaker, **values: str | None) -> str:
    assert made.make([Row(2, dict(values))], 0) == []
    ((line, reason),) = made.rejected
    assert line == 2
    assert made.reasons == {reason: 1}
    return reason


def test_an_address_is_normalised_and_keyed_for_controller_and_platform() -> None:
    found = one(maker(), email=" Ana@Example.org ").recipient
    (point,) = found.points
    assert point == Point(ANA, KEYS.contact("email", ANA), KEYS.platform("email", ANA))


def test_without_a_ref_the_person_is_the_contact_point() -> None:
    found = one(maker(), email=ANA).recipient
    assert found.person == KEYS.contact("email", ANA)
    assert found.ref is None


def test_with_a_ref_the_person_is_the_ref() -> None:
    made = maker()
    found = one(made, email=ANA, ref="C-12").recipient
    assert (found.person, found.ref) == (KEYS.person("C-12"), "C-12")
    assert made.refs


def test_a_row_without_refs_leaves_no_trace_of_them() -> None:
    made = maker()
    one(made, email=ANA, ref="")
    assert not made.refs


def test_an_unusable_address_is_accepted_with_its_fault() -> None:
    (point,) = one(maker(), email="ana.example.org").recipient.points
    assert point == Point(None, None, None, "no_at")


def test_two_rows_with_the_same_unusable_address_are_two_people() -> None:
    rows = [Row(2, {"email": "n/a"}), Row(3, {"email": "n/a"})]
    first, second = maker().make(rows, 0)
    assert first.recipient.person != second.recipient.person


def test_the_stand_in_for_an_unusable_address_is_the_same_after_a_crash() -> None:
    assert one(maker(), email="n/a") == one(maker(), email="n/a")


@pytest.mark.parametrize("raw", [None, "", "  ", "\t"])
def test_an_empty_address_is_no_contact_point(raw: str | None) -> None:
    assert rejection(maker(), email=raw) == "no_contact_point"


def test_an_address_of_a_kind_outside_the_route_is_no_contact_point() -> None:
    assert rejection(maker("email"), tel=PHONE) == "no_contact_point"


def test_several_addresses_need_a_ref() -> None:
    assert rejection(maker("email", "tel"), email=ANA, tel=PHONE) == "ref_missing"


def test_an_address_outside_the_route_needs_no_ref_and_is_not_kept() -> None:
    found = one(maker("email"), email=ANA, tel=PHONE).recipient
    assert len(found.points) == 1


def test_points_stand_in_the_order_of_the_kinds() -> None:
    found = one(maker("tel", "email"), email=ANA, tel="06 39 98 00 01", ref="1").recipient
    assert [point.address for point in found.points if point is not None] == [PHONE, ANA]


def test_only_named_variables_are_kept_null_and_empty_told_apart() -> None:
    made = maker(variables=("nom", "prenom", "ville"))
    found = one(made, email=ANA, prenom="", nom=None, solde="12").recipient
    assert found.values == (None, "", None)


def test_rows_are_numbered_on() -> None:
    rows = [Row(2, {"email": ANA}), Row(3, {}), Row(4, {"email": "b@example.org"})]
    assert [found.ordinal for found in maker().make(rows, 100)] == [100, 102]
