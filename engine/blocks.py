"""What a sealed block holds: the recipients of a campaign, at positions that never move."""

from collections.abc import Iterable

import msgspec

PREFIX_BYTES = 8


class Point(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One contact point of a recipient, normalised when the campaign was planned.

    ``address`` is None when what the row held cannot be used; ``fault`` then says why, and the
    delivery ends ``invalid``. ``platform_key`` never leaves the sealed block.
    """

    address: str | None
    key: bytes | None
    platform_key: bytes | None
    fault: str = ""


class Recipient(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One person of a campaign.

    ``points`` stands in the order of the block's ``kinds``, None where the row has no address of
    that kind; ``values`` in the order of its ``variables``, None where the row has no value.
    """

    person: bytes
    ref: str | None
    points: tuple[Point | None, ...]
    values: tuple[str | None, ...]


class Block(msgspec.Struct, frozen=True, array_like=True):
    """The recipients of one block. A None among them is a tombstone: the person was erased."""

    kinds: tuple[str, ...]  # address kinds: tel, email, post
    variables: tuple[str, ...]
    recipients: list[Recipient | None]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Block)


def encode_block(block: Block) -> bytes:
    """Return the block as bytes, ready to be sealed."""
    return _ENCODER.encode(block)


def decode_block(data: bytes) -> Block:
    """Read what ``encode_block`` wrote."""
    return _DECODER.decode(data)


def prefixes(keys: Iterable[bytes | None]) -> bytes:
    """Return the sorted 8-byte prefixes of keys, by which a person is found without unsealing."""
    return b"".join(sorted(key[:PREFIX_BYTES] for key in keys if key is not None))


def may_hold(index: bytes, key: bytes) -> bool:
    """Return whether a prefix index has this key's prefix: the block is worth unsealing."""
    wanted = key[:PREFIX_BYTES]
    low, high = 0, len(index) // PREFIX_BYTES
    while low < high:
        middle = (low + high) // 2
        found = index[middle * PREFIX_BYTES : (middle + 1) * PREFIX_BYTES]
        if found == wanted:
            return True
        if found < wanted:
            low = middle + 1
        else:
            high = middle
    return False
