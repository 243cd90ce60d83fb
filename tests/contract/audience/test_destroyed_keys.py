"""Destroying a key is the erasure: no file of the keyring may go on holding it."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.app import App
from engine.controllers import Controller
from engine.store.keyring_tables import sealed_keys
from engine.vault import VaultFault


def _wrapped(app: App, key_id: bytes) -> bytes:
    with app.vault._keyring.read() as connection:
        return bytes(
            connection.execute(
                sa.select(sealed_keys.c.wrapped).where(sealed_keys.c.key_id == key_id)
            ).scalar_one()
        )


def _holds(app: App, wrapped: bytes) -> bool:
    """Whether a file of the embedded keyring holds these bytes."""
    keyring = app.vault._keyring
    if not keyring.is_sqlite:
        return False
    file = Path(str(keyring.url.database))
    return any(wrapped in one.read_bytes() for one in file.parent.glob(f"{file.name}*"))


def test_a_destroyed_key_is_in_no_file_of_the_keyring(app: App, shop: Controller) -> None:
    sealed = app.vault.seal(shop.name, "events", b"content", app.clock.now())
    wrapped = _wrapped(app, sealed[1:17])
    assert _holds(app, wrapped) == app.db.is_sqlite

    app.vault.destroy([sealed])

    assert not _holds(app, wrapped)


def test_neither_are_the_keys_of_a_destroyed_scope(app: App, shop: Controller) -> None:
    blobs = app.vault.seal_many(shop.name, "list:9", [b"one", b"two"], app.clock.now())
    keys = [_wrapped(app, sealed[1:17]) for sealed in blobs]

    assert app.vault.destroy_scope(shop.name, "list:9") == 2

    assert not any(_holds(app, wrapped) for wrapped in keys)


def test_nothing_is_sealed_under_a_key_that_no_retention_class_destroys(
    app: App, shop: Controller
) -> None:
    with pytest.raises(VaultFault, match="no scope of keys: visits"):
        app.vault.seal(shop.name, "visits:3", b"content", app.clock.now())
