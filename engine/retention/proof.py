"""The proof of retention: per class what is too old and what is on hold, signed.

The signature is Ed25519 (RFC 8032) under a key derived from the installation's own: whoever knows
the installation's public key can verify it, years later, and finds out if anything was altered. It
proves what the installation said at that instant, not that nobody tampered with its databases.
"""

from hashlib import blake2b
from typing import Annotated, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import Meta
from msgspec.structs import replace

from channels.struct_types import build_now
from engine.app import App
from engine.clock import HOUR, SECOND, Millis
from engine.errors import EngineError
from engine.retention import holds, turns
from engine.wire.instants import Instant, from_millis
from policy.retention import CLASSES

SCHEMA: Final = "chappe.retention-proof/1"
GRACE: Final[Millis] = HOUR
"""Sweeps look at each class every half hour: what is late by less than this has its turn soon."""


class ProofFault(EngineError):
    """Raised when a document is no proof of retention."""


class ClassProof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One class of data."""

    name: str
    keeps: Annotated[str | None, Meta(description="How long; the controller may choose less.")]
    overdue: Annotated[int, Meta(description="How much is kept longer than that.")]
    holds: Annotated[int, Meta(description="Legal holds in force; what they keep is not counted.")]


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an installation kept at an instant. ``signature`` is over everything else."""

    schema: str = SCHEMA
    at: Instant
    grace: Annotated[str, Meta(description="How late a sweep may be before it counts.")] = "PT1H"
    classes: tuple[ClassProof, ...]
    public_key: Annotated[str, Meta(description="Which installation; verifies the signature.")] = ""
    signature: str = ""

    @property
    def overdue(self) -> int:
        """How much is older than promised, in all; 0 is right."""
        return sum(one.overdue for one in self.classes)


build_now(Proof)
_DECODER = msgspec.json.Decoder(Proof)


def prove(app: App) -> Proof:
    """Count what is older than promised now, and sign the answer."""
    now = app.clock.now()
    held = [one.retention_class for one in holds.every(app)]
    classes = tuple(
        ClassProof(
            one.name, one.keeps, turns.overdue(app, one.name, now - GRACE), held.count(one.name)
        )
        for one in CLASSES
        if one.swept
    )
    key = _key(app)
    bare = Proof(
        at=from_millis(now // SECOND * SECOND),
        classes=classes,
        public_key=key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex(),
    )
    return replace(bare, signature=key.sign(_said(bare)).hex())


def verify(app: App, document: bytes) -> tuple[Proof, bool]:
    """Read a proof; return it, and whether this installation signed it as it stands.

    Raises ProofFault.
    """
    try:
        proof = _DECODER.decode(document)
        signature = bytes.fromhex(proof.signature)
    except ValueError:  # msgspec's and Unicode's errors are among these
        msg = "this is no proof of retention; expected what `chappe retention proof` wrote"
        raise ProofFault(msg) from None
    try:
        _key(app).public_key().verify(signature, _said(proof))
    except InvalidSignature:
        return proof, False
    return proof, True


def _said(proof: Proof) -> bytes:
    return msgspec.json.encode(replace(proof, signature=""))


def _key(app: App) -> Ed25519PrivateKey:
    seed = blake2b(app.vault.reference_key(), digest_size=32, person=b"chappe/keep/1").digest()
    return Ed25519PrivateKey.from_private_bytes(seed)
