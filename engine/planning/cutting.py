"""Cutting: the recipients of a bucket become blocks of about equal size."""

from collections.abc import Iterator, Sequence

from engine.blocks import Block, encode_block, prefixes
from engine.planning.cursor import Cursor, Spilled


def cut(rows: Sequence[Spilled], most: int) -> Iterator[Sequence[Spilled]]:
    """Cut rows into the fewest parts of at most ``most``, as equal as can be."""
    parts = -(-len(rows) // most)
    for part in range(parts):
        yield rows[part * len(rows) // parts : (part + 1) * len(rows) // parts]


def block_of(rows: Sequence[Spilled], cursor: Cursor) -> bytes:
    """Return one block, ready to be sealed."""
    return encode_block(Block(cursor.kinds, cursor.variables, [row.recipient for row in rows]))


def contact_index(rows: Sequence[Spilled]) -> bytes:
    """Return the index by which the block is found from a contact point."""
    return prefixes(
        point.key for row in rows for point in row.recipient.points if point is not None
    )


def person_index(rows: Sequence[Spilled]) -> bytes:
    """Return the index by which the block is found from a person."""
    return prefixes(row.recipient.person for row in rows)
