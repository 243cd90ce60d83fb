"""Which batches wait, which are due, and how waiting ones are put off or hurried."""

from collections.abc import Collection

import sqlalchemy as sa

from engine.bitmap import count
from engine.clock import Millis
from engine.states import BatchState, CampaignState
from engine.store.database import Database
from engine.store.tables import batches, campaigns


def workable(now: Millis) -> tuple[sa.ColumnElement[bool], ...]:
    """A batch may be claimed: due, and its campaign not paused, unless that is to end anyway."""
    ready: sa.ColumnElement[bool] = sa.literal_column("batches.state = 1")
    return (
        ready,  # a literal, as the partial index has it
        batches.c.not_before <= now,
        campaigns.c.state == CampaignState.PLANNED,
        sa.or_(
            campaigns.c.paused_at.is_(None),
            campaigns.c.cancelled_at.is_not(None),
            campaigns.c.not_after <= now,
        ),
    )


def release_due(db: Database, now: Millis) -> int:
    """Make batches ready whose instant has come, or whose campaign is over; return how many."""
    planned = sa.select(campaigns.c.id).where(campaigns.c.state == CampaignState.PLANNED)
    # A batch that was put off while its campaign was being cancelled must not keep it open.
    over = planned.where(
        sa.or_(campaigns.c.cancelled_at.is_not(None), campaigns.c.not_after <= now)
    )
    with db.write() as connection:
        return connection.execute(
            sa.update(batches)
            .where(
                sa.literal_column("state IN (0, 4)"),  # a literal, as the partial index has it
                sa.or_(
                    sa.and_(batches.c.not_before <= now, batches.c.campaign_id.in_(planned)),
                    batches.c.campaign_id.in_(over),
                ),
            )
            .values(
                state=BatchState.READY,
                not_before=sa.case((batches.c.not_before > now, now), else_=batches.c.not_before),
            )
        ).rowcount


def end_leases(db: Database) -> int:
    """End every lease: for the one process of the embedded default, when it starts."""
    with db.write() as connection:
        return connection.execute(
            sa.update(batches).where(sa.literal_column("state = 2")).values(lease_until=0)
        ).rowcount


def lanes_with_work(db: Database, now: Millis) -> list[str]:
    """Return the lanes in which a batch can be claimed, or one's lease has expired."""
    ready = (
        sa.select(batches.c.lane)
        .join(campaigns, campaigns.c.id == batches.c.campaign_id)
        .where(*workable(now))
        .distinct()
    )
    expired = (
        sa.select(batches.c.lane)
        .where(sa.text("batches.state = 2"), batches.c.lease_until < db.clock())
        .distinct()
    )
    with db.read() as connection:
        return sorted(set(connection.scalars(sa.union(ready, expired))))


def anything_goes_on(db: Database, now: Millis) -> bool:
    """Return whether somebody plans, or holds or could claim a batch; asked often, so cheap."""
    ready = (
        sa.select(sa.literal(1))
        .select_from(batches)
        .join(campaigns, campaigns.c.id == batches.c.campaign_id)
        .where(*workable(now))
    )
    claimed = sa.select(sa.literal(1)).select_from(batches).where(sa.text("batches.state = 2"))
    planning = sa.select(sa.literal(1)).where(campaigns.c.state == CampaignState.PLANNING)
    with db.read() as connection:
        return any(connection.scalar(query.limit(1)) for query in (claimed, ready, planning))


def hasten(connection: sa.Connection, campaign_id: int, now: Millis) -> None:
    """Make every waiting batch of a campaign due: cancelled or expired ones end at once."""
    connection.execute(
        sa.update(batches)
        .where(
            batches.c.campaign_id == campaign_id,
            batches.c.state.in_([BatchState.SCHEDULED, BatchState.QUARANTINED]),
        )
        .values(state=BatchState.READY, not_before=now)
    )


def postpone(connection: sa.Connection, campaign_id: int, lane: str, until: Millis) -> None:
    """Put off the ready batches of a campaign in one lane, e.g. while its connector is down."""
    connection.execute(
        sa.update(batches)
        .where(
            batches.c.campaign_id == campaign_id,
            batches.c.lane == lane,
            batches.c.state == BatchState.READY,
        )
        .values(state=BatchState.SCHEDULED, not_before=until)
    )


def reconsider(connection: sa.Connection, reasons: Collection[str], now: Millis) -> None:
    """Make those due who wait for one of these reasons: other rules may let them leave earlier."""
    connection.execute(
        sa.update(batches)
        .where(
            sa.literal_column("state IN (0, 4)"),  # a literal, as the partial index has it
            batches.c.state == BatchState.SCHEDULED,
            batches.c.again_reason.in_(reasons),
        )
        .values(state=BatchState.READY, not_before=now)
    )


def waiting(connection: sa.Connection, campaign_id: int) -> int:
    """Count the recipients of a campaign that have no final outcome yet."""
    rows = connection.execute(
        sa.select(batches.c.todo, batches.c.in_flight, batches.c.again, batches.c.onward).where(
            batches.c.campaign_id == campaign_id, batches.c.state != BatchState.DONE
        )
    )
    return sum(count(bits) for row in rows for bits in row)
