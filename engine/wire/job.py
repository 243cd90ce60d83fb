"""``CampaignJob``: what an upstream system puts on RabbitMQ, as types.

The published JSON Schema is generated from this file, so descriptions are written for the people
who build upstream systems. Fields may be added with a default; nothing is renamed or removed
under the same ``schema`` value. Rules that look at several fields are in ``coherence.py``.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, field

from channels.contract import Channel
from engine.wire.content import Content
from engine.wire.instants import Duration, Instant
from engine.wire.scalars import (
    CLOCK_PATTERN,
    COLUMN_PATTERN,
    FILE_PATTERN,
    SHA256_PATTERN,
    SLUG_PATTERN,
    CampaignId,
    ControllerId,
    Purpose,
    Sector,
    Unique,
    Wire,
    Word,
)

JOB_SCHEMA = "chappe.campaign/1"
MAX_INLINE = 1000
SOURCES = ("list", "file", "inline")  # fields of recipients: exactly one of them is given


class Kind(StrEnum):
    """Whether a campaign prospects or serves; one promotional sentence makes it marketing."""

    MARKETING = "marketing"
    SERVICE = "service"


class Relation(StrEnum):
    """What the recipients are to the controller."""

    B2C_PROSPECT = "b2c_prospect"
    B2C_CUSTOMER = "b2c_customer"
    B2B_NAMED = "b2b_named"
    B2B_LEGAL = "b2b_legal"  # a legal person: info@, a switchboard


class BasisType(StrEnum):
    """Why the controller may contact these people (GDPR art. 6, CPCE L34-5)."""

    CONSENT = "consent"
    SOFT_OPT_IN = "soft_opt_in"
    LEGITIMATE_INTEREST = "legitimate_interest"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTEREST = "vital_interest"
    PUBLIC_TASK = "public_task"


class ConsentMethod(StrEnum):
    """How consent was given. Accepting terms and a pre-ticked box are no consent."""

    UNTICKED_BOX = "unticked_box"
    PAPER = "paper"
    RECORDED_CALL = "recorded_call"


class FallbackReason(StrEnum):
    """What sends a recipient on to the next channel of the route."""

    NO_ADDRESS = "no_address"
    INVALID = "invalid"
    FAILED = "failed"


class Priority(StrEnum):
    """The lane that a campaign takes."""

    NORMAL = "normal"
    URGENT = "urgent"


class EndedAs(StrEnum):
    """What became of a person in an earlier campaign, at the end of its route."""

    SENT = "sent"
    SUPPRESSED = "suppressed"
    DENIED = "denied"
    INVALID = "invalid"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class OnDoubt(StrEnum):
    """What to do with a recipient of whom nobody knows whether the message left."""

    RECORD = "record"
    RESEND = "resend"  # admitted only where one provider serves, which drops a second message


class FileFormat(StrEnum):
    """How a recipient file is written."""

    CSV = "csv"
    NDJSON = "ndjson"


class Proof(Wire, frozen=True, kw_only=True):
    """Evidence for the legal basis; what contradicts basis, route or calendar is refused."""

    given_at: Annotated[date | None, Meta(description="consent: the day it was given")] = None
    method: Annotated[ConsentMethod | None, Meta(description="consent: how it was given")] = None
    text_version: Annotated[Word | None, Meta(description="consent: wording that was shown")] = None
    source: Annotated[Word | None, Meta(description="consent: where it was collected")] = None
    channels: Annotated[
        tuple[Channel, ...] | None, Meta(description="consent: channels it covers")
    ] = None
    last_purchase_at: Annotated[date | None, Meta(description="soft_opt_in: latest sale")] = None
    similar: Annotated[bool | None, Meta(description="soft_opt_in: similar goods")] = None
    optout_offered: Annotated[
        bool | None, Meta(description="soft_opt_in: opt-out offered at collection")
    ] = None
    informed_at: Annotated[
        date | None, Meta(description="legitimate_interest: the day people were informed")
    ] = None
    job_related: Annotated[
        bool | None, Meta(description="legitimate_interest: tied to the person's work")
    ] = None
    contract_ref: Annotated[Word | None, Meta(description="contract: which contract")] = None
    related: Annotated[bool | None, Meta(description="contract: tied to its object")] = None


class Basis(Wire, frozen=True, kw_only=True):
    """The legal basis of the campaign."""

    type: BasisType
    proof: Proof | None = None


class DropFile(Wire, frozen=True, kw_only=True):
    """A file in the controller's drop folder; deleted after planning."""

    name: Annotated[str, Meta(pattern=FILE_PATTERN, description="A name without any folder.")]
    sha256: Annotated[str, Meta(pattern=SHA256_PATTERN, description="Of the whole file.")]
    format: Annotated[
        FileFormat | None, Meta(description="Default: by the name's ending, else CSV.")
    ] = None


