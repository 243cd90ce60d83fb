"""Whether a legal hold keeps what an erasure would take away.

What is needed for legal claims need not be erased (GDPR art. 17(3)(e)), and whether it is needed is
for people to say: the erasure waits until the hold is lifted, or the request is refused. Contact is
forbidden from the start all the same.
"""

from typing import Final

import sqlalchemy as sa

from engine.clock import MINUTE, Millis
from engine.store import holds
from engine.store.places import PLACES, Where
from policy.retention import CLASSES

LOOK_AGAIN: Final[Millis] = 5 * MINUTE

_TABLES: Final = {
    table
    for where, place in PLACES.items()
    for table in place.tables or (f"files:{where.value}",)
    if where is not Where.RIGHTS  # evidence of the request itself, which names nobody once done
}
CLASSES_TOUCHED: Final = frozenset(
    one.name
    for one in CLASSES
    if any(place in _TABLES or place.split(".", 1)[0] in _TABLES for place in one.places)
)
"""The retention classes of what an erasure changes."""


def held_by(connection: sa.Connection, controller: int, now: Millis) -> tuple[int, ...]:
    """Return the numbers of the legal holds that an erasure of this controller's waits for."""
    rows = holds.of_controller(connection, CLASSES_TOUCHED, controller, now)
    return tuple(row.id for row in rows)
