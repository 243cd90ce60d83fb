"""Providers that are away, slow, wrong or overloaded: shown at once, and nobody is lost."""

import itertools
from collections import Counter
from collections.abc import Callable
from threading import Event, Thread

from channels.contract import Message, Traits
from engine import connectors, oppositions
from engine.clock import MINUTE, SECOND
from engine.store.connectors import ConnectorRow
from engine.subjects import Subject
from tests.scenarios.campaign import Campaign
from tests.scenarios.hands import NOON
from tests.scenarios.provider import (
    BAD_CONTENT,
    BAD_SETUP,
    DEAD,
    HANGS,
    SENT,
    THROTTLED,
    Provider,
)
from tests.scenarios.site import Site, after, people

Sites = Callable[..., Site]
PATIENCE = 10.0
LONG = {"not_after": "2027-03-01T00:00:00Z"}


def row(site: Site, relay: Provider) -> ConnectorRow:
    return connectors.get(site.app, relay.name)


def troubles(campaign: Campaign) -> list[tuple[str, str]]:
    return [(one.connector, one.cause) for one in campaign.overview.troubles]


# --- circuit breakers ----------------------------------------------------------------------------


def test_a_connector_that_is_away_is_shown_with_its_cause_and_left_alone(site: Site) -> None:
    relay = site.provider(down="connect_timeout")
    campaign = site.submit(*people(9))
    site.run()
    site.run()
    assert relay.calls == 1
    assert troubles(campaign) == [(relay.name, "connect_timeout")]
    assert campaign.waiting == 9
    assert site.due_instants() == [NOON + 5 * SECOND]


def test_a_connector_that_stays_away_is_tried_ever_more_rarely(site: Site) -> None:
    relay = site.provider(down="connect_timeout")
    site.submit(*people(9))
    calls = []
    for _ in range(8):
        site.run()
        calls.append((relay.calls, site.clock.millis - NOON))
        site.clock.millis = site.due_instants()[0]
    waits = [later[1] - earlier[1] for earlier, later in itertools.pairwise(calls)]
    assert waits == sorted(waits)
    assert waits[-1] == MINUTE
    assert [number for number, _ in calls] == list(range(1, 9))


def test_a_connector_that_is_back_is_tried_with_one_recipient_first(site: Site) -> None:
    relay = site.provider(down="connect_timeout")
    campaign = site.submit(*people(9))
    site.run()
    relay.down = None
    site.finish()
    sizes = Counter(one.slice_number for one in relay.reached)
    assert list(sizes.values()) == [1, 8]
    assert campaign.outcomes == {"sent": 9}
    assert (row(site, relay).failures, row(site, relay).open_cause) == (0, None)


def test_a_wrong_setting_loses_nobody_however_long_it_lasts(site: Site) -> None:
    relay = site.provider(usual=BAD_SETUP)
    campaign = site.submit(*people(1), schedule=LONG)
    for _ in range(12):  # more than anybody has tries
        site.run()
        site.clock.millis = site.due_instants()[0]
    assert troubles(campaign) == [(relay.name, "auth_refused")]
    assert (campaign.waiting, campaign.outcomes) == (1, {})
    site.clock.move(7 * 86400)
    relay.usual = SENT
    site.finish()
    assert campaign.outcomes == {"sent": 1}


def test_after_a_failed_first_try_of_a_connector_nothing_more_is_tried(site: Site) -> None:
    relay = site.provider(usual=BAD_SETUP)
    site.submit(*people(9))
    site.run()
    asked = len(relay.asked)
    site.clock.millis = site.due_instants()[0]
    site.run()
    assert len(relay.asked) == asked + 1


def test_a_campaign_on_another_connector_is_not_hurt(site: Site) -> None:
    away, works = site.provider(down="connect_timeout"), site.provider()
    first = site.new_controller(connectors={"email": (away.name,)})
    second = site.new_controller(connectors={"email": (works.name,)})
    stuck = site.submit(*people(9), controller=first.name)
    fine = site.submit(*people(9), controller=second.name)
    site.run()
    assert (stuck.waiting, fine.outcomes) == (9, {"sent": 9})
    assert site.clock.millis == NOON
    assert troubles(stuck) == [(away.name, "connect_timeout")]


def test_troubles_of_connectors_that_a_campaign_does_not_use_are_not_its_own(site: Site) -> None:
    away, works = site.provider(down="connect_timeout"), site.provider()
    first = site.new_controller(connectors={"email": (away.name,)})
    second = site.new_controller(connectors={"email": (works.name,)})
    site.submit(*people(1), controller=first.name)
    fine = site.submit(*people(1), controller=second.name, schedule={"not_before": after(60)})
    site.run()
    assert troubles(fine) == []
    connectors.disable(site.app, works.name)
    assert troubles(fine) == [(works.name, "disabled")]


