"""Cutting: the recipients of a bucket become blocks of about equal size, and those batches.

A batch is a whole block, unless the campaign is spread over a time that has more minutes than the
campaign has blocks: then blocks have several batches, so that somebody leaves every minute. Nor
does a batch hold people who start at different instants, as those of several time zones may.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final, TypeVar

from engine.bitmap import bitmap
from engine.blocks import Block, encode_block, prefixes
from engine.clock import MINUTE, Millis
from engine.planning.cursor import Cursor, Spilled
from engine.store.blocks import Part

_Row = TypeVar("_Row")

_MOST_STARTS: Final = 1_000  # of a campaign that is spread, beyond one for each block


def cut(rows: Sequence[_Row], most: int) -> Iterator[Sequence[_Row]]:
    """Cut rows into the fewest parts of at most ``most``, as equal as can be."""
    parts = -(-len(rows) // most)
    for part in range(parts):
        yield rows[part * len(rows) // parts : (part + 1) * len(rows) // parts]


def starts_for(spread: Millis, recipients: int) -> int:
    """Return in how many batches so many recipients should leave: one a minute of the spread."""
    return max(min(-(-spread // MINUTE), recipients, _MOST_STARTS), 1)


def batches_of(size: int, starts: int, recipients: int, first: int = 0) -> list[bytes]:
    """Return the batches of ``size`` positions of a block from ``first`` on, as bitmaps, in order.

    ``starts`` is in how many batches all ``recipients`` who start at the same instant should leave;
    these have their share of them, and never less than one.
    """
    number = min(max(-(-size * starts // max(recipients, 1)), 1), size)
    return [
        bitmap(range(first + part * size // number, first + (part + 1) * size // number))
        for part in range(number)
    ]


def parts_of(
    by_start: Mapping[Millis, Sequence[Spilled]], most: int, spread: Millis, recipients: int
) -> Iterator[tuple[Sequence[Spilled], list[Part]]]:
    """Cut a bucket into the rows of blocks, each with its batches.

    ``recipients`` are those of the whole campaign; how many of them start at which instant is
    guessed from this bucket, since keys fall into buckets by chance.
    """
    rows = [(begin, row) for begin, group in by_start.items() for row in group]
    for block in cut(rows, most):
        parts: list[Part] = []
        first = 0
        for begin, run in groupby(block, key=itemgetter(0)):
            size = sum(1 for _ in run)
            alike = -(-len(by_start[begin]) * recipients // len(rows))
            batches = batches_of(size, starts_for(spread, alike), alike, first)
            parts += [Part(positions, begin) for positions in batches]
            first += size
        yield [row for _, row in block], parts


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
