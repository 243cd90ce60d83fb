"""The shapes that ``--json`` prints about campaigns; see ``shapes.py``."""

from typing import Annotated

from ops.cli.shapes import Instant, Shape, SuppressionShown, Words, says


class LegShown(Shape, frozen=True, kw_only=True):
    """How many recipients ended alike on one channel."""

    channel: str
    connector: str | None
    outcome: Annotated[str, says("passed_on is not final: they went on to the next channel.")]
    reason: str | None
    recipients: int
    units: int


class TroubleShown(Shape, frozen=True, kw_only=True):
    """A connector of the route that is not used now."""

    connector: str
    channel: str
    cause: str
    since: Instant | None
    tried_again: Instant | None


class WorkShown(Shape, frozen=True, kw_only=True):
    """Batches that are not done."""

    state: Annotated[str, says("scheduled, ready, claimed or quarantined")]
    batches: int
    soonest: Instant


class TryShown(Shape, frozen=True, kw_only=True):
    """Recipients who were not accepted and wait to be tried again."""

    reason: Annotated[str, says("The word that the provider's answer stands for, of most of them.")]
    recipients: int
    soonest: Annotated[Instant, says("Not before.")]


class StartShown(Shape, frozen=True, kw_only=True):
    """Recipients who start alike, as those of one time zone do."""

    at: Annotated[Instant, says("Not before.")]
    until: Annotated[Instant | None, says("Spread evenly until then; null: all at once.")]
    recipients: int
    expires: Annotated[bool, says("Too late: the campaign ends before.")]


class ApprovalShown(Shape, frozen=True, kw_only=True):
    """Somebody said that a campaign may leave."""

    actor: str
    at: Instant


class CampaignShown(Shape, frozen=True, kw_only=True):
    """Where a campaign stands: accepted = the sum of outcomes + waiting."""

    controller: str
    campaign: Annotated[str, says("The client's own id.")]
    state: Annotated[
        str,
        says("received, planning, planned, paused, cancelling, finished or refused"),
    ]
    cancelled: bool
    reasons: Annotated[Words, says("Words: why it was refused, is paused or reached nobody.")]
    kind: str
    purpose: str
    route: Words
    urgent: bool
    received_at: Instant
    not_before: Instant
    not_after: Annotated[Instant, says("Nothing leaves from here on; the rest is expired.")]
    planned_at: Instant | None
    finished_at: Instant | None
    rows_read: Annotated[int, says("= accepted + duplicates + rejected")]
    accepted: int
    duplicates: int
    rejected: int
    outcomes: Annotated[dict[str, int], says("Final outcomes, counted by recipient.")]
    waiting: int
    units: Annotated[int, says("What is billed: SMS parts, or messages.")]
    legs: tuple[LegShown, ...]
    starts: Annotated[tuple[StartShown, ...], says("Who starts when, while it is under way.")]
    assumed: Annotated[int, says("Of whom nobody knows the time zone: taken to be in FR.")]
    work: tuple[WorkShown, ...]
    tries: Annotated[tuple[TryShown, ...], says("Among those who wait: by reason.")]
    troubles: tuple[TroubleShown, ...]
    approvals: Annotated[tuple[ApprovalShown, ...], says("Who said that it may leave.")]
    waits_for: Annotated[Words, says("Sentences: why it does not go on just now.")]


class ReasonShown(Shape, frozen=True, kw_only=True):
    """One reason, as a word and a sentence."""

    reason: str
    sentence: str
    field: Annotated[str, says("Place in the job; empty: the whole.")] = ""


class Submitted(Shape, frozen=True, kw_only=True):
    """What became of a submission."""

    controller: str
    campaign: str
    confirmed: Annotated[bool, says("The broker (embedded: the database) keeps it.")]
    duplicate: Annotated[bool, says("It was there before, with the same content.")]
    state: Annotated[str | None, says("With --wait: where it stood at the end.")] = None
    outcomes: Annotated[dict[str, int] | None, says("With --wait.")] = None
    reasons: Annotated[tuple[ReasonShown, ...], says("Why it was refused.")] = ()


