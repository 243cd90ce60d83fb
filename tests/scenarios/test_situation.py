"""What goes on at one moment, as people who watch are told."""

import pytest
import sqlalchemy as sa

from channels.contract import Traits
from engine import counters
from engine.clock import MINUTE, SECOND
from engine.situation import look, pace
from engine.states import BatchState, Outcome
from engine.store import counters as counted
from engine.store.privacy_tables import rights_requests, sweeps
from engine.store.tables import dead_letters, tallies
from tests.scenarios.site import Site, after, people


def test_who_waits_and_for_how_long_is_known_by_lane(site: Site) -> None:
    site.provider()
    site.submit(*people(5))
    site.submit(*people(3), priority="urgent")
    site.plan()
    site.turn()
    site.clock.millis += 90 * SECOND
    seen = look(site.app)
    assert [(lane.name, lane.waiting) for lane in seen.lanes] == [("email", 5), ("email.urgent", 3)]
    assert {lane.due_age for lane in seen.lanes} == {90 * SECOND}
    assert seen.lanes[0].batches == {BatchState.READY: 1}
    assert [(one.state, one.accepted, one.done) for one in seen.campaigns] == [
        ("planned", 3, 0),
        ("planned", 5, 0),
    ]
    assert seen.audit_gap == 0


def test_work_that_no_scheduler_releases_is_due_all_the_same(site: Site) -> None:
    site.provider()
    site.submit(*people(5), schedule={"not_before": after(60)})
    site.plan()
    assert look(site.app).lanes[0].due_age == 0
    site.clock.move(100)
    seen = look(site.app).lanes[0]
    assert (seen.batches, seen.due_age) == ({BatchState.SCHEDULED: 1}, 40 * SECOND)


def test_work_of_a_paused_campaign_is_not_called_due(site: Site) -> None:
    site.provider()
    campaign = site.submit(*people(5))
    site.plan()
    site.turn()
    campaign.pause()
    site.clock.millis += MINUTE
    seen = look(site.app)
    assert (seen.lanes[0].waiting, seen.lanes[0].due_age) == (5, 0)
    assert seen.campaigns[0].state == "paused"


def test_the_pace_is_that_of_the_time_between_two_looks(site: Site) -> None:
    site.provider(traits=Traits(slice_limit=2))
    campaign = site.submit(*people(8))
    site.oppose("p3@example.org")
    site.plan()
    before = look(site.app)
    site.finish()
    site.clock.move(4.0)
    then = look(site.app, {one.campaign_id for one in before.campaigns})
    assert then.campaigns == ()
    assert then.lanes == ()
    speed = pace(before, then)
    assert speed.seconds == 4.0
    assert speed.sent == {"email": 7 / 4}
    assert speed.ended == {"email": 2.0}
    assert speed.campaigns == {campaign.id: 2.0}


def test_a_campaign_that_is_over_is_looked_at_only_by_who_follows_it(site: Site) -> None:
    site.provider()
    campaign = site.submit(*people(2))
    site.finish()
    assert look(site.app).outcomes == {}
    followed = look(site.app, [campaign.id])
    assert followed.outcomes == {(campaign.id, "email", Outcome.SENT): 2}


@pytest.mark.parametrize("lost", [-1, 1], ids=["forgotten", "counted twice"])
def test_somebody_who_is_missing_or_counted_twice_is_a_gap(site: Site, lost: int) -> None:
    site.provider()
    site.submit(*people(6), schedule={"spread": "PT2H"})
    site.oppose("p0@example.org")
    site.plan()
    site.run()
    assert look(site.app).audit_gap == 0
    change = sa.update(tallies)
    with site.app.db.write() as connection:
        assert connection.execute(change.values(recipients=tallies.c.recipients + lost)).rowcount
    assert look(site.app).audit_gap > 0
    with site.app.db.write() as connection:
        connection.execute(change.values(recipients=tallies.c.recipients - lost))


def test_promises_are_told_in_figures(site: Site) -> None:
    now = site.clock.now()
    sweep = {"state": "idle", "cursor": "{}", "next_at": 0, "removed": 9}
    with site.app.db.write() as connection:
        connection.execute(
            sweeps.insert(),
            [
                {**sweep, "retention_class": "history", "finished_at": now - 9, "overdue": 0},
                {**sweep, "retention_class": "content", "finished_at": now - 7, "overdue": 4},
            ],
        )
        request = {"controller": 1, "kind": "erasure", "source": "mail", "progress": "{}"}
        request |= {"received_at": 0, "next_at": 0, "state": "accepted"}
        connection.execute(
            rights_requests.insert(),
            [
                {**request, "due_at": now - 5, "finished_at": None},
                {**request, "due_at": now + 5, "finished_at": None},
                {**request, "due_at": now - 9, "finished_at": now - 8},
            ],
        )
        letter = {"account": "shop", "message_id": "m", "reasons": "[]", "received_at": 0}
        connection.execute(
            dead_letters.insert(),
            [{**letter, "state": "open"}, {**letter, "state": "dropped"}],
        )
    seen = look(site.app)
    assert (seen.retention.overdue, seen.retention.swept_at) == ({"content": 4}, now - 9)
    assert (seen.rights.open, seen.rights.overdue, seen.rights.next_deadline) == (2, 1, now - 5)
    assert seen.dead_letters == 1


def test_a_class_that_was_never_swept_leaves_no_date_to_boast_of(site: Site) -> None:
    row = {"retention_class": "history", "state": "idle", "cursor": "{}"}
    with site.app.db.write() as connection:
        connection.execute(sweeps.insert(), {**row, "next_at": 0, "removed": 0, "overdue": 0})
    assert look(site.app).retention.swept_at is None


def test_oppositions_are_counted_whatever_their_reason(site: Site) -> None:
    before = look(site.app).opposed
    more = {
        counters.opposition("unsubscribed", "link"): 2,
        counters.opposition("complaint", "cli"): 1,
    }
    with site.app.db.write() as connection:
        counted.add(connection, more)
    assert look(site.app).opposed == before + 3
