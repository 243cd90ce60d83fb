"""The facts of a case, by name, as a case file gives them; and the values that decisions look at.

A fact that is not given is unknown, as it would be to the engine.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from policy import rule_kinds as words
from policy.facts import CampaignKind
from policy.local_time import instants_of
from policy.send_facts import ContentFacts, Evidence, Millis, RecipientFacts, SendFacts
from policy.territory import PLACES, places_of

NumberKind = Literal[
    "mobile",
    "fixed",
    "fixed_or_mobile",
    "voip",
    "toll_free",
    "premium",
    "shared_cost",
    "m2m",
    "short",
    "platform",
    "fiction",
]
SenderKind = Literal["alphanumeric", "short", "mobile", "platform", "other_number", "address"]
Scope = Literal["controller", "platform"]
When = Annotated[str, Meta(title="a moment such as 2026-11-24T11:00")]
Number = Annotated[
    str, Meta(pattern=r"^\+[0-9]{4,15}$(?!\n)", title="a number such as +33199001234 (no spaces)")
]
_MINUTES_AN_HOUR = 60
_SECOND = 1000
_YEARS = range(1970, 2200)


class MomentFault(ValueError):
    """Raised where a moment of a case is none, or could be several; the text says which."""


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything in a case."""


class Proof(_Part, frozen=True, kw_only=True):
    """What is said in proof of the legal basis."""

    given_at: date | None = None
    method: str | None = None
    text_version: str | None = None
    source: str | None = None
    channels: tuple[words.Channel, ...] | None = None
    last_purchase_at: date | None = None
    similar: bool | None = None
    optout_offered: bool | None = None
    informed_at: date | None = None
    job_related: bool | None = None
    contract_ref: str | None = None
    contract_active: bool | None = None
    related: bool | None = None

    def evidence(self) -> Evidence:
        """Return what is said, by the names of ``EVIDENCE``."""
        said: dict[str, date | bool | str | frozenset[str]] = {}
        for name in Proof.__struct_fields__:
            value = getattr(self, name)
            if value is not None:
                said[name] = frozenset(value) if isinstance(value, tuple) else value
        return said


class Contact(_Part, frozen=True, kw_only=True):
    """Earlier contacts at one moment. No channel: that of the case."""

    at: When
    channel: words.Channel | None = None
    scope: Scope = "controller"
    times: Annotated[int, Meta(ge=1, le=1000)] = 1


class Given(Proof, frozen=True, kw_only=True):
    """The facts of a case. What proves the basis for all recipients stands beside them.

    use     groups of facts of the file, taken first and in order; what is given here goes before
    own     proof of the recipient's own, which goes before the campaign's
    place   where the recipient is; else number, postal code and country say it as far as they do
    places  where the recipient may be, if that is several places or none
    """

    use: tuple[str, ...] | None = None
    controller: str | None = None
    kind: words.Campaign | None = None
    purpose: str | None = None
    relation: words.Relation | None = None
    basis: words.BasisType | None = None
    channel: words.Channel | None = None
    voice_mode: words.VoiceMode | None = None
    safety: bool | None = None
    sectors: tuple[words.Word, ...] | None = None
    sender_identity: bool | None = None
    stop: bool | None = None
    unsubscribe_link: bool | None = None
    list_unsubscribe: bool | None = None
    opposition_mention: bool | None = None
    findings: tuple[str, ...] | None = None
    sender: str | None = None
    sender_kind: SenderKind | None = None
    approved_senders: tuple[str, ...] | None = None
    connector_country: words.Country | None = None
    size: Annotated[int, Meta(ge=0)] | None = None
    approvals: Annotated[int, Meta(ge=0)] | None = None
    first_use: bool | None = None
    list_attested: bool | None = None
    list_supplier: str | None = None
    country: words.Country | None = None
    number: Number | None = None
    number_kind: NumberKind | None = None
    postal_code: str | None = None
    place: str | None = None
    places: tuple[str, ...] | None = None
    role: Literal["person", "role", "technical"] | None = None
    on_lists: dict[str, bool] | None = None
    lists_read: dict[str, When] | None = None
    contacts: tuple[Contact, ...] | None = None
    refused_at: When | None = None
    withdrawn: bool | None = None
    own: Proof = Proof()

    def whereabouts(self) -> frozenset[str]:
        """Return the keys of places where the recipient may be."""
        if self.place is not None:
            return frozenset((self.place,))
        if self.places is not None:
            return frozenset(self.places)
        return places_of(number=self.number, postal_code=self.postal_code, country=self.country)


