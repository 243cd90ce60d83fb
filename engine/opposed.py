"""Who among some people must not be contacted: one look-up for all of them, as dispatch does it."""

from collections.abc import Iterable

from engine.oppositions import find_suppressed
from engine.people import People
from engine.store.database import Database


def opposed(db: Database, people: People, positions: Iterable[int]) -> set[int]:
    """Return the positions whose contact point or person must not be contacted.

    Raises SQLAlchemy's OperationalError when it cannot be looked up: then nobody goes out.
    """
    keys: list[bytes] = []
    platform_keys: list[bytes] = []
    held: dict[bytes, list[int]] = {}
    for position in positions:
        recipient = people.recipient(position)
        if recipient is None:
            continue
        point = people.point(recipient)
        keys.append(recipient.person)
        held.setdefault(recipient.person, []).append(position)
        if point is None or point.key is None or point.platform_key is None:
            continue
        platform_keys.append(point.platform_key)
        held.setdefault(point.platform_key, []).append(position)
        if point.key != recipient.person:
            keys.append(point.key)
            held.setdefault(point.key, []).append(position)
    if not held:
        return set()
    with db.read() as connection:
        found = find_suppressed(
            db,
            connection,
            scope=people.controller,
            channel=people.channel,
            purpose=people.purpose,
            keys=keys,
            platform_keys=platform_keys,
        )
    return {position for key in found for position in held[key]}
