"""Outcomes of deliveries and the tallies that go with them, always in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine.reference import DeliveryName
from engine.states import Outcome
from engine.store.database import Database
from engine.store.delivery_copy import copy_deliveries
from engine.store.delivery_row import DeliveryRow
from engine.store.tables import deliveries, tallies


@dataclass(frozen=True, slots=True)
class Count:
    """How many recipients of a campaign ended alike on one leg, and the units billed for them."""

    leg: int
    connector: int
    outcome: Outcome
    reason: str
    recipients: int
    units: int


def ensure_partition(db: Database, month: int) -> None:
    """Make room for deliveries whose history ends in ``month`` (yyyymm).

    The partition is created aside and then attached: ``CREATE … PARTITION OF`` would wait behind
    every insert that is under way, and make all later ones wait behind itself.
    """
    if db.is_sqlite:
        return
    name = f"deliveries_{month:06d}"
    with db.write() as connection:
        # Two admissions of the same month take turns; the second finds the partition there.
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(1128815952, :m)"), {"m": month})
        if connection.scalar(sa.text("SELECT to_regclass(:name)"), {"name": name}) is not None:
            return
        connection.execute(sa.text("SET LOCAL lock_timeout = '5s'"))
        connection.execute(
            sa.text(f"CREATE TABLE {name} (LIKE deliveries INCLUDING DEFAULTS INCLUDING INDEXES)")
        )
        connection.execute(
            sa.text(f"ALTER TABLE deliveries ATTACH PARTITION {name} FOR VALUES IN ({month})")
        )


def record(
    db: Database, connection: sa.Connection, rows: Sequence[DeliveryRow], shard: int
) -> None:
    """Write deliveries and add them to the tallies of their campaigns."""
    if not rows:
        return
    if db.is_sqlite:
        db.insert_tuples(connection, deliveries, DeliveryRow._fields, rows)
    else:
        copy_deliveries(connection, rows)
    totals: dict[tuple[int, int, int, int, str], tuple[int, int]] = {}
    for row in rows:
        key = (row.campaign_id, row.leg, row.connector or 0, row.outcome, row.reason or "")
        number, units = totals.get(key, (0, 0))
        totals[key] = (number + 1, units + row.units)
    add_to_tallies(db, connection, shard, totals)


def add_to_tallies(
    db: Database,
    connection: sa.Connection,
    shard: int,
    counts: dict[tuple[int, int, int, int, str], tuple[int, int]],
) -> None:
    """Add (recipients, units) per (campaign, leg, connector, outcome, reason)."""
    rows = [
        {
            "campaign_id": key[0],
            "shard": shard,
            "leg": key[1],
            "connector": key[2],
            "outcome": key[3],
            "reason": key[4],
            "recipients": number,
            "units": billed,
        }
        for key, (number, billed) in sorted(counts.items())  # one lock order for all workers
    ]
    insert = sqlite.insert(tallies) if db.is_sqlite else postgresql.insert(tallies)
    statement = insert.on_conflict_do_update(
        index_elements=list(tallies.primary_key.columns),
        set_={
            "recipients": tallies.c.recipients + insert.excluded.recipients,
            "units": tallies.c.units + insert.excluded.units,
        },
    )
    connection.execute(statement, rows)


def settle_doubt(db: Database, connection: sa.Connection, row: DeliveryRow, shard: int) -> bool:
    """Turn a delivery that is in doubt into what it really was; False if it is not in doubt."""
    doubt = connection.execute(
        sa.select(deliveries.c.connector, deliveries.c.reason, deliveries.c.units)
        .where(*_is(row), deliveries.c.outcome == Outcome.IN_DOUBT)
        .with_for_update()
    ).one_or_none()
    if doubt is None:
        return False
    connection.execute(
        sa.update(deliveries)
        .where(*_is(row))
        .values(
            outcome=row.outcome,
            reason=row.reason,
            connector=row.connector,
            units=row.units,
            provider_ref=row.provider_ref,
        )
    )
    doubted = (row.campaign_id, row.leg, doubt.connector or 0, int(Outcome.IN_DOUBT), doubt.reason)
    settled = (row.campaign_id, row.leg, row.connector or 0, row.outcome, row.reason or "")
    add_to_tallies(db, connection, shard, {doubted: (-1, -doubt.units), settled: (1, row.units)})
    return True


def _is(row: DeliveryRow) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        deliveries.c.expiry_month == row.expiry_month,
        deliveries.c.block_id == row.block_id,
        deliveries.c.position == row.position,
        deliveries.c.leg == row.leg,
    )


def counts(connection: sa.Connection, campaign_id: int) -> list[Count]:
    """Return the tallies of one campaign, added up over their shards."""
    rows = connection.execute(
        sa.select(
            tallies.c.leg,
            tallies.c.connector,
            tallies.c.outcome,
            tallies.c.reason,
            sa.func.sum(tallies.c.recipients),
            sa.func.sum(tallies.c.units),
        )
        .where(tallies.c.campaign_id == campaign_id)
        .group_by(tallies.c.leg, tallies.c.connector, tallies.c.outcome, tallies.c.reason)
        .order_by(tallies.c.leg, tallies.c.outcome, tallies.c.reason)
    )
    return [
        Count(leg, connector, Outcome(outcome), reason, int(recipients), int(units))
        for leg, connector, outcome, reason, recipients, units in rows
        if recipients
    ]


def stored_counts(
    connection: sa.Connection, expiry_month: int, campaign_id: int
) -> dict[Outcome, int]:
    """Count the deliveries of one campaign row by row: what the tallies must agree with."""
    rows = connection.execute(
        sa.select(deliveries.c.outcome, sa.func.count())
        .where(deliveries.c.expiry_month == expiry_month, deliveries.c.campaign_id == campaign_id)
        .group_by(deliveries.c.outcome)
    )
    return {Outcome(outcome): number for outcome, number in rows}


def in_doubt(connection: sa.Connection, expiry_month: int, campaign_id: int) -> list[DeliveryName]:
    """Name the deliveries of a campaign that are in doubt."""
    rows = connection.execute(
        sa.select(deliveries.c.block_id, deliveries.c.position, deliveries.c.leg)
        .where(
            deliveries.c.expiry_month == expiry_month,
            deliveries.c.campaign_id == campaign_id,
            deliveries.c.outcome == Outcome.IN_DOUBT,
        )
        .order_by(deliveries.c.block_id, deliveries.c.position)
    )
    return [DeliveryName(*row) for row in rows]
