"""Where a list comes from: as good as the worst of what was imported into it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine import audit, list_screening, lists
from engine.app import App
from engine.controllers import Controller
from engine.list_files import RowFile
from engine.list_imports import ListImport, import_list
from engine.list_provenance import Provenance, ProvenanceFault
from engine.store.acts import Wanted
from tests.contract.audience.conftest import NOON, Report, silent

Import = Callable[..., bool]


@pytest.fixture
def imported(app: App, shop: Controller, written: Callable[..., RowFile]) -> Import:
    """Import one row under the given provenance; return whether the whole list is attested."""
    count = iter(range(100))

    def take(by: str | None = None, supplier: str | None = None) -> bool:
        file = written(f"email\nclient{next(count)}@example.org\n")
        wanted = ListImport(shop.name, "clients", file, ("offres",), by, supplier)
        return import_list(app, wanted, noted=Report(), progress=silent).attested

    return take


def _of(app: App, shop: Controller) -> Provenance:
    return replace(lists.show(app, shop.name, "clients").provenance, attested_at=None)


def test_nobody_answers_for_a_list_until_somebody_says_so(
    app: App, shop: Controller, imported: Import
) -> None:
    assert imported() is False
    assert lists.show(app, shop.name, "clients").provenance == Provenance()
    list_screening.attest(app, shop.name, "clients", by="Data office")
    assert lists.show(app, shop.name, "clients").provenance == Provenance("Data office", NOON)


def test_an_import_says_who_answers_for_it(app: App, shop: Controller, imported: Import) -> None:
    assert imported("Data office", "Acme") is True
    assert _of(app, shop) == Provenance("Data office", None, "Acme")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (("A", None), ("B", None), Provenance("B")),
        (("A", None), (None, None), Provenance()),
        ((None, None), ("B", None), Provenance()),
        (("A", "Acme"), ("B", None), Provenance("B", None, "Acme")),
        (("A", None), ("B", "Acme"), Provenance("B", None, "Acme")),
        (("A", "Acme"), ("B", "Bolt"), Provenance("B", None, "Acme; Bolt")),
        (("A", "Acme"), ("B", "Acme"), Provenance("B", None, "Acme")),
    ],
)
def test_the_worse_of_two_imports_counts(
    app: App,
    shop: Controller,
    imported: Import,
    before: tuple[str | None, str | None],
    after: tuple[str | None, str | None],
    expected: Provenance,
) -> None:
    imported(*before)
    assert imported(*after) is (expected.attested_by is not None)
    assert _of(app, shop) == expected


def test_attesting_never_makes_a_supplied_list_ones_own(
    app: App, shop: Controller, imported: Import
) -> None:
    imported(None, "Acme")
    list_screening.attest(app, shop.name, "clients", by="Data office")
    assert _of(app, shop) == Provenance("Data office", None, "Acme")
    list_screening.attest(app, shop.name, "clients", by="Data office", supplier="Bolt")
    assert _of(app, shop) == Provenance("Data office", None, "Acme; Bolt")


def test_a_list_whose_only_import_was_undone_begins_anew(
    app: App, shop: Controller, imported: Import
) -> None:
    imported(None, "Acme")
    lists.undo(app, shop.name, "clients")
    imported("Data office")
    assert _of(app, shop) == Provenance("Data office")


@pytest.mark.parametrize("word", ["", "  ", "a\nb", "a; b", "x" * 201, "\x1b[0m"])
def test_words_that_cannot_be_shown_are_refused_before_anything_is_stored(
    app: App, shop: Controller, imported: Import, word: str
) -> None:
    with pytest.raises(ProvenanceFault, match="who answers for it"):
        imported(word)
    with pytest.raises(ProvenanceFault, match="name of the supplier"):
        imported("Data office", word)
    assert lists.every(app, shop.name) == []


def test_who_answered_for_a_list_is_on_record(app: App, shop: Controller, imported: Import) -> None:
    imported("Data office", "Acme")
    list_screening.attest(app, shop.name, "clients", by="Legal")
    attested, added = audit.latest(app, Wanted(controller=shop.name), 2)
    assert (attested.act, attested.subject) == ("list_attested", "list:clients")
    assert audit.details_of(attested) == {"by": "Legal", "supplier": "Acme"}
    told = audit.details_of(added)
    assert told is not None
    assert (told["by"], told["supplier"]) == ("Data office", "Acme")


def test_a_list_that_is_not_there_cannot_be_attested(app: App, shop: Controller) -> None:
    with pytest.raises(lists.UnknownList):
        list_screening.attest(app, shop.name, "clients", by="Data office")
