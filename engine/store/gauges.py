"""What metrics show besides counters: each a small read, whatever ten years have left behind.

Costs on PostgreSQL with 365,000 campaigns and 2,000,000 tallies are those of an index or of a few
rows; none reads all tallies or deliveries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from engine.clock import DAY, Millis
from engine.states import CampaignState, Outcome
from engine.store.database import Database
from engine.store.keyring_tables import audit_heads, controller_keys
from engine.store.privacy_tables import acts, rights_requests, sweeps
from engine.store.tables import campaigns, connectors, events, tallies

DOUBTS_SHOWN: Millis = 30 * DAY
_FINISHED_LOOKED_AT = 1_000


class SweepRow(NamedTuple):
    """How a retention class stands; ``swept_at`` None: never swept to its end."""

    retention_class: str
    overdue: int
    removed: int
    swept_at: Millis | None


class RightRow(NamedTuple):
    """Requests of persons that are not finished, of one kind in one state."""

    kind: str
    state: str
    requests: int
    overdue: int
    next_deadline: Millis


class CarrierRow(NamedTuple):
    """A connector; ``cause`` None: its breaker is closed."""

    number: int
    name: str
    cause: str | None


@dataclass(frozen=True, slots=True)
class KeyringRow:
    """What the keyring holds: oldest key by purpose, how many sealing keys, the last anchor."""

    oldest: dict[str, Millis]
    sealed_keys: int
    anchor: int


def campaign_states(connection: sa.Connection) -> dict[CampaignState, int]:
    """Count all campaigns by state; the index of the states alone is read."""
    rows = connection.execute(
        sa.select(campaigns.c.state, sa.func.count()).group_by(campaigns.c.state)
    )
    return {CampaignState(state): number for state, number in rows}


def gap_of_finished(connection: sa.Connection) -> int:
    """Return by how much accepted and accounted for differ, over the latest finished campaigns.

    Those whose content retention has destroyed are not looked at any more.
    """
    latest = (
        sa.select(campaigns.c.id, campaigns.c.accepted)
        .where(
            campaigns.c.forgotten_at.is_(None),
            # Not the bare column: SQLite would walk all that are finished by the index of states.
            sa.literal_column("campaigns.state || ''") == CampaignState.FINISHED,
        )
        .order_by(campaigns.c.id.desc())
        .limit(_FINISHED_LOOKED_AT)
        .subquery()
    )
    ended = (
        sa.select(sa.func.coalesce(sa.func.sum(tallies.c.recipients), 0))
        .where(
            tallies.c.campaign_id == latest.c.id,
            tallies.c.outcome != Outcome.PASSED_ON,
        )
        .scalar_subquery()
    )
    gaps = sa.select(sa.func.abs(latest.c.accepted - ended).label("gap")).subquery()
    return int(connection.scalar(sa.select(sa.func.coalesce(sa.func.sum(gaps.c.gap), 0))) or 0)


def doubts(connection: sa.Connection, now: Millis) -> dict[str, int]:
    """Count unsettled doubts by channel: of campaigns that are open or ended within 30 days."""
    rows = connection.execute(
        sa.select(campaigns.c.route, tallies.c.leg, sa.func.sum(tallies.c.recipients))
        .join(campaigns, campaigns.c.id == tallies.c.campaign_id)
        .where(
            sa.literal_column("tallies.outcome = 6"),  # a literal, as the partial index has it
            sa.or_(campaigns.c.finished_at.is_(None), campaigns.c.finished_at > now - DOUBTS_SHOWN),
        )
        .group_by(campaigns.c.route, tallies.c.leg)
    )
    found: dict[str, int] = {}
    for route, leg, number in rows:
        channel = msgspec.json.decode(route, type=list[str])[leg - 1]
        found[channel] = found.get(channel, 0) + int(number)
    return found


def carriers(connection: sa.Connection) -> list[CarrierRow]:
    """Return all connectors and why their breakers are open."""
    rows = connection.execute(
        sa.select(
            connectors.c.number,
            connectors.c.name,
            sa.case(
                (connectors.c.failures > 0, sa.func.coalesce(connectors.c.open_cause, "unknown"))
            ),
        ).order_by(connectors.c.number)
    )
    return [CarrierRow(*row) for row in rows]


def oldest_event(connection: sa.Connection) -> Millis | None:
    """Return when the oldest event was written that is not published yet."""
    at: Millis | None = connection.scalar(
        sa.select(events.c.created_at)
        .where(events.c.published_at.is_(None))
        .order_by(events.c.id)
        .limit(1)
    )
    return at


def retention(connection: sa.Connection) -> Sequence[SweepRow]:
    """Return how each retention class stands."""
    columns = (sweeps.c.retention_class, sweeps.c.overdue, sweeps.c.removed, sweeps.c.finished_at)
    return [SweepRow(*row) for row in connection.execute(sa.select(*columns))]


def rights(connection: sa.Connection, now: Millis) -> Sequence[RightRow]:
    """Return the requests of persons that are not finished, by kind and state."""
    late = sa.case((rights_requests.c.due_at < now, 1), else_=0)
    rows = connection.execute(
        sa.select(
            rights_requests.c.kind,
            rights_requests.c.state,
            sa.func.count(),
            sa.func.sum(late),
            sa.func.min(rights_requests.c.due_at),
        )
        .where(rights_requests.c.finished_at.is_(None))
        .group_by(rights_requests.c.kind, rights_requests.c.state)
    )
    return [
        RightRow(kind, state, number, int(overdue), deadline)
        for kind, state, number, overdue, deadline in rows
    ]


def audit_head(connection: sa.Connection) -> int:
    """Return the number of the last act; 0: there is none."""
    return int(connection.scalar(sa.select(sa.func.max(acts.c.number))) or 0)


def keyring(db: Database) -> KeyringRow:
    """Return how the keyring stands."""
    with db.read() as connection:
        oldest = connection.execute(
            sa.select(
                controller_keys.c.purpose, sa.func.min(controller_keys.c.created_at)
            ).group_by(controller_keys.c.purpose)
        )
        return KeyringRow(
            {purpose: at for purpose, at in oldest},  # noqa: C416 (rows are no tuples to mypy)
            estimate(db, connection, "sealed_keys"),
            int(connection.scalar(sa.select(sa.func.max(audit_heads.c.number))) or 0),
        )


def estimate(db: Database, connection: sa.Connection, table: str) -> int:
    """Return how many rows a table has: counted on SQLite, PostgreSQL's own estimate there."""
    if db.is_sqlite:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(sa.table(table))) or 0)
    known = sa.text(
        "SELECT n_live_tup FROM pg_stat_user_tables WHERE relid = to_regclass(CAST(:table AS text))"
    )
    return int(connection.scalar(known, {"table": table}) or 0)
