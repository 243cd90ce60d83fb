"""The ledger of consents: what persons agreed to, how that is proven, when they took it back.

A consent is about an address or a person of one controller, one purpose and named channels. Its
proof is the day, the method, the wording and the place. Nothing of the person is kept but a key.
Taking it back is as easy as giving it (GDPR art. 7(3)): it forbids contact from then on, as any
opposition does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from channels.contract import ADDRESS_KIND, Channel
from engine import oppositions
from engine.app import App
from engine.audit import Act, Details
from engine.clock import Millis
from engine.consent_ledger import ERASED, Recorded, day_of, record_consents
from engine.errors import EngineError
from engine.oppositions import Reason, record_act
from engine.store import consents as store
from engine.store.consents import ConsentRow
from engine.store.database import Database
from engine.store.suppressions import ANY_PURPOSE, EVERY_CHANNEL, Entry, Mark
from engine.subjects import (
    REF,
    Keyed,
    Realm,
    Subject,
    keyed,
    realm,
    require_fit,
    require_purpose,
)
from engine.wire.job import ConsentMethod

__all__ = ["ConsentRow"]  # as whoever shows the ledger knows it

Evidence = frozenset[tuple[str, date | bool | str | frozenset[str]]]
"""Pairs of ``policy.send_facts.EVIDENCE``, as the facts of a recipient carry them."""


MOST_SAID = 200
"""Characters of a wording or a source at most, as campaigns may write them."""


class ConsentFault(EngineError):
    """Raised when a consent cannot be recorded as it is given."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How a consent is proven.

    given_on      the day it was given
    text_version  the wording that was shown
    source        where it was collected
    """

    given_on: date
    method: ConsentMethod
    text_version: str
    source: str


@dataclass(frozen=True, slots=True)
class Given:
    """What became of a consent.

    recorded  how many consents count from now on; 0: the ledger had them, or later ones
    lifted    oppositions that it took away
    standing  oppositions that still forbid what was consented to
    """

    recorded: int
    lifted: tuple[Entry, ...]
    standing: tuple[oppositions.Found, ...]


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What a withdrawal did: how many consents held until now, how many oppositions are new."""

    consents: int
    opposed: int


def give(
    app: App,
    controller: str,
    subjects: Sequence[Subject],
    *,
    purpose: str,
    channels: Sequence[Channel],
    proof: Proof,
) -> Given:
    """Record that a person consented; committed when this returns.

    subjects  the person: by the client's own id, by an address, or by both

    Raises ConsentFault when the proof is no later than an opposition, when the person was erased,
    or when the day is to come; UnknownController, UnknownPurpose or SubjectFault.
    """
    now = app.clock.now()
    given_on = proof.given_on.isoformat()
    if given_on > day_of(now):
        msg = f"nobody can have consented on {given_on}: that day is to come (UTC)"
        raise ConsentFault(msg)
    with app.db.write() as connection:
        where = realm(connection, controller)
        require_purpose(where, purpose)
        named = _keyed(app, where, subjects)
        rows = [
            ConsentRow(
                one.key,
                where.scope,
                purpose,
                channel.value,
                given_on,
                proof.method.value,
                proof.text_version,
                proof.source,
                now,
            )
            for one, channel in _pairs(where, named, channels)
        ]
        done = record_consents(app, connection, where, rows)
        if done.refused:
            raise ConsentFault(_why(done, given_on))
        told: Details = {
            "purpose": purpose,
            "recorded": len(done.written),
            "lifted": len(done.lifted),
        }
        record_act(app, connection, Act.CONSENT_GIVEN, where, told, "consents")
    if done.stale:
        app.vault.destroy(done.stale)
    left = oppositions.check(app, controller, subjects, purpose)
    standing = tuple(one for one in left if one.channel is None or one.channel in channels)
    return Given(len(done.written), tuple(done.lifted), standing)


def _why(done: Recorded, given_on: str) -> str:
    if ERASED in done.refused.values():
        return (
            "the person was erased on their own request, and nothing about them is recorded; if"
            " they want to be written to again, first: chappe suppress remove … --why"
            " consent_renewed"
        )
    return (
        f"the person objected on {given_on} or later: a proof must be of a later day than the"
        " objection (UTC). `chappe suppress check` shows when that was"
    )