def test_a_connector_that_never_answers_is_given_up_and_its_breaker_opens(site: Site) -> None:
    relay = site.provider()
    relay.script = {address["email"]: [HANGS] for address in people(9)}
    relay.on_hang = lambda: site.clock.move(200)
    campaign = site.submit(*people(9))
    site.run()
    assert len(relay.reached) == 1
    assert campaign.outcomes == {"in_doubt": 1}
    assert campaign.waiting == 8
    assert troubles(campaign) == [(relay.name, "overdue")]
    relay.script.clear()
    site.finish()
    assert campaign.outcomes == {"in_doubt": 1, "sent": 8}


# --- switches ------------------------------------------------------------------------------------


def test_a_disabled_connector_sends_nothing_until_it_is_enabled(site: Site) -> None:
    relay = site.provider()
    campaign = site.submit(*people(3))
    site.plan()
    connectors.disable(site.app, relay.name)
    for _ in range(3):
        site.run()
        site.clock.move(60)
    assert relay.calls == 0
    assert troubles(campaign) == [(relay.name, "disabled")]
    connectors.enable(site.app, relay.name)
    site.finish()
    assert campaign.outcomes == {"sent": 3}
    assert site.clock.millis - NOON <= 4 * MINUTE


def test_a_connector_disabled_mid_campaign_hands_nothing_more_over(site: Site) -> None:
    relay = site.provider(traits=Traits(slice_limit=2))

    def disable(message: Message) -> None:
        connectors.disable(site.app, relay.name)
        site.clock.move(2)

    relay.heed = disable
    campaign = site.submit(*people(6))
    site.run()
    assert len(relay.reached) == 1
    assert campaign.waiting == 5


def test_a_connector_that_is_set_up_anew_ends_its_slice_first(new_site: Sites) -> None:
    site = new_site(batch_size=2)
    relay = site.provider()
    under_way, released = Event(), Event()
    relay.heed = lambda message: under_way.set()
    relay.held = lambda message: message.to == relay.asked[0] and not released.is_set()
    campaign = site.submit(*people(4))
    site.plan()
    worker = Thread(target=site.dispatcher.work, args=("email",))
    worker.start()
    assert under_way.wait(PATIENCE)
    connectors.reconfigure(site.app, relay.name, {"folder": "elsewhere"})
    site.another_dispatcher().work("email")  # the other batch, by a connector of the new set-up
    released.set()
    worker.join(PATIENCE)
    assert campaign.outcomes == {"sent": 4}


def test_with_a_second_connector_a_disabled_one_is_passed_over(site: Site) -> None:
    first, second = site.provider(), site.provider()
    connectors.disable(site.app, first.name)
    campaign = site.submit(*people(3))
    site.run()
    assert (first.calls, len(second.reached)) == (0, 3)
    assert campaign.outcomes == {"sent": 3}


# --- what answers ask for ------------------------------------------------------------------------


def test_refused_content_pauses_its_campaign_and_no_other(site: Site) -> None:
    relay = site.provider(traits=Traits(slice_limit=2))
    relay.script = {f"p{number}@bad.test": [BAD_CONTENT] for number in range(8)}
    bad, good = site.submit(*people(8, "bad.test")), site.submit(*people(8, "good.test"))
    site.run()
    assert good.outcomes == {"sent": 8}
    assert (bad.state, bad.outcomes, bad.waiting) == ("paused", {"failed": 2}, 6)
    (paused,) = bad.events("paused")
    assert paused["reasons"][0]["reason"] == "content_refused"
    relay.script.clear()
    bad.resume()
    site.finish()
    assert bad.outcomes == {"failed": 2, "sent": 6}


def test_a_dead_address_is_never_written_to_again(site: Site) -> None:
    relay = site.provider()
    relay.script = {"p1@example.org": [DEAD]}
    first = site.submit(*people(3))
    site.finish()
    assert first.reasons == {("sent", ""): 2, ("invalid", "mailbox_unknown"): 1}
    (entry,) = oppositions.check(
        site.app, site.controller.name, [Subject("email", "p1@example.org")]
    )
    assert (entry.reason, entry.channel, entry.platform) == ("hard_bounce", "email", False)
    second = site.submit(*people(3))
    site.finish()
    assert relay.times["p1@example.org"] == 1
    assert second.outcomes == {"sent": 2, "suppressed": 1}


def test_a_provider_that_throttles_most_is_given_a_pause(site: Site) -> None:
    relay = site.provider(usual=THROTTLED, traits=Traits(slice_limit=2))
    campaign = site.submit(*people(6))
    site.run()
    assert len(relay.asked) == 2
    assert site.due_instants()[0] == NOON + 5 * SECOND
    relay.usual = SENT
    site.finish()
    assert campaign.outcomes == {"sent": 6}
