"""An export of the audit is verified like the audit itself."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from engine import audit, audit_export
from engine.app import App
from engine.audit import Act
from engine.audit_export import AuditFault
from engine.audit_walk import Damage, Verdict
from engine.store import acts
from engine.store.acts import Anchor
from engine.store.keyring_tables import audit_heads
from engine.vault import Vault

Tamper = Callable[[sa.Connection], None]


@pytest.fixture
def app(own_app: App) -> App:
    """An application whose audit a test may ruin."""
    return own_app


def _act(app: App, number: int) -> None:
    with app.db.write() as connection:
        audit.record(app, connection, Act.CAMPAIGN_PAUSED, f"campaign:c{number}", controller="shop")


def _acts(app: App, number: int) -> None:
    for one in range(number):
        _act(app, one)
    audit.anchor(app)


def _found(verdict: Verdict) -> list[tuple[str, int, int]]:
    return [(one.damage.value, one.number, one.last) for one in verdict.findings]


def test_an_export_is_verified_without_the_database(app: App) -> None:
    _acts(app, 5)
    lines = list(audit_export.export(app))
    assert audit_export.verify_export(app, lines).whole
    assert audit_export.verify_export(app, [*lines, b"\n"]).acts == 5


def test_an_export_that_ends_before_the_audit_does_is_a_part_and_not_whole(app: App) -> None:
    _acts(app, 5)
    lines = list(audit_export.export(app))
    cut = audit_export.verify_export(app, lines[:3])
    assert (cut.whole, cut.part, cut.reaches, cut.audit_reaches) == (False, True, 3, 5)
    assert (cut.findings, cut.anchored) == ([], 0)
    _act(app, 9)  # not yet anchored: the database knows of it
    older = audit_export.verify_export(app, lines)
    assert (older.whole, older.part, older.reaches, older.audit_reaches) == (False, True, 5, 6)
    assert older.anchored == 5


def test_an_export_cut_like_the_database_is_a_part_all_the_same(app: App) -> None:
    _acts(app, 5)
    with app.vault.keyring.write() as keyring:
        acts.anchor(keyring, Anchor(7, bytes(32), 0))  # which the database has lost
    assert audit_export.verify_export(app, audit_export.export(app)).audit_reaches == 7


@pytest.mark.parametrize("lines", [[], [b"\n"], [b"  \n", b"\n"]])
def test_an_empty_file_is_refused(app: App, lines: list[bytes]) -> None:
    _acts(app, 2)
    with pytest.raises(AuditFault, match="the file is empty"):
        audit_export.verify_export(app, lines)


def test_lines_that_were_exchanged_are_named(app: App) -> None:
    _acts(app, 6)
    one, two, three, four, five, six = audit_export.export(app)
    orders = {
        (one, three, two, four, five, six): [("misplaced", 2, 2)],
        (one, four, two, three, five, six): [("misplaced", 2, 3)],
        (two, three, four, five, six, one): [("misplaced", 1, 1)],
        (one, five, three, six): [
            ("missing", 2, 2),
            ("missing", 4, 4),
            ("misplaced", 3, 3),
        ],
        (one, two, two, three, four, five, six): [("unlinked", 2, 2)],
    }
    for lines, found in orders.items():
        verdict = audit_export.verify_export(app, lines)
        assert _found(verdict) == found
        assert not verdict.whole


def test_an_export_that_was_changed_is_found_out(app: App) -> None:
    _acts(app, 5)
    lines = list(audit_export.export(app))
    changed = [*lines[:2], lines[2].replace(b"campaign:c2", b"campaign:c9"), *lines[3:]]
    assert _found(audit_export.verify_export(app, changed)) == [("altered", 3, 3)]
    assert _found(audit_export.verify_export(app, lines[:1] + lines[2:])) == [("missing", 2, 2)]


def test_a_line_that_is_no_act_is_named(app: App) -> None:
    _acts(app, 2)
    lines = list(audit_export.export(app))
    for wrong in (b"{}", b"not json", lines[0].replace(b'"hash":"', b'"hash":"zz')):
        with pytest.raises(AuditFault, match="line 2 is no act"):
            audit_export.verify_export(app, [lines[0], wrong])


def test_an_audit_of_another_installation_does_not_pass(app: App) -> None:
    _acts(app, 2)
    lines = list(audit_export.export(app))
    with app.vault.keyring.write() as keyring:
        keyring.execute(sa.delete(audit_heads))
    other = replace(app, vault=_other_vault(app))
    verdict = audit_export.verify_export(other, lines)
    assert _found(verdict) == [(Damage.FOREIGN, 1, 2)]
    assert "did not write this file" in verdict.findings[0].sentence
    assert _found(audit_export.verify_export(other, lines[1:])) == [
        (Damage.FOREIGN, 1, 2),
        (Damage.MISSING, 1, 1),
    ]


def test_a_file_in_wild_disorder_is_told_in_a_hundred_findings(app: App) -> None:
    _acts(app, 250)
    lines = list(audit_export.export(app))
    verdict = audit_export.verify_export(app, [*lines[-1:], *lines[1:-1:2], *lines[:-1:2]])
    assert len(verdict.findings) == 100
    assert verdict.cut_short


def test_a_file_of_which_one_act_is_ours_is_forged_where_it_is_not(app: App) -> None:
    _acts(app, 3)
    lines = list(audit_export.export(app))
    seal = b'"seal":"'
    forged = [line[: line.index(seal) + len(seal)] + b"00" * 16 + b'"}' for line in lines[1:]]
    assert _found(audit_export.verify_export(app, [lines[0], *forged])) == [("forged", 2, 3)]


def _other_vault(app: App) -> Vault:
    class Other(Vault):
        def reference_key(self) -> bytes:
            return bytes(32)

    return Other(app.vault.keyring, bytes(range(32)))
