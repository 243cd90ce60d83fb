"""A rate is the account's: it holds for all workers together, and nobody waits for it in vain."""

from collections.abc import Callable
from threading import Barrier, Thread
from time import sleep

import pytest

from channels.contract import Traits
from engine import dispatch
from engine.clock import SECOND
from tests.scenarios.hands import NOON
from tests.scenarios.site import Site, people

Sites = Callable[..., Site]
LONG = {"not_after": "2027-03-01T00:00:00Z"}


def test_a_rate_holds_for_two_dispatchers_together(
    new_site: Sites, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One dispatcher's wait moves the clock for both: it must not cut the other one's slice short,
    # or what is given back asks for places anew, and fives no longer leave at full seconds.
    monkeypatch.setattr(dispatch, "_TAKE_SECONDS", 3_600.0)
    site = new_site(batch_size=10)
    relay = site.provider(traits=Traits(slice_limit=100, per_second=5))
    relay.heed = lambda message: sleep(0.002)  # both dispatchers have their part
    campaign = site.submit(*people(60))
    site.plan()
    start = Barrier(2)

    def work() -> None:
        dispatcher = site.another_dispatcher()
        start.wait()
        while campaign.waiting:
            dispatcher.work("email")
            site.clock.move(0.05)
            site.turn()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert campaign.outcomes == {"sent": 60}
    for number, one in enumerate(relay.reached):
        # The first five leave at once; no later message is ahead of the rate.
        assert one.at - NOON >= (number // 5) * SECOND - 1, number


@pytest.mark.parametrize("rate", [0.5, 3])
def test_a_slow_rate_is_kept_to_the_message(site: Site, rate: float) -> None:
    relay = site.provider(traits=Traits(slice_limit=100, per_second=rate))
    campaign = site.submit(*people(7), schedule=LONG)
    site.finish()
    assert campaign.outcomes == {"sent": 7}
    granted = max(1, int(rate))
    for number, one in enumerate(relay.reached):
        assert one.at - NOON >= number // granted * granted / rate * SECOND - 1


def test_a_permit_far_ahead_is_not_waited_for_by_a_thread(site: Site) -> None:
    relay = site.provider(traits=Traits(slice_limit=100, per_second=0.1))
    site.submit(*people(2))
    site.run()
    assert len(relay.reached) == 1
    assert site.clock.millis < NOON + SECOND
    assert site.due_instants() == [NOON + 10 * SECOND]


def test_who_may_not_leave_takes_no_place_under_the_rate(site: Site) -> None:
    relay = site.provider(traits=Traits(slice_limit=100, per_second=5))
    for number in range(20):
        site.oppose(f"p{number}@example.org")
    campaign = site.submit(*people(25))
    site.finish()
    assert campaign.outcomes == {"sent": 5, "suppressed": 20}
    assert site.clock.millis - NOON <= SECOND
    assert len(relay.reached) == 5
