"""What ``chappe audit`` prints with ``--json``."""

from datetime import datetime
from typing import Annotated

from ops.cli.shapes import Shape, says


class DamageShown(Shape, frozen=True, kw_only=True):
    """Something wrong with the audit."""

    damage: Annotated[
        str,
        says(
            "missing, altered, unlinked, misplaced, forged, foreign, rewritten, cut_off or"
            " not_anchored"
        ),
    ]
    number: Annotated[int, says("Number of the act, or of the first of a range.")]
    last: Annotated[int, says("Last of the range; the same number for a single act.")]
    sentence: str


class AuditVerified(Shape, frozen=True, kw_only=True):
    """What a walk along the audit found."""

    whole: Annotated[bool, says("Nothing is wrong, and nothing is lacking.")]
    part: Annotated[bool, says("A file that ends before the audit of this installation does.")]
    acts: Annotated[int, says("How many acts there are.")]
    first_at: datetime | None
    last_at: datetime | None
    anchored: Annotated[int, says("Up to which act the keyring vouches; 0: none.")]
    reaches: Annotated[int, says("Number of the last act that was looked at.")]
    audit_reaches: Annotated[
        int, says("Number of the installation's last act; of a foreign file: as `reaches`.")
    ]
    findings: tuple[DamageShown, ...]


class ActShown(Shape, frozen=True, kw_only=True):
    """One act."""

    number: int
    at: Annotated[datetime | None, says("Null where somebody changed it to what is no instant.")]
    actor: Annotated[str, says("Who acted, as the installation was told; no proof of identity.")]
    act: str
    controller: Annotated[str, says("Its name; empty: the platform.")]
    subject: Annotated[str, says("What was acted upon: a kind and an id.")]
    details: dict[str, str | int | bool]
