"""Outcomes of deliveries and the tallies that go with them, always in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from engine.reference import DeliveryName
from engine.states import Outcome
from engine.store.database import Database
from engine.store.delivery_copy import copy_deliveries
from engine.store.delivery_row import DeliveryRow
from engine.store.tables import deliveries, tallies

# (campaign, leg, connector or 0, outcome, reason or '') to (recipients, units).
Totals = dict[tuple[int, int, int, int, str], tuple[int, int]]


_ADDED = ("campaign_id", "leg", "connector", "outcome", "reason", "recipients", "units")
_MERGE = (
    " ON CONFLICT (campaign_id, shard, leg, connector, outcome, reason) DO UPDATE"
    " SET recipients = tallies.recipients + excluded.recipients,"
    " units = tallies.units + excluded.units"
)
# Arrays travel once, where rows would be as many statements.
_ADD = {
    "sqlite": sa.text(
        f"INSERT INTO tallies (shard, {', '.join(_ADDED)})"  # noqa: S608 (our own names)
        f" VALUES (:shard, {', '.join(f':{name}' for name in _ADDED)}){_MERGE}"
    ),
    "postgresql": sa.text(
        f"INSERT INTO tallies (shard, {', '.join(_ADDED)})"  # noqa: S608 (our own names)
        " SELECT :shard, added.* FROM unnest(CAST(:campaign_id AS bigint[]),"
        " CAST(:leg AS smallint[]), CAST(:connector AS int[]), CAST(:outcome AS smallint[]),"
        " CAST(:reason AS text[]), CAST(:recipients AS bigint[]), CAST(:units AS bigint[]))"
        f" AS added({', '.join(_ADDED)}){_MERGE}"
    ),
}


@dataclass(frozen=True, slots=True)
class Count:
    """How many recipients of a campaign ended alike on one leg, and the units billed for them."""

    leg: int
    connector: int
    outcome: Outcome
    reason: str
    recipients: int
    units: int


def record(
    db: Database, connection: sa.Connection, rows: Sequence[DeliveryRow], shard: int
) -> Totals:
    """Write deliveries and add them to the tallies of their campaigns; return what was added."""
    totals: Totals = {}
    if not rows:
        return totals
    if db.is_sqlite:
        db.insert_tuples(connection, deliveries, DeliveryRow._fields, rows)
    else:
        copy_deliveries(connection, rows)
    for row in rows:
        key = (row.campaign_id, row.leg, row.connector or 0, row.outcome, row.reason or "")
        number, units = totals.get(key, (0, 0))
        totals[key] = (number + 1, units + row.units)
    add_to_tallies(db, connection, shard, totals)
    return totals


def add_to_tallies(db: Database, connection: sa.Connection, shard: int, counts: Totals) -> None:
    """Add (recipients, units) per (campaign, leg, connector, outcome, reason): one statement."""
    rows = [
        (*key, number, billed)
        for key, (number, billed) in sorted(counts.items())  # one lock order for all workers
    ]
    if db.is_sqlite:
        values = [{"shard": shard, **dict(zip(_ADDED, row, strict=True))} for row in rows]
        connection.execute(_ADD["sqlite"], values)
        return
    columns = [list(column) for column in zip(*rows, strict=True)]
    connection.execute(
        _ADD["postgresql"], {"shard": shard, **dict(zip(_ADDED, columns, strict=True))}
    )


@dataclass(frozen=True, slots=True)
class Settled:
    """A doubt became known; ``more_units`` than it was recorded with are billed for it."""

    more_units: int


def settle_doubt(
    db: Database, connection: sa.Connection, row: DeliveryRow, shard: int
) -> Settled | None:
    """Turn a delivery that is in doubt into what it really was; None if it is not in doubt."""
    doubt = connection.execute(
        sa.select(
            deliveries.c.connector,
            deliveries.c.reason,
            deliveries.c.units,
            deliveries.c.person_key,
        )
        .where(*_is(row), deliveries.c.outcome == Outcome.IN_DOUBT)
        .with_for_update()
    ).one_or_none()
    if doubt is None:
        return None
    connection.execute(
        sa.update(deliveries)
        .where(*_is(row))
        .values(
            outcome=row.outcome,
            reason=row.reason,
            connector=row.connector,
            units=row.units,
            # Of an erased person nothing is kept that a provider could be asked about.
            provider_ref=row.provider_ref if doubt.person_key is not None else None,
        )
    )
    doubted = (
        row.campaign_id,
        row.leg,
        doubt.connector or 0,
        int(Outcome.IN_DOUBT),
        doubt.reason or "",
    )
    settled = (row.campaign_id, row.leg, row.connector or 0, row.outcome, row.reason or "")
    add_to_tallies(db, connection, shard, {doubted: (-1, -doubt.units), settled: (1, row.units)})
    return Settled(row.units - doubt.units)


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


def drop_references(
    db: Database, connection: sa.Connection, expiry_month: int, campaign_id: int, limit: int
) -> int:
    """Empty what providers call some deliveries of a campaign; return how many had such a name."""
    # The place of a row: PostgreSQL would otherwise join with the whole month for each group.
    place: sa.ColumnClause[int] = sa.literal_column("rowid" if db.is_sqlite else "ctid")
    campaign = (
        deliveries.c.expiry_month == expiry_month,
        deliveries.c.campaign_id == campaign_id,
    )
    some = (
        sa.select(place)
        .select_from(deliveries)
        .where(*campaign, deliveries.c.provider_ref.is_not(None))
        .limit(limit)
        .scalar_subquery()
    )
    chosen = place.in_(some) if db.is_sqlite else place == sa.any_(sa.func.array(some))
    emptied = sa.update(deliveries).where(*campaign, chosen).values(provider_ref=None)
    return connection.execute(emptied).rowcount
