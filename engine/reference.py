"""Delivery references: the name of one delivery towards the outside, fixed before sending.

A reference travels in Message-ID, return path, callback URL or file name. It is derived from the
block, the position and the leg, and carries an 80-bit authentication code, so that news about a
delivery finds it and nobody can make up another's.
"""

from dataclasses import dataclass
from hashlib import blake2b
from hmac import compare_digest

PROOFS = "proof."  # begins the references of messages that are no deliveries
_MAC_BYTES = 10


@dataclass(frozen=True, slots=True)
class DeliveryName:
    """What a reference names."""

    block_id: int
    position: int
    leg: int


def make_reference(key: bytes, block_id: int, position: int, leg: int) -> str:
    """Return the reference of a delivery: at most 44 characters of ``[0-9a-f.]``."""
    name = f"{block_id:x}.{position:x}.{leg:x}"
    return f"{name}.{_mac(key, name)}"


def read_reference(key: bytes, reference: str) -> DeliveryName | None:
    """Return what an authentic reference names, or None for anything else."""
    name, _, mac = reference.lower().rpartition(".")
    if not compare_digest(_mac(key, name).encode(), mac.encode("utf-8", "replace")):
        return None
    block_id, position, leg = (int(part, 16) for part in name.split("."))
    return DeliveryName(block_id, position, leg)


def _mac(key: bytes, name: str) -> str:
    return blake2b(
        name.encode("utf-8", "replace"), key=key, digest_size=_MAC_BYTES, person=b"chappe/ref/1"
    ).hexdigest()
