"""A keyring opens with the master key it was made under, and with no other."""

from pathlib import Path
from uuid import uuid4

import pytest

from engine.app import App
from engine.master_key import create_master_key, holds_keys, read_master_key
from engine.store import schema
from engine.store.database import Database
from engine.vault import MasterKeyLost, Vault, VaultFault

OTHER = bytes(32)


def url_of(app: App) -> str:
    return app.vault._keyring.url.render_as_string(hide_password=False)


def test_the_right_master_key_passes_and_another_one_does_not(app: App) -> None:
    app.vault.check()
    with pytest.raises(MasterKeyLost, match="from your copy"):
        Vault(app.vault._keyring, OTHER).check()


def test_keys_that_were_made_under_a_wrong_master_key_do_not_make_it_right(app: App) -> None:
    wrong = Vault(app.vault._keyring, OTHER)
    name = f"shop-{uuid4().hex[:12]}"
    wrong.create_controller(name, app.clock.now())
    with pytest.raises(MasterKeyLost):
        wrong.check()
    app.vault.check()


def test_a_missing_master_key_is_not_replaced_while_the_keyring_holds_keys(
    app: App, tmp_path: Path
) -> None:
    path = tmp_path / "master.key"
    assert holds_keys(url_of(app))
    with pytest.raises(MasterKeyLost, match="restore"):
        create_master_key(path, url_of(app))
    with pytest.raises(MasterKeyLost, match="restore") as told:
        read_master_key(path, url_of(app))
    assert "init" not in str(told.value)
    assert not path.exists()


def test_a_keyring_without_schema_or_keys_takes_any_master_key(
    empty_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "keys" / "master.key"
    assert not holds_keys(empty_url)
    schema.upgrade(empty_url, "keyring")
    assert not holds_keys(empty_url)
    with pytest.raises(VaultFault, match="chappe init"):
        read_master_key(path, empty_url)
    create_master_key(path, empty_url)
    keyring = Database(empty_url)
    Vault(keyring, read_master_key(path, empty_url)).check()
    keyring.close()
    with pytest.raises(FileExistsError):
        create_master_key(path, empty_url)


@pytest.mark.parametrize("text", [b"", b"ab" * 31, b"zz" * 32, b"\xff" * 64])
def test_a_master_key_file_that_holds_something_else_is_told(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(VaultFault, match="64 hexadecimal digits"):
        read_master_key(path, f"sqlite:///{tmp_path}/keyring.db")


def test_a_master_key_that_cannot_be_read_is_not_taken_for_a_missing_one(tmp_path: Path) -> None:
    with pytest.raises(VaultFault, match="Is a directory"):
        read_master_key(tmp_path, f"sqlite:///{tmp_path}/keyring.db")
