"""Sets of block positions, as they stand in a batch row: one bit a position, lowest first."""

from collections.abc import Iterable


def bitmap(positions: Iterable[int]) -> bytes:
    """Return the smallest bitmap that holds these positions."""
    number = 0
    for position in positions:
        number |= 1 << position
    return number.to_bytes((number.bit_length() + 7) // 8, "little")


def full(size: int) -> bytes:
    """Return the bitmap of positions 0 to ``size`` - 1."""
    return ((1 << size) - 1).to_bytes((size + 7) // 8, "little")


def positions(bits: bytes) -> list[int]:
    """Return the positions of a bitmap, in order."""
    found = []
    left = _number(bits)
    while left:
        low = left & -left
        found.append(low.bit_length() - 1)
        left ^= low
    return found


def union(one: bytes, other: bytes) -> bytes:
    """Return the positions that are in either bitmap."""
    return _pack(_number(one) | _number(other))


def without(one: bytes, other: bytes) -> bytes:
    """Return the positions of ``one`` that are not in ``other``."""
    return _pack(_number(one) & ~_number(other))


def count(bits: bytes) -> int:
    """Return how many positions a bitmap holds."""
    return _number(bits).bit_count()


def _number(bits: bytes) -> int:
    return int.from_bytes(bits, "little")


def _pack(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "little")
