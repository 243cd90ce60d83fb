"""Oppositions: who must not be contacted, by whom, on which channel, and why.

An entry forbids a contact point or a person under one controller, or a contact point for the
whole platform; on one channel or every one, for one purpose or any. The first entry wins: a later
or weaker one never overwrites it, and nothing takes one away but an operator
(``opposition_removal``) or a later consent (``consents``). The database keeps keys; contacts lie sealed in chunks, so that a client
can be handed its own oppositions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from channels.contract import Channel
from engine import audit
from engine.app import App
from engine.audit import Act, Details
from engine.clock import Millis
from engine.counters import opposition
from engine.events import Opposed, instant, new_id
from engine.opposition_chunks import SCOPE, Contact, encode_contacts
from engine.personal_events import sealed_ref
from engine.store import counters, erased, suppression_chunks
from engine.store import suppressions as store
from engine.store.events import SealedEvent, put_sealed
from engine.store.suppressions import (
    ANY_PURPOSE,
    EVERY_CHANNEL,
    PLATFORM_SCOPE,
    Mark,
    find_suppressed,
    tidy,
)
from engine.subjects import (
    REF,
    Keyed,
    Realm,
    Subject,
    keyed,
    look_up_keys,
    realm,
    require_fit,
    require_purpose,
)

__all__ = ["find_suppressed", "tidy"]  # as dispatch knows them

CHUNK_ROWS = 1_000


class Reason(StrEnum):
    """Why somebody must not be contacted."""

    OBJECTION = "objection"  # GDPR art. 21, said in any way
    UNSUBSCRIBED = "unsubscribed"  # by a link or a header
    STOP = "stop"  # by an answer to a message
    COMPLAINT = "complaint"  # reported as spam
    HARD_BOUNCE = "hard_bounce"  # the address does not exist
    ADMIN = "admin"  # entered by an operator
    IMPORTED = "imported"  # handed over by the client
    WITHDRAWN = "withdrawn"  # consent taken back (GDPR art. 7(3))


@dataclass(frozen=True, slots=True)
class Added:
    """What became of an addition. ``already`` holds since ``since``, with its own reason."""

    already: bool
    reason: str
    since: Millis


@dataclass(frozen=True, slots=True)
class Found:
    """One entry that forbids contact. ``channel`` None: every channel; ``purpose`` None: any."""

    kind: str
    channel: Channel | None
    purpose: str | None
    reason: str
    source: str
    since: Millis
    platform: bool


def add(  # noqa: PLR0913 (one for each thing an entry says)
    app: App,
    controller: str | None,
    subject: Subject,
    *,
    channel: Channel | None,
    reason: Reason,
    source: str,
    purpose: str | None = None,
) -> Added:
    """Forbid contact; committed when this returns.

    controller  None: for the whole platform
    channel     None: every channel
    source      a short word for where it came from, such as ``cli`` or ``webhook``
    purpose     None: any

    Raises UnknownController, UnknownPurpose or SubjectFault.
    """
    now = app.clock.now()
    with app.db.write() as connection:
        where = realm(connection, controller)
        one = keyed(app.vault.pseudonyms(where.owner), subject)
        require_fit(where, one.kind, channel)
        require_purpose(where, purpose)
        mark = Mark(
            where.scope,
            channel or EVERY_CHANNEL,
            reason,
            source,
            "person" if one.kind == REF else "contact",
            now,
            purpose or ANY_PURPOSE,
        )
        if record(app, connection, where, mark, [one]):
            if controller is not None:
                tell_client(app, connection, controller, mark, one)
            told = {"reason": reason.value} | ({"purpose": purpose} if purpose else {})
            record_act(app, connection, Act.OPPOSITION_ADDED, where, told)
            return Added(already=False, reason=reason, since=now)
        found = store.entries(
            app.db, connection, scope=where.scope, keys=[one.key], platform_keys=[]
        )
        same = mark.channel, mark.purpose
        before = next(entry for entry in found if (entry.channel, entry.purpose) == same)
        return Added(already=True, reason=before.reason, since=before.created_at)


def record_act(
    app: App,
    connection: sa.Connection,
    act: Act,
    where: Realm,
    told: Details,
    subject: str = "oppositions",
) -> None:
    """Put on record what was done in a realm, last in the transaction."""
    owner = "" if where.is_platform else where.owner
    audit.record(app, connection, act, subject, controller=owner, details=told)


def tell_client(
    app: App, connection: sa.Connection, controller: str, mark: Mark, one: Keyed
) -> None:
    """Tell the client that somebody opposed, by its own id of the person if that was given."""
    event = Opposed(
        id=new_id(),
        at=instant(mark.created_at),
        controller=controller,
        channel=Channel(mark.channel) if mark.channel else None,
        purpose=mark.purpose or None,
        reason=mark.reason,
        source=mark.source,
    )
    sealed = None
    if one.kind == REF and not erased.among(connection, [(mark.scope, one.key)]):
        (sealed,) = app.vault.seal_each([sealed_ref(controller, one.value)], mark.created_at)
    put_sealed(connection, [SealedEvent(event, mark.scope, sealed)], mark.created_at)


def record(
    app: App, connection: sa.Connection, where: Realm, mark: Mark, subjects: Sequence[Keyed]
) -> set[bytes]:
    """Add entries that have their mark in common, and seal their contacts, in one transaction.

    Returns the keys that were new. Contacts of entries that existed are not stored again: each
    lies in one place, where an erasure finds it. Those of erased persons are not stored at all.
    """
    new: set[bytes] = set()
    filled: list[tuple[int, bytes]] = []
    nameless = erased.read(connection, where.scope).keys  # forbidden as anybody, kept as nobody
    # Sorted, neighbours in the index are written together.
    ordered = sorted(subjects)
    for start in range(0, len(ordered), CHUNK_ROWS):
        part = ordered[start : start + CHUNK_ROWS]
        chunk_id = suppression_chunks.new_chunk(connection, where.scope)
        keys = [one.key for one in part]
        added = store.add_missing(app.db, connection, mark, chunk_id, keys)
        contacts = {
            one.key: Contact(one.key, mark.channel, one.kind, one.value, mark.purpose)
            for one in part
            if one.key in added and one.key not in nameless
        }
        new |= added
        if not nameless.isdisjoint(added):
            store.forget_contacts(connection, chunk_id, nameless.intersection(added))
        if not contacts:
            suppression_chunks.drop_chunk(connection, chunk_id)
            continue
        filled.append((chunk_id, encode_contacts(contacts.values())))
    if filled:
        sealed = app.vault.seal_many(
            where.owner, SCOPE, [plain for _, plain in filled], mark.created_at
        )
        for (chunk_id, _), blob in zip(filled, sealed, strict=True):
            suppression_chunks.fill_chunk(connection, chunk_id, blob)
    counters.add(connection, {opposition(mark.reason, mark.source): len(new)})
    return new


def forbids(entry_purpose: str | None, purpose: str | None) -> bool:
    """Return whether an entry speaks against a purpose; None asks about all of them."""
    return purpose is None or not entry_purpose or entry_purpose == purpose


def check(
    app: App, controller: str | None, subjects: Iterable[Subject], purpose: str | None = None
) -> list[Found]:
    """Return everything that forbids contact with these addresses or persons.

    purpose  only what forbids contact for it; None: whatever forbids anything

    The platform's entries count for every controller. Raises as ``add`` does.
    """
    with app.db.read() as connection:
        where = realm(connection, controller)
        require_purpose(where, purpose)
        keys, platform_keys = look_up_keys(app, where, subjects)
        found = store.entries(
            app.db, connection, scope=where.scope, keys=keys, platform_keys=platform_keys
        )
    kinds = keys | platform_keys
    return [
        Found(
            kind=kinds[entry.key],
            channel=Channel(entry.channel) if entry.channel else None,
            purpose=entry.purpose or None,
            reason=entry.reason,
            source=entry.source,
            since=entry.created_at,
            platform=entry.scope == PLATFORM_SCOPE,
        )
        for entry in found
        if forbids(entry.purpose, purpose)
    ]
