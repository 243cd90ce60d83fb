"""Why somebody is contacted or not: every rule, what it looked at, and no address."""

import msgspec
import pytest

from channels.contract import Channel
from engine.clock import HOUR
from engine.policy_explaining import Reasons, explain
from engine.store.kills import KillKind
from engine.subjects import REF, Subject
from engine.switching_off import Target, kill
from policy.decision import Verdict
from policy.send_reasons import SendReason
from tests.open_rules import OPEN, lay_down
from tests.scenarios.campaign import Campaign
from tests.scenarios.hands import NOON
from tests.scenarios.site import Site
from tests.scenarios.sweeping import sweep_everything

RULES = (
    OPEN
    + """
[[rule]]
kind = "addresses"
id = "roles"
source = "for tests"
certainty = "house"
when = { channels = ["email"] }
refuse = ["role"]

[[rule]]
kind = "hours"
id = "office"
source = "for tests"
certainty = "house"
when = { channels = ["email"] }
windows = [{ start = "14:00", end = "18:00" }]
holidays = true

[[rule]]
kind = "hours"
id = "texts"
source = "for tests"
certainty = "house"
when = { channels = ["sms"] }
windows = [{ start = "08:00", end = "20:00" }]
"""
)
PARIS = {"postal_code": "75001", "country": "FR"}
ANA = {"ref": "c-1", "email": "ana@example.org", **PARIS}
DESK = {"ref": "c-2", "email": "info@example.org", **PARIS}
NOBODY = {"ref": "c-3", "tel": "+33639980003", **PARIS}


@pytest.fixture
def campaign(site: Site) -> Campaign:
    """A campaign by email that waits: it is 13:00 in Paris, and email opens at 14:00."""
    lay_down(site.app, RULES)
    site.provider(Channel.EMAIL, name="mail-a")
    site.provider(Channel.SMS, name="texts-a")
    made = site.submit(ANA, DESK, NOBODY, route=["email", "sms"])
    site.plan()
    return made


def of(site: Site, campaign: Campaign, ref: str, at: int | None = None) -> Reasons:
    return explain(site.app, campaign.name, campaign.controller, Subject(REF, ref), at)


def test_every_rule_has_its_say_and_what_it_waits_for_is_followed(
    site: Site, campaign: Campaign
) -> None:
    ((one, _),) = of(site, campaign, "c-1").recipients
    assert one.decision is not None
    assert (one.decision.verdict, one.decision.rule) == (Verdict.DEFER, "office")
    assert one.decision.until == NOON + HOUR
    assert one.settled is not None
    assert (one.settled[0].verdict, one.settled[1]) == (Verdict.ALLOW, NOON + HOUR)
    said = {step.rule: (step.matched, step.judgement) for step in one.steps}
    assert set(said) == {"open.basis", "roles", "office", "texts"}
    assert said["texts"] == (False, None)
    assert said["roles"] == (True, None)
    assert (one.carrier, one.channel) == ("mail-a", "email")


def test_it_is_decided_for_the_instant_that_is_asked_for(site: Site, campaign: Campaign) -> None:
    ((one, _),) = of(site, campaign, "c-1", NOON + 2 * HOUR).recipients
    assert one.decision is not None
    assert one.decision.verdict is Verdict.ALLOW


def test_what_it_says_is_what_dispatch_does(site: Site, campaign: Campaign) -> None:
    ((one, _),) = of(site, campaign, "c-2").recipients
    assert one.settled is not None
    assert one.decision is not None
    assert one.decision.reason is SendReason.ADDRESS_REFUSED
    site.finish()
    after = of(site, campaign, "c-2")
    assert [story.outcome for story in after.explanation.stories] == ["denied"]
    (leg,) = after.explanation.stories[0].legs
    assert leg.reason == f"{one.decision.reason.value}:{one.decision.rule}"


def test_facts_are_shown_by_name_and_no_address(site: Site, campaign: Campaign) -> None:
    told = of(site, campaign, "c-1")
    facts = told.recipients[0][0].facts
    assert facts is not None
    assert (facts["recipient.places"], facts["recipient.role"]) == ("75", "person")
    assert facts["connector_country"] == "FR"
    assert b"ana@" not in msgspec.json.encode([dict(facts), list(map(str, told.recipients[0]))])


def test_whoever_has_no_address_is_not_decided_about(site: Site, campaign: Campaign) -> None:
    ((one, other),) = of(site, campaign, "c-3").recipients
    assert (one.reach, one.decision, one.steps) == ("no_address", None, ())
    assert (other.reach, other.decision is not None) == ("", True)


def test_an_opposition_and_a_kill_are_told_beside_the_rules(site: Site, campaign: Campaign) -> None:
    site.oppose("ana@example.org")
    kill(site.app, Target(KillKind.CHANNEL, "email"), "x")
    told = of(site, campaign, "c-1")
    assert [one.reason for one in told.explanation.opposed] == ["objection"]
    assert [one.target for one in told.kills.values()] == ["email"]


def test_layers_that_hold_are_named_and_without_any_nothing_is_sent(
    site: Site, campaign: Campaign
) -> None:
    assert [row.layer for row in of(site, campaign, "c-1").layers] == ["platform"]
    before = of(site, campaign, "c-1", -1)
    assert (before.recipients, before.layers) == ((), ())
    assert "nothing is sent" in before.silent


def test_once_its_recipients_are_forgotten_only_what_was_recorded_is_told(
    site: Site, campaign: Campaign
) -> None:
    site.finish()
    sweep_everything(site)
    told = of(site, campaign, "c-1")
    assert [story.outcome for story in told.explanation.stories] == ["sent"]
    assert told.recipients == ()
    assert "forgotten" in told.silent


def test_whoever_is_not_of_the_campaign_is_told_so(site: Site, campaign: Campaign) -> None:
    told = of(site, campaign, "c-9")
    assert (told.explanation.stories, told.recipients, told.silent) == ((), (), "")
