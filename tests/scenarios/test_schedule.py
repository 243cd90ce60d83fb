"""When campaigns leave: not before, not after, paused, cancelled."""

from collections.abc import Callable
from itertools import count
from threading import Event

import pytest
from sqlalchemy import Connection

from channels.contract import Message, Traits
from engine import checks
from engine.clock import HOUR, SECOND
from engine.store.flags import Flags, read_flags
from tests.scenarios.campaign import Campaign
from tests.scenarios.hands import NOON
from tests.scenarios.provider import BUSY
from tests.scenarios.site import Site, after, people

IN_TWOS = Traits(slice_limit=2)
PATIENCE = 10.0
Sites = Callable[..., Site]


def test_a_campaign_starts_at_its_instant_and_no_earlier(site: Site) -> None:
    relay = site.provider()
    campaign = site.submit(*people(3), schedule={"not_before": after(3600)})
    for _ in range(4):
        site.run()
        assert relay.asked == []
        assert (campaign.state, campaign.waiting) == ("planned", 3)
        site.clock.move(899.999)
    site.run()
    assert relay.asked == []
    site.clock.move(0.004)
    site.run()
    assert campaign.outcomes == {"sent": 3}
    assert min(one.at for one in relay.reached) == NOON + HOUR


def test_a_morning_campaign_is_not_sent_in_the_afternoon(site: Site) -> None:
    """Services down from 07:55 to 13:00, the campaign from 08:00 to 10:00."""
    relay = site.provider()
    window = {"not_before": after(5 * 60), "not_after": after(125 * 60)}
    campaign = site.submit(*people(3), schedule=window)
    site.plan()
    site.clock.move(5 * 3600)
    site.run()
    assert relay.asked == []
    assert campaign.outcomes == {"expired": 3}
    assert campaign.events("finished")[0]["outcomes"]["expired"] == 3


@pytest.mark.parametrize(
    ("hours", "ends"), [(71.9, "sent"), (72, "expired")], ids=["in time", "too late"]
)
def test_a_campaign_without_an_end_expires_after_three_days(
    site: Site, hours: float, ends: str
) -> None:
    relay = site.provider()
    campaign = site.submit(*people(3), schedule={"not_before": after(3600)})
    site.plan()
    site.clock.move(3600 + hours * 3600)
    site.finish()
    assert campaign.outcomes == {ends: 3}
    assert len(relay.asked) == (3 if ends == "sent" else 0)


def test_nothing_leaves_after_the_end_whatever_was_prepared_before(site: Site) -> None:
    relay = site.provider(traits=Traits(slice_limit=1))
    relay.heed = lambda message: site.clock.move(15)
    campaign = site.submit(*people(5), schedule={"not_after": after(40)})
    site.finish()
    assert [one.at - NOON for one in relay.reached] == [15 * SECOND, 30 * SECOND]
    assert campaign.outcomes == {"sent": 2, "expired": 3}


def test_everybody_who_is_left_expires_at_the_end_itself(new_site: Sites) -> None:
    """Batches that are due later, and another try that waits, do not keep it open."""
    site = new_site(batch_size=2)
    relay = site.provider(usual=BUSY)
    campaign = site.submit(*people(6), schedule={"spread": "PT10H", "not_after": after(60)})
    site.run()
    assert len(relay.asked) == 1
    site.clock.move(60)
    site.run()
    assert campaign.outcomes == {"expired": 6}
    assert campaign.finished


# --- pause and resume ----------------------------------------------------------------------------


def acting_once(site: Site, act: Callable[[], None]) -> Callable[[Message], None]:
    """Act while the first message is on its way; what was checked before grows old then."""
    left = [act]

    def heed(message: Message) -> None:
        if left:
            left.pop()()
            site.clock.move(2)

    return heed


def test_nothing_leaves_while_a_campaign_is_paused(site: Site) -> None:
    relay = site.provider(traits=IN_TWOS)
    campaign = site.submit(*people(6))
    relay.heed = acting_once(site, campaign.pause)
    site.run()
    for _ in range(3):
        site.clock.move(3600)
        site.run()
    assert len(relay.asked) == 1
    assert (campaign.state, campaign.waiting) == ("paused", 5)
    campaign.resume()
    site.run()
    assert campaign.outcomes == {"sent": 6}
    assert [len(campaign.events(kind)) for kind in ("paused", "resumed", "finished")] == [1, 1, 1]


def test_pausing_again_and_again_loses_and_repeats_nobody(site: Site) -> None:
    relay = site.provider(traits=Traits(slice_limit=1))
    campaign = site.submit(*people(5))
    for _ in range(4):
        relay.heed = acting_once(site, campaign.pause)
        site.run()
        campaign.resume()
        site.clock.move(2)
    site.finish()
    assert sorted(relay.asked) == sorted(set(relay.asked))
    assert campaign.outcomes == {"sent": 5}


