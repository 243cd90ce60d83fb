"""What the rules may look at of a recipient: told by the address, the postal code and the country.

Recipients of equal facts share one object, so that dispatch decides once for all of them.
"""

from typing import Final

from channels.contract import ADDRESS_KIND, AddressKind, Channel
from channels.email.roles import role_of
from channels.phone_kinds import deciding_part, number_country, number_kind
from engine.blocks import Recipient
from policy.send_facts import RecipientFacts
from policy.territory import places_of

POSTAL_CODE: Final = "postal_code"
COUNTRY: Final = "country"
KEPT_COLUMNS: Final = (POSTAL_CODE, COUNTRY)  # whatever the templates name: rules look at them

_MOST_KEPT = 200_000  # classes of recipients kept at once, so that memory stays flat
_LONGEST_COUNTRY = 2

_Key = tuple[str, int, str, str]  # what of the address counts, its length, postal code, country


class RecipientClasses:
    """Finds the facts of recipients on one channel; threads may share it."""

    def __init__(self, channel: Channel, variables: tuple[str, ...]) -> None:
        self._channel = channel
        self._tel = ADDRESS_KIND[channel] is AddressKind.TEL
        self._email = ADDRESS_KIND[channel] is AddressKind.EMAIL
        self._postal_code = _index(variables, POSTAL_CODE)
        self._country = _index(variables, COUNTRY)
        self._kept: dict[_Key, RecipientFacts] = {}
        self._equal: dict[RecipientFacts, RecipientFacts] = {}

    def of(self, recipient: Recipient, address: str) -> RecipientFacts:
        """Return the facts of a recipient at a normalised address of the channel."""
        values = recipient.values
        postal = (values[self._postal_code] or "") if self._postal_code is not None else ""
        country = (values[self._country] or "") if self._country is not None else ""
        if self._tel:
            part, length = deciding_part(address), len(address)
        elif self._email:
            part, length = role_of(address), 0
        else:
            part, length = "", 0
        key = (part, length, postal, country)
        facts = self._kept.get(key)
        if facts is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept, self._equal = {}, {}
            facts = self._facts(address, postal.strip() or None, _code(country))
            facts = self._kept[key] = self._equal.setdefault(facts, facts)
        return facts

    def _facts(self, address: str, postal: str | None, country: str | None) -> RecipientFacts:
        if self._tel:
            return RecipientFacts(
                country=number_country(address),
                number_kind=number_kind(address),
                places=places_of(number=address, postal_code=postal, country=country),
            )
        return RecipientFacts(
            country=country,
            places=places_of(postal_code=postal, country=country),
            role=role_of(address) if self._email else None,
        )


def _index(variables: tuple[str, ...], name: str) -> int | None:
    return variables.index(name) if name in variables else None


def _code(country: str) -> str | None:
    """Return an ISO 3166-1 code; None where nothing, or no code, was given."""
    code = country.strip().upper()
    return code if len(code) == _LONGEST_COUNTRY and code.isalpha() and code.isascii() else None
