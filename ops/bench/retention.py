"""Forgetting what is too old: row by row, and a whole month of deliveries at once."""

import os
import time
from collections.abc import Iterator

import sqlalchemy as sa

from engine.app import App
from engine.clock import DAY, Millis
from engine.errors import EngineError
from engine.retention import turns
from ops.bench.ground import real_services
from ops.bench.measure import Result, foreign_load, load_note, peak_mb

OLD_ROWS = 200_000  # more than is swept beside one campaign
_ROWS = 1_000_000
_DELIVERIES = 5_000_000
_BY_DELETE_LIMIT = 50_000.0
_BY_PARTITION_LIMIT = 1_000_000.0
_LONG_AGO = 400 * DAY  # longer than the connection log is kept
_MONTH = 202001

_CONNECTIONS = sa.text(
    "INSERT INTO connections (at, address, route, status)"
    " SELECT :at + n, '2001:db8::' || to_hex(n % 65536), 'unsubscribe', 200"
    " FROM generate_series(1, :rows) AS n"
)
_DUE = sa.text("UPDATE sweeps SET next_at = 0 WHERE retention_class = 'connection_log'")
_PARTITION = sa.text(
    f"CREATE TABLE deliveries_{_MONTH} PARTITION OF deliveries FOR VALUES IN ({_MONTH})"
)
_HISTORY = sa.text(
    "INSERT INTO deliveries (expiry_month, block_id, position, leg, campaign_id, outcome,"
    " connector, contact_key, person_key, units, at)"
    " SELECT :month, 1000000 + n / 1000, n % 1000, 1, 1, 1, 1, decode(md5(n::text), 'hex'),"
    " decode(md5('p' || n), 'hex'), 1, 0 FROM generate_series(0, :rows - 1) AS n"
)


class NotSwept(EngineError):
    """Raised when a sweep left something, or took something else."""


def retention_sweep(rows: int = _ROWS, deliveries: int = _DELIVERIES) -> Iterator[Result]:
    """Sweep a year-old connection log, then a month of deliveries whose history is over."""
    with real_services("outbox", {}) as ground:
        app = ground.app
        _plant(app, rows, deliveries)
        foreign = load_note(foreign_load())
        for name, removed, limit in (
            ("connection_log", rows, _BY_DELETE_LIMIT),
            ("history", deliveries, _BY_PARTITION_LIMIT),
        ):
            seconds = _swept(app, name, removed)
            how = "by_delete" if name == "connection_log" else "by_partition"
            peak = peak_mb(os.getpid())
            yield Result(f"retention_sweep_{how}", removed, seconds, limit, peak, dict(foreign))


def _plant(app: App, rows: int, deliveries: int) -> None:
    plant_connections(app, rows, _LONG_AGO)
    with app.db.write() as connection:
        connection.execute(_PARTITION)
        connection.execute(_HISTORY, {"month": _MONTH, "rows": deliveries})


def plant_connections(app: App, rows: int = OLD_ROWS, age: Millis = 0) -> None:
    """Write a connection log of an age."""
    with app.db.write() as connection:
        connection.execute(_CONNECTIONS, {"at": app.clock.now() - age, "rows": rows})


def plant_old_connections(app: App) -> None:
    """Write one that is too old, to be swept by whoever comes next."""
    plant_connections(app, age=_LONG_AGO)
    with app.db.write() as connection:
        connection.execute(_DUE)


def clear_connections(app: App) -> int:
    """Empty the connection log; return how many rows it had."""
    with app.db.write() as connection:
        left = connection.scalar(sa.text("SELECT count(*) FROM connections"))
        connection.execute(sa.text("TRUNCATE connections"))
    return int(left or 0)


def _swept(app: App, name: str, expected: int) -> float:
    begun = time.perf_counter()
    removed = turns.sweep_all(app, name)
    seconds = time.perf_counter() - begun
    left = turns.overdue(app, name, app.clock.now())
    if removed != expected or left:
        raise NotSwept(f"{name}: removed {removed} of {expected}, {left} left")
    return seconds
