"""What a consent does to the ledger and to oppositions, for many persons in one transaction.

A consent lifts an opposition of the same person only if it was given on a later day (UTC), to the
very purpose and channel that the opposition names, and if the opposition is one that a person can
take back. A wider opposition stays until somebody removes it; one of a later day, or of the same,
speaks against the consent, which is then refused.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from engine.app import App
from engine.clock import Millis
from engine.opposition_removal import forget_contacts
from engine.oppositions import Reason
from engine.store import consents as store
from engine.store import erased, suppressions
from engine.store.blocks import hold_controller
from engine.store.consents import Agreed, ConsentRow
from engine.store.suppressions import ANY_PURPOSE, EVERY_CHANNEL, Entry
from engine.subjects import Realm
from engine.wire.instants import from_millis

LIFTABLE: Final = frozenset(
    {Reason.OBJECTION, Reason.UNSUBSCRIBED, Reason.STOP, Reason.WITHDRAWN, Reason.IMPORTED}
)
"""What a person said, and can say otherwise. Nobody consents a dead address back to life."""

ERASED: Final = "erased"
OPPOSED_LATER: Final = "opposed_later"


@dataclass(slots=True)
class Recorded:
    """What became of consents.

    written   those that count from now on; the ledger had the rest already, or a later one
    refused   those that must not be recorded, with ``erased`` or ``opposed_later``
    lifted    oppositions that are gone
    standing  oppositions that still forbid what was consented to
    stale     sealed contacts whose keys are to be destroyed once the transaction is committed
    """

    written: set[Agreed]
    refused: dict[Agreed, str]
    lifted: list[Entry]
    standing: list[Entry]
    stale: list[bytes]


def opposed_on(entry: Entry) -> str:
    """Return the UTC day of an opposition, as an ISO date."""
    return from_millis(entry.created_at).date().isoformat()


def record_consents(
    app: App, connection: sa.Connection, where: Realm, wanted: Sequence[ConsentRow]
) -> Recorded:
    """Write consents that hold, at most one per key, purpose and channel; lift what they lift.

    The controller's row is held, so that an erasure either came before and is heeded, or comes
    later and finds what is written here.
    """
    hold_controller(connection, where.scope)
    against: dict[bytes, list[Entry]] = defaultdict(list)
    found = suppressions.entries(
        app.db,
        connection,
        scope=where.scope,
        keys={row.key for row in wanted},
        platform_keys=(),
    )
    for entry in found:
        against[entry.key].append(entry)
    done = Recorded(set(), {}, [], [], [])
    good: list[ConsentRow] = []
    lifted: dict[Entry, None] = {}
    for row in wanted:
        opposed = [entry for entry in against[row.key] if _overlap(entry, row)]
        why = _refusal(opposed, row)
        if why:
            done.refused[row.key, row.purpose, row.channel] = why
            continue
        good.append(row)
        for entry in opposed:
            if _lifts(row, entry):
                lifted[entry] = None
            else:
                done.standing.append(entry)
    done.written = store.put(app.db, connection, good)
    done.lifted = suppressions.remove_each(app.db, connection, list(lifted))
    done.stale = forget_contacts(app, connection, where, done.lifted)
    return done


def _overlap(entry: Entry, row: ConsentRow) -> bool:
    return entry.channel in {EVERY_CHANNEL, row.channel} and entry.purpose in {
        ANY_PURPOSE,
        row.purpose,
    }


def _refusal(opposed: Sequence[Entry], row: ConsentRow) -> str:
    """Return why a consent must not be recorded; empty: it may be."""
    if any(entry.reason == erased.ERASED for entry in opposed):
        return ERASED
    later = (opposed_on(entry) >= row.given_on for entry in opposed if entry.reason in LIFTABLE)
    return OPPOSED_LATER if any(later) else ""


def _lifts(row: ConsentRow, entry: Entry) -> bool:
    same = (entry.channel, entry.purpose) == (row.channel, row.purpose)
    return same and entry.reason in LIFTABLE


def day_of(now: Millis) -> str:
    """Return the UTC day of an instant, as an ISO date."""
    return from_millis(now).date().isoformat()