InlineRow = dict[Annotated[str, Meta(pattern=COLUMN_PATTERN)], str | int | None]


class Provenance(Wire, frozen=True, kw_only=True):
    """Where the recipients of a file or of the message itself come from; a list says so itself."""

    attested_by: Annotated[Word, Meta(description="Who answers for it.")]
    supplier: Annotated[
        Word | None, Meta(description="Who supplied them; default: you collected them yourself.")
    ] = None


class Aim(Wire, frozen=True, kw_only=True):
    """People of an earlier campaign of yours that is finished, by what became of them in it."""

    campaign: Annotated[CampaignId, Meta(description="Its id; its history must still be kept.")]
    outcomes: Annotated[
        tuple[EndedAs, ...],
        Unique,
        Meta(min_length=1, description="Final outcomes; whoever ended in one of them is meant."),
    ]


class Recipients(Wire, frozen=True, kw_only=True):
    """Who is to be reached: exactly one of list, file, inline; of them, those aimed at.

    People are told apart by their ref, or by their address where rows have no ref: an aim finds
    those whose rows had the same one in the earlier campaign.
    """

    list: Annotated[
        Annotated[str, Meta(pattern=SLUG_PATTERN)] | None, Meta(description="A hosted list.")
    ] = None
    file: DropFile | None = None
    inline: Annotated[
        Annotated[tuple[InlineRow, ...], Meta(min_length=1, max_length=MAX_INLINE)] | None,
        Meta(
            description="Rows with ref, email, tel, post, postal_code, country, and template variables. "
            "The one case where personal data passes through the broker."
        ),
    ] = None
    provenance: Annotated[
        Provenance | None, Meta(description="Where a file, or inline rows, come from.")
    ] = None
    only: Annotated[Aim | None, Meta(description="Nobody but them; others are rejected.")] = None
    except_: Annotated[Aim | None, Meta(description="Everybody but them; they are rejected.")] = (
        field(default=None, name="except")
    )


class Fallback(Wire, frozen=True, kw_only=True):
    """When a recipient goes on to the next channel of the route."""

    on: Annotated[tuple[FallbackReason, ...], Unique] = (
        FallbackReason.NO_ADDRESS,
        FallbackReason.INVALID,
        FallbackReason.FAILED,
    )
    receipt_wait: Annotated[
        Duration | None,
        Meta(
            description="Go on when no good receipt came within this time: without effect yet,"
            " since no receipts are received."
        ),
    ] = None


class Schedule(Wire, frozen=True, kw_only=True):
    """When messages may leave."""

    not_before: Annotated[Instant | None, Meta(description="Default: at once.")] = None
    not_after: Annotated[
        Instant | None, Meta(description="Nothing leaves from here on; the rest is expired.")
    ] = None
    spread: Annotated[
        Duration | None, Meta(description="Spread the sending evenly over this time.")
    ] = None
    local_time: Annotated[
        Annotated[str, Meta(pattern=CLOCK_PATTERN)] | None,
        Meta(
            description="Such as 14:00: each message leaves when it is that o'clock where its"
            " recipient is, by number, postal_code and country, for the first time from not_before"
            " on. Not for urgent campaigns. With spread, each time zone is spread from there on."
        ),
    ] = None
    local_date: Annotated[
        date | None,
        Meta(description="With local_time, instead of not_before: on this day of the recipient's."),
    ] = None

    @property
    def local_minute(self) -> int | None:
        """The minute of the day of ``local_time``, from midnight."""
        if self.local_time is None:
            return None
        hours, minutes = self.local_time.split(":")
        return int(hours) * 60 + int(minutes)


class CampaignJob(Wire, frozen=True, kw_only=True):
    """One campaign: who, through which channels, with what content, why and when."""

    schema: Literal["chappe.campaign/1"]
    id: CampaignId
    controller: ControllerId
    kind: Kind
    purpose: Purpose
    relation: Relation
    basis: Basis
    recipients: Recipients
    route: Annotated[
        tuple[Channel, ...],
        Unique,
        Meta(min_length=1, description="Channels, first choice first."),
    ]
    content: Content
    fallback: Fallback = Fallback()
    schedule: Schedule = Schedule()
    priority: Priority = Priority.NORMAL
    on_doubt: OnDoubt = OnDoubt.RECORD
    history: Annotated[
        Duration | None, Meta(description="How long deliveries are kept; default: as agreed.")
    ] = None
    visits: Annotated[bool, Meta(description="Count visits of links: without effect yet.")] = False
    sectors: Annotated[
        tuple[Sector, ...] | None,
        Unique,
        Meta(
            description="What is advertised, as far as rules name it; [] for none of it. Default:"
            " what was agreed with the controller."
        ),
    ] = None
    safety: Annotated[
        bool, Meta(description="A matter of safety: no quiet hours. Service messages only.")
    ] = False
