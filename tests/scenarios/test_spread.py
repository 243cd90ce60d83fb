"""Campaigns that are spread over a time: somebody leaves every minute, and all have left in time."""

from collections import Counter
from collections.abc import Callable

from engine.clock import MINUTE
from tests.scenarios.hands import NOON
from tests.scenarios.provider import BUSY
from tests.scenarios.site import Site, after, people

Sites = Callable[..., Site]


def test_a_spread_campaign_leaves_evenly_over_its_time(new_site: Sites) -> None:
    site = new_site(batch_size=2)
    relay = site.provider()
    campaign = site.submit(*people(10), schedule={"spread": "PT50M"})
    gone = []
    for _ in range(6):
        site.run()
        gone.append(len(relay.reached))
        site.clock.move(600)
    assert gone == [1, 3, 5, 7, 9, 10]
    assert campaign.finished


def test_a_spread_campaign_that_fits_into_one_batch_leaves_minute_by_minute(site: Site) -> None:
    relay = site.provider()
    campaign = site.submit(*people(30), schedule={"spread": "PT20M"})
    site.finish()
    assert campaign.outcomes == {"sent": 30}
    minutes = Counter((one.at - NOON) // MINUTE for one in relay.reached)
    assert sorted(minutes) == list(range(20))
    assert set(minutes.values()) == {1, 2}
    assert len(set(relay.addresses)) == 30


def test_a_spread_campaign_of_few_leaves_one_by_one(site: Site) -> None:
    relay = site.provider()
    site.submit(*people(4), schedule={"spread": "PT1H"})
    site.finish()
    assert [(one.at - NOON) // MINUTE for one in relay.reached] == [0, 15, 30, 45]


def test_another_try_in_a_spread_campaign_holds_up_nobody(site: Site) -> None:
    relay = site.provider()
    relay.script = {f"p{number}@example.org": [BUSY] for number in range(5)}
    campaign = site.submit(*people(20), schedule={"spread": "PT10M"})
    site.finish()
    assert campaign.outcomes == {"sent": 20}
    assert max(one.at for one in relay.reached) <= NOON + 10 * MINUTE
    assert campaign.overview.found.row.open_batches == 0


def test_a_spread_campaign_that_starts_late_still_ends_in_time(new_site: Sites) -> None:
    site = new_site(batch_size=2)
    relay = site.provider()
    campaign = site.submit(
        *people(10), schedule={"spread": "PT50M", "not_before": after(0), "not_after": after(3600)}
    )
    site.clock.move(25 * 60)  # nobody was there to plan it
    site.finish()
    assert campaign.outcomes == {"sent": 10}
    starts = [25 + 2.5 * place for place in range(10)]
    assert [(one.at - NOON) / MINUTE for one in relay.reached] == starts
