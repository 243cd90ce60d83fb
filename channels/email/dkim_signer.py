"""DKIM signatures (RFC 6376, ed25519 by RFC 8463), relaxed headers and simple body.

For relays that do not sign themselves. RSA costs a third of a millisecond or more per mail, so a
relay that signs is the better choice for volume. Receivers expect RSA; ed25519 comes beside it.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from channels.errors import ChannelError

SIGNED_FIELDS = (
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "auto-submitted",
    "mime-version",
    "content-type",
)
_BLANKS = re.compile(rb"[ \t\r\n]+")
_LINE = 72
_SMALLEST_RSA = 1024  # RFC 8301 §3.2; receivers refuse less


class DkimKeyFault(ChannelError):
    """Raised when a private key cannot sign: not PEM, encrypted, or of another kind."""


@dataclass(frozen=True, slots=True)
class DkimKey:
    """One private key and where its public half is published.

    selector  the key is in DNS at ``<selector>._domainkey.<domain>``
    """

    selector: str
    private_key: RSAPrivateKey | Ed25519PrivateKey

    @property
    def algorithm(self) -> str:
        """The tag a= of signatures."""
        return "rsa-sha256" if isinstance(self.private_key, RSAPrivateKey) else "ed25519-sha256"

    def sign(self, digest: bytes) -> bytes:
        """Sign a SHA-256 digest."""
        if isinstance(self.private_key, RSAPrivateKey):
            return self.private_key.sign(digest, padding.PKCS1v15(), Prehashed(SHA256()))
        return self.private_key.sign(digest)


def read_key(selector: str, pem: bytes) -> DkimKey:
    """Read a private key. Raises DkimKeyFault."""
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        msg = f"the DKIM key {selector} is no unencrypted PEM private key"
        raise DkimKeyFault(msg) from error
    if isinstance(key, Ed25519PrivateKey):
        return DkimKey(selector, key)
    if isinstance(key, RSAPrivateKey) and key.key_size >= _SMALLEST_RSA:
        return DkimKey(selector, key)
    msg = f"the DKIM key {selector} must be ed25519, or RSA of at least {_SMALLEST_RSA} bits"
    raise DkimKeyFault(msg)


class DkimSigner:
    """Signs mails for one domain with one or more keys."""

    def __init__(self, domain: str, keys: Sequence[DkimKey]) -> None:
        self._domain = domain
        self._keys = tuple(keys)

    def field(self, mail: bytes) -> bytes:
        """Return one DKIM-Signature field per key, to be put before the mail.

        mail  as it goes on the wire, CRLF line ends, without dot-stuffing
        """
        head, _, body = mail.partition(b"\r\n\r\n")
        fields = _relaxed_fields(head)
        names = [name for name in SIGNED_FIELDS if name in fields]
        signed = b"".join(fields[name] + b"\r\n" for name in names)
        # RFC 6376 §3.4.3: trailing empty lines do not count, a last CRLF is there in any case.
        digest = hashlib.sha256(body.rstrip(b"\r\n") + b"\r\n").digest()
        return b"".join(self._signature(key, names, signed, digest) for key in self._keys)

    def _signature(
        self, key: DkimKey, names: Sequence[str], signed: bytes, body_digest: bytes
    ) -> bytes:
        # "from" twice: a second From that somebody adds breaks the signature.
        tags = (
            f"v=1; a={key.algorithm}; c=relaxed/simple;\r\n"
            f" d={self._domain}; s={key.selector};\r\n"
            f" h={_fold(':'.join(('from', *names)), ':')};\r\n"
            f" bh={base64.b64encode(body_digest).decode('ascii')};\r\n"
            f" b="
        ).encode("ascii")
        field = b"dkim-signature:" + _BLANKS.sub(b" ", tags).strip()
        signature = base64.b64encode(key.sign(hashlib.sha256(signed + field).digest()))
        lines = [signature[i : i + _LINE] for i in range(0, len(signature), _LINE)]
        return b"DKIM-Signature: " + tags + b"\r\n ".join(lines) + b"\r\n"


def _relaxed_fields(head: bytes) -> dict[str, bytes]:
    """Return each field in relaxed form (RFC 6376 §3.4.2) by its lower-case name."""
    fields = {}
    for field in re.split(rb"\r\n(?![ \t])", head):
        name, _, value = field.partition(b":")
        key = name.strip().lower()
        fields[key.decode("ascii")] = key + b":" + _BLANKS.sub(b" ", value).strip()
    return fields


def _fold(text: str, at: str) -> str:
    lines = [""]
    for piece in text.split(at):
        if len(lines[-1]) + len(piece) > _LINE:
            lines.append("")
        lines[-1] += piece + at
    return "\r\n  ".join(lines).removesuffix(at)
