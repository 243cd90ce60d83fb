"""What a sealed chunk of a suppression list holds: the contacts behind about a thousand entries."""

from collections.abc import Iterable

import msgspec

SCOPE = "suppressions"  # the vault's scope of these chunks, under their controller


class Contact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The contact behind one entry, which is named by key, channel and purpose.

    kind   ``ref``, or an address kind
    value  the client's own id of a person, or the normalised address
    """

    key: bytes
    channel: str
    kind: str
    value: str
    purpose: str = ""  # chunks sealed before there were any have none


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[Contact])


def encode_contacts(contacts: Iterable[Contact]) -> bytes:
    """Return contacts as bytes, ready to be sealed."""
    return _ENCODER.encode(list(contacts))


def decode_contacts(data: bytes) -> list[Contact]:
    """Read what ``encode_contacts`` wrote."""
    return _DECODER.decode(data)
