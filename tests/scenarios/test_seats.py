"""A connector that stalls keeps its own few threads busy; everybody else goes on."""

from collections.abc import Callable

from channels.contract import Channel, Message, Traits
from engine import controllers
from engine.controllers import ControllerSettings
from engine.traffic import FIRST_SLICE, Traffic
from engine.wire.job import Kind
from tests.scenarios.site import Site, people

Sites = Callable[..., Site]


def test_a_seat_is_free_again_once_its_batch_has_left() -> None:
    traffic = Traffic()
    with traffic.seat("relay", 1) as first:
        with traffic.seat("relay", 1) as second, traffic.seat("other", 1) as other:
            assert (first, second, other) == (True, False, True)
        with traffic.seat("relay", 1) as third:
            assert not third
    with traffic.seat("relay", 1) as later:
        assert later


def test_a_stalled_connector_does_not_hold_up_a_campaign_on_another_of_its_channel(
    new_site: Sites,
) -> None:
    site = new_site(batch_size=1, worker_threads=6)
    site.provider(name="stalled", traits=Traits(slice_limit=1, concurrent=2))
    site.provider(name="sound")
    sound = site.new_controller(connectors={Channel.EMAIL: ("sound",)})
    agreed = ControllerSettings(
        purposes={"offres": Kind.MARKETING}, connectors={Channel.EMAIL: ("stalled",)}
    )
    controllers.configure(site.app, site.controller.name, agreed)
    stuck = site.submit(*people(6))
    quick = site.submit(*people(3, "sound.test"), controller=sound.name)
    site.plan()
    traffic = site.dispatcher._traffic
    with traffic.seat("stalled/False", 2), traffic.seat("stalled/False", 2):
        site.dispatcher.work("email")
    assert quick.outcomes == {"sent": 3}
    assert stuck.outcomes == {}
    site.finish()
    assert stuck.outcomes == {"sent": 6}


def test_threads_are_kept_for_urgent_campaigns(new_site: Sites) -> None:
    site = new_site(worker_threads=3, batch_size=1)
    site.provider()
    normal = site.submit(*people(2))
    urgent = site.submit(*people(1, "urgent.test"), priority="urgent")
    site.plan()
    with site.dispatcher._places:
        assert site.dispatcher.work("email") == 0
        assert site.dispatcher.work("email.urgent") == 1
    assert urgent.outcomes == {"sent": 1}
    assert normal.outcomes == {}


def test_a_slice_is_as_large_as_what_was_handed_over_in_a_second() -> None:
    traffic = Traffic()
    assert traffic.slice_size("relay", 500) == FIRST_SLICE
    traffic.learn("relay", 50, 50, seconds=0.01)
    assert traffic.slice_size("relay", 500) == 100
    traffic.learn("relay", 100, 8, seconds=1.2)  # it ran out of time
    assert traffic.slice_size("relay", 500) == 8
    traffic.learn("relay", 8, 8, seconds=0.9)
    assert traffic.slice_size("relay", 500) == 8
    traffic.learn("relay", 8, 0, seconds=1.0)
    assert traffic.slice_size("relay", 500) == 1
    assert traffic.slice_size("another", 3) == 3


def test_whoever_opposes_while_a_slow_provider_works_is_left_alone_within_a_second(
    new_site: Sites,
) -> None:
    site = new_site()
    relay = site.provider(traits=Traits(slice_limit=100))
    rows = people(30)
    campaign = site.submit(*rows)

    def slowly(message: Message) -> None:
        if len(relay.reached) == 4:
            for row in rows:
                site.oppose(str(row["email"]))
        site.clock.move(0.3)  # what one mail takes

    relay.heed = slowly
    site.run()
    site.finish()
    assert campaign.outcomes["sent"] <= 4 + 4
    assert campaign.outcomes["sent"] + campaign.outcomes["suppressed"] == 30
