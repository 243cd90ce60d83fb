"""Campaigns aimed by what became of people in an earlier one, planned on both stores."""

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.campaign_check import check
from engine.clock import DAY
from engine.planning import aiming, plan_chunk
from engine.planning.cursor import AIMING, decode_cursor
from engine.states import CampaignState, Outcome
from engine.store.tables import deliveries
from policy.decision import ReasonCode
from policy.send_reasons import SendReason
from tests.planning.earlier import aim, ended
from tests.planning.world import World, csv, emails

ENDS = [Outcome.SENT, Outcome.FAILED, Outcome.SUPPRESSED, Outcome.EXPIRED]


def four(world: World) -> str:
    """Four people: r0 was sent to, r1 failed, r2 was suppressed, r3 expired."""
    return ended(
        world,
        emails(4),
        {f"r{number}@example.org": outcome for number, outcome in enumerate(ENDS)},
    )


def reached(world: World, campaign: int) -> list[str]:
    return [str(address).partition("@")[0] for address in world.addresses(campaign)]


def rejected(world: World, campaign: int) -> dict[str, int]:
    stored = world.row(campaign).cursor
    assert stored is not None
    return dict(decode_cursor(stored).reasons)


@pytest.mark.parametrize(
    ("recipients", "people"),
    [
        ({"only": ["failed"]}, ["r1"]),
        ({"only": ["failed", "expired"]}, ["r1", "r3"]),
        ({"except": ["sent"]}, ["r1", "r2", "r3", "r4", "r5"]),
        ({"except": ["sent", "suppressed"]}, ["r1", "r3", "r4", "r5"]),
        ({"only": ["sent", "failed"], "except": ["failed"]}, ["r0"]),
    ],
    ids=["only one", "only two", "except one", "except two", "both"],
)
def test_people_are_chosen_by_what_became_of_them(
    world: World, recipients: dict[str, list[str]], people: list[str]
) -> None:
    earlier = four(world)
    aims = {name: aim(earlier, *outcomes) for name, outcomes in recipients.items()}
    campaign = world.planned(world.job({"inline": emails(6), **aims}))
    assert reached(world, campaign) == people
    assert world.counts(campaign) == (6, len(people), 0, 6 - len(people))
    assert rejected(world, campaign) == {"not_aimed": 6 - len(people)}


def test_the_same_ref_is_the_same_person_at_another_address(world: World) -> None:
    earlier = ended(
        world,
        [{"ref": "1", "email": "old@example.org", "prenom": "A"}],
        {"old@example.org": Outcome.SENT},
    )
    rows = [
        {"ref": "1", "email": "new@example.org", "prenom": "A"},
        {"ref": "2", "email": "old@example.org", "prenom": "B"},
    ]
    campaign = world.planned(world.job({"inline": rows, "except": aim(earlier, "sent")}))
    assert [who.ref for who in world.recipients(campaign)] == ["2"]


def test_whoever_was_erased_meanwhile_is_not_aimed_at(world: World) -> None:
    earlier = four(world)
    with world.app.db.write() as connection:  # what an erasure leaves of a delivery
        connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.outcome == Outcome.FAILED)
            .values(person_key=None, contact_key=None)
        )
    campaign = world.planned(world.job({"inline": emails(6), "only": aim(earlier, "failed")}))
    assert world.row(campaign).state is CampaignState.FINISHED
    assert world.row(campaign).reasons == ("no_recipients",)
    assert world.counts(campaign) == (6, 0, 0, 6)


@pytest.mark.usefixtures("small_steps", "in_threes")
def test_many_small_steps_aim_like_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiming, "_BLOCKS_AT_ONCE", 1)
    monkeypatch.setattr(aiming, "KEYS_AT_ONCE", 4)
    ends = {f"r{number}@example.org": ENDS[number % 4] for number in range(40)}
    earlier = ended(world, emails(40), ends)
    lines = [f"r{index % 60}@example.org;P" for index in range(90)]
    dropped = world.drop("clients.csv", csv(*lines))
    aims = {"only": aim(earlier, "sent", "failed"), "except": aim(earlier, "failed")}
    campaign = world.planned(world.job({**dropped, **aims}))
    assert world.addresses(campaign) == sorted(
        f"r{number}@example.org" for number in range(0, 40, 4)
    )
    assert world.counts(campaign) == (90, 10, 30, 50)
    spills, stored, _, keys = world.left(campaign)
    assert (spills, keys) == (0, stored + 1)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.dictionaries(st.integers(0, 9), st.sampled_from(ENDS), min_size=1), st.data())
