"""Events: what Chappe tells the world about a campaign, on the topic exchange ``chappe.events``.

An event names a controller, a campaign, counts and reasons; never an address or content, and a
person only as the client itself does: ``opposed`` and ``rights`` carry its own id of them.
Events come at least once: consumers know them again by ``id``. The published schema is generated
from these types, so descriptions are written for the people who read events.
"""

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from channels.contract import Channel
from engine.clock import Millis
from engine.wire.faults import Fault, FaultReason
from engine.wire.instants import Instant, from_millis
from engine.wire.scalars import CONTROLLER_PATTERN, SLUG_PATTERN
from policy.rights import Refusal, RequestState, Right

EVENT_SCHEMA = "chappe.event/1"

_WORD = r"^[a-z0-9_]+([:.-][a-z0-9_.-]+)*$(?!\n)"

Count = Annotated[int, Meta(ge=0)]
ReasonWord = Annotated[str, Meta(pattern=_WORD, max_length=100)]
CampaignId = Annotated[str, Meta(min_length=1, max_length=64, description="The client's own id.")]
ControllerId = Annotated[str, Meta(pattern=CONTROLLER_PATTERN)]
Purpose = Annotated[str, Meta(pattern=SLUG_PATTERN)]


class FinalOutcome(StrEnum):
    """What a recipient ended as."""

    SENT = "sent"
    SUPPRESSED = "suppressed"
    DENIED = "denied"
    INVALID = "invalid"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    ERASED = "erased"


