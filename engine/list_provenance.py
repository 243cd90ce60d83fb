"""Where the rows of a contact list come from, and who answers for that.

A list is as good as the worst of what was imported into it: it is attested only where somebody
answers for every row, and whatever a supplier gave makes it a supplied list for good.
"""

from dataclasses import dataclass

from engine.clock import Millis
from engine.errors import EngineError

_MOST_SIGNS = 200
_BETWEEN = "; "  # between the names of several suppliers


class ProvenanceFault(EngineError):
    """Raised when the words that say where a list comes from cannot be used."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who answers for where rows come from, and who supplied them.

    attested_by, attested_at  None: nobody answers for them
    supplier                  names, with semicolons between; None: collected by the controller
    """

    attested_by: str | None = None
    attested_at: Millis | None = None
    supplier: str | None = None

    def joined(self, other: "Provenance") -> "Provenance":
        """Return the provenance of these rows and of others, put together later."""
        by = other.attested_by if self.attested_by else None
        at = other.attested_at if by else None
        return Provenance(by, at, _joined(self.supplier, other.supplier))

    def attested(self, by: str, at: Millis, supplier: str | None) -> "Provenance":
        """Return the same rows, for all of which somebody answers now."""
        return Provenance(by, at, _joined(self.supplier, supplier))

    def values(self) -> dict[str, str | int | None]:
        """Return it by the columns of a list."""
        return {
            "attested_by": self.attested_by,
            "attested_at": self.attested_at,
            "supplier": self.supplier,
        }

    def details(self) -> dict[str, str]:
        """Return what the audit says of it."""
        told = {"by": self.attested_by, "supplier": self.supplier}
        return {name: word for name, word in told.items() if word}


def said(by: str | None, supplier: str | None, now: Millis) -> Provenance:
    """Return a provenance as somebody states it now. Raises ProvenanceFault."""
    attested_by = None if by is None else _checked(by, "who answers for it")
    given = None if supplier is None else _checked(supplier, "the name of the supplier")
    return Provenance(attested_by, now if attested_by else None, given)


def _checked(text: str, what: str) -> str:
    word = text.strip()
    if not word or len(word) > _MOST_SIGNS or not word.isprintable() or ";" in word:
        msg = f"{what}: give one line of 1 to {_MOST_SIGNS} signs without semicolons"
        raise ProvenanceFault(msg)
    return word


def _joined(one: str | None, other: str | None) -> str | None:
    names = dict.fromkeys(name for part in (one, other) if part for name in part.split(_BETWEEN))
    return _BETWEEN.join(names) or None
