"""What a sealed chunk of a contact list holds: rows as imported, about a thousand of them.

Import writes chunks, planning and export read them; nobody changes one. Addresses are normalised
already (``channels.addresses``), everything else stands as the client's file had it, trimmed.
"""

import msgspec

from channels.contract import AddressKind

ROWS_PER_CHUNK = 1_000
REF = "ref"
ADDRESS_COLUMNS: tuple[str, ...] = tuple(kind.value for kind in AddressKind)  # named as kinds


class ListChunk(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Rows of one import, in the order of the file.

    columns  canonical names: ``ref``, the address columns, ``postal_code``, then variables
    rows     one value per column; None where the row has none
    lines    line of the imported file on which each row starts
    """

    columns: tuple[str, ...]
    rows: list[tuple[str | None, ...]]
    lines: list[int]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(ListChunk)


def list_scope(list_id: int) -> str:
    """Return the vault scope of a list's chunks: a list is deleted by destroying its keys."""
    return f"list:{list_id}"


def encode_chunk(chunk: ListChunk) -> bytes:
    """Return the chunk as bytes, ready to be sealed under ``list_scope``."""
    return _ENCODER.encode(chunk)


def decode_chunk(data: bytes) -> ListChunk:
    """Read what ``encode_chunk`` wrote."""
    return _DECODER.decode(data)
