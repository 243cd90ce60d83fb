"""Rows of approvals: who, besides whoever submitted a campaign, said that it may leave."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine.clock import Millis
from engine.store.database import Database
from engine.store.policy_tables import approvals


def add(db: Database, connection: sa.Connection, campaign_id: int, actor: str, now: Millis) -> bool:
    """Keep that somebody approved a campaign; False: they had before."""
    insert = sqlite.insert(approvals) if db.is_sqlite else postgresql.insert(approvals)
    added = connection.execute(
        insert.values(campaign_id=campaign_id, actor=actor, at=now)
        .on_conflict_do_nothing()
        .returning(approvals.c.actor)  # how many rows went in, not every driver says
    )
    return added.first() is not None


def count(connection: sa.Connection, campaign_id: int) -> int:
    """Return how many people have approved a campaign."""
    found = sa.select(sa.func.count()).where(approvals.c.campaign_id == campaign_id)
    return int(connection.execute(found.select_from(approvals)).scalar_one())


def of(connection: sa.Connection, campaign_id: int) -> list[tuple[str, Millis]]:
    """Return who approved a campaign, and when, in order."""
    rows = connection.execute(
        sa.select(approvals.c.actor, approvals.c.at)
        .where(approvals.c.campaign_id == campaign_id)
        .order_by(approvals.c.at)
    )
    return [(row.actor, row.at) for row in rows]
