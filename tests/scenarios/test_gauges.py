"""Gauges: what waits, is in doubt, is missing or set aside, as it is now."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from channels.contract import Channel, Effect, SendKind, SendResult
from engine.clock import DAY
from engine.store.tables import campaigns
from ops.metrics.collector import as_text
from ops.metrics.showing import exporter
from tests.scenarios.campaign import Campaign
from tests.scenarios.provider import DOUBT
from tests.scenarios.shown import shown
from tests.scenarios.site import Site, people

Sites = Callable[..., Site]


def test_an_old_doubt_is_not_shown_for_ever(site: Site) -> None:
    site.provider(usual=DOUBT)
    site.submit(*people(3))
    site.finish()
    assert shown(site.app).total("chappe_in_doubt") == 3
    site.clock.millis += 31 * DAY
    assert shown(site.app).total("chappe_in_doubt") == 0


def test_who_waits_is_shown_in_their_lane_and_how_long(new_site: Sites) -> None:
    site = new_site(batch_size=5)
    site.provider()
    site.submit(*people(12))
    site.plan()
    site.turn()
    site.clock.millis += 90_000
    metrics = shown(site.app)
    assert metrics.total("chappe_recipients_waiting", lane="email") == 12
    assert metrics.total("chappe_batches", lane="email", state="ready") == 3
    assert metrics.total("chappe_due_age_seconds", lane="email") == pytest.approx(90, abs=5)
    assert metrics.total("chappe_campaigns", state="planned") == 1
    assert metrics.total("chappe_audit_gap") == 0
    site.run()
    metrics = shown(site.app)
    assert metrics.total("chappe_recipients_waiting") == 0
    assert metrics.total("chappe_batches") == 0
    assert metrics.total("chappe_due_age_seconds") == 0
    assert metrics.total("chappe_audit_gap") == 0
    waited = metrics.total("chappe_handover_latency_seconds_sum", channel="email") / 12
    assert waited == pytest.approx(90, abs=5)
    assert metrics.total("chappe_handover_latency_seconds_bucket", le="60.0") == 0
    assert metrics.total("chappe_handover_latency_seconds_bucket", le="120.0") == 12


@pytest.mark.parametrize("state", ["planned", "finished"])
def test_somebody_who_is_not_accounted_for_is_a_gap(new_site: Sites, state: str) -> None:
    site = new_site(batch_size=4)
    site.provider()
    campaign = site.submit(*people(8))
    site.plan() if state == "planned" else site.finish()
    _pretend(site, campaign, 11)
    assert shown(site.app).total("chappe_audit_gap") == 3
    _pretend(site, campaign, 8)


def _pretend(site: Site, campaign: Campaign, accepted: int) -> None:
    change = sa.update(campaigns).where(campaigns.c.id == campaign.id).values(accepted=accepted)
    with site.app.db.write() as connection:
        connection.execute(change)


def test_an_open_breaker_has_its_cause(site: Site) -> None:
    refusal = SendResult(SendKind.NOT_ACCEPTED, "login_needed", Effect.OPEN_BREAKER)
    site.provider(name="relay", usual=refusal)
    site.provider(Channel.SMS, name="texts")
    site.submit(*people(2))
    site.plan()
    site.turn()
    site.work()
    assert shown(site.app)["chappe_connector_open"] == [
        ({"connector": "relay", "cause": "login_needed"}, 1),
        ({"connector": "texts", "cause": ""}, 0),
    ]


def test_a_keyring_that_is_away_costs_its_own_figures_only(site: Site) -> None:
    site.provider()
    keyring = site.app.vault.keyring

    class Away:
        is_sqlite = keyring.is_sqlite

        def read(self) -> None:
            raise sa.exc.OperationalError("", {}, Exception())

    site.app.vault._keyring = Away()  # type: ignore[assignment]
    try:
        with exporter(site.app) as source:
            names = {one.name for family in source.collect() for one in family.samples}
            text = as_text(list(source.collect()))
    finally:
        site.app.vault._keyring = keyring
    assert "chappe_audit_anchor" not in names
    assert "chappe_audit_gap" in names
    assert "chappe_scrape_failures_total 2.0" in text
