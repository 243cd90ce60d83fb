"""Codes of short links: eleven signs that stand for the token of one delivery.

A code is a keyed hash of the delivery: the same delivery has the same code, however often it is
tried, and nobody can guess codes or count them (62**11 of them; among a hundred million, two are
alike with a chance of one in ten thousand, and the first one stays).
"""

from hashlib import blake2b

LENGTH = 11
SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BYTES = 16  # of the hash; what does not fit into the code is dropped


def make_code(key: bytes, block_id: int, position: int, leg: int) -> str:
    """Return the code of a delivery."""
    name = f"{block_id:x}.{position:x}.{leg:x}".encode()
    digest = blake2b(name, key=key, digest_size=_BYTES, person=b"chappe/short/1").digest()
    number, signs = int.from_bytes(digest, "big"), []
    for _ in range(LENGTH):
        number, sign = divmod(number, len(SIGNS))
        signs.append(SIGNS[sign])
    return "".join(signs)


def is_code(text: str) -> bool:
    """Return whether a text has the form of a code; nothing else is ever looked up."""
    return len(text) == LENGTH and text.isascii() and text.isalnum()
