"""Facts of sends and parts of rules, for the tests of the rules."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TypeVar

from policy.facts import CampaignKind
from policy.holiday_calendar import Holidays
from policy.rule_kinds import Window
from policy.send_facts import ContentFacts, Evidence, Millis, RecipientFacts, SendFacts
from policy.send_reasons import Judgement, SendReason

R = TypeVar("R")
HOLIDAYS = Holidays()
NOW = int(datetime(2026, 11, 24, 10, 0, tzinfo=UTC).timestamp() * 1000)
TODAY = date(2026, 11, 24)
DAY = 86_400_000
PROOF: Evidence = {
    "given_at": date(2026, 5, 4),
    "method": "form",
    "text_version": "v3",
    "source": "site",
    "channels": frozenset({"sms", "email"}),
}
SEND = SendFacts(
    controller="ctl_1",
    kind=CampaignKind.MARKETING,
    purpose="offres",
    relation="b2c_prospect",
    basis="consent",
    channel="sms",
    sectors=frozenset({"toys"}),
    evidence=PROOF,
    content=ContentFacts(
        sender_identity=True, stop=True, unsubscribe_link=False, findings=frozenset()
    ),
    sender="Dupuis",
    sender_kind="alphanumeric",
    approved_senders=frozenset({"Dupuis"}),
    connector_country="FR",
    size=1_000,
    first_use=False,
    list_attested=True,
)
RECIPIENT = RecipientFacts(country="FR", number_kind="mobile", places=frozenset({"75"}))
ALL_DAY = (Window(start="00:00", end="24:00"),)


def millis(text: str) -> Millis:
    """Return an ISO 8601 instant as milliseconds since the epoch."""
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def sending(**facts: object) -> SendFacts:
    """Return the usual send, but for some facts."""
    return replace(SEND, **facts)  # type: ignore[arg-type]


def reaching(**facts: object) -> RecipientFacts:
    """Return the usual recipient, but for some facts."""
    return replace(RECIPIENT, **facts)  # type: ignore[arg-type]


def why(judgement: Judgement | None) -> tuple[SendReason, str] | None:
    """Return what a judgement says, without the rest."""
    return None if judgement is None else (judgement.reason, judgement.subject)


def asking(
    judge: Callable[[R, SendFacts, RecipientFacts, Millis, Holidays], Judgement | None],
    rule: R,
    send: SendFacts = SEND,
    recipient: RecipientFacts = RECIPIENT,
    now: Millis = NOW,
) -> tuple[SendReason, str] | None:
    """Return what a rule says against the usual send to the usual recipient, but for some facts."""
    return why(judge(rule, send, recipient, now, HOLIDAYS))
