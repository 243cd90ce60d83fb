"""A connector that stalls keeps its own few threads busy; everybody else goes on."""

from collections.abc import Callable

from channels.contract import Channel, Traits
from engine import controllers
from engine.controllers import ControllerSettings
from engine.seats import Seats
from engine.wire.job import Kind
from tests.scenarios.site import Site, people

Sites = Callable[..., Site]


def test_a_seat_is_free_again_once_its_batch_has_left() -> None:
    seats = Seats()
    with seats.seat("relay", 1) as first:
        with seats.seat("relay", 1) as second, seats.seat("other", 1) as other:
            assert (first, second, other) == (True, False, True)
        with seats.seat("relay", 1) as third:
            assert not third
    with seats.seat("relay", 1) as later:
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
    seats = site.dispatcher._seats
    with seats.seat("stalled/False", 2), seats.seat("stalled/False", 2):
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
