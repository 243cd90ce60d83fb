"""Names of columns: folding, synonyms, and refusing what could be meant in two ways.

Two columns *clash* when their names differ only in case, accents, spaces or signs, or when both
are synonyms of the same address column. Which of them counts would be chance, so a list with a
clash is refused by name, unless the mapping picks one; the others are then left out.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from engine.tabular.rows import UnreadableList

_SYNONYMS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "email": (
        "email",
        "mail",
        "courriel",
        "emailaddress",
        "adresseemail",
        "adressemail",
        "adressecourriel",
        "adresseelectronique",
    ),
    "tel": ("tel", "telephone", "mobile", "phone", "portable", "phonenumber"),
    "post": ("post", "address", "adresse", "adressepostale", "postaladdress"),
    "ref": ("ref", "id", "clientid", "idclient", "reference"),
    "postal_code": ("postalcode", "codepostal", "cp", "zipcode"),
    "country": ("country",),
}

COLUMN_SYNONYMS: Final[Mapping[str, str]] = {
    synonym: name for name, synonyms in _SYNONYMS_OF.items() for synonym in synonyms
}
"""From a folded name (see ``folded``) to the canonical name of a column with a meaning."""

CONTACT_COLUMNS: Final = frozenset({"email", "tel", "post", "ref"})
_PHONE_LIKE_DIGITS: Final = 6
_SHOWN: Final = 40


class HeaderFault(UnreadableList):
    """The header cannot be used; ``columns`` are the names concerned, as the file writes them."""

    def __init__(self, reason: str, sentence: str, columns: Sequence[str] = ()) -> None:
        super().__init__(reason, sentence)
        self.columns = tuple(columns)


@dataclass(frozen=True, slots=True)
class Header:
    """Which value of a record goes by which name.

    width    columns of the file
    picks    canonical names with the index of their column
    ignored  names of the columns that are left out, as the file writes them
    """

    width: int
    picks: tuple[tuple[str, int], ...]
    ignored: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The canonical names, in the order of ``picks``."""
        return tuple(name for name, _ in self.picks)


def folded(cell: str) -> str:
    """Return a column name without case, accents, spaces and signs; may be empty."""
    letters = unicodedata.normalize("NFKD", cell).casefold()
    return "".join(c for c in letters if c.isalnum())


def canonical_name(cell: str) -> str:
    """Return the name by which a column goes: an address column, or a template variable.

    Empty: the column has no name.
    """
    key = folded(cell)
    if key in COLUMN_SYNONYMS:
        return COLUMN_SYNONYMS[key]
    letters = unicodedata.normalize("NFKD", cell).casefold()
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    name = "_".join("".join(c if c.isalnum() else " " for c in bare).split())
    return f"_{name}" if name[:1].isdigit() else name


def read_header(
    cells: Sequence[str], mapping: Mapping[str, str] | None, without: Sequence[str] = ()
) -> Header:
    """Name the columns of a list from its first record.

    mapping  canonical name to the file's column: its name, or ``#2`` for the second one
    without  columns to leave out, named alike, or by the canonical name that they would get
    Raises HeaderFault: no header, a clash, an unknown column, or no column to reach people by.
    """
    if _looks_like_data(cells):
        raise HeaderFault(
            "no_header",
            "the first row looks like data; put a line with the names of the columns above it",
        )
    dropped = _dropped(cells, without)
    picked = _picked(cells, mapping or {})
    if both := dropped & set(picked.values()):
        columns = [cells[index] for index in sorted(both)]
        raise HeaderFault(
            "left_out", f"mapped and left out at once: {_shown(columns)}; decide", columns
        )
    header = assign(cells, picked, dropped)
    if CONTACT_COLUMNS.isdisjoint(header.names):
        raise HeaderFault(
            "no_contact_column",
            f"no column is called email, tel, post or ref; map one of: {_shown(cells)}",
            cells,
        )
    return header


def assign(
    cells: Sequence[str], picked: Mapping[str, int], dropped: AbstractSet[int] = frozenset()
) -> Header:
    """Give every column that the mapping did not pick, and nobody left out, its canonical name.

    Raises HeaderFault: two of them mean the same.
    """
    columns: dict[str, list[int]] = {}
    ignored = []
    taken = set(picked.values())
    for index, cell in enumerate(cells):
        name = canonical_name(cell)
        if index in taken:
            continue
        if not name or index in dropped or any(_same(name, target) for target in picked):
            ignored.append(cell)
        else:
            columns.setdefault(COLUMN_SYNONYMS.get(folded(cell), folded(cell)), []).append(index)
    clashes = [[cells[index] for index in same] for same in columns.values() if len(same) > 1]
    if clashes:
        raise _clash(clashes)
    named = {canonical_name(cells[index]): index for (index,) in columns.values()}
    picks = sorted((*named.items(), *picked.items()), key=lambda pick: pick[1])
    return Header(len(cells), tuple(picks), tuple(ignored))


def columns_left_out(cells: Sequence[str], without: Sequence[str]) -> dict[str, list[int]]:
    """Return which columns each name in ``without`` means; none: there is no such column."""
    return {
        name: find_column(cells, name)
        or [
            at for at, cell in enumerate(cells) if _same(canonical_name(cell), canonical_name(name))
        ]
        for name in without
    }


def find_column(cells: Sequence[str], source: str) -> list[int]:
    """Return the columns that ``source`` can mean: exactly, else trimmed, else folded."""
    if source.startswith("#") and source[1:].isdecimal():
        return [index for index in range(len(cells)) if index == int(source[1:]) - 1]
    for form in (str, str.strip, folded):
        if found := [index for index, cell in enumerate(cells) if form(cell) == form(source)]:
            return found
    return []


def _dropped(cells: Sequence[str], without: Sequence[str]) -> set[int]:
    found = columns_left_out(cells, without)
    if not all(found.values()):
        raise HeaderFault(
            "unknown_column",
            f"a column to leave out is not there; there are: {_shown(cells)}",
            cells,
        )
    return {index for columns in found.values() for index in columns}


def _picked(cells: Sequence[str], mapping: Mapping[str, str]) -> dict[str, int]:
    picked: dict[str, int] = {}
    for target, source in mapping.items():
        found = find_column(cells, source)
        if not found:
            raise HeaderFault(
                "unknown_column",
                f"the mapping names a column that is not there; there are: {_shown(cells)}",
                cells,
            )
        if len(found) > 1:
            raise _clash([[cells[index] for index in found]])
        name = canonical_name(target)
        if name in picked:
            raise HeaderFault("duplicate_columns", f"the mapping gives “{name}” two columns", cells)
        picked[name] = found[0]
    return picked


def _same(one: str, other: str) -> bool:
    return folded(one) == folded(other)


def _looks_like_data(cells: Sequence[str]) -> bool:
    """Whether the first record holds an email address, or a number and no name that we know."""
    if any("@" in cell for cell in cells):
        return True
    known = any(folded(cell) in COLUMN_SYNONYMS for cell in cells)
    return not known and any(sum(map(str.isdigit, cell)) >= _PHONE_LIKE_DIGITS for cell in cells)


def _clash(groups: list[list[str]]) -> HeaderFault:
    told = "; ".join(f"{_shown(group)} are all “{canonical_name(group[0])}”" for group in groups)
    return HeaderFault(
        "duplicate_columns",
        f"columns mean the same: {told}. Rename them, or pick one by mapping (#2: the second)",
        [name for group in groups for name in group],
    )


def _shown(cells: Sequence[str]) -> str:
    return ", ".join(f"“{cell[:_SHOWN]}”" for cell in cells[:_SHOWN])
