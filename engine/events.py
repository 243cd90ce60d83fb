"""Events: what Chappe tells the world about a campaign, on the topic exchange ``chappe.events``.

An event names a controller, a campaign, counts and reasons; never a person, an address or content.
Events come at least once: consumers know them again by ``id``. The published schema is generated
from these types, so descriptions are written for the people who read events.
"""

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from engine.clock import Millis
from engine.errors import EngineError
from engine.wire.faults import Fault, FaultReason
from engine.wire.instants import Instant, from_millis
from engine.wire.job import CONTROLLER_PATTERN

EVENT_SCHEMA = "chappe.event/1"
NO_CONTROLLER = "_"  # in routing keys of messages that no controller could be found for

_WORD = r"^[a-z0-9_]+([:.-][a-z0-9_.-]+)*$(?!\n)"

Count = Annotated[int, Meta(ge=0)]
ReasonWord = Annotated[str, Meta(pattern=_WORD, max_length=100)]
CampaignId = Annotated[str, Meta(min_length=1, max_length=64, description="The client's own id.")]
ControllerId = Annotated[str, Meta(pattern=CONTROLLER_PATTERN)]


class EventFault(EngineError):
    """Raised when bytes are not an event of the published schema."""


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
Event = CampaignEvent | DeadLetter

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
)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


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


def event_name(kind: type[Event]) -> str:
    """Return the word that names a kind of event on the wire."""
    return str(kind.__struct_config__.tag)


def routing_key(event: Event) -> str:
    """Return ``campaign.<event>.<controller>``."""
    return f"campaign.{event_name(type(event))}.{event.controller or NO_CONTROLLER}"


def encode_event(event: Event) -> bytes:
    """Return an event as JSON."""
    return _encoder.encode(event)


def decode_event(body: bytes) -> Event:
    """Read an event.

    Raises EventFault when the bytes are not of the published schema.
    """
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise EventFault(f"the bytes are not an event of {EVENT_SCHEMA}") from None
