"""What ``chappe rights … --json`` prints; see ``shapes`` for the rules."""

from typing import Annotated

from ops.cli.shapes import Instant, Shape, says


class RequestShown(Shape, frozen=True, kw_only=True):
    """A request of a person; it never says whose."""

    request: int
    controller: str
    right: Annotated[str, says("erasure or opposition")]
    state: Annotated[str, says("received, accepted, running, done or refused")]
    step: Annotated[str | None, says("What is done next; null while nothing is.")]
    refused_because: str | None
    waits_for_holds: Annotated[
        tuple[int, ...], says("Legal holds that forbid to carry it out: their numbers.")
    ]
    source: str
    received_at: Instant
    due_at: Annotated[Instant, says("From when on an answer is late (GDPR art. 12(3)).")]
    accepted_at: Instant | None
    finished_at: Instant | None
    found: Annotated[dict[str, int], says("Per place, how many things were dealt with so far.")]


class CertificateChecked(Shape, frozen=True, kw_only=True):
    """Whether a document is a certificate of this installation, unaltered."""

    request: int
    genuine: bool
    reason: Annotated[str | None, says("What is wrong; null when nothing is.")]
