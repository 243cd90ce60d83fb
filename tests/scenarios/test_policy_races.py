"""Campaigns that want the same places at once: never one too many, and none left unused."""

from collections import Counter
from collections.abc import Callable
from random import Random
from threading import Thread

import pytest

from channels.contract import Traits
from engine.contact_times import unpack
from engine.store import contacts
from tests.open_rules import lay_down
from tests.scenarios.campaign import Campaign, Json
from tests.scenarios.provider import BUSY, DOUBT, SENT, Provider
from tests.scenarios.site import Site
from tests.scenarios.written_rules import cap, ruleset

Sites = Callable[..., Site]
PERSONS = 60
CAMPAIGNS = 4
WORKERS = 3
LONG = {"not_after": "2027-02-01T00:00:00Z"}


def everybody(chance: Random) -> list[Json]:
    """Return the same persons, each time in another order and half of them by another address."""
    rows = [
        {"ref": f"c-{number}", "email": f"p{number}@{domain}.test", "country": "FR"}
        for number, domain in enumerate(chance.choices(["old", "new"], k=PERSONS))
    ]
    chance.shuffle(rows)
    return rows


def work_all(site: Site, lane: str = "email") -> None:
    """Let several worker processes work a lane at once."""
    failed: list[BaseException] = []

    def work() -> None:
        try:
            site.another_dispatcher().work(lane)
        except BaseException as fault:  # noqa: BLE001 (told to the test)
            failed.append(fault)

    workers = [Thread(target=work) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert failed == []


def reached(*relays: Provider) -> Counter[str]:
    """Return how often each person was reached, whatever the address."""
    return Counter(address.split("@")[0] for relay in relays for address in relay.addresses)


def race(site: Site, campaigns: list[Campaign]) -> None:
    site.plan()
    for _ in range(20):
        work_all(site)
        if not site.turn()[0]:
            break
    site.check_sums()


@pytest.mark.parametrize("most", [1, 2])
def test_no_person_gets_one_too_many_and_everybody_as_many_as_may_be(
    new_site: Sites, most: int
) -> None:
    site = new_site(batch_size=15)
    lay_down(site.app, ruleset(cap(most, 30)))
    relays = [site.provider(traits=Traits(slice_limit=4)) for _ in range(2)]
    chance = Random(most)
    campaigns = [site.submit(*everybody(chance), schedule=LONG) for _ in range(CAMPAIGNS)]
    race(site, campaigns)
    times = reached(*relays)
    assert {times[f"p{number}"] for number in range(PERSONS)} == {most}
    assert sum(campaign.waiting for campaign in campaigns) == PERSONS * (CAMPAIGNS - most)


def test_on_the_platform_two_controllers_share_the_places_of_an_address(new_site: Sites) -> None:
    site = new_site(batch_size=15)
    lay_down(site.app, ruleset(cap(1, 30, scope="platform")))
    relay = site.provider(traits=Traits(slice_limit=4))
    other = site.new_controller()
    rows = [{"email": f"p{number}@old.test", "country": "FR"} for number in range(PERSONS)]
    owners = [site.controller.name, other.name]
    campaigns = [
        site.submit(*rows[:: 1 - 2 * turn], controller=name, schedule=LONG)
        for turn, name in enumerate(owners)
    ]
    race(site, campaigns)
    assert set(reached(relay).values()) == {1}
    assert len(relay.reached) == PERSONS
    assert sum(campaign.waiting for campaign in campaigns) == PERSONS


def test_places_given_back_in_the_race_are_taken_by_others_and_doubts_keep_theirs(
    new_site: Sites,
) -> None:
    site = new_site(batch_size=15)
    lay_down(site.app, ruleset(cap(1, 30)))
    relay = site.provider(traits=Traits(slice_limit=4))
    chance = Random(7)
    rows = [
        {"ref": f"c-{number}", "email": f"p{number}@old.test", "country": "FR"}
        for number in range(PERSONS)
    ]
    for row in rows:
        relay.script[str(row["email"])] = [chance.choice([SENT, BUSY, DOUBT])]
    campaigns = [
        site.submit(*chance.sample(rows, PERSONS), schedule=LONG) for _ in range(CAMPAIGNS)
    ]
    race(site, campaigns)
    site.clock.move(120)
    race(site, campaigns)
    times = reached(relay)
    assert {times[f"p{number}"] for number in range(PERSONS)} == {1}
    assert stored(site) == [1] * PERSONS


def stored(site: Site) -> list[int]:
    pseudonyms, scope = site.app.vault.pseudonyms(site.controller.name), site.controller.number
    keys = [(pseudonyms.person(f"c-{number}"), scope) for number in range(PERSONS)]
    with site.app.db.read() as connection:
        found = contacts.read(connection, keys)
    return [len(unpack(found.get(key, b""))) for key in keys]
