"""Certificates: what was done about a request, signed, and about nobody in particular.

A certificate may be handed on: it names the request, the places and counts, never the person. The
signature (``engine.signed_documents``) lets it be known again years later, and an altered one too.
"""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from channels.struct_types import build_now
from engine.app import App
from engine.clock import Millis
from engine.errors import EngineError
from engine.signed_documents import NoSuchDocument, Signed, read, signed
from engine.store.places import NOT_REACHED, PLACES, Where
from engine.store.rights import RequestRow
from engine.wire.instants import Instant, from_millis
from policy.rights import RIGHTS, Right

SCHEMA: Final = "chappe.certificate/1"
_USE: Final = b"chappe/cert/1"


class CertificateFault(EngineError):
    """Raised when a document is no certificate, or none of this installation, or was altered."""


class Searched(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One place."""

    place: str
    found: Annotated[int, Meta(description="How many things of the person were dealt with.")]
    left: Annotated[str, Meta(description="What is there now.")]


class Certificate(Signed, frozen=True, kw_only=True):
    """What was done about one request."""

    schema: str = SCHEMA
    request: int
    right: str
    article: Annotated[str, Meta(description="Of the GDPR.")]
    controller: str
    received_at: Instant
    accepted_at: Instant
    finished_at: Instant
    due_at: Annotated[Instant, Meta(description="From when on the answer would have been late.")]
    contact_forbidden: bool
    searched: tuple[Searched, ...]
    not_reached: Annotated[
        tuple[str, ...], Meta(description="Where something may be that no installation can search.")
    ]
    public_key: str = ""
    signature: str = ""


build_now(Certificate)


def issue(
    app: App, row: RequestRow, controller: str, found: Mapping[str, int], finished_at: Millis
) -> str:
    """Return the signed certificate of a request, as text."""
    right = Right(row.kind)
    searched = PLACES.items() if right is Right.ERASURE else ()
    bare = Certificate(
        request=row.id,
        right=right.value,
        article=RIGHTS[right].article,
        controller=controller,
        received_at=from_millis(row.received_at),
        accepted_at=from_millis(row.accepted_at or row.received_at),
        finished_at=from_millis(finished_at),
        due_at=from_millis(row.due_at),
        contact_forbidden=RIGHTS[right].stops_contact,
        searched=tuple(
            # The request itself is forgotten with the very act that this certifies.
            Searched(place=where, found=found.get(where, int(where is Where.RIGHTS)), left=one.left)
            for where, one in searched
        ),
        not_reached=NOT_REACHED if right is Right.ERASURE else (),
    )
    return msgspec.json.format(msgspec.json.encode(signed(app, _USE, bare)), indent=2).decode()


def verify(app: App, text: bytes) -> Certificate:
    """Return a certificate of this installation. Raises CertificateFault."""
    try:
        given, genuine = read(app, _USE, Certificate, text)
    except NoSuchDocument:
        raise CertificateFault("this is no certificate, or something was added to it") from None
    if not genuine:
        msg = (
            "the signature is not this installation's: the certificate was altered, or is another's"
        )
        raise CertificateFault(msg)
    return given