_NOT_GIVEN = (None, Proof())
NAMES = tuple(name for name in Given.__struct_fields__ if name != "use")


def together(parts: Iterable[Given], unknown: Iterable[str] = ()) -> Given:
    """Return the facts of several parts; a later one goes before, and some are unknown anyway."""
    facts = {
        name: value
        for part in parts
        for name in NAMES
        if (value := getattr(part, name)) not in _NOT_GIVEN
    }
    for name in unknown:
        facts.pop(name, None)
    return Given(**facts)


def send_facts(given: Given) -> SendFacts:
    """Return what is the same for all recipients."""
    return SendFacts(
        controller=given.controller or "",
        kind=None if given.kind is None else CampaignKind(given.kind),
        purpose=given.purpose or "",
        relation=given.relation,
        basis=given.basis,
        channel=given.channel or "",
        voice_mode=given.voice_mode,
        safety=given.safety or False,
        sectors=_set(given.sectors),
        evidence=given.evidence(),
        content=ContentFacts(
            sender_identity=given.sender_identity,
            stop=given.stop,
            unsubscribe_link=given.unsubscribe_link,
            list_unsubscribe=given.list_unsubscribe,
            opposition_mention=given.opposition_mention,
            findings=_set(given.findings),
        ),
        sender=given.sender,
        sender_kind=given.sender_kind,
        approved_senders=_set(given.approved_senders),
        connector_country=given.connector_country,
        size=given.size,
        approvals=given.approvals or 0,
        first_use=given.first_use,
        list_attested=given.list_attested,
        list_supplier=given.list_supplier,
    )


def recipient_facts(given: Given) -> RecipientFacts:
    """Return what is known of the recipient. Raises ``MomentFault``."""
    places = given.whereabouts()
    contacts = tuple(
        (contact.channel or given.channel or "", contact.scope, moment(contact.at, places))
        for contact in given.contacts or ()
        for _ in range(contact.times)
    )
    refused = None if given.refused_at is None else moment(given.refused_at, places)
    return RecipientFacts(
        country=given.country,
        number_kind=given.number_kind,
        places=places,
        role=given.role,
        on_lists=frozenset((given.on_lists or {}).items()),
        lists_read=frozenset(
            (name, moment(at, places)) for name, at in (given.lists_read or {}).items()
        ),
        contacts=contacts,
        refused_at=refused,
        evidence=frozenset(given.own.evidence().items()),
        withdrawn=given.withdrawn,
    )


def moment(text: str, places: frozenset[str]) -> Millis:
    """Return an instant that is written as local time of the places, or with its own offset.

    Raises ``MomentFault`` where it is no moment there, or more than one.
    """
    try:
        shown = datetime.fromisoformat(text)
    except ValueError:
        raise MomentFault(
            f"{text!r} is no moment; write 2026-11-24T11:00 (local), or 2026-11-24T10:00Z (UTC)"
        ) from None
    if len(text) <= len("2026-11-24"):
        raise MomentFault(f"{text!r} is a day without a time; write {text}T11:00")
    if shown.year not in _YEARS:
        raise MomentFault(f"{text!r} is too far away; nothing is sent then")
    if shown.tzinfo is not None:
        return round(shown.timestamp()) * _SECOND
    zone = _zone(text, places)
    instants = instants_of(zone, shown.date(), shown.hour * _MINUTES_AN_HOUR + shown.minute)
    if len(instants) != 1:
        often = "twice" if instants else "never"
        raise MomentFault(f"clocks in {zone} show {text!r} {often}; write it in UTC, with Z")
    return instants[0] + shown.second * _SECOND


def _zone(text: str, places: frozenset[str]) -> ZoneInfo:
    zones = {PLACES[key].zone for key in places}
    if len(zones) != 1:
        why = f"{len(zones)} local times are possible" if zones else "no place is known"
        raise MomentFault(f"{why}, so {text!r} could be any moment; write it in UTC, with Z")
    return ZoneInfo(zones.pop())


def shown(at: Millis, places: frozenset[str]) -> str:
    """Return an instant in the time of the places; in UTC where they have none or several."""
    zones = sorted({PLACES[key].zone for key in places})
    zone = zones[0] if len(zones) == 1 else None
    local = datetime.fromtimestamp(at // _SECOND, ZoneInfo(zone) if zone else UTC)
    return f"{local:%Y-%m-%d %H:%M} {zone or 'UTC'}"


def _set(values: tuple[str, ...] | None) -> frozenset[str] | None:
    return None if values is None else frozenset(values)
