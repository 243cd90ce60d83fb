"""Who was erased: their keys go on forbidding, and nobody takes them in again.

A controller's counter of erasures tells who read these keys whether they are still all: whoever
searches for a person raises it while nobody else holds the controller's row.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine.clock import Millis
from engine.store.database import Database
from engine.store.suppressions import ANY_PURPOSE, EVERY_CHANNEL
from engine.store.tables import controllers, suppressions

ERASED: Final = "erased"  # the reason of such an entry


class ErasedKeys(NamedTuple):
    """The keys of a controller's erased persons and contact points, as of its ``erasures``."""

    keys: frozenset[bytes]
    erasures: int


def read(connection: sa.Connection, controller: int) -> ErasedKeys:
    """Return whom a controller has erased."""
    erasures = count(connection, controller)  # first: what is added in between counts as unseen
    keys = connection.scalars(
        sa.select(suppressions.c.key).where(
            suppressions.c.scope == controller, suppressions.c.reason == sa.text("'erased'")
        )
    )
    return ErasedKeys(frozenset(keys), erasures)


def count(connection: sa.Connection, controller: int) -> int:
    """Return how often somebody was searched for to be erased."""
    asked = sa.select(controllers.c.erasures).where(controllers.c.number == controller)
    return int(connection.scalar(asked) or 0)


def begin_search(connection: sa.Connection, controller: int) -> None:
    """Raise the counter: waits until nobody holds the controller's row, shared or alone.

    What others committed before is found by the search that follows; what they commit afterwards
    they must look through again.
    """
    connection.execute(
        controllers.update()
        .where(controllers.c.number == controller)
        .values(erasures=controllers.c.erasures + 1)
    )


def mark(
    db: Database,
    connection: sa.Connection,
    scope: int,
    subjects: Mapping[bytes, str],
    now: Millis,
    source: str,
) -> None:
    """Forbid keys on every channel, for any purpose, because their persons were erased.

    subjects  key to ``contact`` or ``person``

    An entry that is there already is an erasure's from now on; the contact behind it goes later.
    """
    insert = sqlite.insert(suppressions) if db.is_sqlite else postgresql.insert(suppressions)
    statement = insert.on_conflict_do_update(
        index_elements=list(suppressions.primary_key.columns),
        set_={"reason": insert.excluded.reason, "source": insert.excluded.source},
    )
    rows = [
        {
            "key": key,
            "scope": scope,
            "channel": EVERY_CHANNEL,
            "purpose": ANY_PURPOSE,
            "reason": ERASED,
            "source": source,
            "subject": subject,
            "created_at": now,
            "chunk_id": None,
        }
        for key, subject in sorted(subjects.items())
    ]
    if rows:
        connection.execute(statement, rows)


def among(connection: sa.Connection, wanted: Iterable[tuple[int, bytes]]) -> set[tuple[int, bytes]]:
    """Return those of a few (controller, key) whose persons were erased.

    Contact with them is forbidden already, and nothing about them is to be kept again.
    """
    pairs = set(wanted)
    if not pairs:
        return set()
    found = sa.select(suppressions.c.scope, suppressions.c.key).where(
        suppressions.c.reason == sa.text("'erased'"),
        suppressions.c.scope.in_({scope for scope, _ in pairs}),
        suppressions.c.key.in_({key for _, key in pairs}),
    )
    return pairs.intersection((scope, bytes(key)) for scope, key in connection.execute(found))
