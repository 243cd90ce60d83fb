"""``CampaignJob``: what an upstream system puts on RabbitMQ, as types.

The published JSON Schema is generated from this file, so descriptions are written for the people
who build upstream systems. Fields may be added with a default; nothing is renamed or removed
under the same ``schema`` value. Rules that look at several fields are in ``coherence.py``.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from channels.contract import Channel
from engine.wire.instants import DURATION_PATTERN, Duration, Instant

JOB_SCHEMA = "chappe.campaign/1"
MAX_INLINE = 1000

# ``$(?!\n)``: Python's ``$`` alone also matches before a newline at the end.
CONTROLLER_PATTERN = r"^[a-z0-9-]{1,64}$(?!\n)"
_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$(?!\n)"
_SLUG_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$(?!\n)"
_ONE_LINE_PATTERN = r"^[^\u0000-\u001f\u007f]+$(?!\n)"
_FILE_PATTERN = r"^[^./\\\u0000-\u001f][^/\\\u0000-\u001f]{0,199}$(?!\n)"
_SHA256_PATTERN = r"^[0-9a-f]{64}$(?!\n)"
_COLUMN_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$(?!\n)"

PATTERN_WORDS = {  # what a fault says instead of the pattern
    CONTROLLER_PATTERN: "1 to 64 lower-case letters, digits or hyphens",
    _ID_PATTERN: "1 to 64 letters, digits, dots, hyphens or underscores, a letter or digit first",
    _SLUG_PATTERN: "1 to 64 lower-case letters, digits, dots, hyphens or underscores",
    _ONE_LINE_PATTERN: "one line of text without control characters",
    _FILE_PATTERN: "a file name without folder and without a dot in front",
    _SHA256_PATTERN: "64 lower-case hexadecimal digits",
    _COLUMN_PATTERN: "column names of letters, digits and underscores",
    DURATION_PATTERN: "an ISO 8601 duration such as P2Y, P30D or PT6H",
}

Unique = Meta(extra_json_schema={"uniqueItems": True})
ControllerId = Annotated[
    str, Meta(pattern=CONTROLLER_PATTERN, description="The client: lower-case, digits, hyphens.")
]
CampaignId = Annotated[
    str,
    Meta(pattern=_ID_PATTERN, description="Your id, unique per controller while history lasts."),
]
Purpose = Annotated[
    str, Meta(pattern=_SLUG_PATTERN, description="What the campaign is for, as agreed before.")
]
Sector = Annotated[str, Meta(pattern=_SLUG_PATTERN, description="Such as energy_works.")]
Text = Annotated[str, Meta(min_length=1, description="A template; variables as {{ name }}.")]
OneLine = Annotated[str, Meta(pattern=_ONE_LINE_PATTERN, max_length=500)]
Word = Annotated[str, Meta(pattern=_ONE_LINE_PATTERN, max_length=200)]
_WHO = (
    "Who speaks or writes, a must in marketing, with {{ stop }} or {{ unsubscribe_url }} in text."
)
Advertiser = Annotated[Word, Meta(description=_WHO)]


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


class OnDoubt(StrEnum):
    """What to do with a recipient of whom nobody knows whether the message left."""

    RECORD = "record"
    RESEND = "resend"  # admitted only where one provider serves, which drops a second message


class FileFormat(StrEnum):
    """How a recipient file is written."""

    CSV = "csv"
    NDJSON = "ndjson"


class _Wire(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of everything in a job: immutable, unknown fields are faults."""


class Proof(_Wire, frozen=True, kw_only=True):
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


class Basis(_Wire, frozen=True, kw_only=True):
    """The legal basis of the campaign."""

    type: BasisType
    proof: Proof | None = None


class DropFile(_Wire, frozen=True, kw_only=True):
    """A file in the controller's drop folder; deleted after planning."""

    name: Annotated[str, Meta(pattern=_FILE_PATTERN, description="A name without any folder.")]
    sha256: Annotated[str, Meta(pattern=_SHA256_PATTERN, description="Of the whole file.")]
    format: Annotated[
        FileFormat | None, Meta(description="Default: by the name's ending, else CSV.")
    ] = None


InlineRow = dict[Annotated[str, Meta(pattern=_COLUMN_PATTERN)], str | int | None]


class Provenance(_Wire, frozen=True, kw_only=True):
    """Where the recipients of a file or of the message itself come from; a list says so itself."""

    attested_by: Annotated[Word, Meta(description="Who answers for it.")]
    supplier: Annotated[
        Word | None, Meta(description="Who supplied them; default: you collected them yourself.")
    ] = None


class Recipients(_Wire, frozen=True, kw_only=True):
    """Who is to be reached: exactly one of list, file, inline."""

    list: Annotated[
        Annotated[str, Meta(pattern=_SLUG_PATTERN)] | None, Meta(description="A hosted list.")
    ] = None
    file: DropFile | None = None
    inline: Annotated[
        Annotated[tuple[InlineRow, ...], Meta(min_length=1, max_length=MAX_INLINE)] | None,
        Meta(
            description="Rows with ref, email, tel, post, postal_code and template variables. "
            "The one case where personal data passes through the broker."
        ),
    ] = None
    provenance: Annotated[
        Provenance | None, Meta(description="Where a file, or inline rows, come from.")
    ] = None


class Fallback(_Wire, frozen=True, kw_only=True):
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


class SmsContent(_Wire, frozen=True, kw_only=True):
    """A text message."""

    sender: Annotated[
        str,
        Meta(pattern=_ONE_LINE_PATTERN, max_length=16, description="Name or number shown."),
    ]
    text: Text


class EmailContent(_Wire, frozen=True, kw_only=True):
    """An email; the text part is derived from the HTML when absent."""

    sender: Annotated[OneLine, Meta(description="Name <address> or a bare address.")] = field(
        name="from"
    )
    subject: OneLine
    html: Text
    text: Text | None = None
    reply_to: OneLine | None = None


class VoiceContent(_Wire, frozen=True, kw_only=True):
    """A message that a machine speaks."""

    sender: Advertiser | None = None
    text: Text


class FaxContent(_Wire, frozen=True, kw_only=True):
    """A fax."""

    sender: Advertiser | None = None
    text: Text


class PostContent(_Wire, frozen=True, kw_only=True):
    """A letter."""

    sender: Advertiser | None = None
    text: Text


class Content(_Wire, frozen=True, kw_only=True):
    """One content per channel of the route."""

    sms: SmsContent | None = None
    email: EmailContent | None = None
    voice: VoiceContent | None = None
    fax: FaxContent | None = None
    post: PostContent | None = None


class Schedule(_Wire, frozen=True, kw_only=True):
    """When messages may leave."""

    not_before: Annotated[Instant | None, Meta(description="Default: at once.")] = None
    not_after: Annotated[
        Instant | None, Meta(description="Nothing leaves from here on; the rest is expired.")
    ] = None
    spread: Annotated[
        Duration | None, Meta(description="Spread the sending evenly over this time.")
    ] = None


class CampaignJob(_Wire, frozen=True, kw_only=True):
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
