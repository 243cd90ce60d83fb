"""Legal holds: documented exceptions from retention."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from engine.clock import Millis
from engine.store.privacy_tables import holds


class HoldRow(NamedTuple):
    """One hold. None for controller or campaign: every one; ``until`` None: until it is lifted."""

    id: int
    retention_class: str
    controller: int | None
    campaign_id: int | None
    reason: str
    author: str
    created_at: Millis
    until: Millis | None
    lifted_at: Millis | None


_COLUMNS = tuple(holds.c[name] for name in HoldRow._fields)


def active(now: Millis) -> sa.ColumnElement[bool]:
    """Return the condition of a hold being in force."""
    return sa.and_(
        holds.c.lifted_at.is_(None), sa.or_(holds.c.until.is_(None), holds.c.until > now)
    )


def held_now(
    connection: sa.Connection, names: Sequence[str], now: Millis
) -> list[tuple[int | None, int | None]]:
    """Return (controller, campaign) of the holds in force on some classes."""
    rows = connection.execute(
        sa.select(holds.c.controller, holds.c.campaign_id).where(
            holds.c.retention_class.in_(names), active(now)
        )
    )
    return [(controller, campaign) for controller, campaign in rows]


def of_controller(
    connection: sa.Connection, names: Collection[str], controller: int, now: Millis
) -> list[HoldRow]:
    """Return the holds in force on some classes that keep data of a controller, oldest first."""
    whose = sa.or_(holds.c.controller.is_(None), holds.c.controller == controller)
    rows = connection.execute(
        sa.select(*_COLUMNS)
        .where(holds.c.retention_class.in_(names), whose, active(now))
        .order_by(holds.c.id)
    )
    return [HoldRow._make(row) for row in rows]


def insert(connection: sa.Connection, values: dict[str, object]) -> int:
    """Add a hold and return its number."""
    return int(connection.execute(holds.insert().values(values).returning(holds.c.id)).scalar_one())


def lift(connection: sa.Connection, number: int, now: Millis) -> HoldRow | None:
    """End a hold that is in force and return it; None: there is none of that number."""
    row = connection.execute(
        sa.update(holds)
        .where(holds.c.id == number, active(now))
        .values(lifted_at=now)
        .returning(*_COLUMNS)
    ).first()
    return None if row is None else HoldRow._make(row)


def every(connection: sa.Connection, now: Millis, *, ended: bool = False) -> list[HoldRow]:
    """Return the holds in force, with ``ended`` all, newest first."""
    wanted = sa.select(*_COLUMNS).order_by(holds.c.id.desc())
    rows = connection.execute(wanted if ended else wanted.where(active(now)))
    return [HoldRow._make(row) for row in rows]
