"""Chunks of sealed contacts behind suppressions, several at a time; see ``suppressions``."""

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
