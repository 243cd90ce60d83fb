"""The shape that ``chappe top --json`` prints; see ``shapes.py``."""

from typing import Annotated

from ops.cli.shapes import Instant, Shape, says


class ChannelPace(Shape, frozen=True, kw_only=True):
    """How fast one channel goes."""

    channel: str
    sent_per_second: Annotated[float, says("Recipients whom a provider took.")]
    ended_per_second: Annotated[float, says("Recipients with any outcome, sent ones included.")]


class LaneShown(Shape, frozen=True, kw_only=True):
    """A lane with work that is not done."""

    lane: str
    waiting: Annotated[int, says("Recipients without a final outcome.")]
    batches: Annotated[dict[str, int], says("By state: scheduled, ready, claimed, quarantined.")]
    due_age: Annotated[float, says("Seconds that the oldest due work has waited; 0: none is due.")]


class RunningShown(Shape, frozen=True, kw_only=True):
    """A campaign that is not over."""

    campaign: str
    controller: str
    state: Annotated[str, says("received, planning, planned, paused or cancelling")]
    accepted: int
    done: Annotated[int, says("Recipients with a final outcome.")]
    per_second: Annotated[float, says("Final outcomes, as measured just now.")]
    seconds_left: Annotated[
        float | None, says("At that pace; null: nothing moves, or nothing is planned yet.")
    ]


class ServesShown(Shape, frozen=True, kw_only=True):
    """Whether a connector serves."""

    connector: str
    channel: str
    state: Annotated[str, says("ready, disabled, not attested, or the cause of an open breaker")]
    since: Instant | None
    tried_again: Instant | None


class RetentionLine(Shape, frozen=True, kw_only=True):
    """Whether everything leaves in time."""

    overdue: Annotated[dict[str, int], says("Retention classes with something kept too long.")]
    swept_at: Annotated[Instant | None, says("The least recent of the last sweeps.")]


class RightsLine(Shape, frozen=True, kw_only=True):
    """Whether persons are answered in time."""

    open: int
    overdue: int
    next_deadline: Instant | None


class TopShown(Shape, frozen=True, kw_only=True):
    """What goes on, platform-wide, at one moment. It names campaigns and no person."""

    at: Instant
    measured_over: Annotated[float, says("Seconds over which paces were measured.")]
    channels: tuple[ChannelPace, ...]
    lanes: tuple[LaneShown, ...]
    campaigns: Annotated[tuple[RunningShown, ...], says("At most 50, the latest first.")]
    connectors: tuple[ServesShown, ...]
    oppositions: Annotated[int, says("People who objected while it was watched, at most a minute.")]
    in_doubt: int
    audit_gap: Annotated[int, says("Anything but 0 is a fault.")]
    dead_letters: Annotated[int, says("Open ones.")]
    events_waiting: int
    retention: RetentionLine
    rights: RightsLine
