"""The shapes that ``--json`` prints about changes of policy; see ``shapes.py``."""

from typing import Annotated

from ops.cli.policy_shapes import ChangeShown
from ops.cli.shapes import Instant, Shape, Words, says


class PolicyChanged(Shape, frozen=True, kw_only=True):
    """What became of a ruleset that was applied or taken back, or what would become of it."""

    layer: Annotated[str, says("platform, controller or campaign")]
    controller: str | None
    campaign: str | None
    ruleset: Annotated[str | None, says("Null: nothing holds on the layer.")]
    before: Annotated[str | None, says("Version; null: nothing held.")]
    after: Annotated[str | None, says("Version; null: nothing holds.")]
    effective_at: Instant
    changed: Annotated[bool, says("False: it holds like this already, or --dry-run was given.")]
    cases: Annotated[int, says("That were decided before, all as they say.")]
    stricter: Annotated[int, says("How many changes are.")]
    looser: int
    other: Annotated[int, says("Neither is stricter in all cases.")]
    changes: Annotated[
        tuple[ChangeShown, ...], says("None where nothing held on the platform before.")
    ]
    notices: Annotated[Words, says("Sentences: what should be known, and is no reason to refuse.")]


class RulesetHeld(Shape, frozen=True, kw_only=True):
    """What held, holds or will hold on a layer, from an instant on."""

    layer: Annotated[str, says("platform, controller or campaign")]
    controller: str | None
    campaign: str | None
    ruleset: Annotated[str | None, says("Null: nothing holds from here on.")]
    version: str | None
    effective_at: Instant
    applied_at: Instant
    actor: str
    reason: str
    holds: Annotated[str, says("now, planned or past")]
    changes: Annotated[
        tuple[ChangeShown, ...] | None, says("Against the one before; null: not asked for.")
    ] = None


class KillShown(Shape, frozen=True, kw_only=True):
    """Something that is or was switched off."""

    kill: Annotated[int, says("Number to lift it by.")]
    kind: Annotated[str, says("campaign, controller, channel, connector or destination")]
    target: str
    controller: Annotated[str | None, says("Whose campaign it is.")]
    off: Annotated[bool, says("Whether it is off now.")]
    reason: str
    actor: str
    begun_at: Instant
    ends_at: Annotated[Instant | None, says("Null: when somebody lifts it.")]
    lifted_at: Instant | None
    lifted_by: str | None
    notices: Annotated[Words, says("Sentences: what should be known.")] = ()