def test_only_and_except_part_any_people_in_two(
    world: World, outcomes: dict[int, Outcome], data: st.DataObject
) -> None:
    rows = [row for number, row in enumerate(emails(10)) if number in outcomes]
    earlier = ended(world, rows, {f"r{n}@example.org": end for n, end in outcomes.items()})
    words = [outcome.word for outcome in ENDS]
    chosen = data.draw(st.lists(st.sampled_from(words), min_size=1, unique=True))
    halves = [
        world.planned(world.job({"inline": emails(10), name: aim(earlier, *chosen)}))
        for name in ("only", "except")
    ]
    only, others = [world.row(half).accepted for half in halves]
    assert only == sum(outcome.word in chosen for outcome in outcomes.values())
    assert only + others == 10


def test_a_check_counts_what_planning_does(world: World) -> None:
    earlier = four(world)
    job = world.job({"inline": [*emails(6), *emails(1)], "except": aim(earlier, "sent", "failed")})
    report = check(world.app, job)
    campaign = world.planned(job)
    assert report.recipients is not None
    tally = report.recipients
    counted = (tally.rows, tally.accepted, tally.duplicates, tally.rejected.total())
    assert world.counts(campaign) == counted == (7, 4, 1, 2)
    assert tally.rejected == rejected(world, campaign) == {"not_aimed": 2}


# --- what is refused -----------------------------------------------------------------------------


def refusals(world: World, earlier: str) -> list[ReasonCode | SendReason]:
    job = world.job({"inline": emails(1), "only": aim(earlier, "sent")})
    _, admission = world.admit(job)
    return [refusal.reason for refusal in admission.refusals]


def test_an_earlier_campaign_must_be_there_and_the_controllers_own(world: World) -> None:
    assert refusals(world, "never-seen") == [ReasonCode.AIMED_CAMPAIGN_MISSING]
    earlier, own = four(world), world.controller
    world.controller = world.new_controller(f"{own.name}-b")
    assert refusals(world, earlier) == [ReasonCode.AIMED_CAMPAIGN_MISSING]
    world.controller = own
    assert refusals(world, earlier) == []


def test_an_earlier_campaign_must_be_finished(world: World) -> None:
    campaign = world.planned(world.job({"inline": emails(2)}))
    assert refusals(world, world.row(campaign).name) == [ReasonCode.AIMED_CAMPAIGN_UNFINISHED]


def test_what_became_of_people_must_be_kept_still(world: World) -> None:
    earlier = four(world)
    world.clock.millis += 4000 * DAY
    assert refusals(world, earlier) == [ReasonCode.AIMED_CAMPAIGN_FORGOTTEN]


def test_history_that_goes_while_it_is_read_refuses_the_campaign(world: World) -> None:
    """Otherwise whoever was to be left out would be contacted."""
    job = world.job({"inline": emails(6), "except": aim(four(world), "sent")})
    campaign = world.admitted(job)
    world.clock.millis += 4000 * DAY
    world.plan(campaign)
    assert world.row(campaign).state is CampaignState.REFUSED
    assert world.row(campaign).reasons == ("aimed_campaign_forgotten",)
    assert world.left(campaign) == (0, 0, 0, 0)
    assert "no longer kept" in str(world.events(campaign)[-1])


def test_history_that_is_put_aside_while_it_is_read_is_read_where_it_went(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = four(world)
    job = world.job({"inline": emails(6), "only": aim(earlier, "sent")})
    campaign = world.admitted(job)
    months = iter([197001])  # what is read of a month that is not there any more
    real = aiming._month
    monkeypatch.setattr(aiming, "_month", lambda app, aim: next(months, real(app, aim)))
    world.plan(campaign)
    assert reached(world, campaign) == ["r0"]


def test_a_second_planner_does_not_read_the_aims_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = four(world)
    campaign = world.admitted(world.job({"inline": emails(6), "only": aim(earlier, "sent")}))
    read_on = aiming.read_on
    raced: list[int] = []

    def race(*given: Any) -> Any:
        if not raced:
            raced.append(1)
            stored = world.row(campaign).cursor
            assert stored is not None
            assert decode_cursor(stored).stage == AIMING
            world.plan(campaign)
        return read_on(*given)

    monkeypatch.setattr(aiming, "read_on", race)
    assert plan_chunk(world.app, campaign) is False
    assert reached(world, campaign) == ["r0"]
    assert world.counts(campaign) == (6, 1, 0, 5)
