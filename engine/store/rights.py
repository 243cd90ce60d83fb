"""Requests of persons as rows, and who is carrying one out.

An actor claims a request with a random token and a lease on the database's clock, and writes every
step by compare-and-set on the token: a second actor, or one that was given up for dead, changes
nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from engine.clock import Millis
from engine.store.database import Database
from engine.store.privacy_tables import rights_requests

_TO_BE_DONE = ("accepted", "running")  # policy.rights.RequestState


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request; ``progress`` is JSON, ``sealed_subject`` None once it was carried out."""

    id: int
    controller: int
    kind: str
    state: str
    source: str
    sealed_subject: bytes | None
    progress: str
    certificate: str | None
    received_at: Millis
    due_at: Millis
    accepted_at: Millis | None
    finished_at: Millis | None
    next_at: Millis


_COLUMNS = tuple(rights_requests.c[name] for name in RequestRow.__dataclass_fields__)


def insert(connection: sa.Connection, values: Mapping[str, object]) -> RequestRow:
    """Add a request."""
    made = rights_requests.insert().values(dict(values)).returning(*_COLUMNS)
    return RequestRow(*connection.execute(made).one())


def by_id(connection: sa.Connection, number: int) -> RequestRow | None:
    """Return a request, or None."""
    found = sa.select(*_COLUMNS).where(rights_requests.c.id == number)
    row = connection.execute(found).one_or_none()
    return None if row is None else RequestRow(*row)


def every(
    connection: sa.Connection, controllers: Sequence[int] | None, *, closed: bool
) -> list[RequestRow]:
    """Return requests, newest first: of some controllers or of all, open ones or all."""
    found = sa.select(*_COLUMNS).order_by(rights_requests.c.id.desc())
    if controllers is not None:
        found = found.where(rights_requests.c.controller.in_(controllers))
    if not closed:
        found = found.where(rights_requests.c.finished_at.is_(None))
    return [RequestRow(*row) for row in connection.execute(found)]


def _due(now: Millis) -> tuple[sa.ColumnElement[bool], ...]:
    return rights_requests.c.state.in_(_TO_BE_DONE), rights_requests.c.next_at <= now


def waits(db: Database, connection: sa.Connection, now: Millis) -> bool:
    """Return whether some request is due that nobody carries out now."""
    found = sa.select(rights_requests.c.id).where(*_due(now), _free(db)).limit(1)
    return connection.execute(found).first() is not None


def _free(db: Database) -> sa.ColumnElement[bool]:
    lease = rights_requests.c.lease_until
    return lease.is_(None) | (lease < db.clock())


def claim(
    db: Database, now: Millis, token: bytes, lease: Millis, number: int | None
) -> RequestRow | None:
    """Take the request that has been due longest, or the one of that number; None: there is none.

    number  asked for by name: taken although it is put off
    """
    wanted = sa.select(rights_requests.c.id).where(_free(db))
    if number is None:
        wanted = wanted.where(*_due(now))
    else:
        wanted = wanted.where(
            rights_requests.c.state.in_(_TO_BE_DONE), rights_requests.c.id == number
        )
    wanted = wanted.order_by(rights_requests.c.next_at, rights_requests.c.id).limit(1)
    with db.read() as connection:  # on SQLite a look costs less than the write lock
        if connection.execute(wanted).first() is None:
            return None
    with db.write() as connection:
        found = connection.scalar(wanted.with_for_update(skip_locked=True))
        if found is None:
            return None
        taken = (
            rights_requests.update()
            .where(rights_requests.c.id == found)
            .values(token=token, lease_until=db.clock() + lease)
            .returning(*_COLUMNS)
        )
        return RequestRow(*connection.execute(taken).one())


def write(
    db: Database,
    connection: sa.Connection,
    number: int,
    token: bytes,
    lease: Millis | None,
    values: Mapping[str, object],
) -> bool:
    """Write a step and renew the lease; False when somebody else has the request.

    lease  None: let go of it
    """
    held: dict[str, object] = (
        {"token": None, "lease_until": None}
        if lease is None
        else {"lease_until": db.clock() + lease}
    )
    changed = connection.execute(
        rights_requests.update()
        .where(rights_requests.c.id == number, rights_requests.c.token == token)
        .values({**values, **held})
    )
    return changed.rowcount == 1


def decide(
    connection: sa.Connection, number: int, state: str, values: Mapping[str, object]
) -> bool:
    """Change a request that is in ``state`` and that no actor has; False when it is not so."""
    changed = connection.execute(
        rights_requests.update()
        .where(rights_requests.c.id == number, rights_requests.c.state == state)
        .where(rights_requests.c.token.is_(None))
        .values(dict(values))
    )
    return changed.rowcount == 1
