"""Whose turn it is: urgent campaigns overtake, and nobody is starved by somebody big."""

from collections.abc import Callable
from itertools import groupby
from threading import Event, Thread

from channels.contract import Message, Traits
from tests.scenarios.site import Site, people

PATIENCE = 20.0
Sites = Callable[..., Site]


def test_an_urgent_campaign_overtakes_one_that_is_under_way(new_site: Sites) -> None:
    site = new_site(batch_size=2)
    relay = site.provider(traits=Traits(slice_limit=1))
    arrived = Event()

    def hold_until_urgent(message: Message) -> None:
        if message.to.endswith("@urgent.test"):
            arrived.set()
        else:
            assert arrived.wait(PATIENCE)

    relay.heed = hold_until_urgent
    big = site.submit(*people(20))
    site.plan()
    worker = Thread(target=site.dispatcher.work, args=("email",))
    worker.start()
    urgent = site.submit(*people(1, "urgent.test"), priority="urgent")
    site.plan()
    # The fleet has one event loop: a held message would hold the urgent one as well.
    arrived.set()
    site.work("email.urgent")
    seen_then = len(relay.reached)
    worker.join(PATIENCE)
    assert urgent.outcomes == {"sent": 1}
    assert big.outcomes == {"sent": 20}
    assert seen_then <= 21


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
