"""What is promised to be forgotten is forgotten on time; what is on hold or still needed stays."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from engine import controllers, oppositions
from engine.clock import DAY, HOUR, MINUTE, Millis
from engine.explain import explain
from engine.retention import turns
from engine.store.keyring_tables import controller_keys, sealed_keys
from engine.store.privacy_tables import connections
from engine.store.tables import (
    batches,
    blocks,
    campaigns,
    dead_letters,
    deliveries,
    events,
    suppressions,
    tallies,
)
from engine.subjects import Subject
from tests.scenarios.site import Site, people
from tests.scenarios.sweeping import ended_campaign, keys_of, rows_of, sweep_everything, too_old

Sites = Callable[..., Site]
YEAR: Millis = 366 * DAY


def test_content_and_recipients_are_destroyed_when_a_campaign_ends(site: Site) -> None:
    campaign = ended_campaign(site)
    assert keys_of(site, campaign) > 0
    assert too_old(site)["content"] == 1
    assert "content" in sweep_everything(site)
    assert keys_of(site, campaign) == 0
    for table in (blocks, batches):
        assert rows_of(site, table, table.c.campaign_id == campaign.id) == 0
    kept = campaigns.c.sealed_job.is_(None), campaigns.c.forgotten_at.is_not(None)
    assert rows_of(site, campaigns, campaigns.c.id == campaign.id, *kept) == 1


def test_a_forgotten_campaign_is_still_explained_audited_and_known(site: Site) -> None:
    campaign = ended_campaign(site, *people(3, "known.test"))
    job = site.job(*people(3, "known.test"))
    sweep_everything(site)
    assert campaign.outcomes == {"sent": 3}
    assert campaign.audit.holds
    with site.app.db.read() as connection:
        name = connection.scalar(sa.select(campaigns.c.name).where(campaigns.c.id == campaign.id))
    told = explain(site.app, str(name), site.controller.name, Subject("email", "p1@known.test"))
    assert [story.outcome for story in told.stories] in ([["sent"], []])
    assert job["id"] != name


def test_a_campaign_that_goes_on_is_not_touched(site: Site) -> None:
    site.provider()
    campaign = site.submit(*people(3), schedule={"not_before": "2030-01-01T09:00:00Z"})
    site.run()
    assert sweep_everything(site).get("content") is None
    assert keys_of(site, campaign) > 0


def test_blocks_with_somebody_in_doubt_stay_for_three_days(site: Site) -> None:
    campaign = ended_campaign(site)
    with site.app.db.write() as connection:
        connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.campaign_id == campaign.id, deliveries.c.position == 0)
            .values(outcome=6)
        )
        connection.execute(
            sa.update(tallies).where(tallies.c.campaign_id == campaign.id).values(recipients=2)
        )
        connection.execute(
            sa.insert(tallies).values(
                campaign_id=campaign.id, shard=0, leg=1, connector=0, outcome=6, reason="",
                recipients=1, units=1,
            )
        )  # fmt: skip
    sweep_everything(site)
    assert rows_of(site, blocks, blocks.c.campaign_id == campaign.id) == 1
    assert rows_of(site, campaigns, campaigns.c.sealed_job.is_not(None)) == 0
    assert campaign.audit.doubts[0].key
    assert too_old(site) == {}
    site.clock.millis += 3 * DAY + MINUTE
    sweep_everything(site)
    assert rows_of(site, blocks) == 0
    assert keys_of(site, campaign) == 0
    assert campaign.audit.doubts[0].ref is None


def test_the_scheduler_rings_for_content_as_soon_as_a_campaign_is_over(site: Site) -> None:
    sweep_everything(site)
    assert turns.due_classes(site.app) == []
    ended_campaign(site)
    assert turns.due_classes(site.app) == ["content"]
    while turns.sweep_class(site.app, "content"):
        pass
    assert turns.due_classes(site.app) == []


def test_the_history_goes_when_the_client_said(site: Site) -> None:
    campaign = ended_campaign(site, history="P30D")
    sweep_everything(site)
    site.clock.millis += 25 * DAY
    sweep_everything(site)
    assert rows_of(site, deliveries, deliveries.c.campaign_id == campaign.id) == 3
    site.clock.millis += 70 * DAY
    assert too_old(site).get("history") == 1
    assert sweep_everything(site)["history"] > 0
    for table in (deliveries, tallies):
        assert rows_of(site, table, table.c.campaign_id == campaign.id) == 0
    assert rows_of(site, campaigns, campaigns.c.id == campaign.id) == 0
    assert too_old(site) == {}


def test_what_providers_call_messages_goes_after_a_month(site: Site) -> None:
    campaign = ended_campaign(site)
    with site.app.db.write() as connection:
        connection.execute(sa.update(deliveries).values(provider_ref="250 queued"))
    site.clock.millis += 29 * DAY
    sweep_everything(site)
    assert rows_of(site, deliveries, deliveries.c.provider_ref.is_not(None)) == 3
    site.clock.millis += 2 * DAY
    sweep_everything(site)
    assert rows_of(site, deliveries, deliveries.c.provider_ref.is_not(None)) == 0
    assert rows_of(site, deliveries, deliveries.c.campaign_id == campaign.id) == 3


@pytest.mark.parametrize(
    ("name", "table", "values", "kept"),
    [
        ("connection_log", connections, {"address": "::1", "route": "x", "status": 200}, 365 * DAY),
        (
            "events",
            events,
            {"routing_key": "k", "body": "{}", "created_at": 0},
            30 * DAY,
        ),
        (
            "dead_letters",
            dead_letters,
            {"account": "a", "message_id": "", "reasons": "[]", "state": "open"},
            365 * DAY,
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rows_go_just_after_their_time_and_not_before(
    site: Site, name: str, table: sa.Table, values: dict[str, object], kept: Millis
) -> None:
    column = {"connection_log": "at", "events": "published_at", "dead_letters": "received_at"}[name]
    begun = site.clock.now()
    with site.app.db.write() as connection:
        connection.execute(sa.insert(table).values({**values, column: begun}))
    mine = table.c[column] == begun
    site.clock.millis = begun + kept - HOUR
    turns.sweep_all(site.app, name)
    assert rows_of(site, table, mine) == 1
    site.clock.millis = begun + kept + 2 * DAY
    turns.sweep_all(site.app, name)
    assert rows_of(site, table, mine) == 0


def test_the_body_of_a_dead_letter_goes_after_a_week_and_its_reasons_stay(site: Site) -> None:
    taken = site.take({"schema": "nonsense"})
    letter = dead_letters.c.id == taken.dead_letter
    site.clock.millis += 8 * DAY
    assert sweep_everything(site)["dead_letter_bodies"] == 1
    assert rows_of(site, dead_letters, letter, dead_letters.c.sealed.is_(None)) == 1
    assert rows_of(site, dead_letters, letter, dead_letters.c.state == "dropped") == 1


def test_a_month_after_its_contract_nothing_of_a_controller_can_be_read(site: Site) -> None:
    owner = site.controller
    site.oppose("ana@example.org")
    controllers.end(site.app, owner.name)
    site.clock.millis += 20 * DAY
    sweep_everything(site)
    assert rows_of(site, suppressions, suppressions.c.scope == owner.number) == 1
    site.clock.millis += 20 * DAY
    swept = sweep_everything(site)
    assert swept["oppositions"] == 1
    assert swept["ended_contracts"] == 1
    assert rows_of(site, suppressions, suppressions.c.scope == owner.number) == 0
    with site.app.vault.keyring.read() as keyring:
        for table in (controller_keys, sealed_keys):
            query = sa.select(sa.func.count()).select_from(table)
            assert keyring.scalar(query.where(table.c.controller == owner.name)) == 0


def test_the_oppositions_of_living_contracts_stay_however_old(site: Site) -> None:
    site.oppose("ana@example.org")
    site.clock.millis += 11 * YEAR
    sweep_everything(site)
    found = oppositions.check(site.app, site.controller.name, [Subject("email", "ana@example.org")])
    assert len(found) == 1


def test_a_key_whose_thing_never_came_to_be_is_destroyed(site: Site) -> None:
    sealed = site.app.vault.seal(site.controller.name, "campaign:999999", b"x", site.clock.now())
    assert sweep_everything(site).get("stray_keys") is None  # it could still be on its way
    site.clock.millis += 2 * DAY
    assert sweep_everything(site)["stray_keys"] >= 1
    with pytest.raises(Exception, match="destroyed"):
        site.app.vault.open(site.controller.name, "campaign:999999", sealed)
