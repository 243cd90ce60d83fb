"""A campaign that waits says what for; one that runs well says nothing."""

from collections.abc import Callable

from channels.contract import Channel, Traits
from engine import connectors
from engine.clock import SECOND
from ops.cli.showing import campaign_shown
from tests.scenarios.campaign import Campaign, Json
from tests.scenarios.hands import NOON
from tests.scenarios.provider import BUSY, SENT, THROTTLED, UNKNOWN
from tests.scenarios.site import Site, after, people

Sites = Callable[..., Site]


def waits_for(site: Site, campaign: Campaign) -> tuple[str, ...]:
    return campaign_shown(campaign.overview, site.clock.now()).waits_for


def tries(campaign: Campaign) -> list[tuple[str, int, int]]:
    return [(one.reason, one.recipients, one.soonest - NOON) for one in campaign.overview.tries]


def test_who_waits_for_another_try_is_shown_with_the_cause_and_the_instant(site: Site) -> None:
    relay = site.provider()
    relay.script = {f"p{number}@example.org": [BUSY] for number in range(3)}
    campaign = site.submit(*people(7))
    site.run()
    assert campaign.waiting == 3
    assert tries(campaign) == [("busy", 3, 30 * SECOND)]
    (said,) = waits_for(site, campaign)
    assert said.startswith("3 wait for another try at ")
    assert said.endswith("30 UTC: busy")
    site.finish()
    assert (tries(campaign), waits_for(site, campaign)) == ([], ())


def test_the_cause_that_most_were_given_is_shown(site: Site) -> None:
    relay = site.provider(traits=Traits(slice_limit=2))
    relay.script = {"p0@example.org": [BUSY], "p1@example.org": [THROTTLED]}
    relay.script |= {"p2@example.org": [THROTTLED]}
    campaign = site.submit(*people(9))
    site.run()
    for _ in range(3):  # a provider that throttles is given a pause
        site.clock.move(5)
        site.run()
    ((reason, recipients, _),) = tries(campaign)
    assert (reason, recipients) == ("throttled", 3)


def test_those_of_a_batch_that_goes_on_are_shown_too(site: Site) -> None:
    relay = site.provider(usual=THROTTLED, traits=Traits(slice_limit=2))
    campaign = site.submit(*people(6))
    site.run()
    assert tries(campaign) == [("throttled", 2, 30 * SECOND)]
    relay.usual = SENT
    site.clock.move(5)
    site.run()
    assert tries(campaign) == [("throttled", 2, 30 * SECOND)]
    site.finish()
    assert campaign.outcomes == {"sent": 6}


def test_the_cause_is_the_last_one(site: Site) -> None:
    relay = site.provider()
    relay.script = {"p0@example.org": [BUSY, THROTTLED]}
    campaign = site.submit(*people(1))
    site.run()
    assert tries(campaign)[0][0] == "busy"
    site.clock.move(30)
    site.run()
    assert tries(campaign)[0][0] == "throttled"


def test_who_cannot_be_tried_again_in_time_is_not_promised_a_try(site: Site) -> None:
    site.provider(usual=BUSY)
    campaign = site.submit(*people(1), schedule={"not_after": after(20)})
    site.run()
    (said,) = waits_for(site, campaign)
    assert said.startswith("1 is not tried again before the end at ")


def test_a_cancelled_campaign_waits_for_nothing(site: Site) -> None:
    relay = site.provider(usual=BUSY)
    campaign = site.submit(*people(3))
    site.run()
    connectors.disable(site.app, relay.name)
    campaign.cancel()
    assert campaign.state == "cancelling"
    assert (campaign.overview.troubles, waits_for(site, campaign)) == ((), ())


def test_a_connector_that_is_switched_off_is_no_trouble_while_another_one_serves(
    site: Site,
) -> None:
    off, serves = site.provider(), site.provider()
    site.provider(attested=None)
    connectors.disable(site.app, off.name)
    campaign = site.submit(*people(3), schedule={"spread": "PT1H"})
    site.run()
    assert waits_for(site, campaign) == ()
    connectors.disable(site.app, serves.name)
    assert len(waits_for(site, campaign)) == 3


def test_a_channel_on_which_nobody_waits_is_no_trouble(site: Site) -> None:
    mails, texts = site.provider(), site.provider(Channel.SMS)
    mails.script = {"p0@example.org": [UNKNOWN]}
    rows: list[Json] = [{"ref": "r0", **people(1)[0], "tel": "0639980001"}]
    campaign = site.submit(
        *rows,
        route=["email", "sms"],
        fallback={"on": ["invalid"]},
        schedule={"not_before": after(60)},
    )
    site.run()
    connectors.disable(site.app, texts.name)
    assert not campaign.overview.troubles
    site.clock.move(61)
    site.run()
    (trouble,) = campaign.overview.troubles
    assert trouble.connector == texts.name
