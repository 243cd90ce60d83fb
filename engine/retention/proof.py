"""The proof of retention: per class what is too old and what is on hold, signed.

The signature (``engine.signed_documents``) proves what the installation said at that instant, not
that nobody tampered with its databases.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from channels.struct_types import build_now
from engine.app import App
from engine.clock import HOUR, SECOND, Millis
from engine.errors import EngineError
from engine.retention import holds, turns
from engine.signed_documents import NoSuchDocument, Signed, read, signed
from engine.wire.instants import Instant, from_millis
from policy.retention import CLASSES

SCHEMA: Final = "chappe.retention-proof/1"
_USE: Final = b"chappe/keep/1"
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


class Proof(Signed, frozen=True, kw_only=True):
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
    return signed(app, _USE, Proof(at=from_millis(now // SECOND * SECOND), classes=classes))


def verify(app: App, document: bytes) -> tuple[Proof, bool]:
    """Read a proof; return it, and whether this installation signed it as it stands.

    Raises ProofFault.
    """
    try:
        return read(app, _USE, Proof, document)
    except NoSuchDocument:
        msg = "this is no proof of retention; expected what `chappe retention proof` wrote"
        raise ProofFault(msg) from None
