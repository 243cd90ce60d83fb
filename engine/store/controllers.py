"""Rows of controllers, and which broker account may speak for which of them."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from engine.clock import Millis
from engine.store.tables import accounts, controllers

EVERY_CONTROLLER = "*"


@dataclass(frozen=True, slots=True)
class ControllerRow:
    """One controller as stored; ``settings`` is JSON text."""

    number: int
    name: str
    state: str
    settings: str
    created_at: Millis


_COLUMNS = (
    controllers.c.number,
    controllers.c.name,
    controllers.c.state,
    controllers.c.settings,
    controllers.c.created_at,
)


def insert(connection: sa.Connection, name: str, settings: str, now: Millis) -> ControllerRow:
    """Add a controller; IntegrityError when the name is taken."""
    number = connection.execute(
        controllers.insert()
        .values(name=name, state="alive", settings=settings, created_at=now)
        .returning(controllers.c.number)
    ).scalar_one()
    return ControllerRow(number, name, "alive", settings, now)


def by_name(connection: sa.Connection, name: str) -> ControllerRow | None:
    """Find a controller by its id on the wire."""
    return _one(connection, controllers.c.name == name)


def by_number(connection: sa.Connection, number: int) -> ControllerRow | None:
    """Find a controller by its number."""
    return _one(connection, controllers.c.number == number)


def alive(connection: sa.Connection, numbers: Iterable[int]) -> dict[int, str]:
    """Return the names, by number, of those controllers that exist and whose contract lives."""
    rows = connection.execute(
        sa.select(controllers.c.number, controllers.c.name).where(
            controllers.c.number.in_(list(numbers)), controllers.c.state == "alive"
        )
    )
    return {row.number: row.name for row in rows}


def every(connection: sa.Connection) -> list[ControllerRow]:
    """Return all controllers in order of name."""
    rows = connection.execute(sa.select(*_COLUMNS).order_by(controllers.c.name))
    return [ControllerRow(*row) for row in rows]


def set_settings(connection: sa.Connection, name: str, settings: str) -> bool:
    """Replace the settings of a controller; False when there is none of that name."""
    changed = connection.execute(
        controllers.update().where(controllers.c.name == name).values(settings=settings)
    )
    return changed.rowcount == 1


def set_ended(connection: sa.Connection, name: str, state: str, now: Millis) -> bool:
    """Set the state of a controller whose contract ends; False when there is none of that name.

    One that ended before keeps its instant.
    """
    changed = connection.execute(
        controllers.update()
        .where(controllers.c.name == name)
        .values(state=state, ended_at=sa.func.coalesce(controllers.c.ended_at, now))
    )
    return changed.rowcount == 1


def grant(connection: sa.Connection, account: str, controller: str) -> None:
    """Let a broker account speak for a controller, or for all of them (``*``)."""
    have = sa.exists().where(accounts.c.account == account, accounts.c.controller == controller)
    if not connection.scalar(sa.select(have)):
        connection.execute(accounts.insert().values(account=account, controller=controller))


def revoke(connection: sa.Connection, account: str, controller: str) -> bool:
    """Take a grant back; False when there was none."""
    gone = connection.execute(
        accounts.delete().where(accounts.c.account == account, accounts.c.controller == controller)
    )
    return gone.rowcount == 1


def grants(connection: sa.Connection) -> list[tuple[str, str]]:
    """Return every (account, controller), in order."""
    rows = connection.execute(
        sa.select(accounts.c.account, accounts.c.controller).order_by(
            accounts.c.account, accounts.c.controller
        )
    )
    return [(account, controller) for account, controller in rows]


def may_speak_for(connection: sa.Connection, account: str, controller: str) -> bool:
    """Whether a broker account may enqueue campaigns of a controller."""
    granted = sa.exists().where(
        accounts.c.account == account,
        accounts.c.controller.in_((controller, EVERY_CONTROLLER)),
    )
    return bool(connection.scalar(sa.select(granted)))


def _one(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> ControllerRow | None:
    row = connection.execute(sa.select(*_COLUMNS).where(condition)).one_or_none()
    return None if row is None else ControllerRow(*row)
