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


PERSONS: Final = 1
"""The first pass, over persons."""
AIMING: Final = -1
"""The stage between reading and the passes, where there are aims: their keys are spilled."""


class Aim(msgspec.Struct, frozen=True):
    """Persons of an earlier campaign, by what became of them.

    campaign_id, name  the earlier campaign, as we and as the client know it
    only               nobody but them; else: everybody but them
    outcomes           ``engine.states.Outcome``
    size               recipients of the earlier campaign
    """

    campaign_id: int
    name: str
    only: bool
    outcomes: tuple[int, ...]
    size: int


class Reached(msgspec.Struct, frozen=True):
    """How far the reading of aims came: the aim, by place, and its blocks: after which, up to which.

    ``last`` None: nothing of the aim was read yet.
    """

    aim: int = 0
    after: int = 0
    last: int | None = None

    @property
    def whole(self) -> bool:
        """Whether the aim was read to its end."""
        return self.last is not None and self.after >= self.last


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
    aims       earlier campaigns that tell who is meant
    reached    how far the persons of those were read
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
    aims: tuple[Aim, ...] = ()
    reached: Reached = Reached()

    @property
    def after_reading(self) -> int:
        """The stage that follows the source's last row."""
        return AIMING if self.aims else PERSONS

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
