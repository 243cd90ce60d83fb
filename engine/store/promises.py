"""Whether promises are kept, in a handful of figures that cost one small read each."""

from dataclasses import dataclass

import sqlalchemy as sa

from engine.clock import Millis
from engine.counters import Series
from engine.store.privacy_tables import rights_requests, sweeps
from engine.store.tables import counters, dead_letters, events

_OPEN = "open"


@dataclass(frozen=True, slots=True)
class Kept:
    """Retention: what is overdue by class, and when the least recent of the last sweeps ended.

    ``swept_at`` is None until every class was swept once.
    """

    overdue: dict[str, int]
    swept_at: Millis | None


@dataclass(frozen=True, slots=True)
class Answered:
    """Rights: requests that are not finished, those of them that are late, the next deadline."""

    open: int
    overdue: int
    next_deadline: Millis | None


def kept(connection: sa.Connection) -> Kept:
    """Return what the sweeps say; one row per retention class."""
    rows = connection.execute(
        sa.select(sweeps.c.retention_class, sweeps.c.overdue, sweeps.c.finished_at)
    ).all()
    ends = [ended for _, _, ended in rows]
    swept = None if not ends or None in ends else min(ends)
    return Kept({name: late for name, late, _ in rows if late}, swept)


def answered(connection: sa.Connection, now: Millis) -> Answered:
    """Return how requests of persons stand."""
    late = sa.case((rights_requests.c.due_at < now, 1), else_=0)
    row = connection.execute(
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(late), 0),
            sa.func.min(rights_requests.c.due_at),
        ).where(rights_requests.c.finished_at.is_(None))
    ).one()
    return Answered(int(row[0]), int(row[1]), row[2])


def dead_letters_open(connection: sa.Connection) -> int:
    """Count the dead letters that nobody has dealt with."""
    return connection.execute(
        sa.select(sa.func.count()).select_from(dead_letters).where(dead_letters.c.state == _OPEN)
    ).scalar_one()


def events_waiting(connection: sa.Connection) -> int:
    """Count the events that were not published yet."""
    return connection.execute(
        sa.select(sa.func.count()).select_from(events).where(events.c.published_at.is_(None))
    ).scalar_one()


def oppositions(connection: sa.Connection) -> int:
    """Return how many oppositions were ever counted; the table of counters is small."""
    number = connection.execute(
        sa.select(sa.func.sum(counters.c.value)).where(
            counters.c.series == Series.OPPOSITIONS.value
        )
    ).scalar_one()
    return int(number or 0)
