"""Earlier campaigns: what became of people in them, as dispatch would have recorded it."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.bitmap import positions
from engine.states import CampaignState, Outcome
from engine.store.database import Database
from engine.store.delivery_row import DeliveryRow
from engine.store.tables import campaigns, deliveries
from tests.planning.world import World


def aim(campaign: str, *outcomes: str) -> dict[str, object]:
    return {"campaign": campaign, "outcomes": list(outcomes)}


def ended(world: World, rows: list[dict[str, Any]], ends: Mapping[str, Outcome]) -> str:
    """An earlier campaign in which people ended like this, by address; its name."""
    campaign = world.planned(world.job({"inline": rows}))
    _finish(world, campaign, ends)
    return world.row(campaign).name


def _finish(world: World, campaign: int, ends: Mapping[str, Outcome]) -> None:
    row = world.row(campaign)
    who = iter(world.recipients(campaign))
    found = []
    for batch in sorted(world.batches(campaign), key=lambda batch: batch.block_id):
        for place in positions(batch.todo):
            recipient = next(who)
            point = recipient.points[0]
            assert point is not None
            outcome = ends[point.address or ""]
            found.append((batch.block_id, place, recipient.person, outcome))
    with world.app.db.write() as connection:
        _record(world.app.db, connection, row.expiry_month, campaign, found)
        connection.execute(
            sa.update(campaigns)
            .where(campaigns.c.id == campaign)
            .values(state=CampaignState.FINISHED, finished_at=world.clock.now())
        )


def _record(
    db: Database,
    connection: sa.Connection,
    month: int,
    campaign: int,
    found: list[tuple[int, int, bytes, Outcome]],
) -> None:
    def row(block: int, place: int, leg: int, outcome: int, person: bytes) -> DeliveryRow:
        return DeliveryRow(
            month, block, place, leg, campaign, outcome, None, None, None, person, 0, None, 0
        )

    rows = [row(block, place, 2, outcome, person) for block, place, person, outcome in found]
    # Everybody was passed on from the first leg, which is no end.
    rows += [row(block, place, 1, Outcome.PASSED_ON, person) for block, place, person, _ in found]
    db.insert_tuples(connection, deliveries, DeliveryRow._fields, rows)