class ReachShown(Shape, frozen=True, kw_only=True):
    """Who would be reached through one channel."""

    channel: str
    sent: Annotated[int, says("Messages that would be handed over.")]
    opposed: int
    no_address: int
    invalid: Annotated[dict[str, int], says("Who cannot be served, by reason.")]
    passed_on: Annotated[int, says("Those who would go on to the next channel.")]
    denied: Annotated[dict[str, int], says("Whom the rules forbid to contact: reason:rule.")]
    later: Annotated[int, says("Whom the rules let leave later only.")]
    expired: Annotated[int, says("Whom the rules would let leave only after the end.")]
    units: int
    cost: Annotated[str | None, says("A decimal number; null: the connector has no unit_cost.")]


class Checked(Shape, frozen=True, kw_only=True):
    """What would become of a campaign; nothing was stored or sent."""

    controller: str
    campaign: str
    admissible: Annotated[bool, says("Whether it would be admitted and reach anybody.")]
    refusals: tuple[ReasonShown, ...]
    rows_read: int | None
    accepted: int | None
    duplicates: int | None
    rejected: int | None
    rejections: Annotated[dict[str, int], says("Why rows would be rejected, and how many.")]
    starts: Annotated[tuple[StartShown, ...], says("Who would start when.")]
    assumed: Annotated[int, says("Of whom nobody knows the time zone: taken to be in FR.")]
    channels: tuple[ReachShown, ...]
    expires: Annotated[str | None, says("Why every recipient would expire; null: not so.")]
    proof: Annotated[str | None, says("With --proof: sent, or why it was not.")] = None


class CheckShown(Shape, frozen=True, kw_only=True):
    """One equation of an audit."""

    name: str
    expected: int
    found: int
    holds: bool


class DoubtShown(Shape, frozen=True, kw_only=True):
    """Somebody of whom nobody knows whether the message left."""

    ref: Annotated[str | None, says("The client's own id of the person; null: rows had none.")]
    contact: Annotated[str | None, says("The address, only with --reveal.")]
    key: Annotated[str, says("Half of the contact key: tells people apart, names nobody.")]
    block: int
    position: int
    channel: str
    connector: str | None
    reason: str
    at: Instant


class Audited(Shape, frozen=True, kw_only=True):
    """The proof of a campaign's figures."""

    controller: str
    campaign: str
    state: str
    holds: Annotated[bool, says("Every equation holds.")]
    gap: Annotated[int, says("accepted - final outcomes - waiting; anything but 0 is a fault.")]
    rows_read: int
    accepted: int
    duplicates: int
    rejected: int
    final: Annotated[dict[str, int], says("Final outcomes, counted row by row.")]
    waiting: int
    passed_on: Annotated[int, says("Legs that led to the next channel; not final.")]
    checks: tuple[CheckShown, ...]
    in_doubt: tuple[DoubtShown, ...]


class StoryLeg(Shape, frozen=True, kw_only=True):
    """What became of a person on one channel."""

    channel: str
    outcome: str
    reason: str | None
    connector: str | None
    units: int
    at: Instant


class StoryShown(Shape, frozen=True, kw_only=True):
    """One recipient that fits the question."""

    outcome: Annotated[str, says("The final outcome, or waiting.")]
    legs: tuple[StoryLeg, ...]
    waits_on: Annotated[str | None, says("The channel on which the person waits.")]
    waits_until: Instant | None


class Explained(Shape, frozen=True, kw_only=True):
    """What became of one person in a campaign, and why."""

    controller: str
    campaign: str
    state: str
    among_recipients: bool
    stories: Annotated[tuple[StoryShown, ...], says("Several: people who share an address.")]
    suppressions: Annotated[
        tuple[SuppressionShown, ...], says("What forbids contact now, whatever it was then.")
    ]


class Switched(Shape, frozen=True, kw_only=True):
    """What became of a pause, resume or cancel."""

    controller: str
    campaign: str
    state: str
    changed: Annotated[bool, says("False: it was like that before.")]


class ApprovedShown(Shape, frozen=True, kw_only=True):
    """What became of an approval."""

    controller: str
    campaign: str
    approvals: tuple[ApprovalShown, ...]
    changed: Annotated[bool, says("False: the same operator had approved it before.")]
    lacking: Annotated[
        int | None, says("How many more the rules ask for; null: its size is not known yet.")
    ]
    resumed: Annotated[bool, says("It was paused for this, and goes on.")]
    notices: Annotated[Words, says("Sentences: what cannot be proven.")]
