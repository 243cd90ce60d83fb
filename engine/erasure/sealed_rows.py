"""Rows inside sealed things: what they say of a person, and the same things without them."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from channels.addresses import NORMALISERS, AddressFault
from engine.blocks import Block, Recipient, prefixes
from engine.erasure.person import Fate, Person, Point, judge
from engine.list_chunks import ADDRESS_COLUMNS, REF, ListChunk
from engine.pseudonyms import Pseudonyms
from engine.sources import ERASED_ROW
from engine.wire.job import InlineRow

Row = tuple[str | None, list[Point]]


class Rewritten(NamedTuple):
    """A block without a person; at ``gone`` are tombstones now, ``cut`` recipients lost an address."""

    block: Block
    gone: tuple[int, ...]
    cut: int


class Kept(NamedTuple):
    """A list chunk without a person; ``gone`` rows were taken out, ``cut`` lost an address."""

    chunk: ListChunk
    gone: int
    cut: int


class Index(NamedTuple):
    """The prefixes of keys by which a sealed thing is found."""

    contacts: bytes
    persons: bytes


# --- blocks ---------------------------------------------------------------------------------------


def rows_of_block(block: Block) -> Iterator[Row]:
    """Give the ref and the contact points of every recipient."""
    for recipient in block.recipients:
        if recipient is not None:
            yield recipient.ref, _points(block, recipient)


def _points(block: Block, recipient: Recipient) -> list[Point]:
    return [
        (kind, point.address)
        for kind, point in zip(block.kinds, recipient.points, strict=True)
        if point is not None and point.address is not None
    ]


def block_without(block: Block, person: Person) -> Rewritten:
    """Return a block with a tombstone at the person's positions."""
    recipients: list[Recipient | None] = []
    gone: list[int] = []
    cut = 0
    for position, recipient in enumerate(block.recipients):
        left = recipient
        if recipient is not None:
            verdict = judge(person, recipient.ref, _points(block, recipient))
            if verdict.fate is Fate.GOES:
                left = None
                gone.append(position)
            elif verdict.fate is Fate.IS_CUT:
                left, cut = _cut(block, recipient, verdict.kinds), cut + 1
        recipients.append(left)
    return Rewritten(Block(block.kinds, block.variables, recipients), tuple(gone), cut)


def _cut(block: Block, recipient: Recipient, kinds: tuple[str, ...]) -> Recipient:
    points = tuple(
        None if kind in kinds else point
        for kind, point in zip(block.kinds, recipient.points, strict=True)
    )
    return replace(recipient, points=points)


def index_of_block(block: Block) -> Index:
    """Return by which keys a block is found."""
    there = [recipient for recipient in block.recipients if recipient is not None]
    contacts = prefixes(
        point.key for recipient in there for point in recipient.points if point is not None
    )
    return Index(contacts, prefixes(recipient.person for recipient in there))


# --- lists ----------------------------------------------------------------------------------------


def rows_of_chunk(chunk: ListChunk) -> Iterator[Row]:
    """Give the ref and the contact points of every row; they are normalised there."""
    for values in chunk.rows:
        yield _listed(dict(zip(chunk.columns, values, strict=True)))


def _listed(values: Mapping[str, str | None]) -> Row:
    points = [(kind, address) for kind in ADDRESS_COLUMNS if (address := values.get(kind))]
    return values.get(REF) or None, points


def chunk_without(chunk: ListChunk, person: Person) -> Kept:
    """Return a chunk without the person's rows."""
    rows: list[tuple[str | None, ...]] = []
    lines: list[int] = []
    gone = cut = 0
    for line, values in zip(chunk.lines, chunk.rows, strict=True):
        verdict = judge(person, *_listed(dict(zip(chunk.columns, values, strict=True))))
        if verdict.fate is Fate.GOES:
            gone += 1
            continue
        left = values
        if verdict.fate is Fate.IS_CUT:
            cut += 1
            left = tuple(
                None if column in verdict.kinds else value
                for column, value in zip(chunk.columns, values, strict=True)
            )
        rows.append(left)
        lines.append(line)
    return Kept(ListChunk(chunk.columns, rows, lines), gone, cut)


def index_of_chunk(chunk: ListChunk, pseudonyms: Pseudonyms) -> Index:
    """Return by which keys a chunk is found."""
    contacts: list[bytes] = []
    persons: list[bytes] = []
    for ref, points in rows_of_chunk(chunk):
        keys = [pseudonyms.contact(*point) for point in points]
        contacts += keys
        persons += [pseudonyms.person(ref)] if ref else keys[:1]
    return Index(prefixes(contacts), prefixes(persons))


# --- messages with recipients of their own --------------------------------------------------------


def row_of_message(row: InlineRow) -> Row:
    """Return the ref and the contact points of a row as a message gave it."""
    points: list[Point] = []
    for kind, normalise in NORMALISERS.items():
        raw = row.get(kind.value)
        if raw is None or raw == "":
            continue
        try:
            points.append((kind.value, normalise(str(raw)).value))
        except AddressFault as fault:  # it might be the person's: better one row too many
            points += [(kind.value, address) for address in fault.candidates]
    ref = row.get(REF)
    return (str(ref) if ref not in {None, ""} else None), points


def message_rows_without(
    rows: tuple[InlineRow, ...], person: Person
) -> tuple[tuple[InlineRow, ...], int]:
    """Return the rows of a message without a person, and how many were changed."""
    left: list[InlineRow] = []
    changed = 0
    for row in rows:
        verdict = judge(person, *row_of_message(row))
        if verdict.fate is Fate.STAYS:
            left.append(row)
            continue
        changed += 1
        if verdict.fate is Fate.GOES:
            left.append(ERASED_ROW)
        else:
            left.append({name: value for name, value in row.items() if name not in verdict.kinds})
    return tuple(left), changed
