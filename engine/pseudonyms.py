"""Pseudonyms: keyed hashes by which persons and contact points are known at rest.

They are personal data still: who holds the key tries all phone numbers in minutes. They exist so
that the database names nobody.
"""

from hashlib import blake2b

_CONTACT = b"chappe/contact/1"
_PERSON = b"chappe/person/1"


class Pseudonyms:
    """Keyed hashes of one controller's persons, and of contact points across the platform.

    Every key is 16 bytes. The address must be normalised; the version of the normaliser is part
    of the hash, since a silent change of spelling would orphan every opposition.
    """

    __slots__ = ("_contact", "_person", "_platform")

    def __init__(self, pseudonym_key: bytes, platform_pseudonym_key: bytes) -> None:
        # Keyed here and copied for each hash, which takes half the time of keying each.
        self._contact = blake2b(key=pseudonym_key, digest_size=16, person=_CONTACT)
        self._platform = blake2b(key=platform_pseudonym_key, digest_size=16, person=_CONTACT)
        self._person = blake2b(key=pseudonym_key, digest_size=16, person=_PERSON)

    def contact(self, kind: str, address: str) -> bytes:
        """Return the key of a contact point under this controller."""
        keyed = self._contact.copy()
        keyed.update(f"{kind}\0{address}".encode())
        return keyed.digest()

    def platform(self, kind: str, address: str) -> bytes:
        """Return the key of the same contact point under the platform."""
        keyed = self._platform.copy()
        keyed.update(f"{kind}\0{address}".encode())
        return keyed.digest()

    def person(self, ref: str) -> bytes:
        """Return the key of a person that the controller calls ``ref``."""
        keyed = self._person.copy()
        keyed.update(ref.encode())
        return keyed.digest()
