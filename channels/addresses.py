"""The normalisers, one per address kind; every path that meets an address uses these.

Import, suppression, an inbound STOP, the API and sending must agree to the letter, because the
normal form is what gets hashed: a difference would silently drop oppositions.
"""

from collections.abc import Callable, Mapping
from typing import Final

from channels import phones
from channels.contract import AddressKind
from channels.email import address as email_address
from channels.normal_form import AddressFault, Normalised
from channels.postal import address as postal_address

__all__ = ["NORMALISATION_VERSION", "NORMALISERS", "AddressFault", "Normalised", "normalise"]

# Part of every contact key. Raise it whenever a normaliser gives an old value another form, and
# keep the old one for look-ups; tests/unit/addresses/vectors.tsv freezes the forms.
NORMALISATION_VERSION: Final = 1

NORMALISERS: Final[Mapping[AddressKind, Callable[[str], Normalised]]] = {
    AddressKind.TEL: phones.normalise,
    AddressKind.EMAIL: email_address.normalise,
    AddressKind.POST: postal_address.normalise,
}


def normalise(kind: AddressKind, raw: str) -> Normalised:
    """Return the normal form of an address of this kind.

    Raises AddressFault: it cannot be used, or could be two different ones.
    """
    return NORMALISERS[kind](raw)
