"""Who holds batches over some blocks: they may have former recipients in memory still."""

from collections.abc import Sequence

import sqlalchemy as sa

from engine.store.database import Database
from engine.store.tables import batches


def holders(connection: sa.Connection, block_ids: Sequence[int]) -> list[tuple[int, bytes]]:
    """Return the claims on batches over these blocks, as (batch, token)."""
    found = sa.select(batches.c.id, batches.c.token).where(  # in the words of its partial index
        batches.c.block_id.in_(block_ids),
        sa.text("batches.state = 2"),
        batches.c.token.is_not(None),
    )
    return [(batch_id, bytes(token)) for batch_id, token in connection.execute(found)]


def holding_still(
    connection: sa.Connection, claims: Sequence[tuple[int, bytes]]
) -> list[tuple[int, bytes]]:
    """Return those of these claims that were neither let go nor taken over."""
    now = dict(holders_of(connection, [batch_id for batch_id, _ in claims]))
    return [(batch_id, token) for batch_id, token in claims if now.get(batch_id) == token]


def holders_of(
    connection: sa.Connection, batch_ids: Sequence[int]
) -> list[tuple[int, bytes | None]]:
    """Return who has these batches now, as (batch, token)."""
    found = sa.select(batches.c.id, batches.c.token).where(batches.c.id.in_(batch_ids))
    return [(batch_id, token) for batch_id, token in connection.execute(found)]


def fence(
    db: Database, connection: sa.Connection, batch_id: int, token: bytes, new_token: bytes
) -> None:
    """Shut out a holder whose lease has ended; whoever takes the batch over finds it as it was."""
    connection.execute(
        batches.update()
        .where(batches.c.id == batch_id, batches.c.token == token)
        .where(batches.c.lease_until < db.clock())
        .values(token=new_token, step=batches.c.step + 1)
    )
