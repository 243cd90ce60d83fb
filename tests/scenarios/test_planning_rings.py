"""Whoever plans a campaign is left alone; planning that stands still is rung for again."""

import sqlalchemy as sa

from engine.scheduler import Scheduler
from engine.store.tables import campaigns
from tests.scenarios.campaign import Campaign
from tests.scenarios.hands import Rung
from tests.scenarios.site import Site, people

PAUSE = 5.0  # seconds after which a ring counts as lost


class Watch:
    """A scheduler that goes on from turn to turn, and what it rang for at each."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._rung = Rung()
        self._scheduler = Scheduler(site.app, self._rung, lambda _key, _body: None)

    def rings_after(self, seconds: float) -> list[int]:
        self._site.clock.move(seconds)
        self._rung.plans.clear()
        self._scheduler.turn()
        return list(self._rung.plans)


def _gets_on(site: Site, campaign: Campaign, to: str) -> None:
    """Commit a step of planning, as whoever has the campaign in hand does."""
    with site.app.db.write() as connection:
        connection.execute(
            sa.update(campaigns).where(campaigns.c.id == campaign.id).values(cursor=to)
        )


def test_a_new_campaign_is_rung_for_at_once_and_again_when_nobody_came(site: Site) -> None:
    campaign = site.submit(*people(2))
    watch = Watch(site)
    assert watch.rings_after(0) == [campaign.id]
    assert watch.rings_after(PAUSE - 0.5) == []
    assert watch.rings_after(0.5) == [campaign.id]


def test_planning_that_gets_on_is_not_given_a_second_planner(site: Site) -> None:
    campaign = site.submit(*people(2))
    watch = Watch(site)
    assert watch.rings_after(0) == [campaign.id]
    for place in range(20):
        _gets_on(site, campaign, str(place))
        assert watch.rings_after(PAUSE) == []


def test_planning_that_stops_half_way_is_rung_for_again(site: Site) -> None:
    campaign = site.submit(*people(2))
    watch = Watch(site)
    watch.rings_after(0)
    _gets_on(site, campaign, "half")
    assert watch.rings_after(PAUSE) == []
    assert watch.rings_after(PAUSE - 0.5) == []
    assert watch.rings_after(0.5) == [campaign.id]
