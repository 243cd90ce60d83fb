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
    _act(app, 9)
    audit.anchor(app)
    assert audit_export.verify_export(app, lines).whole
    assert audit_export.verify_export(app, [*lines, b"\n"]).acts == 5


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
    assert {one.damage for one in audit_export.verify_export(other, lines).findings} == {
        Damage.FORGED
    }


def _other_vault(app: App) -> Vault:
    class Other(Vault):
        def reference_key(self) -> bytes:
            return bytes(32)

    return Other(app.vault.keyring, bytes(range(32)))
