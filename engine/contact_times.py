"""When somebody was contacted, as rules on how often count it: packed into a few bytes a contact."""

from collections.abc import Iterable
from struct import Struct
from typing import Final, NamedTuple

from channels.contract import Channel
from engine.clock import DAY, Millis

KEPT: Final[Millis] = 367 * DAY  # no rule looks further back than 366 days

_SPAN: Final = Struct(">BIQ")  # channel, controller, instant
_CODES: Final = {
    Channel.SMS: 1,
    Channel.EMAIL: 2,
    Channel.VOICE: 3,
    Channel.FAX: 4,
    Channel.POST: 5,
}
_CHANNELS: Final = {code: channel for channel, code in _CODES.items()}


class ContactTime(NamedTuple):
    """One contact: by which channel, for which controller (its number), when."""

    channel: Channel
    controller: int
    at: Millis


def pack(times: Iterable[ContactTime], now: Millis) -> bytes:
    """Return contacts as they are stored, without those that no rule looks back to."""
    return b"".join(
        _SPAN.pack(_CODES[one.channel], one.controller, one.at)
        for one in times
        if one.at > now - KEPT
    )


def unpack(spans: bytes) -> list[ContactTime]:
    """Read what ``pack`` wrote."""
    return [ContactTime(_CHANNELS[code], who, at) for code, who, at in _SPAN.iter_unpack(spans)]
