"""Rows of what is switched off: whole campaigns, controllers, channels, connectors, destinations."""

from enum import StrEnum
from typing import NamedTuple

import sqlalchemy as sa

from engine.clock import Millis
from engine.store.policy_tables import kills


class KillKind(StrEnum):
    """What can be switched off."""

    CAMPAIGN = "campaign"
    CONTROLLER = "controller"
    CHANNEL = "channel"
    CONNECTOR = "connector"
    DESTINATION = "destination"  # a country (FR), a beginning of numbers (+262), a domain (@x.test)


class Kill(NamedTuple):
    """Something that is switched off, whatever arrives later.

    target   its name; of a campaign that of the controller with ``scope``
    ends_at  the instant at which it goes on by itself; None: when somebody lifts it
    """

    id: int
    kind: str
    target: str
    scope: int
    reason: str
    actor: str
    begun_at: Millis
    ends_at: Millis | None
    lifted_at: Millis | None
    lifted_by: str | None

    def holds(self, now: Millis) -> bool:
        """Return whether it is off at an instant."""
        return (
            self.begun_at <= now
            and self.lifted_at is None
            and (self.ends_at is None or now < self.ends_at)
        )


_COLUMNS = tuple(kills.c[name] for name in Kill._fields)


def insert(connection: sa.Connection, kill: Kill) -> int:
    """Switch something off, and return the id; ``kill.id`` is not read."""
    values = kill._asdict()
    del values["id"]
    added = kills.insert().values(values).returning(kills.c.id)
    return int(connection.execute(added).scalar_one())


def lift(connection: sa.Connection, kill_id: int, actor: str, now: Millis) -> bool:
    """Switch something on again; False: it was lifted before, or there is none of that id."""
    lifted = connection.execute(
        sa.update(kills)
        .where(kills.c.id == kill_id, kills.c.lifted_at.is_(None))
        .values(lifted_at=now, lifted_by=actor)
    )
    return lifted.rowcount == 1


def standing(connection: sa.Connection, now: Millis) -> list[Kill]:
    """Return what is off, or will be; the oldest first."""
    rows = connection.execute(
        sa.select(*_COLUMNS)
        .where(
            kills.c.lifted_at.is_(None), sa.or_(kills.c.ends_at.is_(None), kills.c.ends_at > now)
        )
        .order_by(kills.c.id)
    )
    return [Kill._make(row) for row in rows]


def every(connection: sa.Connection) -> list[Kill]:
    """Return everything that was ever switched off; the oldest first."""
    rows = connection.execute(sa.select(*_COLUMNS).order_by(kills.c.id))
    return [Kill._make(row) for row in rows]
