"""Whether a campaign as a whole may be sent. Pure: the same facts, the same decisions."""

from collections.abc import Callable, Iterator, Sequence

from policy.decision import Decision, ReasonCode, Verdict
from policy.facts import CampaignFacts, CampaignKind, ChannelFacts, ConnectorFacts, SourceKind

# The European Union (with Åland and the French outermost regions, which are parts of it) and the
# three other states of the European Economic Area, by ISO 3166-1. Other countries need an
# authorised transfer, which no campaign can claim yet.
EUROPEAN_UNION = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
        *("AX", "GF", "GP", "MF", "MQ", "RE", "YT"),
    }
)
EEA = EUROPEAN_UNION | {"IS", "LI", "NO"}

Rule = Callable[[CampaignFacts], Iterator[Decision]]


def decide_campaign(facts: CampaignFacts) -> tuple[Decision, ...]:
    """Return every reason to refuse a campaign; none means that it may be planned."""
    return tuple(decision for rule in RULES for decision in rule(facts))


def _deny(rule: str, reason: ReasonCode, subject: str = "") -> Decision:
    return Decision(Verdict.DENY, reason, rule, subject)


def _require(
    rule: str, reason: ReasonCode, subject: str = "", *, fact: bool | None, about: str = ""
) -> Iterator[Decision]:
    """Deny unless a fact is known to be true. ``about`` names the fact when it is unknown."""
    if fact is None:
        yield _deny(rule, ReasonCode.FACT_UNKNOWN, about or subject)
    elif not fact:
        yield _deny(rule, reason, subject)


def _contract(facts: CampaignFacts) -> Iterator[Decision]:
    """The contract runs, and the campaign says what it is."""
    rule = "contract"
    yield from _require(
        rule,
        ReasonCode.CONTROLLER_NOT_ALIVE,
        fact=facts.controller_alive,
        about="the controller",
    )
    yield from _require(
        rule,
        ReasonCode.HISTORY_NOT_AGREED,
        fact=facts.history_agreed,
        about="the agreed history",
    )
    for name, fact in (
        ("the kind of the campaign", facts.kind),
        ("the relation to the recipients", facts.relation),
        ("the legal basis", facts.basis),
    ):
        if fact is None:
            yield _deny(rule, ReasonCode.FACT_UNKNOWN, name)


def _purpose(facts: CampaignFacts) -> Iterator[Decision]:
    """The purpose was agreed, for this kind of campaign."""
    rule = "purpose"
    if facts.purposes is None:
        yield _deny(rule, ReasonCode.FACT_UNKNOWN, "the purposes agreed with the controller")
    elif facts.purpose not in facts.purposes:
        yield _deny(rule, ReasonCode.PURPOSE_NOT_PERMITTED, facts.purpose)
    elif facts.kind is not None and facts.purposes[facts.purpose] is not facts.kind:
        yield _deny(rule, ReasonCode.PURPOSE_OF_OTHER_KIND, facts.purpose)


def _evidence(facts: CampaignFacts) -> Iterator[Decision]:
    """What is said in proof of the legal basis does not contradict the campaign."""
    rule, evidence = "evidence", facts.evidence
    for name in evidence.dated_ahead:
        yield _deny(rule, ReasonCode.EVIDENCE_DATED_AHEAD, name)
    if evidence.channels is None:
        return
    for channel in facts.channels:
        if channel.channel not in evidence.channels:
            yield _deny(rule, ReasonCode.CONSENT_NOT_FOR_CHANNEL, channel.channel)


def _safety(facts: CampaignFacts) -> Iterator[Decision]:
    """Safety, which ends quiet hours, is for service messages only."""
    if facts.safety and facts.kind is not CampaignKind.SERVICE:
        yield _deny("safety", ReasonCode.SAFETY_NOT_SERVICE)


