"""Messages that are no campaign, kept sealed until somebody has looked at them."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from engine.clock import Millis
from engine.store.tables import dead_letters

OPEN = "open"
REPLAYED = "replayed"
DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class DeadLetterRow:
    """One dead letter; ``reasons`` is JSON, ``sealed`` is None once its body was let go."""

    id: int
    account: str
    message_id: str
    reasons: str
    state: str
    received_at: Millis
    closed_at: Millis | None
    sealed: bytes | None


_COLUMNS = tuple(dead_letters.c[name] for name in DeadLetterRow.__dataclass_fields__)


def insert(
    connection: sa.Connection, account: str, message_id: str, reasons: str, now: Millis
) -> int:
    """Add a dead letter, its body to follow, and return its number."""
    number: int = connection.execute(
        dead_letters.insert()
        .values(
            account=account,
            message_id=message_id,
            reasons=reasons,
            state=OPEN,
            received_at=now,
        )
        .returning(dead_letters.c.id)
    ).scalar_one()
    return number


def set_sealed(connection: sa.Connection, number: int, sealed: bytes) -> None:
    """Keep the sealed body of a dead letter that was just added."""
    connection.execute(
        sa.update(dead_letters).where(dead_letters.c.id == number).values(sealed=sealed)
    )


def by_id(connection: sa.Connection, number: int) -> DeadLetterRow | None:
    """Return a dead letter, or None."""
    row = connection.execute(sa.select(*_COLUMNS).where(dead_letters.c.id == number)).one_or_none()
    return None if row is None else DeadLetterRow(*row)


def in_states(connection: sa.Connection, states: Sequence[str]) -> list[DeadLetterRow]:
    """Return the dead letters in some states, newest first."""
    rows = connection.execute(
        sa.select(*_COLUMNS)
        .where(dead_letters.c.state.in_(states))
        .order_by(dead_letters.c.id.desc())
    )
    return [DeadLetterRow(*row) for row in rows]


def close(connection: sa.Connection, number: int, state: str, now: Millis) -> bool:
    """Close an open dead letter and let its body go; False when it was closed before."""
    closed = connection.execute(
        sa.update(dead_letters)
        .where(dead_letters.c.id == number, dead_letters.c.state == OPEN)
        .values(state=state, closed_at=now, sealed=None)
    )
    return closed.rowcount == 1
