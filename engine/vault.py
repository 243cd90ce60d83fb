"""Keys and sealed things.

A master key wraps the keys of each controller; a controller's *wrapping* key wraps one random key
per sealed thing (a block, a list chunk, a campaign's content). All wrapped keys live in the
keyring, a database of its own: destroying a row there makes every copy of the sealed thing
unreadable, backups and write-ahead logs included.
"""

import secrets
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa
import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.clock import Millis
from engine.errors import EngineError
from engine.pseudonyms import Pseudonyms
from engine.store.database import Database
from engine.store.keyring_tables import controller_keys, sealed_keys

KEY_BYTES = 32
_NONCE_BYTES = 12
_ID_BYTES = 16
_FORMAT = b"\x01"
PLATFORM = "*platform*"  # not a valid controller id, so never a controller's
SCOPES = frozenset(
    {"campaign", "list", "suppressions", "dead letters", "events", "rights", "connectors"}
)
"""What is sealed; ``policy.retention`` names the class of each. A scope may go on: ``list:7``."""


class VaultFault(EngineError):
    """Raised when a key is missing, wrong or destroyed, or sealed bytes were altered."""


class MasterKeyLost(VaultFault):
    """Raised when the master key at hand is not the one under which the keyring's keys lie."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what}: restore the master key of this installation from your copy;"
            " without it nothing sealed can be read"
        )


class KeyDestroyed(VaultFault):
    """Raised when the key of a sealed thing no longer exists: its content is gone for good."""


class UnknownSealFormat(VaultFault):
    """Raised for a sealed thing written by a newer version of Chappe."""


class Plain(NamedTuple):
    """One thing to be sealed: whose it is, the scope of its key, and what it is."""

    controller: str
    scope: str
    data: bytes


class Vault:
    """Seals, opens and destroys. One instance per process; safe to use from several threads."""

    def __init__(self, keyring: Database, master_key: bytes) -> None:
        self._keyring = keyring
        self._master = AESGCM(master_key)
        self._controller_keys: dict[tuple[str, str], bytes] = {}

    @property
    def keyring(self) -> Database:
        """The database of wrapped keys, for whoever watches how it stands."""
        return self._keyring

    def close(self) -> None:
        """Close the connections to the keyring."""
        self._keyring.close()

    def check(self) -> None:
        """Raise MasterKeyLost unless the master key opens the oldest key; without keys any does."""
        with self._keyring.read() as connection:
            oldest = connection.execute(
                sa.select(controller_keys)
                .order_by(controller_keys.c.created_at, controller_keys.c.controller)
                .limit(1)
            ).first()
        if oldest is not None:
            self._open_key(oldest.controller, oldest.purpose, oldest.wrapped)

    # --- controllers -------------------------------------------------------------------------

    def create_controller(self, controller: str, now: Millis) -> None:
        """Make the keys of a controller; does nothing for those it has already."""
        with self._keyring.write() as connection:
            have = set(
                connection.scalars(
                    sa.select(controller_keys.c.purpose).where(
                        controller_keys.c.controller == controller
                    )
                )
            )
            for purpose in ("wrap", "pseudonym", "token"):
                if purpose not in have:
                    key = secrets.token_bytes(KEY_BYTES)
                    context = f"{controller}/{purpose}".encode()
                    connection.execute(
                        controller_keys.insert().values(
                            controller=controller,
                            purpose=purpose,
                            wrapped=_encrypt(self._master, key, context),
                            created_at=now,
                        )
                    )

    def pseudonyms(self, controller: str) -> Pseudonyms:
        """Return the hashes of a controller's persons."""
        return Pseudonyms(
            self._controller_key(controller, "pseudonym"),
            self._controller_key(PLATFORM, "pseudonym"),
        )

    def require_keys(self, controller: str) -> None:
        """Raise KeyDestroyed unless things of a controller can be sealed."""
        self._controller_key(controller, "wrap")

    def token_key(self, controller: str) -> bytes:
        """Return the key under which links that persons follow are encrypted."""
        return self._controller_key(controller, "token")

    def reference_key(self) -> bytes:
        """Return the key that authenticates delivery references."""
        return self._controller_key(PLATFORM, "token")

    def _controller_key(self, controller: str, purpose: str) -> bytes:
        cached = self._controller_keys.get((controller, purpose))
        if cached is not None:
            return cached
        with self._keyring.read() as connection:
            wrapped = connection.scalar(
                sa.select(controller_keys.c.wrapped).where(
                    controller_keys.c.controller == controller,
                    controller_keys.c.purpose == purpose,
                )
            )
        if wrapped is None:
            msg = f"no {purpose} key for controller {controller!r} in the keyring"
            raise KeyDestroyed(msg)
        key = self._open_key(controller, purpose, wrapped)
        self._controller_keys[controller, purpose] = key
        return key

    def _open_key(self, controller: str, purpose: str, wrapped: bytes) -> bytes:
        try:
            return _decrypt(self._master, wrapped, f"{controller}/{purpose}".encode())
        except InvalidTag:
            raise MasterKeyLost("the master key does not open the keyring") from None

    # --- sealed things -----------------------------------------------------------------------

    def seal(self, controller: str, scope: str, plain: bytes, now: Millis) -> bytes:
        """Seal one thing under a new key. ``scope`` groups keys that are destroyed together."""
        return self.seal_many(controller, scope, [plain], now)[0]

    def seal_many(
        self, controller: str, scope: str, plains: Sequence[bytes], now: Millis
    ) -> list[bytes]:
        """Seal things of one scope; see ``seal_each``."""
        return self.seal_each([Plain(controller, scope, plain) for plain in plains], now)

    def seal_each(self, plains: Sequence["Plain"], now: Millis) -> list[bytes]:
        """Seal things, each under a key of its own, with one commit to the keyring.

        The keys are committed before the caller can write what they seal: a key without a thing
        is litter, a thing without a key is lost.

        Raises VaultFault for a scope of no kind in ``SCOPES``: nobody would ever destroy its keys.
        """
        if strange := {plain.scope.partition(":")[0] for plain in plains} - SCOPES:
            raise VaultFault(f"no scope of keys: {', '.join(sorted(strange))}")
        wraps = {
            controller: AESGCM(self._controller_key(controller, "wrap"))
            for controller in {plain.controller for plain in plains}
        }
        compressor = zstandard.ZstdCompressor(level=1)
        sealed: list[bytes] = []
        rows: list[dict[str, object]] = []
        for controller, scope, data in plains:
            key_id = secrets.token_bytes(_ID_BYTES)
            key = secrets.token_bytes(KEY_BYTES)
            rows.append(
                {
                    "key_id": key_id,
                    "controller": controller,
                    "scope": scope,
                    "wrapped": _encrypt(wraps[controller], key, key_id),
                    "created_at": now,
                }
            )
            body = _encrypt(
                AESGCM(key), compressor.compress(data), _context(controller, scope, key_id)
            )
            sealed.append(_FORMAT + key_id + body)
        with self._keyring.write() as connection:
            self._keyring.insert_many(connection, sealed_keys, rows)
        return sealed

    def open(self, controller: str, scope: str, sealed: bytes) -> bytes:
        """Open one sealed thing; see ``open_many``."""
        return self.open_many(controller, scope, [sealed])[0]

    def open_many(self, controller: str, scope: str, sealed: Sequence[bytes]) -> list[bytes]:
        """Open sealed things of one scope with one query.

        Raises KeyDestroyed when a key is gone, UnknownSealFormat for a newer format, VaultFault
        when bytes were altered or belong elsewhere.
        """
        for blob in sealed:
            if blob[:1] != _FORMAT:
                msg = "sealed by a newer version of Chappe; this process is too old to open it"
                raise UnknownSealFormat(msg)
        ids = [blob[1 : 1 + _ID_BYTES] for blob in sealed]
        keys = self._unwrap(controller, ids)
        decompressor = zstandard.ZstdDecompressor()
        opened = []
        for key_id, blob in zip(ids, sealed, strict=True):
            try:
                body = _decrypt(
                    AESGCM(keys[key_id]), blob[1 + _ID_BYTES :], _context(controller, scope, key_id)
                )
            except InvalidTag:
                msg = f"a sealed thing of {scope} was altered or moved"
                raise VaultFault(msg) from None
            opened.append(decompressor.decompress(body))
        return opened

    def _unwrap(self, controller: str, ids: Sequence[bytes]) -> dict[bytes, bytes]:
        with self._keyring.read() as connection:
            rows = connection.execute(
                sa.select(sealed_keys.c.key_id, sealed_keys.c.wrapped).where(
                    sealed_keys.c.key_id.in_(ids)
                )
            ).all()
        wrap = AESGCM(self._controller_key(controller, "wrap"))
        try:
            keys = {key_id: _decrypt(wrap, wrapped, key_id) for key_id, wrapped in rows}
        except InvalidTag:
            msg = f"a key in the keyring was altered (controller {controller!r})"
            raise VaultFault(msg) from None
        if len(keys) < len(set(ids)):
            msg = "the key of a sealed thing was destroyed: its content is gone for good"
            raise KeyDestroyed(msg)
        return keys

    def destroy(self, sealed: Iterable[bytes]) -> None:
        """Destroy the keys of these sealed things; what they seal is unreadable from then on."""
        self.destroy_keys([key_of(blob) for blob in sealed])

    def destroy_keys(self, key_ids: Sequence[bytes]) -> None:
        """Destroy keys by their ids, wherever copies of what they seal may lie."""
        with self._keyring.write() as connection:
            connection.execute(sealed_keys.delete().where(sealed_keys.c.key_id.in_(key_ids)))
        self._keyring.empty_log()

    def destroy_scope(self, controller: str, scope: str) -> int:
        """Destroy every key of a scope; return how many there were."""
        with self._keyring.write() as connection:
            destroyed = connection.execute(
                sealed_keys.delete().where(
                    sealed_keys.c.controller == controller, sealed_keys.c.scope == scope
                )
            ).rowcount
        self._keyring.empty_log()
        return destroyed


def key_of(sealed: bytes) -> bytes:
    """Return the id of the key of a sealed thing, which says nothing about what it seals."""
    return sealed[1 : 1 + _ID_BYTES]


def _context(controller: str, scope: str, key_id: bytes) -> bytes:
    return f"chappe\0{controller}\0{scope}\0".encode() + key_id


def _encrypt(cipher: AESGCM, plain: bytes, context: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, context)


def _decrypt(cipher: AESGCM, sealed: bytes, context: bytes) -> bytes:
    return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context)
