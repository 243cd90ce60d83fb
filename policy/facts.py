"""What a decision may look at: plain values, gathered by the engine.

None means *unknown*, and unknown never permits anything. Nothing here names a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class CampaignKind(StrEnum):
    """Whether a campaign prospects or serves."""

    MARKETING = "marketing"
    SERVICE = "service"


class SourceKind(StrEnum):
    """Where a campaign's recipients come from."""

    LIST = "list"
    FILE = "file"
    INLINE = "inline"


@dataclass(frozen=True, slots=True)
class ConnectorFacts:
    """One connector that could carry a channel of the route.

    attested       whether somebody answers for who the provider is and where it processes data
    country        ISO 3166-1 alpha-2; empty: unknown
    drops_repeats  whether the provider drops a second message with the same key
    """

    name: str
    enabled: bool
    attested: bool | None
    country: str
    drops_repeats: bool | None = None


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """One channel of the route, with the connectors that this controller may use.

    content_faults  why the content cannot be used at all, each a sentence; the two facts before
                    it are unknown then
    """

    channel: str
    connectors: tuple[ConnectorFacts, ...]
    has_sender_identity: bool | None
    has_unsubscribe: bool | None
    content_faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """Where the recipients come from.

    there      whether the list or file exists
    unchanged  whether a file still has the checksum that the campaign names
    permitted  whether this way of giving recipients is open to the controller
    purposes   what a list may be used for; None for other sources
    faults     why it cannot be read, each a sentence
    """

    kind: SourceKind
    name: str
    there: bool | None
    unchanged: bool | None = True
    permitted: bool | None = True
    purposes: frozenset[str] | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EvidenceFacts:
    """What a campaign says in proof of its legal basis, where that can contradict itself.

    dated_ahead  fields that name a day which has begun nowhere on Earth
    channels     channels that consent was given for; None: not said
    """

    dated_ahead: tuple[str, ...] = ()
    channels: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class AimFacts:
    """An earlier campaign of the controller, by whose outcomes recipients are chosen.

    there     whether the controller has such a campaign
    finished  whether every recipient of it has a final outcome
    kept      whether none of those outcomes were deleted
    """

    campaign: str
    there: bool | None
    finished: bool | None
    kept: bool | None


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """A campaign as a whole.

    relation, basis    words of the wire's closed lists; None: unknown
    controller_alive   whether the contract with the controller runs
    purposes           purposes agreed with the controller, and the kind of campaign each is for
    safety             whether the campaign claims to be a matter of safety
    resend_doubt       whether it asks to send again to those in doubt
    history_agreed     whether its deliveries are kept no longer than agreed
    evidence           what is said in proof of the basis; nothing said contradicts nothing
    aims               earlier campaigns that tell who is meant
    """

    kind: CampaignKind | None
    purpose: str
    relation: str | None
    basis: str | None
    controller_alive: bool | None
    purposes: Mapping[str, CampaignKind] | None
    safety: bool
    resend_doubt: bool
    history_agreed: bool | None
    source: SourceFacts
    channels: tuple[ChannelFacts, ...]
    evidence: EvidenceFacts = EvidenceFacts()
    aims: tuple[AimFacts, ...] = ()
