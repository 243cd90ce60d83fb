"""Taking oppositions away: an operator's explicit act, or what a later consent lifts.

The contact behind an entry goes with it: its chunk is sealed anew without it, and the key of the
old one is destroyed once the change is committed.
"""

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum

import sqlalchemy as sa
import structlog

from channels.contract import Channel
from engine.app import App
from engine.audit import Act
from engine.errors import EngineError
from engine.opposition_chunks import SCOPE, decode_contacts, encode_contacts
from engine.oppositions import record_act
from engine.store import consents as ledger
from engine.store import erased, suppression_chunks
from engine.store import suppressions as store
from engine.store.suppressions import ANY_PURPOSE, EVERY_CHANNEL, Entry
from engine.subjects import Realm, Subject, keyed, realm
from engine.wire.instants import from_millis

_log = structlog.get_logger()


class Removal(StrEnum):
    """Why an operator takes an entry away."""

    CONSENT_RENEWED = "consent_renewed"  # the ledger has a consent later than the opposition
    ENTERED_IN_ERROR = "entered_in_error"
    ADDRESS_REPAIRED = "address_repaired"  # a hard bounce whose cause is gone


class NotOpposed(EngineError):
    """Raised when an entry to be removed does not exist."""


class NotRenewed(EngineError):
    """Raised when no consent in the ledger is later than the opposition that it should lift."""


class ComesFromErasure(EngineError):
    """Raised when an entry to be removed stands for a person who was erased."""


def remove(  # noqa: PLR0913 (one for each thing that names an entry, and why)
    app: App,
    controller: str | None,
    subject: Subject,
    *,
    channel: Channel | None,
    why: Removal,
    purpose: str | None = None,
    though_erased: bool = False,
) -> Entry:
    """Take one entry away: an operator's explicit act, for a reason from a closed list.

    ``though_erased``: also one that an erasure left, after which lists take the person in again.
    Raises ComesFromErasure without it, NotOpposed, NotRenewed, UnknownController or SubjectFault.
    """
    with app.db.write() as connection:
        where = realm(connection, controller)
        one = keyed(app.vault.pseudonyms(where.owner), subject)
        place = (one.key, where.scope, channel or EVERY_CHANNEL, purpose or ANY_PURPOSE)
        gone = store.remove(connection, place)
        if gone is None:
            msg = "there is no such entry; `chappe suppress check` shows what there is"
            raise NotOpposed(msg)
        if gone.reason == erased.ERASED and not though_erased:
            msg = "this entry comes from an erasure; nothing was removed"
            raise ComesFromErasure(msg)
        # The ledger takes nothing in of an erased person: lifting that comes before any proof.
        if why is Removal.CONSENT_RENEWED and gone.reason != erased.ERASED:
            _require_renewed(connection, gone)
        stale = forget_contacts(app, connection, where, [gone])
        told = {"was": gone.reason, "why": why.value}
        told |= {"purpose": gone.purpose} if gone.purpose else {}
        record_act(app, connection, Act.OPPOSITION_REMOVED, where, told)
    if stale:
        app.vault.destroy(stale)
    _log.info(
        "opposition_removed", scope=where.scope, channel=gone.channel, was=gone.reason, why=why
    )
    return gone


def _require_renewed(connection: sa.Connection, gone: Entry) -> None:
    """Raise NotRenewed unless the ledger proves a consent given on a later day (UTC)."""
    opposed_on = from_millis(gone.created_at).date().isoformat()
    given = ledger.latest_given(
        connection, gone.key, gone.scope, channel=gone.channel, purpose=gone.purpose
    )
    if given is None or given <= opposed_on:
        msg = (
            f"the ledger has no consent later than the opposition of {opposed_on}; put the proof in"
            " first: chappe consent give --given DATE"
        )
        raise NotRenewed(msg)


def forget_contacts(
    app: App, connection: sa.Connection, where: Realm, gone: Sequence[Entry]
) -> list[bytes]:
    """Seal the entries' chunks anew without their contacts; return the old ones, to be destroyed.

    Whoever calls destroys them once the transaction is committed.
    """
    by_chunk: dict[int, set[tuple[bytes, str, str]]] = defaultdict(set)
    for entry in gone:
        if entry.chunk_id is not None:
            by_chunk[entry.chunk_id].add((entry.key, entry.channel, entry.purpose))
    stale: list[bytes] = []
    for chunk_id in sorted(by_chunk):
        old = suppression_chunks.lock_chunk(connection, chunk_id)
        if old is None:
            continue
        contacts = decode_contacts(app.vault.open(where.owner, SCOPE, old))
        out = by_chunk[chunk_id]
        rest = [one for one in contacts if (one.key, one.channel, one.purpose) not in out]
        if rest:
            plain = encode_contacts(rest)
            sealed = app.vault.seal(where.owner, SCOPE, plain, app.clock.now())
            suppression_chunks.fill_chunk(connection, chunk_id, sealed)
        else:
            suppression_chunks.drop_chunk(connection, chunk_id)
        stale.append(old)
    return stale
