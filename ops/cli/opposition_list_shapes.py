"""The shapes of ``chappe opposition-list … --json``; the rules of ``shapes`` hold here too."""

from typing import Annotated

from ops.cli.shapes import Instant, NoteShown, Shape, says


class OppositionListImported(Shape, frozen=True, kw_only=True):
    """What became of a copy of an opposition list."""

    list: str
    rows: int
    rejected: int
    entries: Annotated[int, says("Different addresses on the list now.")]
    replaced: Annotated[int | None, says("Entries of the copy before; null: there was none.")]
    reasons: dict[str, int]
    notes: tuple[NoteShown, ...]


class OppositionListShown(Shape, frozen=True, kw_only=True):
    """An opposition list, and the copy of it that counts."""

    list: str
    source: str
    dated_at: Annotated[Instant, says("When the copy was right.")]
    imported_at: Instant
    entries: int
    sha256: Annotated[str, says("Of the file that it came from.")]
