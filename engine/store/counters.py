"""Counters: added to with what happened, read by whoever shows metrics; see ``engine.counters``."""

import threading
from collections.abc import Mapping

import sqlalchemy as sa

from engine.counters import Counts, Key, Series
from engine.store.tables import counters

SHARDS = 32  # more than threads that write at the same moment

_ADD = {
    "postgresql": sa.text(
        "INSERT INTO counters (shard, series, labels, value)"
        " SELECT :shard, one.series, one.labels, one.more FROM unnest("
        "CAST(:series AS text[]), CAST(:labels AS text[]), CAST(:more AS bigint[]))"
        " AS one(series, labels, more)"
        " ON CONFLICT (shard, series, labels)"
        " DO UPDATE SET value = counters.value + excluded.value"
    ),
    "sqlite": sa.text(
        "INSERT INTO counters (shard, series, labels, value)"
        " VALUES (:shard, :series, :labels, :more)"
        " ON CONFLICT (shard, series, labels)"
        " DO UPDATE SET value = counters.value + excluded.value"
    ),
}


def add(connection: sa.Connection, counts: Counts) -> None:
    """Add to counters, in the transaction of what is counted: one statement for all of them.

    Call it last: a row stays locked until the commit. Threads write to shards of their own, so
    that hardly any waits for another; in key order, so that none waits for ever.
    """
    given = sorted(item for item in counts.items() if item[1] > 0)
    if not given:
        return
    shard = threading.get_native_id() % SHARDS
    dialect = connection.dialect.name
    if dialect == "sqlite":
        rows = [
            {"shard": shard, "series": series.value, "labels": labels, "more": more}
            for (series, labels), more in given
        ]
        connection.execute(_ADD[dialect], rows)
        return
    connection.execute(
        _ADD[dialect],
        {
            "shard": shard,
            "series": [series.value for (series, _), _ in given],
            "labels": [labels for (_, labels), _ in given],
            "more": [more for _, more in given],
        },
    )


def totals(connection: sa.Connection) -> Mapping[Key, int]:
    """Return all counters, added up over their shards; a series that is no more is left out."""
    rows = connection.execute(
        sa.select(counters.c.series, counters.c.labels, sa.func.sum(counters.c.value)).group_by(
            counters.c.series, counters.c.labels
        )
    )
    known = {series.value: series for series in Series}
    return {
        (known[series], labels): int(value) for series, labels, value in rows if series in known
    }
