"""Campaigns at a time of the recipient's own, and those aimed by an earlier one, sent for real."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from engine.clock import HOUR
from engine.wire.instants import from_millis
from tests.scenarios.hands import NOON
from tests.scenarios.provider import DEAD, REFUSED
from tests.scenarios.site import Site, after, people

Sites = Callable[..., Site]
ZONES = {
    "fr": "Europe/Paris",
    "re": "Indian/Reunion",
    "gf": "America/Cayenne",
    "nc": "Pacific/Noumea",
}
EVERYWHERE = [{"email": f"{code}@example.org", "country": code.upper()} for code in ZONES]
DAY = {"local_time": "14:00", "local_date": "2026-11-26"}


def wall(address: str, at: int) -> datetime:
    return from_millis(at).astimezone(ZoneInfo(ZONES[address[:2]]))


def test_each_message_leaves_when_it_is_two_o_clock_where_its_recipient_is(site: Site) -> None:
    relay = site.provider()
    campaign = site.submit(*EVERYWHERE, schedule=DAY)
    site.finish()
    assert campaign.outcomes == {"sent": 4}
    assert [address[:2] for address in relay.addresses] == ["nc", "re", "fr", "gf"]
    shown = [
        wall(*each) for each in zip(relay.addresses, (one.at for one in relay.reached), strict=True)
    ]
    assert {clock.strftime("%d %H:%M") for clock in shown} == {"26 14:00"}


def test_nothing_leaves_a_moment_before(site: Site) -> None:
    relay = site.provider()
    campaign = site.submit(*EVERYWHERE[:1], schedule={"local_time": "14:00"})
    site.plan()
    site.clock.move(3600 - 0.001)
    site.run()
    assert (relay.asked, campaign.waiting) == ([], 1)
    site.clock.move(0.001)
    site.run()
    assert campaign.outcomes == {"sent": 1}


def test_whose_time_comes_after_the_end_expires_and_nobody_else(site: Site) -> None:
    relay = site.provider()
    end = after(23 * 3600)  # noon in Paris on the day
    campaign = site.submit(*EVERYWHERE, schedule={**DAY, "not_after": end})
    site.finish()
    assert campaign.outcomes == {"sent": 2, "expired": 2}
    assert [address[:2] for address in relay.addresses] == ["nc", "re"]
    assert max(one.at for one in relay.reached) < NOON + 23 * HOUR
    assert campaign.finished


def test_a_paused_campaign_goes_on_with_whoever_is_due_by_then(site: Site) -> None:
    relay = site.provider()
    campaign = site.submit(*EVERYWHERE, schedule=DAY)
    site.plan()
    campaign.pause()
    site.clock.move(22.5 * 3600)  # it was 14:00 in Nouméa and Saint-Denis
    site.run()
    assert relay.asked == []
    campaign.resume()
    site.run()
    assert sorted(address[:2] for address in relay.addresses) == ["nc", "re"]
    site.finish()
    assert campaign.outcomes == {"sent": 4}


def test_a_reminder_reaches_only_whom_the_first_message_did_not(site: Site) -> None:
    relay = site.provider()
    relay.script = {"p1@example.org": [REFUSED], "p2@example.org": [DEAD]}
    first = site.submit(*people(5))
    site.finish()
    assert first.outcomes == {"sent": 3, "failed": 1, "invalid": 1}
    relay.reached.clear()
    again = {"campaign": first.name, "outcomes": ["failed", "invalid"]}
    job = site.job(*people(7))
    job["recipients"]["only"] = again
    second = site.submit_job(job)
    site.finish()
    assert relay.addresses == ["p1@example.org"]  # the other one's address is dead, and stays so
    assert second.outcomes == {"sent": 1, "suppressed": 1}
    rest = site.job(*people(7))
    rest["recipients"]["except"] = again
    third = site.submit_job(rest)
    site.finish()
    assert third.outcomes == {"sent": 5}
    assert third.audit.holds
