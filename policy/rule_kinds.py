"""The closed kinds of rules, as types; a ruleset is TOML that decodes into these.

A rule can only restrict: a send is allowed when no rule denies and none defers. So the order of
rules never matters, and more rules are never looser. The pages for admins are generated from these
types, so descriptions are written for them.
"""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

Says = Meta  # ``Annotated[…, Says(description=…)]``: shown on the page of the kind

Channel = Literal["sms", "email", "voice", "fax", "post"]
Campaign = Literal["marketing", "service"]
Relation = Literal["b2c_prospect", "b2c_customer", "b2b_named", "b2b_legal"]
VoiceMode = Literal["automated", "live"]
BasisType = Literal[
    "consent",
    "soft_opt_in",
    "legitimate_interest",
    "contract",
    "legal_obligation",
    "vital_interest",
    "public_task",
]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Certainty = Literal["law", "guidance", "contract", "house"]
Layer = Literal["platform", "controller", "campaign"]
Word = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$(?!\n)",
        title="a word such as fr.sms-2 (lower-case letters, digits, . _ -)",
    ),
]
Country = Annotated[
    str, Meta(pattern=r"^[A-Z]{2}$(?!\n)", title="a country code in capitals such as FR")
]
Clock = Annotated[
    str,
    Meta(
        pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$(?!\n)",
        title='a time of day from "00:00" to "24:00"',
    ),
]


