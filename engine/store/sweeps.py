"""When each retention class was swept, by whom it is being swept, and what is overdue."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine.clock import Millis
from engine.store.database import Database
from engine.store.privacy_tables import sweeps


@dataclass(frozen=True, slots=True)
class Turn:
    """What a turn did: rows removed, rows left that are too old, and when the next one is.

    ``overdue`` None: they were not counted, since the turn was only a part of the whole.
    """

    removed: int
    overdue: int | None
    next_at: Millis
    now: Millis
    more: bool


@dataclass(frozen=True, slots=True)
class Turns:
    """When each class is swept next, and which ones somebody is sweeping now."""

    at: dict[str, Millis]
    busy: frozenset[str]


def next_turns(db: Database, connection: sa.Connection) -> Turns:
    """Return whose turn it is; a class that was never swept is in neither."""
    busy = sa.and_(sweeps.c.token.is_not(None), sweeps.c.lease_until >= db.clock())
    rows = connection.execute(sa.select(sweeps.c.retention_class, sweeps.c.next_at, busy)).all()
    taken = frozenset(name for name, _, has in rows if has)
    return Turns({name: next_at for name, next_at, _ in rows}, taken)


def ends(connection: sa.Connection) -> dict[str, Millis]:
    """Return when each class was swept to its end last."""
    rows = connection.execute(
        sa.select(sweeps.c.retention_class, sweeps.c.finished_at).where(
            sweeps.c.finished_at.is_not(None)
        )
    )
    return {name: ended for name, ended in rows if ended is not None}


def claim(db: Database, name: str, token: bytes, now: Millis, lease: Millis) -> bool:
    """Take a class for sweeping; False while somebody else has it."""
    insert = sqlite.insert(sweeps) if db.is_sqlite else postgresql.insert(sweeps)
    with db.write() as connection:
        connection.execute(
            insert.values(
                retention_class=name, state=_IDLE, cursor="{}", next_at=0, removed=0, overdue=0
            ).on_conflict_do_nothing()
        )
        taken = connection.execute(
            sa.update(sweeps)
            .where(
                sweeps.c.retention_class == name,
                sa.or_(sweeps.c.token.is_(None), sweeps.c.lease_until < db.clock()),
            )
            .values(state=_RUNNING, token=token, lease_until=db.clock() + lease, started_at=now)
        ).rowcount
    return bool(taken)


def steps(db: Database, connection: sa.Connection) -> dict[str, tuple[bytes, Millis]]:
    """Return what each class is being swept by now; a lease that was renewed is another step."""
    rows = connection.execute(
        sa.select(sweeps.c.retention_class, sweeps.c.token, sweeps.c.lease_until).where(
            sweeps.c.token.is_not(None), sweeps.c.lease_until >= db.clock()
        )
    )
    return {name: (bytes(token), until) for name, token, until in rows}


def renew(db: Database, name: str, token: bytes, lease: Millis) -> None:
    """Keep a class for longer; does nothing for whoever was overtaken."""
    with db.write() as connection:
        connection.execute(
            sa.update(sweeps)
            .where(sweeps.c.retention_class == name, sweeps.c.token == token)
            .values(lease_until=db.clock() + lease)
        )


def release(db: Database, name: str, token: bytes, turn: Turn) -> None:
    """Note what a turn did, and let go; who was overtaken only adds what it removed."""
    ended: dict[str, object] = {} if turn.more else {"finished_at": turn.now}
    left = sweeps.c.overdue - turn.removed
    some = sa.case((left < 1, 1), else_=left)
    with db.write() as connection:
        connection.execute(
            sa.update(sweeps)
            .where(sweeps.c.retention_class == name)
            .values(removed=sweeps.c.removed + turn.removed)
        )
        connection.execute(
            sa.update(sweeps)
            .where(sweeps.c.retention_class == name, sweeps.c.token == token)
            .values(
                state=_IDLE,
                token=None,
                lease_until=None,
                next_at=turn.next_at,
                overdue=some if turn.overdue is None else turn.overdue,
                **ended,
            )
        )


_IDLE = "idle"
_RUNNING = "running"
