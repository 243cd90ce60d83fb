"""Pseudonyms: keyed hashes by which persons and contact points are known at rest.

They are personal data still: who holds the key tries all phone numbers in minutes. They exist so
that the database names nobody.
"""

from dataclasses import dataclass
from hashlib import blake2b


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Keyed hashes of one controller's persons, and of contact points across the platform.

    Every key is 16 bytes. The address must be normalised; the version of the normaliser is part
    of the hash, since a silent change of spelling would orphan every opposition.
    """

    pseudonym_key: bytes
    platform_pseudonym_key: bytes

    def contact(self, kind: str, address: str) -> bytes:
        """Return the key of a contact point under this controller."""
        return _contact_hash(self.pseudonym_key, kind, address)

    def platform(self, kind: str, address: str) -> bytes:
        """Return the key of the same contact point under the platform."""
        return _contact_hash(self.platform_pseudonym_key, kind, address)

    def person(self, ref: str) -> bytes:
        """Return the key of a person that the controller calls ``ref``."""
        return blake2b(
            ref.encode(), key=self.pseudonym_key, digest_size=16, person=b"chappe/person/1"
        ).digest()


def _contact_hash(key: bytes, kind: str, address: str) -> bytes:
    return blake2b(
        f"{kind}\0{address}".encode(), key=key, digest_size=16, person=b"chappe/contact/1"
    ).digest()
