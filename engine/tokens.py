"""The token in a person's own links: who may be unsubscribed by it, encrypted and authenticated.

When a link is followed, the campaign's blocks may be gone, so that the token itself says which
contact point and person it speaks for, under the controller's token key. Nothing in it can be
read or made up, and the same delivery always gives the same token.

Layout, in URL-safe base64: format (1 byte), controller number masked (4), nonce (12), AES-GCM.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import blake2b

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORMAT = b"\x01"
_NONCE = 12
_HEAD = 1 + 4 + _NONCE
_MAX_CHARS = 1_000


class Bearer(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Whom a token speaks for. ``contact`` is the address, or None where ``ref`` names the person."""

    campaign_id: int
    channel: str
    contact_key: bytes
    person_key: bytes
    ref: str | None
    contact: str | None


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Bearer)


class TokenMint:
    """Makes the tokens of one controller."""

    def __init__(self, controller: int, token_key: bytes, mask_key: bytes) -> None:
        self._controller = controller.to_bytes(4, "big")
        self._key = token_key
        self._mask_key = mask_key
        self._cipher = AESGCM(token_key)

    def mint(self, bearer: Bearer) -> str:
        """Return the token of one delivery."""
        plain = _ENCODER.encode(bearer)
        # The nonce is derived from the text: random ones would collide after a few billion mails.
        nonce = blake2b(plain, key=self._key, digest_size=_NONCE, person=b"chappe/nonce/1").digest()
        head = _FORMAT + _mask(self._mask_key, nonce, self._controller) + nonce
        return (
            urlsafe_b64encode(head + self._cipher.encrypt(nonce, plain, head)).decode().rstrip("=")
        )


def read_token(
    token: str, mask_key: bytes, token_key: Callable[[int], bytes | None]
) -> tuple[int, Bearer] | None:
    """Return the controller's number and the bearer of an authentic token, else None.

    ``token_key`` gives the key of a controller by number, None when there is no such controller.
    """
    if len(token) > _MAX_CHARS:
        return None
    try:
        data = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except ValueError:
        return None
    if urlsafe_b64encode(data).rstrip(b"=") != token.encode("ascii"):
        return None  # base64 has several spellings of the same bytes; ours has one
    if data[:1] != _FORMAT or len(data) <= _HEAD:
        return None
    head, nonce = data[:_HEAD], data[5:_HEAD]
    controller = int.from_bytes(_mask(mask_key, nonce, data[1:5]), "big")
    key = token_key(controller)
    if key is None:
        return None
    try:
        plain = AESGCM(key).decrypt(nonce, data[_HEAD:], head)
    except InvalidTag:
        return None
    return controller, _DECODER.decode(plain)


def _mask(key: bytes, nonce: bytes, number: bytes) -> bytes:
    """Hide which controller a token is of: nothing in it can be read."""
    stream = blake2b(nonce, key=key, digest_size=len(number), person=b"chappe/mask/1").digest()
    masked = int.from_bytes(number, "big") ^ int.from_bytes(stream, "big")
    return masked.to_bytes(len(number), "big")
