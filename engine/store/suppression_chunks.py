"""Chunks of sealed contacts behind suppressions; see ``suppressions``."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from engine.store.tables import suppression_chunks


def new_chunks(connection: sa.Connection, scopes: Sequence[int]) -> dict[int, int]:
    """Make an empty chunk for each scope and return their ids by scope."""
    made = suppression_chunks.insert().returning(
        suppression_chunks.c.scope, suppression_chunks.c.id
    )
    rows = connection.execute(made, [{"scope": scope, "sealed": b""} for scope in scopes])
    return {row.scope: row.id for row in rows}


def fill_chunks(connection: sa.Connection, sealed: Mapping[int, bytes]) -> None:
    """Put sealed contacts into chunks, by id."""
    if sealed:
        connection.execute(
            suppression_chunks.update().where(suppression_chunks.c.id == sa.bindparam("chunk")),
            [{"chunk": chunk_id, "sealed": blob} for chunk_id, blob in sealed.items()],
        )


def drop_chunks(connection: sa.Connection, chunk_ids: Sequence[int]) -> None:
    """Delete chunks that hold nothing."""
    if chunk_ids:
        connection.execute(
            suppression_chunks.delete().where(suppression_chunks.c.id.in_(chunk_ids))
        )


def new_chunk(connection: sa.Connection, scope: int) -> int:
    """Make an empty chunk for sealed contacts and return its id; ``fill_chunk`` follows."""
    made = suppression_chunks.insert().values(scope=scope, sealed=b"")
    return int(connection.execute(made.returning(suppression_chunks.c.id)).scalar_one())


def fill_chunk(connection: sa.Connection, chunk_id: int, sealed: bytes) -> None:
    """Put sealed contacts into a chunk."""
    connection.execute(
        suppression_chunks.update().where(suppression_chunks.c.id == chunk_id).values(sealed=sealed)
    )


def drop_chunk(connection: sa.Connection, chunk_id: int) -> None:
    """Delete a chunk that holds nothing any more."""
    connection.execute(suppression_chunks.delete().where(suppression_chunks.c.id == chunk_id))


def lock_chunk(connection: sa.Connection, chunk_id: int) -> bytes | None:
    """Return the sealed contacts of a chunk, which nobody else changes until the commit."""
    return connection.scalar(
        sa.select(suppression_chunks.c.sealed)
        .where(suppression_chunks.c.id == chunk_id)
        .with_for_update()
    )


def chunks_after(
    connection: sa.Connection, scope: int, after: int, limit: int
) -> list[tuple[int, bytes]]:
    """Return the next chunks of a scope, in order of id, as (id, sealed)."""
    rows = connection.execute(
        sa.select(suppression_chunks.c.id, suppression_chunks.c.sealed)
        .where(suppression_chunks.c.scope == scope, suppression_chunks.c.id > after)
        .order_by(suppression_chunks.c.id)
        .limit(limit)
    )
    return [(chunk_id, sealed) for chunk_id, sealed in rows]