def _source(facts: CampaignFacts) -> Iterator[Decision]:
    """The recipients are there, unchanged, readable, and may be used like this."""
    rule, source = "source", facts.source
    subject = f"{source.kind} {source.name}".strip()
    yield from _require(rule, ReasonCode.RECIPIENTS_NOT_PERMITTED, subject, fact=source.permitted)
    if source.there is not True:
        yield from _require(rule, ReasonCode.RECIPIENTS_MISSING, subject, fact=source.there)
        return
    yield from _require(rule, ReasonCode.RECIPIENTS_CHANGED, subject, fact=source.unchanged)
    for fault in source.faults:
        yield _deny(rule, ReasonCode.RECIPIENTS_UNREADABLE, fault)
    if source.kind is SourceKind.LIST:
        bound = None if source.purposes is None else facts.purpose in source.purposes
        yield from _require(rule, ReasonCode.LIST_NOT_FOR_PURPOSE, subject, fact=bound)


def _aims(facts: CampaignFacts) -> Iterator[Decision]:
    """Earlier campaigns that tell who is meant have ended, and what became of it is kept."""
    rule = "aims"
    for aim in facts.aims:
        about = f"campaign {aim.campaign}"
        if aim.there is not True:
            missing = ReasonCode.AIMED_CAMPAIGN_MISSING
            yield from _require(rule, missing, aim.campaign, fact=aim.there, about=about)
            continue
        for reason, fact in (
            (ReasonCode.AIMED_CAMPAIGN_UNFINISHED, aim.finished),
            (ReasonCode.AIMED_CAMPAIGN_FORGOTTEN, aim.kept),
        ):
            yield from _require(rule, reason, aim.campaign, fact=fact, about=about)


def _connectors(facts: CampaignFacts) -> Iterator[Decision]:
    """Every channel has a provider, and none that could be used is unknown or far away."""
    for channel in facts.channels:
        yield from _providers(channel, resend_doubt=facts.resend_doubt)


def _providers(channel: ChannelFacts, *, resend_doubt: bool) -> Iterator[Decision]:
    rule = "connectors"
    enabled = [connector for connector in channel.connectors if connector.enabled]
    # Those without an attestation are never used by dispatch: one attested is enough.
    usable = [connector for connector in enabled if connector.attested]
    if not enabled:
        yield _deny(rule, ReasonCode.NO_CONNECTOR, channel.channel)
    elif not usable:
        yield _deny(rule, ReasonCode.CONNECTOR_NOT_ATTESTED, channel.channel)
    for connector in usable:
        inside = connector.country in EEA if connector.country else None
        yield from _require(
            rule,
            ReasonCode.CONNECTOR_OUTSIDE_EEA,
            connector.name,
            fact=inside,
            about=f"the country of connector {connector.name}",
        )
    if resend_doubt:
        yield from _resending(usable)


def _resending(usable: Sequence[ConnectorFacts]) -> Iterator[Decision]:
    """Only one connector may carry the channel, and its provider drops repeats.

    A provider knows what it delivered itself, and nothing of what another one did.
    """
    rule = "connectors"
    for connector in usable[:1]:
        yield from _require(
            rule,
            ReasonCode.RESEND_NOT_SAFE,
            connector.name,
            fact=connector.drops_repeats,
            about=f"repeats at connector {connector.name}",
        )
    for further in usable[1:]:
        yield _deny(rule, ReasonCode.RESEND_NOT_SAFE, further.name)


def _content(facts: CampaignFacts) -> Iterator[Decision]:
    """Every content can be compiled; a marketing one says who advertises and how to object."""
    rule = "content"
    for channel in facts.channels:
        for fault in channel.content_faults:
            yield _deny(rule, ReasonCode.CONTENT_UNUSABLE, fault)
        if channel.content_faults or facts.kind is CampaignKind.SERVICE:
            continue
        yield from _require(
            rule,
            ReasonCode.SENDER_IDENTITY_MISSING,
            channel.channel,
            fact=channel.has_sender_identity,
            about=f"the sender of the {channel.channel} content",
        )
        yield from _require(
            rule,
            ReasonCode.UNSUBSCRIBE_MISSING,
            channel.channel,
            fact=channel.has_unsubscribe,
            about=f"how to object in the {channel.channel} content",
        )


RULES: tuple[Rule, ...] = (
    _contract,
    _purpose,
    _evidence,
    _safety,
    _source,
    _aims,
    _connectors,
    _content,
)
