"""Cutting: the recipients of a bucket become blocks of about equal size, and those batches.

A batch is a whole block, unless the campaign is spread over a time that has more minutes than the
campaign has blocks: then blocks have several batches, so that somebody leaves every minute.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from engine.bitmap import bitmap
from engine.blocks import Block, encode_block, prefixes
from engine.clock import MINUTE, Millis
from engine.planning.cursor import Cursor, Spilled

_MOST_STARTS: Final = 1_000  # of a campaign that is spread, beyond one for each block


def cut(rows: Sequence[Spilled], most: int) -> Iterator[Sequence[Spilled]]:
    """Cut rows into the fewest parts of at most ``most``, as equal as can be."""
    parts = -(-len(rows) // most)
    for part in range(parts):
        yield rows[part * len(rows) // parts : (part + 1) * len(rows) // parts]


def starts_for(spread: Millis, recipients: int) -> int:
    """Return in how many batches so many recipients should leave: one a minute of the spread."""
    return max(min(-(-spread // MINUTE), recipients, _MOST_STARTS), 1)


def batches_of(size: int, starts: int, recipients: int) -> list[bytes]:
    """Return the batches of a block as bitmaps of its positions, in order.

    ``starts`` is in how many batches all ``recipients`` of the campaign should leave; the block
    has its share of them, and never less than one.
    """
    number = min(max(-(-size * starts // max(recipients, 1)), 1), size)
    return [
        bitmap(range(part * size // number, (part + 1) * size // number)) for part in range(number)
    ]


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
