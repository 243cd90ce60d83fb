"""Who connected to the gateway: written in groups, kept as long as the law on logs asks."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from engine.clock import Millis
from engine.counters import gateway_request
from engine.store import counters
from engine.store.database import Database
from engine.store.privacy_tables import connections


class Connection(NamedTuple):
    """One request, in the order of the columns. ``route`` is a closed word, never a path."""

    at: Millis
    address: str
    route: str
    status: int


def add(db: Database, rows: Sequence[Connection]) -> None:
    """Write requests, in a transaction of their own, and count them."""
    if not rows:
        return
    with db.write() as connection:
        db.insert_tuples(connection, connections, Connection._fields, rows)
        counts = Counter(gateway_request(row.route, row.status) for row in rows)
        counters.add(connection, dict(counts))
