"""Whom a row is about, and what becomes of it."""

import pytest

from engine.erasure.person import (
    Fate,
    Person,
    Point,
    Sightings,
    decode_person,
    encode_person,
    judge,
    keys_of,
)
from engine.pseudonyms import Pseudonyms

MAIL, OTHER_MAIL = ("email", "ana@example.org"), ("email", "ana@example.test")
TEL, OTHER_TEL = ("tel", "+33639980101"), ("tel", "+33639980102")

CASES: dict[str, tuple[Person, str | None, list[Point], Fate]] = {
    "the ref": (Person(("c-1",), ()), "c-1", [TEL], Fate.GOES),
    "the ref, whatever the address": (Person(("c-1",), (MAIL,)), "c-1", [], Fate.GOES),
    "another ref": (Person(("c-1",), ()), "c-2", [TEL], Fate.STAYS),
    "the address, nobody else's": (Person((), (MAIL,)), None, [MAIL], Fate.GOES),
    "a found address, nobody else's": (Person(("c-1",), (), (TEL,)), None, [TEL], Fate.GOES),
    "another address": (Person((), (MAIL,)), None, [OTHER_MAIL], Fate.STAYS),
    "the address beside somebody else's": (
        Person((), (MAIL,)),
        "c-2",
        [MAIL, OTHER_TEL],
        Fate.IS_CUT,
    ),
    "the only address of somebody else": (Person((), (MAIL,)), "c-2", [MAIL], Fate.GOES),
    "a found address of somebody else": (Person(("c-1",), (), (TEL,)), "c-2", [TEL], Fate.STAYS),
    "the same words in another kind": (
        Person((), (("post", "+33639980101"),)),
        None,
        [TEL],
        Fate.STAYS,
    ),
}


@pytest.mark.parametrize(("person", "ref", "points", "fate"), CASES.values(), ids=CASES.keys())
def test_a_row_goes_stays_or_loses_an_address(
    person: Person, ref: str | None, points: list[Point], fate: Fate
) -> None:
    assert judge(person, ref, points).fate is fate


def test_what_is_cut_is_what_the_request_names() -> None:
    person = Person((), (MAIL,), (TEL,))
    assert judge(person, "c-2", [MAIL, TEL]).kinds == ("email",)


def widened(person: Person, *rows: tuple[str | None, list[Point]]) -> Person:
    sightings = Sightings(person)
    for ref, points in rows:
        sightings.take(ref, points)
    return sightings.widened()


def test_rows_of_the_ref_lead_to_its_addresses() -> None:
    found = widened(Person(("c-1",), (MAIL,)), ("c-1", [MAIL, TEL]), ("c-2", [OTHER_TEL]))
    assert found == Person(("c-1",), (MAIL,), (TEL,))


def test_an_address_of_one_ref_leads_to_the_person() -> None:
    found = widened(Person((), (MAIL,)), ("c-1", [MAIL, TEL]), ("c-1", [MAIL]))
    assert found.refs == ("c-1",)


def test_an_address_of_several_refs_leads_to_none_of_them() -> None:
    person = Person((), (MAIL,))
    assert widened(person, ("c-1", [MAIL]), ("c-2", [MAIL, TEL])) == person


def test_an_address_that_was_only_found_leads_no_further() -> None:
    person = Person(("c-1",), (), (TEL,))
    assert widened(person, ("c-2", [TEL, OTHER_MAIL])) == person


def test_a_row_without_a_ref_leads_nowhere() -> None:
    person = Person((), (MAIL,))
    assert widened(person, (None, [MAIL])) == person


def test_a_person_outlives_being_stored() -> None:
    person = Person(("c-1",), (MAIL,), (TEL,))
    assert decode_person(encode_person(person)) == person


def test_an_address_forbids_as_a_contact_and_is_a_person_where_there_is_no_ref() -> None:
    pseudonyms = Pseudonyms(bytes(32), bytes(range(32)))
    keys = keys_of(Person(("c-1",), (MAIL,), (TEL,)), pseudonyms)
    mail, tel, ref = pseudonyms.contact(*MAIL), pseudonyms.contact(*TEL), pseudonyms.person("c-1")
    assert keys.persons == {mail, tel, ref}
    assert keys.named == {mail}
    assert keys.subjects == {mail: "contact", tel: "contact", ref: "person"}