def withdraw(
    app: App,
    controller: str,
    subjects: Sequence[Subject],
    *,
    purpose: str | None,
    channels: Sequence[Channel],
    source: str,
) -> Withdrawn:
    """Record that a person took consent back; contact is forbidden when this returns.

    purpose   None: whatever it is
    channels  none: every channel

    It holds even where the ledger has no such consent. The client is told of what is new.
    Raises UnknownController, UnknownPurpose or SubjectFault.
    """
    now = app.clock.now()
    with app.db.write() as connection:
        where = realm(connection, controller)
        require_purpose(where, purpose)
        named = _keyed(app, where, subjects)
        wanted = [channel.value for channel in channels]
        keys = [one.key for one in named]
        held = store.withdraw(
            connection, where.scope, keys, purpose=purpose, channels=wanted, now=now
        )
        opposed = _oppose(app, connection, where, named, (purpose, channels, source), now)
        told: Details = {"purpose": purpose or ANY_PURPOSE, "consents": held, "opposed": opposed}
        record_act(app, connection, Act.CONSENT_WITHDRAWN, where, told, "consents")
    return Withdrawn(held, opposed)


def _oppose(
    app: App,
    connection: sa.Connection,
    where: Realm,
    named: Sequence[Keyed],
    what: tuple[str | None, Sequence[Channel], str],
    now: Millis,
) -> int:
    """Forbid contact, and tell the client once for each channel: by its own id if it gave one."""
    purpose, channels, source = what
    pairs = _pairs(where, named, channels) if channels else [(one, None) for one in named]
    told: dict[Channel | None, tuple[Mark, Keyed]] = {}
    opposed = 0
    for one, channel in pairs:
        mark = Mark(
            where.scope,
            channel or EVERY_CHANNEL,
            Reason.WITHDRAWN,
            source,
            "person" if one.kind == REF else "contact",
            now,
            purpose or ANY_PURPOSE,
        )
        if oppositions.record(app, connection, where, mark, [one]):
            opposed += 1
            told.setdefault(channel, (mark, one))
    for mark, one in told.values():
        oppositions.tell_client(app, connection, where.owner, mark, one)
    return opposed


def show(app: App, controller: str, subjects: Sequence[Subject]) -> list[ConsentRow]:
    """Return what the ledger has of a person, by purpose and channel.

    Raises UnknownController or SubjectFault.
    """
    with app.db.read() as connection:
        where = realm(connection, controller)
        keys = [one.key for one in _keyed(app, where, subjects)]
        found = store.of_keys(app.db, connection, where.scope, keys)
    return sorted(found, key=lambda row: (row.purpose, row.channel, row.given_on))


def evidence_for(
    db: Database,
    connection: sa.Connection,
    *,
    scope: int,
    purpose: str,
    channel: str,
    keys: Iterable[bytes],
) -> dict[bytes, Evidence]:
    """Return the proofs of consents that hold, by key; whoever has none is not in it.

    Each says ``given_at``, ``method``, ``text_version``, ``source`` and, as ``channels``, the
    channel that was asked about. One look-up for all keys.
    """
    return {
        bytes(row.key): frozenset(
            {
                ("given_at", date.fromisoformat(row.given_on)),
                ("method", row.method),
                ("text_version", row.text_version),
                ("source", row.source),
                ("channels", frozenset({row.channel})),
            }
        )
        for row in store.holding(
            db, connection, scope=scope, purpose=purpose, channel=channel, keys=keys
        )
    }


def _keyed(app: App, where: Realm, subjects: Sequence[Subject]) -> list[Keyed]:
    """Return the names of one person with their keys, the client's own id first."""
    pseudonyms = app.vault.pseudonyms(where.owner)
    named = [keyed(pseudonyms, subject) for subject in subjects]
    return sorted(named, key=lambda one: one.kind != REF)


def _pairs(
    where: Realm, named: Sequence[Keyed], channels: Sequence[Channel]
) -> list[tuple[Keyed, Channel]]:
    """Return each name with the channels on which it can be reached.

    Raises SubjectFault for a channel on which none of them can.
    """
    found: list[tuple[Keyed, Channel]] = []
    for channel in dict.fromkeys(channels):
        fitting = [one for one in named if one.kind in {REF, ADDRESS_KIND[channel]}]
        if not fitting:
            require_fit(where, named[0].kind, channel)
        found += [(one, channel) for one in fitting]
    return found
