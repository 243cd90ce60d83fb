"""Metrics: the same figures as everywhere else, and never a person."""

from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from channels.contract import Channel, SendKind, SendResult
from engine.aftermath import Aftermath
from engine.briefing import Briefings
from engine.reason_words import reason_word
from engine.states import Outcome
from engine.store.delivery_row import DeliveryRow
from engine.store.tables import campaigns, deliveries, tallies
from ops.metrics.collector import as_text
from ops.metrics.registry import SERIES
from ops.metrics.showing import exporter
from tests.scenarios.provider import BUSY, DOUBT, REFUSED, UNKNOWN
from tests.scenarios.shown import Shown, shown
from tests.scenarios.site import Site, people

Sites = Callable[..., Site]


def outcomes(shown: Shown, channel: str) -> dict[str, int]:
    """Return final outcomes as metrics tell them: as recorded first."""
    found: Counter[str] = Counter()
    for labels, value in shown["chappe_deliveries_total"]:
        if labels["channel"] == channel and labels["outcome"] != "passed_on":
            found[labels["outcome"]] += int(value)
    return dict(found)


def test_terminal_event_and_metrics_say_the_same_of_every_ending(new_site: Sites) -> None:
    site = new_site(batch_size=4)
    relay = site.provider(name="relay")
    answers = {0: [UNKNOWN], 1: [REFUSED], 2: [DOUBT], 3: [BUSY] * 9, 4: [BUSY, BUSY]}
    relay.script = {f"p{number}@example.org": list(said) for number, said in answers.items()}
    site.oppose("p5@example.org")
    campaign = site.submit(*people(9), {"email": "no address"})
    site.finish()
    (finished,) = campaign.events("finished")
    event = {word: number for word, number in finished["outcomes"].items() if number}
    metrics = shown(site.app)
    assert outcomes(metrics, "email") == dict(campaign.outcomes) == event
    assert metrics.total("chappe_units_total") == campaign.overview.units
    told = Counter[tuple[str, str]]()
    for (outcome, reason), number in campaign.reasons.items():
        told[outcome, reason_word(reason)] += number
    assert told == {
        (labels["outcome"], labels["reason"]): value
        for labels, value in metrics["chappe_deliveries_total"]
    }
    by_relay = {one["connector"] for one, _ in metrics["chappe_deliveries_total"]}
    assert by_relay == {"relay", ""}


def test_two_parts_of_a_text_are_two_units(site: Site) -> None:
    site.provider(Channel.SMS, name="texts", usual=SendResult(SendKind.SENT, units=2))
    site.submit(*({"tel": f"+336399801{at:02}"} for at in range(100)), route=["sms"])
    site.finish()
    metrics = shown(site.app)
    assert metrics.total("chappe_deliveries_total", outcome="sent") == 100
    assert metrics.total("chappe_units_total", channel="sms", connector="texts") == 200


def test_counters_stay_and_gauges_go_when_everything_is_forgotten(site: Site) -> None:
    relay = site.provider()
    relay.script = {"p1@example.org": [DOUBT]}
    site.submit(*people(5))
    site.finish()
    before = shown(site.app)
    assert before.total("chappe_in_doubt", channel="email") == 1
    with site.app.db.write() as connection:
        for table in (tallies, deliveries, campaigns):
            connection.execute(sa.delete(table))
    after = shown(site.app)
    counted = {name for name in before if name.endswith(("_total", "_bucket", "_count", "_sum"))}
    assert {name: after[name] for name in counted} == {name: before[name] for name in counted}
    assert after.total("chappe_in_doubt") == 0
    assert after.total("chappe_campaigns") == 0


def test_each_slice_tells_how_long_an_opposition_could_take(new_site: Sites) -> None:
    site = new_site(batch_size=10)
    relay = site.provider()
    relay.heed = lambda _message: site.clock.move(0.06)
    site.submit(*people(10))
    site.finish()
    metrics = shown(site.app)
    slices = metrics.total("chappe_opposition_effect_seconds_count", channel="email")
    assert slices >= 1
    taken = metrics.total("chappe_opposition_effect_seconds_sum", channel="email")
    # The first of a slice is given out at once, the last after all others were worked.
    assert taken == pytest.approx(0.06 * (10 - slices), abs=0.01)


