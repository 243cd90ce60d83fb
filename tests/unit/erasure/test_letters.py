"""Messages that are no campaign, searched for a person: one too many rather than one too few."""

import pytest

from engine.erasure.letters import mentions
from engine.erasure.person import Person

ANA = Person(
    ("c-17",),
    (("email", "ana@example.org"), ("tel", "+33639980101")),
    (("post", "Mme Ana Exemple\n1 rue de la Paix\n75002 PARIS"),),
)

THERE = [
    b'{"email": "Ana@Example.ORG"}',
    b'{"controller": "boutique", "rows": [{"tel": "06.39.98.01.01"}]}',
    b'{"tel": 639980101}',
    b'{"a": {"b": [["+33 6 39 98 01 01"]]}}',
    b'{"ref": "c-17"}',
    b'{"ana@example.org": 1}',
    b'{"text": "please write to ana@example.org soon"}',
    b'{"broken": "ANA@example.org"',
    b"\xff\xfe ana@example.org",
    b'[{"tel": "0033639980101"',
    b'{"x": "Mme Ana Exemple, 1, rue de la Paix, 75002 Paris"',
    b'{"broken": "c-17"',
    b"[" * 100_000 + b'"ana@example.org"',
]
NOT_THERE = [
    b"",
    b"null",
    b'{"email": "anna@example.org"}',
    b'{"tel": "0639980102"}',
    b'{"ref": "c-170"}',
    b'{"controller": "another", "email": "ana@example.org"}',
    b'{"id": "c-17"}',
    b"\x00\xff not JSON",
]


@pytest.mark.parametrize("body", THERE, ids=range(len(THERE)))
def test_a_person_is_found_however_they_are_written(body: bytes) -> None:
    assert mentions(body, ANA, "boutique")


@pytest.mark.parametrize("body", NOT_THERE, ids=range(len(NOT_THERE)))
def test_a_message_about_others_is_kept(body: bytes) -> None:
    assert not mentions(body, ANA, "boutique")
