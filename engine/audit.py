"""The audit: who did what, when; append-only, each act linked to the one before by its hash.

An act names operators, controllers, campaigns, lists and requests; never a person, an address,
content or a secret. It is written in the transaction of what was done, so that neither exists
without the other. Where the chain stands is then *anchored* in the keyring: a chain cannot see
that its own end was cut off. The actor's name only names: it is whoever ran the command on a
machine that could reach the database, and no proof of identity.
"""

import hmac
from collections.abc import Mapping
from enum import StrEnum
from hashlib import blake2b, sha256

import msgspec
import sqlalchemy as sa

from engine.app import App
from engine.store import acts
from engine.store.acts import ActRow, Anchor, Wanted

__all__ = ["Act", "ActRow", "Details", "Wanted", "anchor", "record"]

FIRST = bytes(32)  # what stands for the hash before the first act
Details = Mapping[str, str | int | bool]

_FORMAT = b"chappe act 1"
_SEAL_BYTES = 16
_DETAILS = msgspec.json.Decoder(dict[str, str | int | bool])


class Act(StrEnum):
    """Everything that is done by decision, and so is on record."""

    INSTALLATION_MADE = "installation_made"
    DATABASE_ADOPTED = "database_adopted"
    CONTROLLER_ADDED = "controller_added"
    CONTROLLER_CHANGED = "controller_changed"
    CONTROLLER_ENDED = "controller_ended"
    ACCOUNT_GRANTED = "account_granted"
    ACCOUNT_REVOKED = "account_revoked"
    CONNECTOR_ADDED = "connector_added"
    CONNECTOR_CHANGED = "connector_changed"
    CONNECTOR_ATTESTED = "connector_attested"
    CONNECTOR_REMOVED = "connector_removed"
    LIST_IMPORTED = "list_imported"
    LIST_IMPORT_UNDONE = "list_import_undone"
    LIST_EXPORTED = "list_exported"
    LIST_DELETED = "list_deleted"
    LIST_ATTESTED = "list_attested"
    LIST_SCREENED = "list_screened"
    OPPOSITION_ADDED = "opposition_added"
    OPPOSITION_REMOVED = "opposition_removed"
    OPPOSITIONS_IMPORTED = "oppositions_imported"
    OPPOSITIONS_EXPORTED = "oppositions_exported"
    OPPOSITION_LIST_IMPORTED = "opposition_list_imported"
    OPPOSITION_LIST_REMOVED = "opposition_list_removed"
    CONSENT_GIVEN = "consent_given"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    CONSENTS_IMPORTED = "consents_imported"
    CONSENTS_EXPORTED = "consents_exported"
    CAMPAIGN_PAUSED = "campaign_paused"
    CAMPAIGN_RESUMED = "campaign_resumed"
    CAMPAIGN_CANCELLED = "campaign_cancelled"
    CAMPAIGN_APPROVED = "campaign_approved"
    POLICY_APPLIED = "policy_applied"
    POLICY_ROLLED_BACK = "policy_rolled_back"
    SWITCHED_OFF = "switched_off"
    SWITCHED_ON = "switched_on"
    PROOF_SENT = "proof_sent"
    DEAD_LETTER_OPENED = "dead_letter_opened"
    DEAD_LETTER_REPLAYED = "dead_letter_replayed"
    DEAD_LETTER_DROPPED = "dead_letter_dropped"
    HOLD_ADDED = "hold_added"
    HOLD_LIFTED = "hold_lifted"
    RETENTION_RUN = "retention_run"
    RIGHTS_OPENED = "rights_opened"
    RIGHTS_ACCEPTED = "rights_accepted"
    RIGHTS_DONE = "rights_done"
    RIGHTS_REFUSED = "rights_refused"


def record(  # noqa: PLR0913 (one for each thing an act says)
    app: App,
    connection: sa.Connection,
    act: Act,
    subject: str,
    *,
    controller: str = "",
    details: Details | None = None,
    actor: str | None = None,
) -> int:
    """Write an act into the transaction of what was done; return its number.

    subject     what was acted upon: a kind and an id, such as ``campaign:winter-1``
    controller  its name; empty: the platform
    details     words and numbers that say more, such as what a setting was before
    actor       None: whoever the settings name (CHAPPE_ACTOR)

    Other transactions that record an act wait for this one: call it last.
    """
    acts.take_turn(connection)
    before = acts.last(connection)
    bare = ActRow(
        number=1 if before is None else before.number + 1,
        at=app.clock.now(),
        actor=actor or app.settings.actor,
        act=act,
        controller=controller,
        subject=subject,
        details=written(details or {}),
        previous=FIRST if before is None else before.hash,
        hash=b"",
        seal=b"",
    )
    digest = hash_of(bare)
    acts.insert(connection, bare._replace(hash=digest, seal=seal_of(seal_key(app), digest)))
    return bare.number


def anchor(app: App) -> None:
    """Anchor the chain where it stands; call it once acts are committed, and now and then.

    Acts that a crash left without an anchor are anchored by the next call.
    """
    with app.db.read() as connection:
        head = acts.last(connection)
    if head is None:
        return
    with app.vault.keyring.read() as keyring:
        known = acts.last_anchor(keyring)
    if known is None or known.number < head.number:
        with app.vault.keyring.write() as keyring:
            acts.anchor(keyring, Anchor(head.number, head.hash, app.clock.now()))


def latest(app: App, wanted: Wanted, limit: int) -> list[ActRow]:
    """Return acts, newest first."""
    with app.db.read() as connection:
        return acts.latest(connection, wanted, limit)


def count(app: App) -> int:
    """Return how many acts there are."""
    with app.db.read() as connection:
        return acts.count(connection)


def details_of(row: ActRow) -> dict[str, str | int | bool] | None:
    """Return the details of an act; None: they are none, so that somebody changed them."""
    try:
        return _DETAILS.decode(row.details)
    except msgspec.MsgspecError:
        return None


def written(details: Details) -> str:
    """Return details as they are stored: JSON, in one order."""
    return msgspec.json.encode(details, order="sorted").decode()


def hash_of(row: ActRow) -> bytes:
    """Return the hash of an act, over everything it says and the hash before it.

    Each field is preceded by its length, so that no two acts are encoded alike.
    """
    fields = (
        row.number.to_bytes(8, "big", signed=True),
        row.at.to_bytes(8, "big", signed=True),
        row.actor.encode(),
        row.act.encode(),
        row.controller.encode(),
        row.subject.encode(),
        row.details.encode(),
        row.previous,
    )
    digest = sha256(_FORMAT)
    for field in fields:
        digest.update(len(field).to_bytes(8, "big"))
        digest.update(field)
    return digest.digest()


def seal_key(app: App) -> bytes:
    """Return the key of the seals: it lies in the keyring, apart from the acts."""
    return blake2b(app.vault.reference_key(), digest_size=32, person=b"chappe/audit/1").digest()


def seal_of(key: bytes, digest: bytes) -> bytes:
    """Return the seal of an act's hash."""
    return hmac.digest(key, digest, "sha256")[:_SEAL_BYTES]