def test_what_happens_to_campaigns_is_counted_once(site: Site) -> None:
    site.provider()
    before = shown(site.app)
    job = site.job(*people(2))
    site.submit_job(job)
    site.take(job)  # the same again
    site.take({"schema": "chappe.campaign/1"})
    refused = site.job(*people(1), purpose="autre")
    site.take(refused)
    site.finish()
    after = shown(site.app)
    grown = {
        labels["event"]: value - before.total("chappe_campaigns_total", **labels)
        for labels, value in after["chappe_campaigns_total"]
    }
    assert grown == {"received": 2, "refused": 1, "planned": 1, "finished": 1, "dead_letter": 1}
    assert after.total("chappe_dead_letters_open") == 1


def test_an_opposition_counts_once_however_often_it_is_said(site: Site) -> None:
    before = shown(site.app)
    for _ in range(3):
        site.oppose("p1@example.org")
    after = shown(site.app)
    name = "chappe_oppositions_total"
    assert after.total(name, reason="objection") - before.total(name, reason="objection") == 1


def test_metrics_hold_no_person_no_campaign_and_no_client(site: Site) -> None:
    relay = site.provider()
    relay.script = {"ana.secret@example.org": [SendResult(SendKind.REFUSED, "ana.secret")]}
    site.oppose("eve.secret@example.org")
    row = {"ref": "ref-secret-7", "email": "ana.secret@example.org"}
    campaign = site.submit(row, {"email": "eve.secret@example.org"}, id="secret-campaign")
    site.finish()
    with exporter(site.app) as source:
        text = as_text(list(source.collect()))
    assert 'outcome="failed",reason="other"' in text
    for word in ("secret", campaign.name, campaign.controller, "example.org"):
        assert word not in text


def test_every_series_without_a_broker_is_shown(site: Site) -> None:
    site.provider()
    site.submit(*people(2))
    site.finish()
    metrics = shown(site.app)
    suffixes = ("", "_bucket")
    absent = {
        name.value
        for name in SERIES
        if not any(f"chappe_{name}{suffix}" in metrics for suffix in suffixes)
    }
    assert absent <= {
        "gateway_requests_total",
        "queue_messages",
        "retention_overdue",
        "retention_removed_total",
        "retention_last_sweep_timestamp_seconds",
        "rights_next_deadline_timestamp_seconds",
        "key_age_seconds",
    }


def test_a_worker_that_was_taken_for_dead_settles_the_doubts_about_it(site: Site) -> None:
    site.provider(Channel.SMS, name="texts", usual=SendResult(SendKind.IN_DOUBT, "no_answer"))
    campaign = site.submit({"tel": "+33639980100"}, {"tel": "+33639980101"}, route=["sms"])
    site.plan()
    brief = Briefings(site.app)(campaign.id)
    site.finish()
    before = shown(site.app)
    doubtful, _ = campaign.rows()
    known = DeliveryRow._make(getattr(doubtful, name) for name in DeliveryRow._fields)
    known = known._replace(outcome=Outcome.SENT, reason=None, units=2)
    batch = SimpleNamespace(channel=Channel.SMS, briefing=brief)
    assert Aftermath(site.app, batch, 1).correct([known, known]) == 1  # type: ignore[arg-type]
    after = shown(site.app)
    assert after["chappe_deliveries_total"] == before["chappe_deliveries_total"]
    name = "chappe_doubts_settled_total"
    assert after.total(name, channel="sms", became="sent") == 1
    assert after.total("chappe_units_total") == before.total("chappe_units_total") + 1
    assert after.total("chappe_in_doubt", channel="sms") == 1
    assert dict(campaign.outcomes) == {"in_doubt": 1, "sent": 1}
