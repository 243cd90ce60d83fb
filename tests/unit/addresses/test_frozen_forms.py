"""The forms that are hashed: a change here orphans every opposition stored under the old form.

If a library update makes this fail, keep the old normaliser for look-ups and raise
NORMALISATION_VERSION.
"""

import csv
from pathlib import Path

import pytest

from channels.addresses import (
    NORMALISATION_VERSION,
    NORMALISERS,
    AddressFault,
    Normalised,
    normalise,
)
from channels.contract import AddressKind

VECTORS = Path(__file__).with_name("vectors.tsv")


def _unescaped(text: str) -> str:
    return text.encode("latin-1", "backslashreplace").decode("unicode_escape")


def _vectors() -> list[tuple[AddressKind, str, Normalised]]:
    with VECTORS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        (
            AddressKind(row["kind"]),
            _unescaped(row["raw"]),
            Normalised(_unescaped(row["value"]), row["repaired"]),
        )
        for row in rows
    ]


@pytest.mark.parametrize(("kind", "raw", "expected"), _vectors())
def test_a_form_once_hashed_never_changes(
    kind: AddressKind, raw: str, expected: Normalised
) -> None:
    assert normalise(kind, raw) == expected


@pytest.mark.parametrize(("kind", "raw", "expected"), _vectors())
def test_a_normal_form_is_its_own_normal_form(
    kind: AddressKind, raw: str, expected: Normalised
) -> None:
    assert normalise(kind, expected.value) == Normalised(expected.value)


def test_the_vectors_belong_to_this_version() -> None:
    assert NORMALISATION_VERSION == 1


def test_every_kind_has_a_normaliser() -> None:
    assert set(NORMALISERS) == set(AddressKind)


@pytest.mark.parametrize("kind", list(AddressKind))
@pytest.mark.parametrize("nothing", ["", " ", "\u200b\ufeff", "\t\n"])
def test_nothing_is_refused_as_empty(kind: AddressKind, nothing: str) -> None:
    with pytest.raises(AddressFault) as caught:
        normalise(kind, nothing)
    assert caught.value.reason == "empty"
