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
    found: dict[Place, bytes] = {}
    by_scope: dict[int, list[bytes]] = {}
    for key, scope in set(places):
        by_scope.setdefault(scope, []).append(key)
    for scope, keys in by_scope.items():
        for part in _parts(keys):
            rows = connection.execute(
                sa.select(contacts.c.key, contacts.c.spans).where(
                    contacts.c.scope == scope, contacts.c.key.in_(part)
                )
            )
            found.update({(bytes(key), scope): bytes(spans) for key, spans in rows})
    return found


def lock(db: Database, connection: sa.Connection, places: Iterable[Place]) -> dict[Place, bytes]:
    """Return the same, and let nobody else change it until the commit.

    A place without anything gets an empty row, or two who contact the same person for the first
    time would not see each other. Each row is made or locked by one statement, in the order of the
    keys: two who want the same ones never wait for each other in turn, and none is deleted between
    a look and a lock.
    """
    ordered = sorted(set(places))
    if not ordered:
        return {}
    insert = sqlite.insert(contacts) if db.is_sqlite else postgresql.insert(contacts)
    rows = connection.execute(
        insert.on_conflict_do_update(
            index_elements=[contacts.c.key, contacts.c.scope],
            set_={"latest_at": contacts.c.latest_at},
        ).returning(contacts.c.key, contacts.c.scope, contacts.c.spans),
        [{"key": key, "scope": scope, "spans": b"", "latest_at": 0} for key, scope in ordered],
    )
    return {(bytes(key), scope): bytes(spans) for key, scope, spans in rows}


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


def _parts(items: Sequence[_Item]) -> Iterable[Sequence[_Item]]:
    return (items[start : start + _MOST_AT_ONCE] for start in range(0, len(items), _MOST_AT_ONCE))
