"""What a decision about one send may look at: plain values, gathered by the engine.

``None`` means *unknown*, and what is unknown never permits anything. Nothing here names a person:
recipients of equal facts are one class, and are decided once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from policy.facts import CampaignKind

Millis = int  # since the epoch, UTC
Evidence = Mapping[str, date | bool | str | frozenset[str]]
"""What is said in proof of the legal basis, by the names of ``EVIDENCE``."""

EVIDENCE: Mapping[str, str] = {
    "given_at": "the day consent was given",
    "method": "how consent was given",
    "text_version": "the wording that was shown",
    "source": "where consent was collected",
    "channels": "the channels that the consent covers",
    "last_purchase_at": "the day of the latest sale",
    "similar": "the goods are similar to those bought",
    "optout_offered": "an opt-out was offered at collection",
    "informed_at": "the day the person was informed",
    "job_related": "the message is tied to the person's work",
    "contract_ref": "the contract",
    "contract_active": "the contract runs",
    "related": "the message is related to the contract's object",
}


@dataclass(frozen=True, slots=True)
class ContentFacts:
    """What the content of one channel says; each None: nobody could tell.

    findings  kinds of sensitive data that were found in content or columns: ``nir``, ``card``,
              ``words:health`` …; None: not screened
    """

    sender_identity: bool | None = None
    stop: bool | None = None
    unsubscribe_link: bool | None = None
    list_unsubscribe: bool | None = None
    opposition_mention: bool | None = None
    findings: frozenset[str] | None = None

    def says(self, name: str) -> bool | None:
        """Return whether the content has what ``name`` of ``CONTENT`` stands for."""
        return {
            "sender_identity": self.sender_identity,
            "stop": self.stop,
            "unsubscribe_link": self.unsubscribe_link,
            "list_unsubscribe": self.list_unsubscribe,
            "opposition_mention": self.opposition_mention,
        }[name]


CONTENT: Mapping[str, str] = {
    "sender_identity": "who advertises",
    "stop": "how to answer STOP",
    "unsubscribe_link": "a link to unsubscribe",
    "list_unsubscribe": "the headers List-Unsubscribe and List-Unsubscribe-Post",
    "opposition_mention": "that one may object, and how",
}


@dataclass(frozen=True, slots=True)
class SendFacts:
    """One channel of a campaign through one connector: the same for all its recipients.

    relation, basis  words of the wire's closed lists
    voice_mode       ``automated`` or ``live``; None on other channels
    sectors          what is advertised, as the controller declares it; None: not said
    sender           what is shown as the sender (a name, a number, an address)
    sender_kind      ``alphanumeric``, ``short``, ``mobile``, ``platform``, ``other_number``,
                     ``address``; None: unknown
    approved_senders those that this controller may show; None: unknown
    connector_country  ISO 3166-1 alpha-2, where the provider processes data
    size             how many recipients the campaign has; None: unknown
    approvals        how many other people have approved the campaign
    first_use        whether the controller has never sent by this channel
    list_attested    whether somebody answers for where the list comes from
    list_supplier    who supplied it; None: the controller collected it itself
    """

    controller: str
    kind: CampaignKind | None
    purpose: str
    relation: str | None
    basis: str | None
    channel: str
    voice_mode: str | None = None
    safety: bool = False
    sectors: frozenset[str] | None = None
    evidence: Evidence = field(default_factory=dict)
    content: ContentFacts = ContentFacts()
    sender: str | None = None
    sender_kind: str | None = None
    approved_senders: frozenset[str] | None = None
    connector_country: str | None = None
    size: int | None = None
    approvals: int = 0
    first_use: bool | None = None
    list_attested: bool | None = None
    list_supplier: str | None = None


@dataclass(frozen=True, slots=True)
class RecipientFacts:
    """A class of recipients. Hashable: whoever has equal facts gets the same decision.

    country      ISO 3166-1 alpha-2 of the contact point; None: unknown
    number_kind  ``mobile``, ``fixed``, ``voip``, ``toll_free``, ``premium``, ``shared_cost``,
                 ``m2m``, ``short``, ``platform`` (machines call from it), ``fiction``, and
                 ``fixed_or_mobile`` where a country's plan does not tell; None on channels without
                 numbers, or unknown
    places       keys of ``policy.territory.PLACES`` where the recipient may be: several when the
                 number or postal code leaves it open, none when nothing is known
    role         of an email address: ``person``, ``role`` (info@), ``technical`` (abuse@); None
                 on other channels
    on_lists     national opposition lists: whether the contact is on it; a name that is absent is
                 unknown
    lists_read   when each national list was imported last
    contacts     earlier contacts that count for a cap: (channel, scope, instant), where scope is
                 ``controller`` (by this one: counts on the platform as well) or ``platform`` (by
                 another one). Each is listed once
    refused_at   when the person refused last, in a call
    evidence     proof of its own, which goes before the campaign's; pairs, so that it is hashable
    withdrawn    whether consent was withdrawn; None: unknown, where no ledger was asked
    """

    country: str | None = None
    number_kind: str | None = None
    places: frozenset[str] = frozenset()
    role: str | None = None
    on_lists: frozenset[tuple[str, bool]] = frozenset()
    lists_read: frozenset[tuple[str, Millis]] = frozenset()
    contacts: tuple[tuple[str, str, Millis], ...] = ()
    refused_at: Millis | None = None
    evidence: frozenset[tuple[str, date | bool | str | frozenset[str]]] = frozenset()
    withdrawn: bool | None = False
