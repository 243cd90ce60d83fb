"""A campaign that rules on volume hold back leaves once enough other people approved it."""

from dataclasses import replace

import pytest

from engine import audit
from engine.app import App
from engine.approvals import ApprovalFault, Approved, approve
from engine.audit import Act
from tests.open_rules import OPEN, lay_down
from tests.scenarios.campaign import Campaign
from tests.scenarios.site import ACCOUNT, Site, people

LARGE = """
[[rule]]
kind = "volume"
id = "large"
source = "for tests"
certainty = "house"
most = 2
approvals = {approvals}
"""


def named(app: App, actor: str) -> App:
    return replace(app, settings=app.settings.model_copy(update={"actor": actor}))


def approved(site: Site, campaign: Campaign, actor: str) -> Approved:
    return approve(named(site.app, actor), campaign.name, campaign.controller)


@pytest.fixture
def held_back(site: Site) -> Campaign:
    """A campaign of three, of which two approvals are asked."""
    lay_down(site.app, OPEN + LARGE.format(approvals=2))
    site.provider()
    return site.submit(*people(3))


def test_it_waits_until_the_last_approval_that_it_needs(site: Site, held_back: Campaign) -> None:
    site.run()
    assert (held_back.state, held_back.waiting) == ("paused", 3)
    first = approved(site, held_back, "ana")
    assert (first.lacking, first.resumed) == (1, False)
    site.run()
    assert held_back.waiting == 3
    second = approved(site, held_back, "bea")
    assert (second.lacking, second.resumed) == (0, True)
    assert [actor for actor, _ in held_back.overview.approvals] == ["ana", "bea"]
    site.finish()
    assert held_back.outcomes == {"sent": 3}
    assert len(site.events("resumed")) == 1


def test_nobody_approves_twice(site: Site, held_back: Campaign) -> None:
    site.run()
    approved(site, held_back, "ana")
    again = approved(site, held_back, "ana")
    assert (again.already, again.lacking, len(again.approvals)) == (True, 1, 1)
    assert held_back.state == "paused"
    acts = audit.latest(site.app, audit.Wanted(act=Act.CAMPAIGN_APPROVED), 10)
    mine = [act for act in acts if act.subject == f"campaign:{held_back.name}"]
    assert [(act.actor, audit.details_of(act)) for act in mine] == [("ana", {"approvals": 1})]


def test_whoever_submitted_it_may_not_approve_it(site: Site, held_back: Campaign) -> None:
    with pytest.raises(ApprovalFault, match="somebody else"):
        approved(site, held_back, ACCOUNT)
    assert held_back.overview.approvals == ()


def test_it_may_be_approved_before_its_recipients_are_counted(
    site: Site, held_back: Campaign
) -> None:
    for actor in ("ana", "bea"):
        assert approved(site, held_back, actor).lacking is None
    site.finish()
    assert held_back.outcomes == {"sent": 3}
    assert site.events("paused") == []


def test_one_that_an_operator_paused_for_another_reason_stays_so(site: Site) -> None:
    lay_down(site.app, OPEN + LARGE.format(approvals=1))
    site.provider()
    campaign = site.submit(*people(2))
    site.plan()
    campaign.pause()
    done = approved(site, campaign, "ana")
    assert (done.lacking, done.resumed, campaign.state) == (0, False, "paused")


def test_what_is_over_needs_no_approval(site: Site) -> None:
    site.provider()
    campaign = site.submit(*people(1))
    site.finish()
    with pytest.raises(ApprovalFault, match="finished"):
        approved(site, campaign, "ana")
    cancelled = site.submit(*people(1))
    cancelled.cancel()
    with pytest.raises(ApprovalFault, match="cancelled"):
        approved(site, cancelled, "ana")
