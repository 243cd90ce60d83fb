"""The file that holds the master key, and the one mistake to make with it: a second one.

A new master key opens nothing that an old one closed. So none is made, and none is advised, while
the keyring holds keys.
"""

import os
import secrets
from pathlib import Path

import sqlalchemy as sa

from engine.store.database import Database
from engine.store.keyring_tables import controller_keys
from engine.vault import KEY_BYTES, MasterKeyLost, VaultFault


def holds_keys(keyring_url: str) -> bool:
    """Whether a keyring holds keys, which only the master key they were made under opens."""
    keyring = Database(keyring_url, pool_size=1)
    try:
        if keyring.missing:
            return False
        with keyring.read() as connection:
            if not sa.inspect(connection).has_table(controller_keys.name):
                return False
            return connection.scalar(sa.select(controller_keys.c.purpose).limit(1)) is not None
    finally:
        keyring.close()


def read_master_key(path: Path, keyring_url: str) -> bytes:
    """Read the master key: 64 hexadecimal digits.

    Raises MasterKeyLost when there is none and the keyring holds keys, VaultFault when the file
    is missing, readable by others, or malformed.
    """
    try:
        text = path.read_text().strip()
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        if holds_keys(keyring_url):
            raise MasterKeyLost(_lost(path)) from None
        msg = f"master key {path}: {error.strerror}; `chappe init` makes one"
        raise VaultFault(msg) from None
    except OSError as error:
        msg = f"master key {path}: {error.strerror}; let the account that runs this read it"
        raise VaultFault(msg) from None
    except UnicodeDecodeError:
        text, mode = "", 0
    if mode & 0o077:
        msg = f"master key {path} can be read by other accounts; run: chmod 600 {path}"
        raise VaultFault(msg)
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        msg = f"master key {path}: expected {KEY_BYTES * 2} hexadecimal digits"
        raise VaultFault(msg)
    return key


def _lost(path: Path) -> str:
    return f"there is no master key {path}, but the keyring holds keys that a new one cannot open"


def create_master_key(path: Path, keyring_url: str) -> None:
    """Write a new random master key that only this account can read.

    Raises FileExistsError when there is one, MasterKeyLost when the keyring holds keys already:
    they would stay shut for good.
    """
    if not path.exists() and holds_keys(keyring_url):
        raise MasterKeyLost(_lost(path))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
