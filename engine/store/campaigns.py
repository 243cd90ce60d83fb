"""Campaign rows: received, admitted or refused, planned. Changes are compare-and-set.

Dispatch has its own statements for flags and open batches (``flags``, ``batches``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine.clock import Millis
from engine.states import CampaignState
from engine.store.database import Database
from engine.store.tables import campaigns, lists


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """A campaign as it comes in; the columns of the same names say more."""

    controller: int
    name: str
    fingerprint: bytes
    account: str
    kind: str
    purpose: str
    route: tuple[str, ...]
    urgent: bool
    not_before: Millis
    not_after: Millis
    spread: Millis
    resend_doubt: bool
    expiry_month: int
    received_at: Millis


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One campaign as stored, lists decoded.

    cursor   JSON of planning's own (``engine.planning.cursor``)
    reasons  words: why it was refused, is paused or reached nobody
    """

    id: int
    controller: int
    name: str
    fingerprint: bytes
    account: str
    state: CampaignState
    kind: str
    purpose: str
    route: tuple[str, ...]
    urgent: bool
    not_before: Millis
    not_after: Millis
    spread: Millis
    resend_doubt: bool
    expiry_month: int
    sealed_job: bytes | None
    list_id: int | None
    list_until: int | None
    facts: str | None
    reasons: tuple[str, ...]
    cursor: str | None
    rows_read: int
    duplicates: int
    rejected: int
    accepted: int
    paused_at: Millis | None
    cancelled_at: Millis | None
    open_batches: int
    received_at: Millis
    planned_at: Millis | None
    finished_at: Millis | None


@dataclass(frozen=True, slots=True)
class ReadCounts:
    """What planning counted so far."""

    rows_read: int
    duplicates: int
    rejected: int
    accepted: int


_COLUMNS = tuple(campaigns.c[name] for name in CampaignRow.__dataclass_fields__)
_words = msgspec.json.Decoder(tuple[str, ...])


def insert_received(db: Database, connection: sa.Connection, new: NewCampaign) -> int | None:
    """Add a campaign and return its id; None when the controller has one of that name."""
    insert = sqlite.insert(campaigns) if db.is_sqlite else postgresql.insert(campaigns)
    values = {name: getattr(new, name) for name in NewCampaign.__dataclass_fields__}
    values["route"] = msgspec.json.encode(new.route).decode()
    found: int | None = connection.scalar(
        insert.values(state=CampaignState.RECEIVED, **values)
        .on_conflict_do_nothing(index_elements=["controller", "name"])
        .returning(campaigns.c.id)
    )
    return found


def set_sealed_job(connection: sa.Connection, campaign_id: int, sealed: bytes) -> None:
    """Keep the sealed job of a campaign that was just added."""
    _update(connection, campaigns.c.id == campaign_id, sealed_job=sealed)


def by_id(connection: sa.Connection, campaign_id: int) -> CampaignRow | None:
    """Return a campaign, or None."""
    return _one(connection, campaigns.c.id == campaign_id)


def find(connection: sa.Connection, controller: int, name: str) -> CampaignRow | None:
    """Return a controller's campaign by the client's own id, or None."""
    return _one(connection, campaigns.c.controller == controller, campaigns.c.name == name)


