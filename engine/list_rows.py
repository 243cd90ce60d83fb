"""Rows of a contact list as they are checked at import: addresses, persons, oppositions."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

from channels.addresses import NORMALISERS, AddressFault
from engine.app import App
from engine.list_chunks import REF
from engine.list_files import Note, Noted
from engine.pseudonyms import Pseudonyms
from engine.store import suppressions
from engine.tabular import Item, RejectedLine, Row

_NORMALISERS: Final = tuple((kind.value, normal) for kind, normal in NORMALISERS.items())
_SENTENCES: Final = {
    "no_address": "the row has no address",
    "ref_missing": "the row has several addresses and no ref: whether they are one person's"
    " cannot be known; add a column ref, or leave a column out (--without tel)",
    "erased": "the person was erased at their own request; a new list does not bring them back",
}


class ListedRow(NamedTuple):
    """A row that goes into the list.

    values    by canonical column; addresses are normalised, unusable ones are None
    contacts  (kind, address, key) of each address
    person    key of the person: of its ref, or of its only address
    """

    line: int
    values: dict[str, str | None]
    contacts: tuple[tuple[str, str, bytes], ...]
    person: bytes


class RowCheck:
    """Checks rows of one file; counts what it finds.

    A row is rejected when no address of it can be used, or when several can but no ref says that
    they are one person's. An unusable address beside a usable one is left out and noted.
    """

    def __init__(self, pseudonyms: Pseudonyms, noted: Noted) -> None:
        self.reasons: Counter[str] = Counter()
        self.repaired = 0
        self.unusable = 0
        self._pseudonyms = pseudonyms
        self._noted = noted

    @property
    def rejected(self) -> int:
        """How many lines were rejected."""
        return self.reasons.total()

    def kept(self, items: Sequence[Item]) -> list[ListedRow]:
        """Return the rows that go into the list."""
        rows = []
        for item in items:
            if isinstance(item, RejectedLine):
                self._note_rejection(item.line, item.reason, "", item.sentence)
            elif (row := self._checked(item)) is not None:
                rows.append(row)
        return rows

    def _checked(self, row: Row) -> ListedRow | None:
        values, contact_key = row.values, self._pseudonyms.contact
        contacts = []
        faults: list[tuple[str, AddressFault]] = []
        for kind, normalise in _NORMALISERS:
            raw = values.get(kind)
            if not raw:
                continue
            try:
                found = normalise(raw)
            except AddressFault as fault:
                faults.append((kind, fault))
                values[kind] = None
                continue
            address = values[kind] = found.value
            contacts.append((kind, address, contact_key(kind, address)))
            if found.repaired:
                self.repaired += 1
                self._noted(Note(row.line, "repaired", found.repaired, kind))
        person = self._person(row, contacts, faults)
        return None if person is None else ListedRow(row.line, values, tuple(contacts), person)

    def _person(
        self,
        row: Row,
        contacts: Sequence[tuple[str, str, bytes]],
        faults: Sequence[tuple[str, AddressFault]],
    ) -> bytes | None:
        """Return the key of the person that a row is about; None: the row is rejected."""
        ref = row.values.get(REF)
        if not contacts:
            if faults:
                kind, fault = faults[0]
                self._note_rejection(row.line, fault.reason, kind, str(fault))
            else:
                self._note_rejection(row.line, "no_address", "", _SENTENCES["no_address"])
            return None
        if not ref and len(contacts) > 1:
            self._note_rejection(row.line, "ref_missing", REF, _SENTENCES["ref_missing"])
            return None
        for kind, fault in faults:
            self.unusable += 1
            self._noted(Note(row.line, "unusable", fault.reason, kind, str(fault)))
        return self._pseudonyms.person(ref) if ref else contacts[0][2]

    def _note_rejection(self, line: int, reason: str, column: str, sentence: str) -> None:
        self.reasons[reason] += 1
        self._noted(Note(line, "rejected", reason, column, sentence))


def count_opposed(
    app: App, scope: int, pseudonyms: Pseudonyms, rows: Sequence[ListedRow], noted: Noted
) -> int:
    """Return how many of these rows must not be contacted on some channel, and note each.

    They stay opposed whatever the file says: an import never undoes an opposition.
    """
    lines: dict[bytes, list[int]] = defaultdict(list)
    platform_lines: dict[bytes, list[int]] = defaultdict(list)
    for line, _, contacts, person in rows:
        lines[person].append(line)
        for kind, address, key in contacts:
            platform_lines[pseudonyms.platform(kind, address)].append(line)
            if key != person:
                lines[key].append(line)
    with app.db.read() as connection:
        found = suppressions.entries(
            app.db, connection, scope=scope, keys=lines, platform_keys=platform_lines
        )
    told = set()
    for entry in found:
        of_platform = entry.scope == suppressions.PLATFORM_SCOPE
        for line in (platform_lines if of_platform else lines)[entry.key]:
            told.add((line, entry.reason, entry.channel))
    for line, reason, channel in sorted(told):
        noted(Note(line, "opposed", reason, channel))
    return len({line for line, _, _ in told})


def without_erased(
    rows: Sequence[ListedRow], erased: frozenset[bytes], noted: Noted | None = None
) -> Sequence[ListedRow]:
    """Return rows without erased persons, and without those addresses of others that were erased.

    noted  None: say nothing of it
    """
    if not erased:
        return rows
    return [left for row in rows if (left := _living(row, erased, noted)) is not None]


def _living(row: ListedRow, erased: frozenset[bytes], noted: Noted | None) -> ListedRow | None:
    gone = [kind for kind, _, key in row.contacts if key in erased]
    if row.person in erased or (gone and len(gone) == len(row.contacts)):
        _say(noted, row.line, "rejected", "")
        return None
    if not gone:
        return row
    for kind in gone:
        _say(noted, row.line, "unusable", kind)
    contacts = tuple(contact for contact in row.contacts if contact[0] not in gone)
    return row._replace(values={**row.values, **dict.fromkeys(gone)}, contacts=contacts)


def _say(noted: Noted | None, line: int, what: str, column: str) -> None:
    if noted is not None:
        noted(Note(line, what, "erased", column, _SENTENCES["erased"]))
