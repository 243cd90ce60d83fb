"""The contract between the dispatch core and everything that talks to a provider.

The core journals a *slice* of recipients and then hands it to a connector, which pulls messages
from it. The order of calls on one position is always ``take`` → ``gate`` → ``settle``; what a
connector never takes, or takes without passing its gate, is certainly not sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Channel(StrEnum):
    """A way to reach a person."""

    SMS = "sms"
    EMAIL = "email"
    VOICE = "voice"
    FAX = "fax"
    POST = "post"


class AddressKind(StrEnum):
    """What a channel needs to know of a person; several channels share one kind."""

    TEL = "tel"
    EMAIL = "email"
    POST = "post"


ADDRESS_KIND: Mapping[Channel, AddressKind] = {
    Channel.SMS: AddressKind.TEL,
    Channel.VOICE: AddressKind.TEL,
    Channel.FAX: AddressKind.TEL,
    Channel.EMAIL: AddressKind.EMAIL,
    Channel.POST: AddressKind.POST,
}


class SendKind(StrEnum):
    """What became of one message, as far as the connector knows."""

    SENT = "sent"  # the provider took responsibility
    NOT_ACCEPTED = "not_accepted"  # certainly not sent; may be tried again later or elsewhere
    REFUSED = "refused"  # certainly not sent, and a definite no: no retry, no failover
    INVALID = "invalid"  # the address (or this recipient's data) cannot be served
    IN_DOUBT = "in_doubt"  # the provider may or may not have it


class Effect(StrEnum):
    """What else the core must do because of a result."""

    NONE = "none"
    SUPPRESS = "suppress"  # never contact this address again on this channel
    OPEN_BREAKER = "open_breaker"  # our own set-up is at fault: stop using the connector
    SLOW_DOWN = "slow_down"  # the provider throttles
    STOP_CAMPAIGN = "stop_campaign"  # the content is at fault: pause the campaign


@dataclass(frozen=True, slots=True)
class SendResult:
    """The answer for one position.

    reason        a short machine word from the connector's own table (``mailbox_unknown``,
                  ``throttled``); never free text of the provider, which may quote an address
    retry_after   seconds to wait at least before another try; None: the core's own back-off
    provider_ref  the provider's id for the message, when it gave one
    units         what is billed: SMS parts, pages, letters; 1 for an email
    """

    kind: SendKind
    reason: str = ""
    effect: Effect = Effect.NONE
    provider_ref: str | None = None
    units: int = 1
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Addressee:
    r"""One recipient on one channel, as a composer sees it.

    position         place in the block: names the recipient between core and connector
    address          normalised: E.164, email address, or six postal lines joined by ``\\n``
    reference        our delivery reference: authenticated, lower-case ``[a-z0-9.-]``, at most 44
                     characters; fixed before sending, so that receipts find their delivery
    values           template variables of the row; None means that the row has no value
    unsubscribe_url  the person's own one-click link
    """

    position: int
    address: str
    reference: str
    values: Mapping[str, str | None]
    unsubscribe_url: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A composed message, ready for a connector of its channel.

    ``parts`` is the channel's own payload: for email ``EmailParts``, for SMS ``TextParts``.
    """

    position: int
    reference: str
    to: str
    parts: object


@dataclass(frozen=True, slots=True)
class ContentFacts:
    """Facts about a campaign's content on one channel; the policy judges them.

    Nothing here is a person's: it is about the template.
    """

    variables: frozenset[str]
    has_sender_identity: bool
    has_unsubscribe: bool  # visible link (email), STOP mention (SMS), opposition mention (post)
    units: int = 1  # for a typical recipient
    shows_link: bool = False  # the person's own unsubscribe link stands in the text
    faults: tuple[str, ...] = ()  # syntax errors and impossible senders, each a sentence


class UnusableRecipient(Exception):
    """This recipient cannot be served on this channel, e.g. a variable is missing.

    ``reason`` becomes the reason of an ``invalid`` outcome, such as ``missing:prenom``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnusableContent(Exception):
    """The content of a campaign cannot be compiled; ``faults`` says each thing wrong."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


class Composer(Protocol):
    """Turns recipients into messages; compiled once per campaign and channel."""

    @property
    def facts(self) -> ContentFacts:
        """What the content is like."""
        ...

    def compose(self, addressee: Addressee) -> Message:
        """Render one message.

        Raises UnusableRecipient: a variable is missing or a value cannot be sent.
        """
        ...


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a campaign speaks for, as far as messages show it.

    controller     the client's id, for the List-ID
    return_domain  domain of the VERP return path and of Message-ID
    campaign       the client's own campaign id
    marketing      whether unsubscribe headers are due
    """

    controller: str
    campaign: str
    return_domain: str
    marketing: bool = True


class Idempotency(StrEnum):
    """Whether handing the same reference over twice is harmless at this provider."""

    NONE = "none"
    KEY = "key"  # the provider drops a second message with the same key
    NAME = "name"  # the message's name is its identity, e.g. a file that is replaced


@dataclass(frozen=True, slots=True)
class Traits:
    """What the core must know of a connector to drive it.

    slice_limit     most recipients per slice: about a second of work
    concurrent      most slices at a time in one process
    per_second      most messages per second over all processes; None: no limit
    """

    slice_limit: int
    idempotency: Idempotency = Idempotency.NONE
    concurrent: int = 2
    per_second: float | None = None


class Slice(Protocol):
    """The part of a batch handed over at once; already journalled.

    The three calls are made on the connector's event loop and do not block.
    """

    def take(self) -> Message | None:
        """Return the next message; None: nothing left, stopped, or too late."""
        ...

    def gate(self, position: int) -> bool:
        """Ask just before the point of no return. False: it is too late, do not send.

        After a False the connector settles nothing for this position: it is not sent.
        """
        ...

    def settle(self, position: int, result: SendResult) -> None:
        """Say what became of a taken position; once each, in any order."""
        ...


class Connector(Protocol):
    """One provider's protocol. Holds its connection pool and nothing else."""

    name: str
    channel: Channel
    traits: Traits

    async def hand_over(self, slice: Slice) -> None:  # noqa: A002 (the field's word)
        """Send what the slice gives; return when every taken position is settled.

        A position whose gate said False needs no settling. When cancelled, a connector closes
        the connections that wait for an answer for this slice and lets the cancellation pass.

        Raises ConnectorUnavailable (``channels.errors``): the provider could not be reached at
        all; what was taken is settled, the rest of the slice was not sent.
        """
        ...

    async def probe(self) -> SendResult:
        """Connect and authenticate without sending anything: SENT when it would work."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectorConfig:
    """How one connector is set up, decoded once from its row and secrets.

    options  per connector kind, documented in its module: for ``smtp`` ``url``, ``connections``,
             ``ca_file`` …; for ``outbox`` ``folder``
    answer_timeout  seconds to wait for an answer after the point of no return
    """

    name: str
    kind: str
    channel: Channel
    options: Mapping[str, str] = field(default_factory=dict)
    answer_timeout: float = 120.0
