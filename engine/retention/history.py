"""The history of campaigns: deliveries, figures and the campaigns themselves, month by month.

On PostgreSQL a month of deliveries is a partition, and goes as a whole. What is on legal hold is
moved to the month after first, where it is found as before.
"""

import sqlalchemy as sa

from engine.app import App
from engine.clock import Millis
from engine.retention.content import OVER
from engine.retention.sweeper import Held, before, month_of
from engine.store import partitions
from engine.store.deliveries import drop_references
from engine.store.tables import campaigns, deliveries, tallies

_CAMPAIGNS_AT_ONCE = 500
_REFERENCES_AT_ONCE = 5_000  # each look passes over those that are empty already
_MONTHS = 12


class History:
    """Drops months whose time has come."""

    def overdue(self, app: App, now: Millis, held: Held) -> int:
        """Count campaigns whose history should be gone, or months that no campaign is left of."""
        with app.db.read() as connection:
            count = sa.select(sa.func.count()).select_from(campaigns)
            late = connection.scalar(count.where(_due(now), _spared(held))) or 0
        return max(late, len(_months_to_drop(app, now, held)))

    def sweep(self, app: App, now: Millis, held: Held, limit: int) -> int:
        """Move what is held aside, then delete deliveries, then figures, then campaigns."""
        _move_aside(app, now, held)
        gone = _drop_months(app, now, held, limit)
        if gone:
            return gone
        with app.db.write() as connection:
            ended = list(
                connection.scalars(
                    sa.select(campaigns.c.id)
                    .where(_due(now), _spared(held), campaigns.c.forgotten_at.is_not(None))
                    .limit(min(limit, _CAMPAIGNS_AT_ONCE))
                )
            )
            connection.execute(sa.delete(tallies).where(tallies.c.campaign_id.in_(ended)))
            connection.execute(sa.delete(campaigns).where(campaigns.c.id.in_(ended)))
        return len(ended)


class ProviderReferences:
    """Empties what providers call messages, once no receipt can come any more."""

    def overdue(self, app: App, now: Millis, held: Held) -> int:
        """Count campaigns that still have such references."""
        with app.db.read() as connection:
            count = sa.select(sa.func.count()).select_from(campaigns)
            return connection.scalar(count.where(*self._old(now, held))) or 0

    def sweep(self, app: App, now: Millis, held: Held, limit: int) -> int:
        """Empty some of one campaign; it is noted once it has none left."""
        with app.db.write() as connection:
            row = connection.execute(
                sa.select(campaigns.c.id, campaigns.c.expiry_month)
                .where(*self._old(now, held))
                .order_by(campaigns.c.id)
                .limit(1)
            ).first()
            if row is None:
                return 0
            at_once = max(limit, _REFERENCES_AT_ONCE)
            gone = drop_references(app.db, connection, row.expiry_month, row.id, at_once)
            if gone == at_once:
                return gone
            connection.execute(
                sa.update(campaigns)
                .where(campaigns.c.id == row.id)
                .values(references_dropped_at=now)
            )
        return gone + 1

    @staticmethod
    def _old(now: Millis, held: Held) -> tuple[sa.ColumnElement[bool], ...]:
        return (
            campaigns.c.references_dropped_at.is_(None),
            campaigns.c.finished_at < before("provider_references", now),
            _spared(held),
        )


def _move_aside(app: App, now: Millis, held: Held) -> None:
    """Put campaigns that are held into the month after, where nothing is dropped yet.

    Only those that are over: whoever still works on one writes to the month it had at first.
    """
    if not held.scopes:
        return
    following = _next_month(month_of(now))
    with app.db.read() as connection:
        kept = connection.execute(
            sa.select(campaigns.c.id, campaigns.c.expiry_month).where(
                _due(now), sa.not_(_spared(held))
            )
        ).all()
    for campaign_id, month in kept:
        partitions.ensure(app.db, following)
        with app.db.write() as connection:
            # In one transaction: a campaign's figures are proven from one month of deliveries.
            connection.execute(
                sa.update(deliveries)
                .where(
                    deliveries.c.expiry_month == month,
                    deliveries.c.campaign_id == campaign_id,
                )
                .values(expiry_month=following)
            )
            connection.execute(
                sa.update(campaigns)
                .where(campaigns.c.id == campaign_id)
                .values(expiry_month=following)
            )


def _drop_months(app: App, now: Millis, held: Held, limit: int) -> int:
    """Delete deliveries of months whose time has come; return how many."""
    for month in _months_to_drop(app, now, held):
        gone = partitions.drop(app.db, month, limit, app.clock.wait)
        if gone:
            return gone
    return 0


def _months_to_drop(app: App, now: Millis, held: Held) -> list[int]:
    """Return the months that are over, but for those in which somebody works or holds still."""
    month = month_of(now)
    with app.db.read() as connection:
        busy = set(
            connection.scalars(
                sa.select(campaigns.c.expiry_month)
                .where(
                    campaigns.c.expiry_month <= month,
                    sa.or_(campaigns.c.state.not_in(OVER), sa.not_(_spared(held))),
                )
                .distinct()
            )
        )
    return [old for old in partitions.months(app.db, month) if old not in busy]


def _due(now: Millis) -> sa.ColumnElement[bool]:
    return sa.and_(campaigns.c.expiry_month <= month_of(now), campaigns.c.state.in_(OVER))


def _spared(held: Held) -> sa.ColumnElement[bool]:
    return held.spares(campaigns.c.controller, campaigns.c.id)


def _next_month(month: int) -> int:
    year, number = divmod(month, 100)
    return (year + 1) * 100 + 1 if number == _MONTHS else month + 1
