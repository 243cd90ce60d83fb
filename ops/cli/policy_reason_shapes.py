"""The shapes that ``--json`` prints about what rules say of campaigns; see ``shapes.py``."""

from typing import Annotated

from ops.cli.campaign_shapes import Explained
from ops.cli.policy_change_shapes import KillShown, RulesetHeld
from ops.cli.shapes import Instant, Shape, Words, says


class StepShown(Shape, frozen=True, kw_only=True):
    """What one rule says of one recipient."""

    rule: str
    kind: str
    says: Annotated[
        str, says("against, permits, exempted, not in force, or not about it; one word or more.")
    ]
    verdict: Annotated[str | None, says("deny or defer, where it is against.")]
    reason: str | None
    sentence: str | None
    until: Annotated[Instant | None, says("Where it defers: as long as that.")]


class DecisionShown(Shape, frozen=True, kw_only=True):
    """What all rules together say."""

    verdict: Annotated[str, says("allow, deny or defer")]
    reason: str
    rule: Annotated[str | None, says("Null: no rule permits it, or it is permitted.")]
    sentence: str
    until: Annotated[Instant | None, says("For a deferral: when it is decided again.")]
    at: Annotated[Instant, says("For which instant it was decided.")]


class ReasonedShown(Shape, frozen=True, kw_only=True):
    """What the rules say of one recipient on one channel."""

    channel: str
    connector: Annotated[str | None, says("That would be asked first; null: none can be used.")]
    unreachable: Annotated[str | None, says("no_address, invalid or erased; null: not so.")]
    decision: Annotated[DecisionShown | None, says("At the instant asked for.")]
    finally_: Annotated[
        DecisionShown | None, says("Once nothing is put off any more; null: the same.")
    ]
    trace: Annotated[tuple[StepShown, ...], says("Every rule, by its id.")]
    facts: Annotated[dict[str, str], says("What rules looked at, by name; never an address.")]


class PolicyExplained(Shape, frozen=True, kw_only=True):
    """Why a recipient of a campaign was or would be contacted, or not."""

    so_far: Explained
    at: Instant
    rulesets: tuple[RulesetHeld, ...]
    switched_off: Annotated[tuple[KillShown, ...], says("What stops it as a whole.")]
    not_asked: Annotated[str | None, says("Why rules could not be asked; null: they were.")]
    recipients: Annotated[
        tuple[tuple[ReasonedShown, ...], ...],
        says("For each recipient that fits, each channel of the route."),
    ]


class HourShown(Shape, frozen=True, kw_only=True):
    """How many recipients leave in one hour."""

    hour: Annotated[Instant, says("Its beginning.")]
    present: Annotated[int, says("By the rules that hold.")]
    proposed: Annotated[int, says("By those with the ruleset in place.")]


class EndingShown(Shape, frozen=True, kw_only=True):
    """How many recipients end alike, by the rules that hold and by those proposed."""

    outcome: Annotated[str, says("sent, denied, expired, suppressed, invalid, erased …")]
    reason: str | None
    rule: str | None
    present: int
    proposed: int


class Simulated(Shape, frozen=True, kw_only=True):
    """What would come of a campaign by other rules; nothing was sent or stored."""

    controller: str
    campaign: str
    ruleset: str
    version: str
    layer: str
    at: Annotated[Instant, says("From when on everybody is ready to leave.")]
    recipients: int
    otherwise: Annotated[int, says("How many would end otherwise, or in another hour.")]
    endings: tuple[EndingShown, ...]
    hours: tuple[HourShown, ...]
    notices: Words
