"""Whose turn it is: urgent campaigns overtake, and nobody is starved by somebody big."""

from collections.abc import Callable
from itertools import groupby
from threading import Event, Thread

from channels.contract import Message, Traits
from engine.clock import SECOND
from tests.scenarios.hands import NOON
from tests.scenarios.site import Site, people

PATIENCE = 20.0
Sites = Callable[..., Site]


def test_an_urgent_campaign_overtakes_one_that_is_under_way(new_site: Sites) -> None:
    site = new_site(batch_size=2)
    relay = site.provider()
    under_way, released = Event(), Event()
    relay.heed = lambda message: under_way.set()
    relay.held = lambda message: not (message.to.endswith("@urgent.test") or released.is_set())
    big = site.submit(*people(20))
    site.plan()
    workers = [Thread(target=site.dispatcher.work, args=("email",)) for _ in range(4)]
    urgent = site.submit(*people(1, "urgent.test"), priority="urgent")
    for worker in workers:
        worker.start()
    assert under_way.wait(PATIENCE)
    site.plan()
    site.work("email.urgent")
    assert relay.addresses == ["p0@urgent.test"]
    assert (big.waiting, urgent.outcomes) == (20, {"sent": 1})
    released.set()
    for worker in workers:
        worker.join(PATIENCE)
    assert big.outcomes == {"sent": 20}


def test_a_big_campaign_does_not_starve_another_controllers(new_site: Sites) -> None:
    site = new_site(batch_size=2)
    relay = site.provider()
    other = site.new_controller()
    big = site.submit(*people(40, "big.test"))
    site.plan()
    small = site.submit(*people(6, "small.test"), controller=other.name)
    site.run()
    order = [address.rpartition("@")[2] for address in relay.addresses]
    last = max(place for place, domain in enumerate(order) if domain == "small.test")
    # Its three batches wait for at most as many of the other controller's, and one in hand.
    assert last < 2 * (3 + 4)
    assert (big.outcomes, small.outcomes) == ({"sent": 40}, {"sent": 6})


def test_a_campaign_that_comes_in_the_middle_of_a_big_one_has_its_turn_soon(
    new_site: Sites,
) -> None:
    site = new_site(batch_size=2)
    relay = site.provider()
    other = site.new_controller()
    site.submit(*people(40, "big.test"))
    site.plan()

    def submit_small(message: Message) -> None:
        if len(relay.asked) == 20:
            site.submit(*people(4, "small.test"), controller=other.name)
            site.plan()

    relay.heed = submit_small
    site.run()
    order = [address.rpartition("@")[2] for address in relay.addresses]
    places = [place for place, domain in enumerate(order) if domain == "small.test"]
    assert len(places) == 4
    assert places[-1] < 20 + 2 * (2 + 4)


def test_two_big_campaigns_of_two_controllers_take_turns(new_site: Sites) -> None:
    site = new_site(batch_size=2)
    relay = site.provider()
    other = site.new_controller()
    site.submit(*people(20, "one.test"))
    site.submit(*people(20, "two.test"), controller=other.name)
    site.run()
    order = [address.rpartition("@")[2] for address in relay.addresses]
    runs = [len(list(run)) for _, run in groupby(order)]
    assert max(runs) <= 4


def test_campaigns_of_one_controller_go_one_after_the_other(new_site: Sites) -> None:
    site = new_site(batch_size=2)
    relay = site.provider()
    site.submit(*people(8, "first.test"))
    site.plan()
    site.submit(*people(8, "second.test"))
    site.run()
    order = [address.rpartition("@")[2] for address in relay.addresses]
    assert order == ["first.test"] * 8 + ["second.test"] * 8


def test_a_slow_connector_does_not_hold_up_who_waits_behind_it(new_site: Sites) -> None:
    """Batches are given back after a turn of five seconds, behind those that are due."""
    site = new_site(batch_size=100)
    slow = site.provider(traits=Traits(slice_limit=100, per_second=5))
    fast = site.provider()
    one = site.new_controller(connectors={"email": (slow.name,)})
    two = site.new_controller(connectors={"email": (fast.name,)})
    big = site.submit(*people(300), controller=one.name)
    site.plan()
    small = site.submit(*people(100), controller=two.name)
    site.finish()
    assert (big.outcomes, small.outcomes) == ({"sent": 300}, {"sent": 100})
    assert slow.reached[-1].at - NOON >= 59 * SECOND
    assert fast.reached[-1].at - NOON <= 16 * SECOND


def test_a_batch_that_is_given_back_loses_and_repeats_nobody(new_site: Sites) -> None:
    site = new_site(batch_size=10)
    relay = site.provider(traits=Traits(slice_limit=1))
    relay.heed = lambda message: site.clock.move(3)
    campaign = site.submit(*people(25))
    site.finish()
    assert len(relay.addresses) == len(set(relay.addresses)) == 25
    assert campaign.outcomes == {"sent": 25}


def test_a_worker_that_stops_leaves_nobody_in_doubt_and_nobody_behind(site: Site) -> None:
    relay = site.provider(traits=Traits(slice_limit=4))

    def stop(message: Message) -> None:
        if len(relay.asked) == 6:
            site.dispatcher.stop()

    relay.heed = stop
    campaign = site.submit(*people(20))
    site.plan()
    site.work()
    sent = campaign.outcomes["sent"]
    assert 6 <= sent <= 8
    assert campaign.outcomes == {"sent": sent}
    assert campaign.waiting == 20 - sent
    site.dispatcher = site.another_dispatcher()
    site.finish()
    assert len(relay.addresses) == len(set(relay.addresses)) == 20
    assert campaign.outcomes == {"sent": 20}
