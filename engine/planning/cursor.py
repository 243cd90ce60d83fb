"""Where the planning of a campaign stands, as it is stored in its row.

The stored text is also what compare-and-set compares: ``version`` grows with every commit, so two
planners of one campaign cannot both commit.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from channels.struct_types import build_now
from engine.blocks import Recipient
from engine.clock import Millis

READING: Final = 0
"""The stage that reads the source; stage n works off what the one before has spilled."""


class Cursor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far planning came.

    kinds      address kinds of the route, that of the first leg first
    variables  columns that are kept as values: those that the templates name
    position   where the source is read on
    buckets    number of buckets per stage, fixed with the first group
    bucket     next bucket of the stage
    refs       whether any row had a ref: then contact points are compared as well as persons
    sequence   batches so far
    reasons    why rows were rejected, and how many
    local_minute  minute of the day, in each recipient's own time, at which messages leave
    starts     how many recipients start at which instant
    assumed    of them, those of whom nobody knows in which time zone they are
    """

    version: int = 0
    kinds: tuple[str, ...]
    variables: tuple[str, ...]
    stage: int = READING
    position: str = ""
    buckets: int = 0
    bucket: int = 0
    refs: bool = False
    sequence: int = 0
    reasons: Mapping[str, int] = {}
    local_minute: int | None = None
    starts: Mapping[Millis, int] = {}
    assumed: int = 0

    @property
    def passes(self) -> tuple[int | None, ...]:
        """What each stage after reading compares: None is the person, else the kind's index.

        The kind of the first leg comes last: blocks are cut in the order of its keys, so that one
        slice's look-ups of oppositions lie close together.
        """
        if not self.refs:
            return (None,)  # without refs a person *is* the one contact point
        return (None, *reversed(range(len(self.kinds))))


build_now(Cursor)


def encode_cursor(cursor: Cursor) -> str:
    """Return the cursor as it is stored."""
    return msgspec.json.encode(cursor).decode()


def decode_cursor(text: str) -> Cursor:
    """Read what ``encode_cursor`` wrote."""
    return msgspec.json.decode(text, type=Cursor)


class Spilled(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One recipient on the way to its block. ``ordinal``: place among the rows of the source."""

    ordinal: int
    recipient: Recipient


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[Spilled])


def encode_spill(rows: list[Spilled]) -> bytes:
    """Return rows of one bucket as bytes, ready to be sealed."""
    return _ENCODER.encode(rows)


def decode_spill(data: bytes) -> list[Spilled]:
    """Read what ``encode_spill`` wrote."""
    return _DECODER.decode(data)
