"""What ``chappe retention`` prints with ``--json``."""

from datetime import datetime
from typing import Annotated

from ops.cli.shapes import Shape, says


class ClassShown(Shape, frozen=True, kw_only=True):
    """One retention class."""

    name: str
    data: str
    places: Annotated[tuple[str, ...], says("Tables and columns, keys, queues, kinds of files.")]
    keeps: Annotated[str | None, says("ISO 8601 duration; null: as long as it is in use.")]
    since: Annotated[str | None, says("What the time runs from.")]
    chooser: Annotated[str, says("Who may choose another time.")]
    source: str


class PlanShown(Shape, frozen=True, kw_only=True):
    """What of one class is too old at an instant."""

    name: str
    overdue: int
    coming: Annotated[
        dict[str, int], says("How much is too old so much later (ISO 8601), if nothing is swept.")
    ]
    holds: Annotated[int, says("Holds in force; what they keep is not counted.")]
    swept_at: Annotated[datetime | None, says("When it was swept to its end last.")]


class SweptShown(Shape, frozen=True, kw_only=True):
    """What a sweep removed of one class."""

    name: str
    removed: int


class HoldShown(Shape, frozen=True, kw_only=True):
    """A legal hold."""

    hold: int
    retention_class: str
    controller: Annotated[str | None, says("null: every one.")]
    campaign: Annotated[str | None, says("null: every one.")]
    reason: str
    author: str
    created_at: datetime
    until: Annotated[datetime | None, says("null: until it is lifted.")]
    lifted_at: datetime | None


class ProofVerified(Shape, frozen=True, kw_only=True):
    """A proof that was verified."""

    genuine: Annotated[bool, says("This installation signed it, and nobody altered it.")]
    at: datetime
    overdue: Annotated[int, says("How much was older than promised, in all.")]