def test_a_pause_that_a_frozen_worker_missed_is_seen_before_the_slice_leaves(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = site.provider(traits=IN_TWOS)
    campaign = site.submit(*people(6))
    looked, paused = Event(), Event()
    slices = count(1)

    def look_and_freeze(connection: Connection, number: int, connector: int | None) -> Flags:
        flags = read_flags(connection, number, connector)
        if connector is not None and next(slices) == 2:
            looked.set()
            assert paused.wait(PATIENCE)
        return flags

    def pause(message: Message) -> None:
        if not paused.is_set():
            assert looked.wait(PATIENCE)
            campaign.pause()
            site.clock.move(2)
            paused.set()

    monkeypatch.setattr(checks, "read_flags", look_and_freeze)
    relay.heed = pause
    site.run()
    assert len(relay.asked) == 1
    assert (campaign.state, campaign.waiting) == ("paused", 5)


def test_a_paused_campaign_expires_at_its_end(site: Site) -> None:
    relay = site.provider()
    campaign = site.submit(*people(3), schedule={"not_after": after(3600)})
    campaign.pause()
    site.run()
    site.clock.move(3600)
    site.run()
    assert relay.asked == []
    assert campaign.outcomes == {"expired": 3}


def test_a_campaign_paused_before_it_was_planned_is_planned_and_waits(site: Site) -> None:
    relay = site.provider()
    campaign = site.submit(*people(3))
    campaign.pause()
    site.run()
    assert (campaign.state, campaign.waiting, relay.asked) == ("paused", 3, [])
    campaign.resume()
    site.run()
    assert campaign.outcomes == {"sent": 3}


def test_pausing_one_campaign_leaves_the_others_alone(site: Site) -> None:
    site.provider()
    paused, other = site.submit(*people(3)), site.submit(*people(3, "example.net"))
    paused.pause()
    site.run()
    assert (paused.waiting, other.outcomes) == (3, {"sent": 3})


# --- cancel --------------------------------------------------------------------------------------


def cancelled_at_once(site: Site, campaign: Campaign, others: dict[str, int], left: int) -> None:
    """Cancel, and see that it is over without any time going by."""
    campaign.cancel()
    site.run()
    assert campaign.finished
    assert campaign.outcomes == {**others, "cancelled": left}
    assert len(campaign.events("cancelled")) == len(campaign.events("finished")) == 1


def test_a_campaign_cancelled_while_it_runs_ends_at_once(site: Site) -> None:
    relay = site.provider(traits=IN_TWOS)
    campaign = site.submit(*people(6))
    relay.heed = acting_once(site, campaign.cancel)
    site.run()
    assert campaign.outcomes == {"sent": 1, "cancelled": 5}
    assert campaign.finished


def test_a_campaign_of_next_month_is_cancelled_at_once(site: Site) -> None:
    relay = site.provider()
    campaign = site.submit(*people(3), schedule={"not_before": after(30 * 86400)})
    site.run()
    cancelled_at_once(site, campaign, {}, 3)
    assert relay.asked == []


def test_a_spread_campaign_is_cancelled_at_once(new_site: Sites) -> None:
    site = new_site(batch_size=2)
    site.provider()
    campaign = site.submit(*people(10), schedule={"spread": "P2D"})
    site.run()
    cancelled_at_once(site, campaign, {"sent": 1}, 9)


def test_those_who_wait_for_another_try_are_cancelled_at_once(site: Site) -> None:
    site.provider(usual=BUSY)
    campaign = site.submit(*people(3))
    site.run()
    cancelled_at_once(site, campaign, {}, 3)


def test_a_cancellation_during_the_last_slice_leaves_nobody_waiting_for_another_try(
    site: Site,
) -> None:
    relay = site.provider(usual=BUSY)
    campaign = site.submit(*people(3))
    relay.heed = acting_once(site, campaign.cancel)
    site.run()
    assert campaign.outcomes == {"cancelled": 3}
    assert campaign.finished


def test_a_paused_campaign_is_cancelled_at_once(site: Site) -> None:
    relay = site.provider()
    campaign = site.submit(*people(3))
    campaign.pause()
    site.run()
    cancelled_at_once(site, campaign, {}, 3)
    assert relay.asked == []


def test_a_campaign_that_waits_for_its_connector_is_cancelled_at_once(site: Site) -> None:
    relay = site.provider(down="connect_timeout")
    campaign = site.submit(*people(3))
    site.run()
    assert relay.calls == 1
    cancelled_at_once(site, campaign, {}, 3)


def test_a_campaign_cancelled_before_it_was_planned_reaches_nobody(site: Site) -> None:
    relay = site.provider()
    campaign = site.submit(*people(3))
    campaign.cancel()
    site.run()
    assert relay.asked == []
    assert campaign.finished
    (finished,) = campaign.events("finished")
    assert (finished["accepted"], finished["reasons"][0]["reason"]) == (0, "cancelled")
