"""Denied recipients: counted, told with the rule, and never reached some other way."""

from channels.contract import Channel
from engine import campaign_audit
from engine.explain import explain
from engine.subjects import Subject
from tests.open_rules import lay_down
from tests.scenarios.site import Site
from tests.scenarios.written_rules import hours, rule, ruleset

ROLES = rule("addresses", "no.roles", refuse=["role", "technical"])
NUMBERS = rule("numbers", "fr.numbers", kinds=["fixed"])


def test_who_is_denied_is_told_with_the_reason_and_the_rule(site: Site) -> None:
    lay_down(site.app, ruleset(ROLES))
    relay = site.provider()
    campaign = site.submit({"email": "info@b.test"}, {"email": "p.martin@b.test"})
    site.run()
    assert relay.addresses == ["p.martin@b.test"]
    assert campaign.outcomes == {"sent": 1, "denied": 1}
    assert campaign.reasons == {("sent", ""): 1, ("denied", "address_refused:no.roles"): 1}
    (story,) = explain(site.app, campaign.name, None, Subject("email", "info@b.test")).stories
    assert (story.outcome, story.legs[0].reason) == ("denied", "address_refused:no.roles")
    audit = campaign_audit.audit(site.app, campaign.name, campaign.controller)
    assert audit.holds
    (finished,) = campaign.events("finished")
    assert finished["outcomes"]["denied"] == 1


def test_who_is_denied_on_one_channel_is_not_reached_by_the_next(site: Site) -> None:
    lay_down(site.app, ruleset(NUMBERS))
    relay, texts = site.provider(), site.provider(Channel.SMS)
    both = {"ref": "c-1", "tel": "+33639980001", "email": "p@example.org"}
    campaign = site.submit(both, {"ref": "c-2", "email": "q@example.org"}, route=["sms", "email"])
    site.run()
    assert texts.asked == []
    assert relay.addresses == ["q@example.org"]  # without a number there was nothing to deny
    assert campaign.reasons[("denied", "number_refused:fr.numbers")] == 1
    assert campaign.outcomes == {"denied": 1, "sent": 1}
    assert campaign.finished


def test_a_denial_beats_a_deferral(site: Site) -> None:
    lay_down(site.app, ruleset(ROLES, hours("02:00", "03:00")))
    site.provider()
    rows = [{"email": f"{name}@b.test", "country": "GF"} for name in ("info", "p.martin")]
    campaign = site.submit(*rows)
    site.run()
    assert campaign.reasons == {("denied", "address_refused:no.roles"): 1}
    assert campaign.waiting == 1


def test_an_opposition_is_told_before_any_rule(site: Site) -> None:
    lay_down(site.app, ruleset(ROLES))
    site.provider()
    site.oppose("info@b.test")
    campaign = site.submit({"email": "info@b.test"})
    site.run()
    assert campaign.outcomes == {"suppressed": 1}


def test_no_rule_that_speaks_about_a_recipient_permits_it(site: Site) -> None:
    only_fr = rule("basis", "fr.basis", when={"countries": ["FR"]}, one_of=[{"type": "consent"}])
    head = 'name = "fr"\ntitle = "FR"\nlayer = "platform"\n'
    lay_down(site.app, head + only_fr)
    relay = site.provider()
    rows = [{"email": f"{code.lower()}@b.test", "country": code} for code in ("FR", "DE")]
    campaign = site.submit(*rows)
    site.run()
    assert relay.addresses == ["fr@b.test"]
    assert campaign.reasons[("denied", "not_covered")] == 1
