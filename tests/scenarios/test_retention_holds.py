"""Holds keep what is old; sweeps end what they began; ten years later nothing is left."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from engine import controllers, oppositions
from engine.clock import DAY, MINUTE, Millis
from engine.retention import turns
from engine.retention.holds import Hold, HoldFault, every, hold, lift
from engine.retention.sweeper import before
from engine.states import CampaignState
from engine.store import partitions, sweeps
from engine.store.privacy_tables import connections, short_links
from engine.store.tables import (
    batches,
    blocks,
    campaigns,
    dead_letters,
    deliveries,
    list_chunks,
    lists,
    suppressions,
    tallies,
)
from engine.subjects import Subject
from policy.retention import CLASSES
from tests.scenarios.campaign import Campaign
from tests.scenarios.site import Site, people
from tests.scenarios.sweeping import (
    ended_campaign,
    in_doubt,
    keys_of,
    rows_of,
    sweep_everything,
    too_old,
)

Sites = Callable[..., Site]
YEAR: Millis = 366 * DAY
MONTH: Millis = 32 * DAY


def test_what_is_on_hold_stays_until_it_is_lifted(site: Site) -> None:
    campaign = ended_campaign(site, history="P30D")
    other = site.submit(*people(2, "other.test"), history="P30D")
    site.run()
    number = hold(
        site.app,
        Hold("history", site.controller.name, campaign.name),
        "court case",
        "counsel",
        None,
    )
    site.clock.millis += 100 * DAY
    sweep_everything(site)
    assert rows_of(site, deliveries, deliveries.c.campaign_id == other.id) == 0
    assert rows_of(site, deliveries, deliveries.c.campaign_id == campaign.id) == 3
    assert campaign.audit.holds
    assert too_old(site) == {}
    lift(site.app, number)
    site.clock.millis += 62 * DAY
    sweep_everything(site)
    assert rows_of(site, deliveries, deliveries.c.campaign_id == campaign.id) == 0


def test_two_actors_never_sweep_one_class_at_once(site: Site) -> None:
    now = site.clock.now()
    assert sweeps.claim(site.app.db, "events", b"a" * 16, now, 5 * MINUTE)
    assert not sweeps.claim(site.app.db, "events", b"b" * 16, now, 5 * MINUTE)
    assert not turns.sweep_class(site.app, "events")
    sweeps.release(site.app.db, "events", b"a" * 16, sweeps.Turn(0, 0, now, now, more=False))
    assert sweeps.claim(site.app.db, "events", b"b" * 16, now, 5 * MINUTE)


def test_ten_years_and_a_month_later_nothing_is_too_old(site: Site) -> None:
    campaign = ended_campaign(site)
    site.take({"schema": "nonsense"})
    site.oppose("ana@example.org")
    site.clock.millis += 10 * YEAR + 62 * DAY
    assert too_old(site) != {}
    sweep_everything(site)
    assert too_old(site) == {}
    for table in (deliveries, tallies, blocks, batches, connections, dead_letters, lists,
                  list_chunks, short_links):  # fmt: skip
        assert rows_of(site, table) == 0, table.name
    assert rows_of(site, campaigns, campaigns.c.id == campaign.id) == 0
    assert rows_of(site, campaigns, campaigns.c.state == CampaignState.FINISHED) == 0


def test_partitions_of_months_are_dropped_whole(site: Site) -> None:
    if site.app.db.is_sqlite:
        return
    partitions.ensure(site.app.db, 202001)
    assert 202001 in partitions.months(site.app.db, 202002)
    sweep_everything(site)
    assert 202001 not in partitions.months(site.app.db, 202002)


def test_each_swept_class_has_its_sweeper_and_no_other_has() -> None:
    assert set(turns.SWEEPERS) == {one.name for one in CLASSES if one.swept}


def test_time_before_a_month_is_counted_by_the_calendar() -> None:
    march_31: Millis = 1_774_915_200_000  # 2026-03-31
    assert before("oppositions", march_31) == march_31 - 31 * DAY  # 2026-02-28


def test_a_hold_on_blocks_in_doubt_outlives_their_content(site: Site) -> None:
    campaign = ended_campaign(site, *people(3, "doubt.test"))
    in_doubt(campaign)
    number = held(site, "doubtful_blocks", campaign)
    site.clock.millis += 10 * DAY
    sweep_everything(site)
    assert rows_of(site, campaigns, campaigns.c.sealed_job.is_not(None)) == 0
    assert rows_of(site, blocks) == 1
    assert too_old(site) == {}
    lift(site.app, number)
    sweep_everything(site)
    assert rows_of(site, blocks) == keys_of(site, campaign) == 0


@pytest.mark.parametrize("name", ["content", "provider_references", "history"])
def test_a_hold_on_part_of_a_campaign_keeps_the_campaign(site: Site, name: str) -> None:
    campaign = ended_campaign(site, *people(3, "part.test"), history="P30D")
    with site.app.db.write() as connection:
        connection.execute(sa.update(deliveries).values(provider_ref="250 queued"))
    number = held(site, name, campaign)
    for _ in range(4):  # each month anew
        site.clock.millis += MONTH
        sweep_everything(site)
        assert too_old(site) == {}
    kept = deliveries.c.provider_ref.is_not(None)
    mine = deliveries.c.campaign_id == campaign.id
    assert rows_of(site, deliveries, mine, kept) == (3 if name == "provider_references" else 0)
    assert rows_of(site, deliveries, mine) == 3
    assert keys_of(site, campaign) > 0 or name != "content"
    assert campaign.audit.holds
    lift(site.app, number)
    site.clock.millis += MONTH
    sweep_everything(site)
    assert rows_of(site, campaigns, campaigns.c.id == campaign.id) == 0
    assert rows_of(site, deliveries, mine) == keys_of(site, campaign) == 0


def test_what_is_sealed_on_hold_keeps_the_keys_of_an_ended_contract(site: Site) -> None:
    owner = site.controller.name
    site.oppose("ana@held.test")
    number = hold(site.app, Hold("oppositions", owner), "court case", "counsel", None)
    controllers.end(site.app, owner)
    site.clock.millis += 3 * MONTH
    sweep_everything(site)
    found = oppositions.check(site.app, owner, [Subject("email", "ana@held.test")])
    assert len(found) == 1
    assert too_old(site) == {}
    lift(site.app, number)
    assert set(too_old(site)) == {"oppositions", "ended_contracts"}
    sweep_everything(site)
    assert rows_of(site, suppressions, suppressions.c.scope == site.controller.number) == 0


def test_a_body_on_hold_keeps_its_dead_letter(site: Site) -> None:
    taken = site.take({"schema": "nonsense"})
    hold(site.app, Hold("dead_letter_bodies"), "court case", "counsel", None)
    site.clock.millis += 2 * YEAR
    sweep_everything(site)
    letter = dead_letters.c.id == taken.dead_letter
    assert rows_of(site, dead_letters, letter, dead_letters.c.sealed.is_not(None)) == 1
    assert too_old(site) == {}


def test_content_on_hold_does_not_ring_for_ever(site: Site) -> None:
    sweep_everything(site)
    campaign = ended_campaign(site)
    held(site, "content", campaign)
    assert turns.due_classes(site.app) == []


def held(site: Site, name: str, campaign: Campaign) -> int:
    what = Hold(name, site.controller.name, campaign.name)
    return hold(site.app, what, "court case", "counsel", None)


def test_a_hold_is_given_back_when_no_sweep_that_missed_it_goes_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = site.clock.now()
    assert sweeps.claim(site.app.db, "ended_contracts", b"a" * 16, now, 5 * MINUTE)
    waited = []

    def end_turn(_seconds: float) -> None:
        waited.append(True)
        turn = sweeps.Turn(0, 0, now, now, more=False)
        sweeps.release(site.app.db, "ended_contracts", b"a" * 16, turn)

    monkeypatch.setattr(site.clock, "wait", end_turn)
    assert hold(site.app, Hold("lists"), "court case", "counsel", None)  # which that class takes
    assert waited == [True]


def test_a_long_sweep_that_asks_for_holds_anew_is_not_waited_for(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sweeps.claim(site.app.db, "lists", b"a" * 16, site.clock.now(), 5 * MINUTE)

    def go_on(_seconds: float) -> None:
        sweeps.renew(site.app.db, "lists", b"a" * 16, 6 * MINUTE)

    monkeypatch.setattr(site.clock, "wait", go_on)
    assert hold(site.app, Hold("lists"), "court case", "counsel", None)


def test_a_sweep_that_never_ends_is_named_and_the_hold_is_in_force(site: Site) -> None:
    assert sweeps.claim(site.app.db, "lists", b"a" * 16, site.clock.now(), 5 * MINUTE)
    with pytest.raises(HoldFault, match="in force, but a sweep that began before"):
        hold(site.app, Hold("lists"), "court case", "counsel", None)
    assert [one.retention_class for one in every(site.app)] == ["lists"]
