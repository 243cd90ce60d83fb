"""What a client advertises, and whom it may show as the sender: rules ask for both."""

from pathlib import Path

from tests.acceptance.cli.desk import Chappe


def test_sectors_and_senders_are_said_at_creation_and_changed_piece_by_piece(
    chappe: Chappe, installed: Path
) -> None:
    create = ("controller", "create", "roofs", "--sector", "energy_works", "--json")
    made = chappe(*create, "--sender", "sms=ROOFS", "--sender", "email=info@roofs.example.org").json
    assert made["sectors"] == ["energy_works"]
    assert made["senders"] == {"sms": ["ROOFS"], "email": ["info@roofs.example.org"]}
    configure = ("controller", "configure", "roofs")
    chappe(*configure, "--sender", "sms=ROOFS", "--sender", "sms=36063", "--history", "P1Y")
    shown = chappe("controller", "show", "roofs", "--json").json
    assert shown["sectors"] == ["energy_works"]  # what is not given stays
    assert shown["senders"]["sms"] == ["ROOFS", "36063"]
    assert shown["senders"]["email"] == ["info@roofs.example.org"]
    none = chappe(*configure, "--no-sectors", "--sender", "sms=", "--json").json
    assert (none["sectors"], "sms" in none["senders"]) == ([], False)
    assert "nothing of a sector" in chappe("controller", "show", "roofs").out


def test_nothing_is_assumed_of_what_was_not_said(chappe: Chappe, installed: Path) -> None:
    assert chappe("controller", "create", "new").code == 0
    shown = chappe("controller", "show", "new", "--json").json
    assert (shown["sectors"], shown["senders"]) == (None, {})
    out = chappe("controller", "show", "new").out
    assert "not said" in out
    assert "none is approved" in out


def test_what_cannot_be_a_sector_or_sender_is_refused(chappe: Chappe, installed: Path) -> None:
    configure = ("controller", "configure", "boutique")
    both = chappe(*configure, "--sector", "toys", "--no-sectors")
    assert (both.code, "not both" in both.err) == (2, True)
    wrong = chappe(*configure, "--sector", "Not A Word")
    assert (wrong.code, "sectors: a name is" in wrong.err) == (1, True)
    assert chappe(*configure, "--sender", "BOUTIQUE").code == 2
    assert chappe(*configure, "--sender", "pigeon=BOUTIQUE").code == 2
