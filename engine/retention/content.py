"""Content and sealed recipients of campaigns that are over: destroyed, keys first."""

from typing import NamedTuple

import sqlalchemy as sa

from engine.app import App
from engine.briefing import campaign_scope
from engine.clock import Millis
from engine.planning.ending import spill_scope
from engine.retention.sweeper import HEAD_BYTES, Held, before, held_by, month_of
from engine.states import CampaignState, Outcome
from engine.store.tables import batches, blocks, campaigns, controllers, deliveries, spills

_KEYS_AT_ONCE = 200
_CAMPAIGNS_AT_ONCE = 20
OVER = (CampaignState.FINISHED, CampaignState.REFUSED)


class _Over(NamedTuple):
    id: int
    controller: str
    expiry_month: int
    sealed_job: bytes | None
    keeps_doubt: bool


def waits(connection: sa.Connection, now: Millis) -> bool:
    """Return whether a campaign is over whose content is there still; a small index answers."""
    due = sa.select(campaigns.c.id).where(*_due(now), _spared(held_by(connection, "content", now)))
    return connection.execute(due.limit(1)).first() is not None


class Content:
    """Forgets campaigns as they end, but for blocks with somebody in doubt."""

    def overdue(self, app: App, now: Millis, held: Held) -> int:
        """Count campaigns that are over whose content is there."""
        with app.db.read() as connection:
            return _count(connection, *_due(now), _spared(held))

    def sweep(self, app: App, now: Millis, held: Held, limit: int) -> int:
        """Forget campaigns, the oldest first."""
        return _forget_some(app, now, (*_due(now), _spared(held)), limit)


class DoubtfulBlocks:
    """The blocks that were kept to name those in doubt."""

    def overdue(self, app: App, now: Millis, held: Held) -> int:
        """Count campaigns whose doubtful blocks are too old."""
        with app.db.read() as connection:
            return _count(connection, *_doubt_due(now), _spared(held))

    def sweep(self, app: App, now: Millis, held: Held, limit: int) -> int:
        """Forget what is left of those campaigns."""
        return _forget_some(app, now, (*_doubt_due(now), _spared(held)), limit)


def _forget_some(
    app: App, now: Millis, wanted: tuple[sa.ColumnElement[bool], ...], limit: int
) -> int:
    with app.db.read() as connection:
        spared = _spared(held_by(connection, "doubtful_blocks", now))
        rows = connection.execute(
            sa.select(
                campaigns.c.id,
                controllers.c.name,
                campaigns.c.expiry_month,
                campaigns.c.sealed_job,
                sa.not_(sa.and_(_old(now), spared)),
            )
            .join(controllers, controllers.c.number == campaigns.c.controller)
            .where(*wanted)
            .order_by(campaigns.c.id)
            .limit(_CAMPAIGNS_AT_ONCE)
        ).all()
    gone = 0
    for row in rows:
        gone += _forget(app, _Over._make(row), now, limit - gone)
        if gone >= limit:
            break
    if gone:
        app.db.empty_log()
    return gone


def _forget(app: App, row: _Over, now: Millis, limit: int) -> int:
    """Destroy what a campaign has sealed, and delete up to ``limit`` rows; return how many went.

    The campaign says that it was forgotten once nothing is left of it, so that a sweep that was
    stopped goes on.
    """
    keep = _doubtful(app, row) if row.keeps_doubt else []
    _destroy_keys(app, row, keep)
    gone = 0
    for table, which in (
        (spills, sa.true()),
        (batches, sa.true()),
        (blocks, blocks.c.id.not_in(keep)),
    ):
        gone += _delete(app, table, sa.and_(table.c.campaign_id == row.id, which), limit - gone)
        if gone >= limit:
            return gone
    with app.db.write() as connection:
        connection.execute(
            sa.update(campaigns)
            .where(campaigns.c.id == row.id)
            .values(sealed_job=None, cursor=None, forgotten_at=None if keep else now)
        )
    return gone + 1


def _doubtful(app: App, row: _Over) -> list[int]:
    with app.db.read() as connection:
        return list(
            connection.scalars(
                sa.select(deliveries.c.block_id)
                .where(
                    deliveries.c.expiry_month == row.expiry_month,
                    deliveries.c.campaign_id == row.id,
                    deliveries.c.outcome == Outcome.IN_DOUBT,
                )
                .distinct()
            )
        )


def _destroy_keys(app: App, row: _Over, keep: list[int]) -> None:
    app.vault.destroy_scope(row.controller, spill_scope(row.id))
    if not keep:
        app.vault.destroy_scope(row.controller, campaign_scope(row.id))
        return
    if row.sealed_job is not None:
        app.vault.destroy([row.sealed_job])
    reached = 0
    while True:
        with app.db.read() as connection:
            heads = connection.execute(
                sa.select(blocks.c.id, sa.func.substr(blocks.c.sealed, 1, HEAD_BYTES))
                .where(
                    blocks.c.campaign_id == row.id,
                    blocks.c.id > reached,
                    blocks.c.id.not_in(keep),
                )
                .order_by(blocks.c.id)
                .limit(_KEYS_AT_ONCE)
            ).all()
        if not heads:
            return
        app.vault.destroy([bytes(head) for _, head in heads])
        reached = heads[-1][0]


def _delete(app: App, table: sa.Table, condition: sa.ColumnElement[bool], limit: int) -> int:
    """Delete some rows; return how many went."""
    some = sa.select(table.c.id).where(condition).limit(limit).scalar_subquery()
    with app.db.write() as connection:
        return connection.execute(sa.delete(table).where(table.c.id.in_(some))).rowcount


def _count(connection: sa.Connection, *wanted: sa.ColumnElement[bool]) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(campaigns).where(*wanted)) or 0


def _due(now: Millis) -> tuple[sa.ColumnElement[bool], ...]:
    """What was not looked at yet since the campaign ended."""
    return (*_over(), campaigns.c.sealed_job.is_not(None), _ended() <= before("content", now))


def _doubt_due(now: Millis) -> tuple[sa.ColumnElement[bool], ...]:
    return (*_over(), campaigns.c.sealed_job.is_(None), _old(now))


def _over() -> tuple[sa.ColumnElement[bool], ...]:
    return (campaigns.c.forgotten_at.is_(None), campaigns.c.state.in_(OVER))


def _old(now: Millis) -> sa.ColumnElement[bool]:
    """Whether doubt was kept long enough; never longer than the history, which names it too."""
    return sa.or_(
        _ended() < before("doubtful_blocks", now), campaigns.c.expiry_month <= month_of(now)
    )


def _ended() -> sa.ColumnElement[int]:
    return sa.func.coalesce(campaigns.c.finished_at, 0)  # refused ones have none


def _spared(held: Held) -> sa.ColumnElement[bool]:
    return held.spares(campaigns.c.controller, campaigns.c.id)