def names(connection: sa.Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return the clients' own ids of campaigns, by number."""
    rows = connection.execute(
        sa.select(campaigns.c.id, campaigns.c.name).where(campaigns.c.id.in_(ids))
    )
    return {row.id: row.name for row in rows}


def in_state(connection: sa.Connection, *states: CampaignState) -> list[int]:
    """Return the ids of the campaigns in some states, oldest first: work to be taken up again."""
    rows = connection.scalars(
        sa.select(campaigns.c.id).where(campaigns.c.state.in_(states)).order_by(campaigns.c.id)
    )
    return list(rows)


def lost_its_list(connection: sa.Connection, campaign: CampaignRow) -> bool:
    """Whether the hosted list that a campaign reads was deleted."""
    deleted = sa.exists().where(lists.c.id == campaign.list_id, lists.c.deleted_at.is_not(None))
    return bool(connection.scalar(sa.select(deleted)))


def set_admitted(
    connection: sa.Connection,
    campaign_id: int,
    cursor: str,
    list_id: int | None = None,
    list_until: int | None = None,
    facts: str | None = None,
) -> bool:
    """Let a received campaign be planned; False when somebody decided on it before.

    ``list_until`` is the last chunk of the list that belongs to the campaign: what is imported
    later is not part of it. ``facts`` is what admission found out (``engine.send_facts``).
    """
    return _update(
        connection,
        _stands(campaign_id, CampaignState.RECEIVED),
        state=CampaignState.PLANNING,
        cursor=cursor,
        list_id=list_id,
        list_until=list_until,
        facts=facts,
    )


def channels_used(connection: sa.Connection, controller: int) -> frozenset[str]:
    """Return the channels on the routes of a controller's campaigns that were planned so far."""
    routes = connection.scalars(
        sa.select(campaigns.c.route)
        .where(campaigns.c.controller == controller, campaigns.c.planned_at.is_not(None))
        .distinct()
    )
    return frozenset(channel for route in routes for channel in _words.decode(route))


def set_refused(
    connection: sa.Connection,
    campaign_id: int,
    before: CampaignState,
    reasons: tuple[str, ...],
    now: Millis,
) -> bool:
    """Refuse a campaign; False when it is no longer in the state ``before``."""
    return _update(
        connection,
        _stands(campaign_id, before),
        state=CampaignState.REFUSED,
        reasons=msgspec.json.encode(reasons).decode(),
        finished_at=now,
        rows_read=0,
        duplicates=0,
        rejected=0,
        accepted=0,
        open_batches=0,
    )


def move_cursor(
    connection: sa.Connection, campaign_id: int, before: str, after: str, counts: ReadCounts
) -> bool:
    """Write how far planning came.

    False when the campaign was cancelled or another planner moved the cursor meanwhile: whatever
    else the transaction wrote must be rolled back then.
    """
    return _update(
        connection,
        _planning_from(campaign_id, before),
        cursor=after,
        rows_read=counts.rows_read,
        duplicates=counts.duplicates,
        rejected=counts.rejected,
        accepted=counts.accepted,
    )


def set_planned(
    connection: sa.Connection, campaign_id: int, before: str, open_batches: int, now: Millis
) -> bool:
    """Let a campaign be dispatched; False when it was cancelled or another planner was faster."""
    return _update(
        connection,
        _planning_from(campaign_id, before),
        state=CampaignState.PLANNED,
        open_batches=open_batches,
        planned_at=now,
    )


def set_finished_empty(
    connection: sa.Connection,
    campaign_id: int,
    reason: str,
    counts: ReadCounts,
    now: Millis,
) -> bool:
    """Finish a campaign that planning found, or left, without recipients; the reason says why."""
    return _update(
        connection,
        _stands(campaign_id, CampaignState.PLANNING),
        state=CampaignState.FINISHED,
        reasons=msgspec.json.encode((reason,)).decode(),
        planned_at=now,
        finished_at=now,
        rows_read=counts.rows_read,
        duplicates=counts.duplicates,
        rejected=counts.rejected,
        accepted=counts.accepted,
        open_batches=0,
    )


def _stands(campaign_id: int, state: CampaignState) -> sa.ColumnElement[bool]:
    return sa.and_(campaigns.c.id == campaign_id, campaigns.c.state == state)


def _planning_from(campaign_id: int, cursor: str) -> sa.ColumnElement[bool]:
    """The campaign is being planned, nobody moved the cursor, and it was not cancelled."""
    return sa.and_(
        _stands(campaign_id, CampaignState.PLANNING),
        campaigns.c.cursor == cursor,
        campaigns.c.cancelled_at.is_(None),
    )


def _update(connection: sa.Connection, condition: sa.ColumnElement[bool], **values: object) -> bool:
    changed = connection.execute(sa.update(campaigns).where(condition).values(**values))
    return changed.rowcount == 1


def _one(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> CampaignRow | None:
    row = connection.execute(sa.select(*_COLUMNS).where(*conditions)).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name for a row as a mapping)
    values["state"] = CampaignState(row.state)
    values["route"] = _words.decode(row.route)
    values["reasons"] = _words.decode(row.reasons) if row.reasons else ()
    return CampaignRow(**values)