class _Part(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of everything in a ruleset."""


class Selector(_Part, frozen=True, kw_only=True):
    """Which sends a rule is about: all that match every list given. Nothing given: every send.

    A fact that is unknown matches: what nobody knows is not left out of a restriction.
    """

    channels: Annotated[
        tuple[Channel, ...], Meta(min_length=1, description="By which the send goes.")
    ] = ()
    campaigns: Annotated[
        tuple[Campaign, ...], Meta(min_length=1, description="Kinds of campaigns.")
    ] = ()
    relations: Annotated[
        tuple[Relation, ...], Meta(min_length=1, description="Who the recipients are.")
    ] = ()
    bases: Annotated[tuple[BasisType, ...], Meta(min_length=1, description="Legal bases.")] = ()
    voice_modes: Annotated[
        tuple[VoiceMode, ...], Meta(min_length=1, description="Who speaks in calls.")
    ] = ()
    purposes: Annotated[
        tuple[Word, ...], Meta(min_length=1, description="Agreed with the controller.")
    ] = ()
    sectors: Annotated[
        tuple[Word, ...], Meta(min_length=1, description="That are advertised; any of them.")
    ] = ()
    countries: Annotated[
        tuple[Country, ...], Meta(min_length=1, description="Of the recipient.")
    ] = ()
    controllers: Annotated[
        tuple[Word, ...], Meta(min_length=1, description="Names of controllers.")
    ] = ()
    except_safety: Annotated[bool, Meta(description="Not about matters of safety.")] = False


class _Rule(_Part, frozen=True, kw_only=True, tag_field="kind"):
    """What every rule says.

    id          unique in its ruleset, such as ``fr.sms.hours``
    source      the law, contract or house decision behind it, in words
    certainty   ``law``, ``guidance`` (an authority's page), ``contract``, ``house``
    """

    id: Annotated[Word, Says(description="Its name, unique in the ruleset.")]
    source: Annotated[
        str, Meta(min_length=3, description="The text or decision behind it, in words.")
    ]
    certainty: Annotated[Certainty, Says(description="How firm that is.")]
    when: Annotated[Selector, Says(description="Which sends it is about. Default: all.")] = (
        Selector()
    )
    valid_from: Annotated[date | None, Says(description="The first day.")] = None
    valid_to: Annotated[date | None, Meta(description="The last day, included.")] = None


class Permitted(_Part, frozen=True, kw_only=True):
    """One legal basis that is enough, with the proof it needs."""

    type: Annotated[BasisType, Says(description="The basis.")]
    proof: Annotated[
        tuple[str, ...], Meta(description="What must be said: names of evidence.")
    ] = ()
    true: Annotated[tuple[str, ...], Meta(description="What must be said to be so.")] = ()
    channel_covered: Annotated[
        bool, Meta(description="The proof must name the channel of the send.")
    ] = False


class Basis(_Rule, frozen=True, kw_only=True, tag="basis"):
    """Only on one of these legal bases. Whom no rule of this kind speaks about is not contacted.

    In layers that are put together, those of lower layers cover nobody: they must not open what
    the platform is silent about.
    """

    one_of: Annotated[
        tuple[Permitted, ...], Says(description="The bases; none: nothing is enough.")
    ] = ()
    covers: Annotated[
        bool,
        Meta(description="`false`: it only restricts; another rule must speak about the send."),
    ] = True


class Content(_Rule, frozen=True, kw_only=True, tag="content"):
    """The content must say all of this."""

    must_say: Annotated[tuple[str, ...], Meta(min_length=1, description="All that it must say.")]


class Screen(_Rule, frozen=True, kw_only=True, tag="screen"):
    """No sensitive data of these kinds, in content or columns."""

    refuse: Annotated[
        tuple[str, ...], Meta(min_length=1, description="Kinds of data; `words`: every list.")
    ]


class Window(_Part, frozen=True, kw_only=True):
    """A part of the day, local time: from the first instant to before the second."""

    start: Annotated[Clock, Says(description="Open from then on.")]
    end: Annotated[Clock, Says(description="Closed from then on; `24:00` is midnight.")]


class Hours(_Rule, frozen=True, kw_only=True, tag="hours"):
    """Only on these days and in these windows, in the recipient's own time.

    Where the recipient may be in several places, only when it is open in all of them.
    """

    days: Annotated[
        tuple[Day, ...], Meta(min_length=1, description="Days of the week that are open.")
    ] = (*("mon", "tue", "wed", "thu", "fri", "sat", "sun"),)
    windows: Annotated[
        tuple[Window, ...], Meta(min_length=1, description="Parts of those days that are open.")
    ]
    holidays: Annotated[bool, Meta(description="Whether public holidays are open.")] = True
    local_holidays: Annotated[
        bool, Meta(description="Whether those of a part of the country are.")
    ] = True


class Cap(_Rule, frozen=True, kw_only=True, tag="cap"):
    """At most so many contacts of a person in so many days, today included."""

    most: Annotated[int, Meta(ge=1, description="Contacts, the one that is asked about included.")]
    days: Annotated[int, Meta(ge=1, le=366, description="Calendar days, local to the recipient.")]
    scope: Annotated[
        Literal["controller", "platform"], Says(description="Whose contacts count.")
    ] = "controller"
    counts: Annotated[
        tuple[Channel, ...], Meta(description="Channels that count. None: that of the send.")
    ] = ()


class Pause(_Rule, frozen=True, kw_only=True, tag="pause"):
    """After a refusal no contact for so many full days."""

    days: Annotated[int, Meta(ge=1, le=3660, description="Full days, after the one it was on.")]


class Numbers(_Rule, frozen=True, kw_only=True, tag="numbers"):
    """Only numbers of these kinds, and of these countries where some are named."""

    kinds: Annotated[tuple[str, ...], Meta(min_length=1, description="That are contacted.")]
    countries: Annotated[
        tuple[Country, ...], Says(description="Of the number. None: of every country.")
    ] = ()


class Addresses(_Rule, frozen=True, kw_only=True, tag="addresses"):
    """No email addresses of these roles."""

    refuse: Annotated[
        tuple[Literal["person", "role", "technical"], ...],
        Meta(min_length=1, description="Roles that are not contacted."),
    ]


class Sender(_Rule, frozen=True, kw_only=True, tag="sender"):
    """Who may be shown as the sender."""

    kinds: Annotated[tuple[str, ...], Meta(min_length=1, description="That may be shown.")]
    approved: Annotated[bool, Meta(description="Only senders approved for the controller.")] = False


class Sector(_Rule, frozen=True, kw_only=True, tag="sector"):
    """Nothing that advertises these, except on one of these bases."""

    refuse: Annotated[tuple[Word, ...], Meta(min_length=1, description="Sectors, in your words.")]
    except_bases: Annotated[
        tuple[BasisType, ...], Says(description="On which the rule says nothing.")
    ] = ()


class OppositionList(_Rule, frozen=True, kw_only=True, tag="opposition_list"):
    """Nobody on a national opposition list, which must have been read lately."""

    name: Annotated[Word, Says(description="As it was imported.")]
    read_within_days: Annotated[
        int, Meta(ge=1, le=366, description="How old the copy may be, in times of 24 hours.")
    ]
    except_bases: Annotated[
        tuple[BasisType, ...], Says(description="On which the rule says nothing.")
    ] = ()


class ConsentAge(_Rule, frozen=True, kw_only=True, tag="consent_age"):
    """What proves the basis is no older than this."""

    evidence: Annotated[str, Says(description="The name of a day.")]
    months: Annotated[int, Meta(ge=1, le=600, description="Calendar months since that day.")]


class Provenance(_Rule, frozen=True, kw_only=True, tag="provenance"):
    """Somebody answers for where the contact list comes from."""

    suppliers: Annotated[
        bool, Meta(description="Whether lists that somebody else supplied are open.")
    ] = True


class Region(_Rule, frozen=True, kw_only=True, tag="region"):
    """The provider processes data in one of these countries."""

    countries: Annotated[
        tuple[Country, ...], Meta(min_length=1, description="Where data may be processed.")
    ]


class Volume(_Rule, frozen=True, kw_only=True, tag="volume"):
    """No campaign larger than this, unless other people approved it.

    ``most`` 0: every campaign. ``first_use``: only the first one by a channel.
    """

    most: Annotated[int, Meta(ge=0, description="Recipients.")]
    approvals: Annotated[int, Meta(ge=0, le=5, description="That open it; 0: none does.")] = 0
    first_use: Annotated[
        bool, Says(description="Only where the controller never sent by the channel.")
    ] = False


class Ban(_Rule, frozen=True, kw_only=True, tag="ban"):
    """Nothing at all: whatever the selector matches is not sent."""


Rule = (
    Basis
    | Content
    | Screen
    | Hours
    | Cap
    | Pause
    | Numbers
    | Addresses
    | Sender
    | Sector
    | OppositionList
    | ConsentAge
    | Provenance
    | Region
    | Volume
    | Ban
)


class Exemption(_Part, frozen=True, kw_only=True):
    """The platform lets a controller off a rule, for a time."""

    rule: Annotated[Word, Says(description="Its id.")]
    controller: Annotated[Word, Says(description="Who is let off.")]
    reason: Annotated[str, Meta(min_length=3, description="Why.")]
    author: Annotated[str, Meta(min_length=1, description="Who decided it.")]
    until: Annotated[date, Meta(description="The last day, included.")]


class LocalHoliday(_Part, frozen=True, kw_only=True):
    """A public holiday of some places: the same day each year."""

    places: Annotated[tuple[str, ...], Meta(min_length=1)]
    month: Annotated[int, Meta(ge=1, le=12)]
    day: Annotated[int, Meta(ge=1, le=31)]
    source: Annotated[str, Meta(min_length=3)]


class Ruleset(_Part, frozen=True, kw_only=True):
    """A ruleset as it is written.

    zone     in which its dates are read, beside the recipient's own
    """

    name: Word
    title: Annotated[str, Meta(min_length=1)]
    layer: Layer
    zone: str = "UTC"
    rule: tuple[Rule, ...] = ()
    exemption: tuple[Exemption, ...] = ()
    local_holiday: tuple[LocalHoliday, ...] = ()
