"""When persons were contacted, for rules on how often: read by slices, changed under a lock."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine.clock import Millis
from engine.store.database import Database
from engine.store.policy_tables import contacts

PLATFORM_SCOPE = 0
Place = tuple[bytes, int]  # key and scope
_Item = TypeVar("_Item")

_MOST_AT_ONCE = 500  # parameters of one statement


def read(connection: sa.Connection, places: Iterable[Place]) -> dict[Place, bytes]:
    """Return what is stored for those of these places that have anything."""
    return _found(connection, sorted(set(places)), lock=False)


def lock(db: Database, connection: sa.Connection, places: Iterable[Place]) -> dict[Place, bytes]:
    """Return the same, and let nobody else change it until the commit.

    A place without anything gets an empty row, or two who contact the same person for the first
    time would not see each other. Rows are taken in the order of their keys, so that two who want
    the same ones never wait for each other in turn.
    """
    insert = sqlite.insert(contacts) if db.is_sqlite else postgresql.insert(contacts)
    found: dict[Place, bytes] = {}
    missing = sorted(set(places))
    while missing:  # again, where somebody deleted a row between the two statements
        for part in _parts(missing):
            rows = [{"key": key, "scope": at, "spans": b"", "latest_at": 0} for key, at in part]
            connection.execute(insert.on_conflict_do_nothing(), rows)
        found |= _found(connection, missing, lock=True)
        missing = [place for place in missing if place not in found]
    return found


def write(connection: sa.Connection, spans: Mapping[Place, tuple[bytes, Millis]]) -> None:
    """Put what is stored for these places in another's stead; their rows must be locked.

    spans  what is stored, and when the latest contact was
    """
    if not spans:
        return
    connection.execute(
        sa.update(contacts)
        .where(contacts.c.key == sa.bindparam("k"), contacts.c.scope == sa.bindparam("s"))
        .values(spans=sa.bindparam("packed"), latest_at=sa.bindparam("latest")),
        [
            {"k": key, "s": scope, "packed": packed, "latest": latest}
            for (key, scope), (packed, latest) in sorted(spans.items())
        ],
    )


def _found(
    connection: sa.Connection, ordered: Sequence[Place], *, lock: bool
) -> dict[Place, bytes]:
    found: dict[Place, bytes] = {}
    by_scope: dict[int, list[bytes]] = {}
    for key, scope in ordered:
        by_scope.setdefault(scope, []).append(key)
    for scope in sorted(by_scope):
        for part in _parts(by_scope[scope]):
            asked = (
                sa.select(contacts.c.key, contacts.c.spans)
                .where(contacts.c.scope == scope, contacts.c.key.in_(part))
                .order_by(contacts.c.key)
            )
            rows = connection.execute(asked.with_for_update() if lock else asked)
            found.update({(bytes(key), scope): bytes(spans) for key, spans in rows})
    return found


def _parts(items: Sequence[_Item]) -> Iterable[Sequence[_Item]]:
    return (items[start : start + _MOST_AT_ONCE] for start in range(0, len(items), _MOST_AT_ONCE))
