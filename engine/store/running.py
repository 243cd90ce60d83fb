"""What goes on: few rows, read every second by whoever watches.

Everything is found through an index by what is not over, so that years of history cost nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from engine.bitmap import count
from engine.clock import Millis
from engine.states import BatchState, CampaignState, Outcome
from engine.store.database import Database
from engine.store.tables import batches, campaigns, controllers, tallies

_OPEN = (CampaignState.RECEIVED, CampaignState.PLANNING, CampaignState.PLANNED)
_BITMAPS = (batches.c.todo, batches.c.in_flight, batches.c.again, batches.c.onward)


@dataclass(frozen=True, slots=True)
class RunningRow:
    """A campaign that is not over, or was not when it was looked at before."""

    campaign_id: int
    name: str
    controller: str
    state: CampaignState
    route: tuple[str, ...]
    accepted: int
    paused_at: Millis | None
    cancelled_at: Millis | None
    not_after: Millis

    def works(self, now: Millis) -> bool:
        """Whether its batches are worked: planned, and not paused unless it is to end anyway."""
        ending = self.cancelled_at is not None or self.not_after <= now
        return self.state is CampaignState.PLANNED and (self.paused_at is None or ending)


class TallyRow(NamedTuple):
    """How many recipients of a campaign ended alike on one leg."""

    campaign_id: int
    leg: int
    outcome: Outcome
    recipients: int


class WorkRow(NamedTuple):
    """Batches of a campaign in one lane and state; ``soonest`` is the first instant among them."""

    campaign_id: int
    lane: str
    state: BatchState
    batches: int
    recipients: int
    soonest: Millis


def running(connection: sa.Connection, also: Collection[int] = ()) -> list[RunningRow]:
    """Return campaigns that are neither finished nor refused, and some others by id; latest first."""
    wanted: sa.ColumnElement[bool] = campaigns.c.state.in_(_OPEN)
    if also:
        wanted = sa.or_(wanted, campaigns.c.id.in_(also))
    rows = connection.execute(
        sa.select(
            campaigns.c.id,
            campaigns.c.name,
            controllers.c.name,
            campaigns.c.state,
            campaigns.c.route,
            campaigns.c.accepted,
            campaigns.c.paused_at,
            campaigns.c.cancelled_at,
            campaigns.c.not_after,
        )
        .join(controllers, controllers.c.number == campaigns.c.controller)
        .where(wanted)
        .order_by(campaigns.c.id.desc())
    )
    return [
        RunningRow(one, name, whose, CampaignState(state), _route(route), *rest)
        for one, name, whose, state, route, *rest in rows
    ]


def _route(text: str) -> tuple[str, ...]:
    return tuple(msgspec.json.decode(text, type=list[str]))


def ended(connection: sa.Connection, campaign_ids: Sequence[int]) -> list[TallyRow]:
    """Return how the recipients of some campaigns ended so far, by leg and outcome."""
    key = (tallies.c.campaign_id, tallies.c.leg, tallies.c.outcome)
    rows = connection.execute(
        sa.select(*key, sa.func.sum(tallies.c.recipients))
        .where(tallies.c.campaign_id.in_(campaign_ids))
        .group_by(*key)
    )
    return [TallyRow(one, leg, Outcome(out), int(number)) for one, leg, out, number in rows]


def open_work(
    db: Database, connection: sa.Connection, campaign_ids: Sequence[int]
) -> list[WorkRow]:
    """Return the batches of some campaigns that are not done, with the recipients they owe.

    One whose holder let its lease expire is ready: whoever held it is gone.
    """
    expired = sa.and_(batches.c.state == BatchState.CLAIMED, batches.c.lease_until < db.clock())
    state = sa.case((expired, int(BatchState.READY)), else_=batches.c.state).label("stands")
    place = (batches.c.campaign_id, batches.c.lane, state)
    of_them = (batches.c.campaign_id.in_(campaign_ids), batches.c.state != BatchState.DONE)
    if db.is_sqlite:
        return _counted_here(connection, place, of_them)
    # The server counts the bits: a million recipients are a thousand rows that need not travel.
    bits = [sa.func.bit_count(column) for column in _BITMAPS]
    rows = connection.execute(
        sa.select(
            *place,
            sa.func.count(),
            sa.func.sum(bits[0] + bits[1] + bits[2] + bits[3]),
            sa.func.min(batches.c.not_before),
        )
        .where(*of_them)
        .group_by(batches.c.campaign_id, batches.c.lane, sa.text("stands"))
    )
    return [
        WorkRow(one, lane, BatchState(state), number, int(recipients), soonest)
        for one, lane, state, number, recipients, soonest in rows
    ]


def _counted_here(
    connection: sa.Connection,
    place: tuple[sa.ColumnElement[Any], ...],
    of_them: tuple[sa.ColumnElement[bool], ...],
) -> list[WorkRow]:
    found: defaultdict[tuple[int, str, BatchState], list[tuple[int, Millis]]] = defaultdict(list)
    rows = connection.execute(sa.select(*place, batches.c.not_before, *_BITMAPS).where(*of_them))
    for campaign_id, lane, state, not_before, *bitmaps in rows:
        owed = sum(count(bits) for bits in bitmaps)
        found[campaign_id, lane, BatchState(state)].append((owed, not_before))
    return [
        WorkRow(*place, len(parts), sum(owed for owed, _ in parts), min(at for _, at in parts))
        for place, parts in found.items()
    ]
