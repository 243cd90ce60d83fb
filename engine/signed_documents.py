"""Documents that an installation signs: certificates, and the proof of retention.

The signature is Ed25519 (RFC 8032) under a key derived from the installation's own, over the compact
JSON of everything else: whoever knows the public key in the document can verify it, years later.
"""

import json
from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec.structs import replace

from engine.app import App
from engine.errors import EngineError


class Signed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed: gives itself ``public_key`` and ``signature``, as text that is empty at first."""

    if TYPE_CHECKING:  # as fields of this class they would stand before whatever people read first
        public_key: str = ""
        signature: str = ""


class NoSuchDocument(EngineError):
    """Raised when bytes are not a document of the kind that was asked for."""


Document = TypeVar("Document", bound=Signed)


def signed(app: App, use: bytes, bare: Document) -> Document:
    """Return a document with its signature.

    use  what it is for, at most 16 bytes: a key of its own for each
    """
    key = _key(app, use)
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    named = replace(bare, public_key=public)
    return replace(named, signature=key.sign(_said(named)).hex())


def read(app: App, use: bytes, kind: type[Document], text: bytes) -> tuple[Document, bool]:
    """Return a document, and whether this installation signed it as it stands.

    Raises NoSuchDocument, also where a name is given twice: people might read the other one.
    """
    try:
        json.loads(text, object_pairs_hook=_once)
        given = msgspec.json.decode(text, type=kind)
        signature = bytes.fromhex(given.signature)
    except (ValueError, RecursionError):  # msgspec's and Unicode's errors are among these
        raise NoSuchDocument(f"no {kind.__name__.lower()}") from None
    try:
        _key(app, use).public_key().verify(signature, _said(given))
    except InvalidSignature:
        return given, False
    return given, True


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _said(document: Signed) -> bytes:
    return msgspec.json.encode(replace(document, signature=""))


def _key(app: App, use: bytes) -> Ed25519PrivateKey:
    seed = blake2b(app.vault.reference_key(), digest_size=32, person=use).digest()
    return Ed25519PrivateKey.from_private_bytes(seed)
