"""The shapes that ``chappe consent … --json`` prints; the rules of ``shapes`` hold here too."""

from typing import Annotated

from ops.cli.shapes import Instant, NoteShown, Shape, SuppressionShown, says


class ConsentGiven(Shape, frozen=True, kw_only=True):
    """What became of a consent."""

    recorded: Annotated[int, says("Consents that count from now on; 0: there already, or later.")]
    lifted: Annotated[int, says("Objections that it took away.")]
    standing: Annotated[tuple[SuppressionShown, ...], says("What still forbids contact.")]


class ConsentWithdrawn(Shape, frozen=True, kw_only=True):
    """What a withdrawal did."""

    consents: Annotated[int, says("Consents that held until now.")]
    opposed: Annotated[int, says("New entries that forbid contact.")]


class ConsentShown(Shape, frozen=True, kw_only=True):
    """A consent in the ledger."""

    purpose: str
    channel: str
    given_on: Annotated[str, says("ISO date.")]
    method: str
    text_version: str
    source: str
    recorded_at: Instant
    withdrawn_at: Annotated[Instant | None, says("Null: it holds.")]


class ConsentsImported(Shape, frozen=True, kw_only=True):
    """What became of a file of consents; one is about an address or person on one channel."""

    rows: int
    rejected: Annotated[int, says("Rows that gave none.")]
    recorded: int
    already: Annotated[int, says("The ledger had them, or later ones.")]
    refused: Annotated[int, says("Consents that may not be recorded; reasons say why.")]
    withdrawn: Annotated[int, says("Recorded as taken back.")]
    lifted: Annotated[int, says("Objections that were taken away.")]
    standing: Annotated[int, says("Objections that still forbid contact.")]
    reasons: dict[str, int]
    notes: tuple[NoteShown, ...]
