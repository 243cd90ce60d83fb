"""An objection to one purpose: it stops campaigns of that purpose, and nothing else."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from channels.contract import Channel
from engine import opposition_files, opposition_removal, oppositions
from engine.app import App
from engine.controllers import Controller
from engine.list_files import RowFile
from engine.opposition_files import Screened, exported_row
from engine.opposition_imports import Defaults
from engine.opposition_removal import Removal
from engine.subjects import Subject, UnknownPurpose
from tests.contract.audience.test_opposition_files import import_rows
from tests.contract.audience.test_oppositions import ANA, add, suppressed, unique

Written = Callable[[str], RowFile]


@pytest.mark.parametrize("channel", [None, Channel.EMAIL])
@pytest.mark.parametrize("whose", ["controller", "platform", "person"])
def test_an_objection_to_one_purpose_leaves_the_others(
    app: App, shop: Controller, channel: Channel | None, whose: str
) -> None:
    subject = Subject("ref", uuid4().hex) if whose == "person" else unique()
    by = None if whose == "platform" else shop
    assert add(app, by, subject, channel=channel, purpose="offres")
    assert suppressed(app, shop, Channel.EMAIL, subject, "offres")
    assert not suppressed(app, shop, Channel.EMAIL, subject, "factures")
    assert suppressed(app, shop, Channel.POST, subject, "offres") == (channel is None)
    assert add(app, by, subject, channel=channel)  # the wider one is another entry
    assert suppressed(app, shop, Channel.EMAIL, subject, "factures")
    found = oppositions.check(app, shop.name, [subject])
    assert {one.purpose for one in found} == {None, "offres"}
    (wide,) = oppositions.check(app, shop.name, [subject], "factures")
    assert wide.purpose is None


def test_a_purpose_that_was_never_agreed_on_is_refused_with_what_may_be_meant(
    app: App, shop: Controller
) -> None:
    with pytest.raises(UnknownPurpose, match=r"factures, offres\); did you mean offres\?"):
        add(app, shop, ANA, purpose="offre")


def test_removing_the_entry_of_one_purpose_leaves_the_other_and_its_contact(
    app: App, shop: Controller
) -> None:
    add(app, shop, ANA, purpose="offres")
    add(app, shop, ANA, purpose="factures")
    gone = opposition_removal.remove(
        app, shop.name, ANA, channel=None, purpose="offres", why=Removal.ENTERED_IN_ERROR
    )
    assert gone.purpose == "offres"
    left = [(one.value, one.purpose) for one in opposition_files.export(app, shop.name)]
    assert left == [(ANA.value, "factures")]


def test_a_row_may_say_its_purpose_and_keeps_it_when_exported(
    app: App, shop: Controller, written: Written
) -> None:
    report, notes = import_rows(
        app,
        shop,
        written("email;purpose\nana@example.org;factures\nbob@example.org;\ncy@example.org;new\n"),
        Defaults(purpose="offres"),
    )
    assert (report.added, notes.of("rejected")) == (2, [(4, "unknown_purpose")])
    rows = [exported_row(one) for one in opposition_files.export(app, shop.name)]
    assert {row["email"]: row["purpose"] for row in rows} == {
        "ana@example.org": "factures",
        "bob@example.org": "offres",
    }
    (only,) = opposition_files.export(app, shop.name, "offres")
    assert only.value == "bob@example.org"
    file = written("email\nana@example.org\nbob@example.org\n")
    told = opposition_files.screen(app, shop.name, file, "offres")
    assert [one.line for one in told if isinstance(one, Screened) and one.against] == [3]