class _Part(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of what an event holds."""


class Reason(_Part, frozen=True, kw_only=True):
    """One reason, as a word for machines and a sentence for people."""

    reason: ReasonWord
    sentence: str
    field: Annotated[str, Meta(description="Place in the job; empty: the whole.")] = ""


class MessageFault(_Part, frozen=True, kw_only=True):
    """One thing wrong with a message that did not decode; never quotes it."""

    field: str
    reason: FaultReason
    sentence: str
    line: int | None = None


class OutcomeCounts(_Part, frozen=True, kw_only=True):
    """How many recipients ended as what."""

    sent: Count = 0
    suppressed: Count = 0
    denied: Count = 0
    invalid: Count = 0
    failed: Count = 0
    in_doubt: Count = 0
    cancelled: Count = 0
    expired: Count = 0
    erased: Count = 0


class _About(_Part, frozen=True, kw_only=True, tag_field="event"):
    """What every event about a known campaign says."""

    schema: Literal["chappe.event/1"] = "chappe.event/1"
    id: Annotated[
        str, Meta(min_length=1, max_length=64, description="Unique; the same when sent again.")
    ]
    at: Annotated[Instant, Meta(description="When it happened.")]
    controller: ControllerId
    campaign: CampaignId


class Accepted(_About, frozen=True, kw_only=True, tag="accepted"):
    """The campaign was admitted and will be planned."""


class Refused(_About, frozen=True, kw_only=True, tag="refused"):
    """The campaign may not be sent; every reason is here."""

    reasons: Annotated[tuple[Reason, ...], Meta(min_length=1)]


class Duplicate(_About, frozen=True, kw_only=True, tag="duplicate"):
    """The same campaign was put again with the same content; nothing happens twice."""


class Planned(_About, frozen=True, kw_only=True, tag="planned"):
    """Every row was read: ``rows = accepted + duplicates + rejected``."""

    rows: Count
    accepted: Count
    duplicates: Count
    rejected: Count


class Progress(_About, frozen=True, kw_only=True, tag="progress"):
    """Where the campaign stands: ``accepted`` is the sum of ``outcomes`` and ``waiting``."""

    accepted: Count
    waiting: Count
    outcomes: OutcomeCounts


class Paused(_About, frozen=True, kw_only=True, tag="paused"):
    """Nothing more leaves until the campaign is resumed."""

    reasons: tuple[Reason, ...] = ()


class Resumed(_About, frozen=True, kw_only=True, tag="resumed"):
    """The campaign goes on."""


class Cancelled(_About, frozen=True, kw_only=True, tag="cancelled"):
    """Nothing more leaves; those who waited are being recorded as cancelled."""


class Finished(_About, frozen=True, kw_only=True, tag="finished"):
    """Every recipient has its outcome; ``accepted`` is their sum.

    ``reasons`` says why where nobody was accepted at all.
    """

    accepted: Count
    outcomes: OutcomeCounts
    reasons: tuple[Reason, ...] = ()


class Corrected(_About, frozen=True, kw_only=True, tag="corrected"):
    """Later news changed outcomes that were counted before, such as a doubt that was resolved."""

    count: Annotated[int, Meta(ge=1)]
    was: FinalOutcome
    now: FinalOutcome


class DeadLetter(_Part, frozen=True, kw_only=True, tag_field="event", tag="dead_letter"):
    """A message did not decode, or its account may not speak for the controller."""

    schema: Literal["chappe.event/1"] = "chappe.event/1"
    id: Annotated[
        str, Meta(min_length=1, max_length=64, description="Unique; the same when sent again.")
    ]
    at: Annotated[Instant, Meta(description="When it happened.")]
    controller: Annotated[
        ControllerId | None, Meta(description="Null when the message did not say.")
    ] = None
    campaign: CampaignId | None = None
    dead_letter: Annotated[int, Meta(description="Number to ask for with `chappe dead-letter`.")]
    faults: Annotated[tuple[MessageFault, ...], Meta(min_length=1)]


class Opposed(_Part, frozen=True, kw_only=True, tag_field="event", tag="opposed"):
    """A person must not be contacted any more: take it over into your own lists."""

    schema: Literal["chappe.event/1"] = "chappe.event/1"
    id: Annotated[
        str, Meta(min_length=1, max_length=64, description="Unique; the same when sent again.")
    ]
    at: Annotated[Instant, Meta(description="When it began to hold.")]
    controller: ControllerId
    campaign: Annotated[
        CampaignId | None, Meta(description="Whose message led to it; null when that is unknown.")
    ] = None
    channel: Annotated[Channel | None, Meta(description="Null: every channel.")] = None
    purpose: Annotated[Purpose | None, Meta(description="Null: whatever the purpose.")] = None
    reason: ReasonWord
    source: Annotated[ReasonWord, Meta(description="one_click, page, cli …")]
    ref: Annotated[
        str | None,
        Meta(
            description="Your own id of the person. Null where you gave none, or where it was"
            " erased meanwhile; `chappe suppress export` shows the contact then."
        ),
    ] = None


class RightsRequest(_Part, frozen=True, kw_only=True, tag_field="event", tag="rights"):
    """A person asked for something, and what became of it: do likewise in your own systems."""

    schema: Literal["chappe.event/1"] = "chappe.event/1"
    id: Annotated[
        str, Meta(min_length=1, max_length=64, description="Unique; the same when sent again.")
    ]
    at: Annotated[Instant, Meta(description="When it happened.")]
    controller: ControllerId
    request: Annotated[int, Meta(description="Number to ask for with `chappe rights`.")]
    right: Right
    state: Annotated[RequestState, Meta(description="What it has come to.")]
    due: Annotated[Instant, Meta(description="From when on an answer is late.")]
    why: Annotated[Refusal | None, Meta(description="Why it was refused.")] = None
    ref: Annotated[
        str | None,
        Meta(
            description="Your own id of the person: when the request is opened, and once more for"
            " each that is found by the addresses it names. Null otherwise, and where it was"
            " carried out meanwhile."
        ),
    ] = None


class Switched(_Part, frozen=True, kw_only=True, tag_field="event", tag="switched"):
    """An operator switched your campaigns, or one of them, off or on again.

    While they are off nothing of them leaves, also of what you put later; whoever waits goes on
    waiting, until the campaign's own end.
    """

    schema: Literal["chappe.event/1"] = "chappe.event/1"
    id: Annotated[
        str, Meta(min_length=1, max_length=64, description="Unique; the same when sent again.")
    ]
    at: Annotated[Instant, Meta(description="When it happened.")]
    controller: ControllerId
    campaign: Annotated[CampaignId | None, Meta(description="Null: all of yours.")] = None
    off: Annotated[bool, Meta(description="False: they are on again.")]
    until: Annotated[
        Instant | None, Meta(description="When they go on by themselves; null: nobody knows yet.")
    ] = None


CampaignEvent = (
    Accepted
    | Refused
    | Duplicate
    | Planned
    | Progress
    | Paused
    | Resumed
    | Cancelled
    | Finished
    | Corrected
)
PersonalEvent = Opposed | RightsRequest
Event = CampaignEvent | DeadLetter | PersonalEvent | Switched

EVENT_TYPES: tuple[type[Event], ...] = (
    Accepted,
    Refused,
    Duplicate,
    Planned,
    Progress,
    Paused,
    Resumed,
    Cancelled,
    Finished,
    Corrected,
    DeadLetter,
    Opposed,
    RightsRequest,
    Switched,
)


def new_id() -> str:
    """Return a unique id for an event."""
    return secrets.token_hex(16)


def instant(millis: Millis) -> datetime:
    """Return the engine's instant as an event writes it."""
    return from_millis(millis)


def message_faults(faults: tuple[Fault, ...]) -> tuple[MessageFault, ...]:
    """Return the faults of a message as an event carries them."""
    return tuple(
        MessageFault(
            field=fault.field, reason=fault.reason, sentence=fault.sentence, line=fault.line
        )
        for fault in faults
    )
