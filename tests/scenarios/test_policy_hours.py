"""Hours: whoever may not be contacted now waits for the opening, is decided again, or expires."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from channels.contract import Message, Traits
from engine import choosing
from engine.clock import HOUR, SECOND
from engine.wire.instants import from_millis
from tests.open_rules import lay_down
from tests.scenarios.campaign import Json
from tests.scenarios.provider import BUSY
from tests.scenarios.site import Site
from tests.scenarios.written_rules import hours, in_paris, ruleset

Sites = Callable[..., Site]
LONG = {"not_after": "2027-06-01T00:00:00Z"}
WORKDAYS = ruleset(
    hours("08:00", "20:00", days=["mon", "tue", "wed", "thu", "fri", "sat"], holidays=False)
)
DAILY = ruleset(hours("08:00", "20:00"))
CLOSING = in_paris("2026-11-25T20:00")
OPENING = in_paris("2026-11-26T08:00")


def in_metropole(number: int) -> list[Json]:
    return [
        {"email": f"p{index}@example.org", "postal_code": "75011", "country": "FR"}
        for index in range(number)
    ]


def local(instant: int, zone: str = "Europe/Paris") -> str:
    return from_millis(instant).astimezone(ZoneInfo(zone)).strftime("%d %H:%M")


def test_nobody_leaves_after_the_closing_instant_and_the_rest_waits_for_the_opening(
    site: Site,
) -> None:
    lay_down(site.app, WORKDAYS)
    relay = site.provider(heed=lambda message: site.clock.move(6))
    site.clock.millis = CLOSING - 10 * SECOND
    campaign = site.submit(*in_metropole(5), schedule=LONG)
    site.run()
    assert [one.at for one in relay.reached] == [CLOSING - 4 * SECOND]
    assert len(relay.asked) == 2  # one was on its way, and found its gate shut
    assert (campaign.outcomes, campaign.waiting) == ({"sent": 1}, 4)
    site.clock.move(1)
    site.run()
    assert site.due_instants() == [OPENING]
    assert len(relay.asked) == 2
    site.clock.millis = OPENING - 1
    site.run()
    assert campaign.waiting == 4
    relay.heed = lambda message: None
    site.clock.millis = OPENING
    site.run()
    assert campaign.outcomes == {"sent": 5}
    assert len(set(relay.addresses)) == 5


def test_a_slice_that_is_ready_before_the_minute_ends_does_not_leave_in_the_next(
    site: Site,
) -> None:
    lay_down(site.app, DAILY)
    relay = site.provider(traits=Traits(slice_limit=1, per_second=0.5))
    site.clock.millis = CLOSING - 3 * SECOND
    campaign = site.submit(*in_metropole(6), schedule=LONG)
    site.run()
    assert relay.reached, "somebody could leave"
    assert all(one.at < CLOSING for one in relay.reached)
    assert campaign.waiting == 6 - len(relay.reached) > 0
    site.finish()
    assert campaign.outcomes == {"sent": 6}


@pytest.mark.parametrize(
    ("now", "postal_code", "opening"),
    [
        ("2026-11-28T20:00", "75011", "2026-11-30T08:00"),  # Saturday evening: Monday
        ("2026-12-24T21:00", "75011", "2026-12-26T08:00"),  # Christmas
        ("2026-12-24T21:00", "67000", "2026-12-28T08:00"),  # and the day after it in Alsace
        ("2027-03-27T21:00", "75011", "2027-03-29T08:00"),  # Easter, and its Monday
    ],
)
def test_the_opening_is_the_next_day_that_is_open_where_the_recipient_is(
    site: Site, now: str, postal_code: str, opening: str
) -> None:
    local_too = hours(
        "08:00",
        "20:00",
        days=["mon", "tue", "wed", "thu", "fri", "sat"],
        holidays=False,
        local_holidays=False,
    )
    lay_down(site.app, ruleset(local_too))
    relay = site.provider()
    site.clock.millis = in_paris(now)
    row = in_metropole(1)[0] | {"postal_code": postal_code}
    campaign = site.submit(row, schedule=LONG)
    site.run()
    expected = in_paris(opening)
    if opening == "2027-03-29T08:00":  # the Monday is a holiday, so the Tuesday
        expected = in_paris("2027-03-30T08:00")
    assert site.due_instants() == [expected]
    site.finish()
    assert campaign.outcomes == {"sent": 1}
    assert relay.reached[0].at == expected


@pytest.mark.parametrize(
    ("evening", "morning"),
    [
        ("2027-03-27T21:00", "2027-03-28T06:00:00+00:00"),  # clocks go forward: an hour earlier
        ("2027-10-30T21:00", "2027-10-31T07:00:00+00:00"),  # and back
    ],
)
def test_eight_o_clock_is_what_clocks_show_after_they_were_changed(
    site: Site, evening: str, morning: str
) -> None:
    lay_down(site.app, DAILY)
    relay = site.provider()
    site.clock.millis = in_paris(evening)
    site.submit(*in_metropole(1), schedule={"not_after": "2027-11-30T00:00:00Z"})
    site.finish()
    assert from_millis(relay.reached[0].at) == datetime.fromisoformat(morning)


def test_recipients_of_one_block_wait_for_openings_of_their_own(site: Site) -> None:
    lay_down(site.app, DAILY)
    relay = site.provider()
    site.clock.millis = in_paris("2026-11-25T21:00")
    zones = {
        "RE": "Indian/Reunion",
        "NC": "Pacific/Noumea",
        "FR": "Europe/Paris",
        "GF": "America/Cayenne",
    }
    rows = [{"email": f"{code}@example.org", "country": code} for code in zones]
    rows[2]["postal_code"] = "75011"  # without one, France is everywhere it is
    campaign = site.submit(*rows, schedule=LONG)
    site.run()
    waits = {"RE": "26 08:00", "FR": "26 08:00", "NC": "26 08:00"}
    assert campaign.outcomes == {"sent": 1}  # it is 17:00 in Cayenne
    assert len(site.due_instants()) == 3
    site.finish()
    assert campaign.outcomes == {"sent": 4}
    shown = {one.to[:2].upper(): local(one.at, zones[one.to[:2].upper()]) for one in relay.reached}
    assert {code: at for code, at in shown.items() if code != "GF"} == waits


def test_whose_place_nobody_knows_is_denied_not_guessed(site: Site) -> None:
    lay_down(site.app, DAILY)
    site.provider()
    campaign = site.submit({"email": "p@example.org"})
    site.run()
    assert campaign.reasons == {("denied", "zone_unknown:hours"): 1}


def test_who_would_wait_past_the_end_expires_at_the_end(site: Site) -> None:
    lay_down(site.app, DAILY)
    relay = site.provider()
    site.clock.millis = in_paris("2026-11-25T21:00")
    campaign = site.submit(*in_metropole(3), schedule={"not_after": "2026-11-26T05:00:00Z"})
    site.run()
    assert campaign.waiting == 3
    site.finish()
    assert (campaign.outcomes, campaign.finished) == ({"expired": 3}, True)
    assert site.clock.millis == in_paris("2026-11-26T06:00")
    assert relay.asked == []


def test_whoever_waits_is_decided_by_the_rules_of_then(site: Site) -> None:
    lay_down(site.app, DAILY)
    relay = site.provider()
    site.clock.millis = in_paris("2026-11-25T21:00")
    campaign = site.submit(*in_metropole(2), schedule=LONG)
    site.run()
    lay_down(site.app, ruleset(hours("10:00", "12:00")))
    site.clock.millis = OPENING
    site.run()
    assert (campaign.waiting, site.due_instants()) == (2, [OPENING + 2 * HOUR])
    site.oppose("p1@example.org")
    site.finish()
    assert campaign.outcomes == {"sent": 1, "suppressed": 1}
    assert [one.at for one in relay.reached] == [OPENING + 2 * HOUR]


def test_who_was_not_accepted_just_before_the_closing_is_tried_again_at_the_opening(
    site: Site,
) -> None:
    lay_down(site.app, DAILY)
    relay = site.provider(script={"p0@example.org": [BUSY]})
    site.clock.millis = CLOSING - 10 * SECOND
    campaign = site.submit(*in_metropole(2), schedule=LONG)
    site.finish()
    assert campaign.outcomes == {"sent": 2}
    assert [one.at for one in relay.reached] == [CLOSING - 10 * SECOND, OPENING]


def test_a_paused_campaign_and_a_cancelled_one_keep_those_who_wait(site: Site) -> None:
    lay_down(site.app, DAILY)
    site.provider()
    site.clock.millis = in_paris("2026-11-25T21:00")
    paused = site.submit(*in_metropole(2), schedule=LONG)
    cancelled = site.submit(*in_metropole(2), schedule=LONG)
    site.run()
    paused.pause()
    cancelled.cancel()
    site.clock.millis = OPENING
    site.run()
    assert (paused.waiting, cancelled.outcomes) == (2, {"cancelled": 2})
    paused.resume()
    site.run()
    assert paused.outcomes == {"sent": 2}


def test_a_turn_that_ends_in_the_middle_forgets_nobody_who_waits(new_site: Sites) -> None:
    site = new_site(turn_seconds=1)
    lay_down(site.app, DAILY)
    relay = site.provider(traits=Traits(slice_limit=2), heed=lambda message: site.clock.move(0.4))
    rows: list[Json] = []
    for index, row in enumerate(in_metropole(12)):
        rows.append(row | ({"country": "NC", "postal_code": None} if index % 3 == 0 else {}))
    campaign = site.submit(*rows, schedule=LONG)
    site.run()
    assert (campaign.outcomes, campaign.waiting) == ({"sent": 8}, 4)
    site.finish()
    assert campaign.outcomes == {"sent": 12}
    assert len(set(relay.addresses)) == 12


def test_a_ruling_is_kept_from_batch_to_batch_and_forgets_no_minute(new_site: Sites) -> None:
    site = new_site(batch_size=2)
    lay_down(site.app, DAILY)
    relay = site.provider()
    site.clock.millis = CLOSING - 10 * SECOND
    made: list[object] = []
    keep = choosing.Rulings.of

    def watch(*given: object) -> object:
        made.append(keep(*given))  # type: ignore[arg-type]
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choosing.Rulings, "of", watch)
        campaign = site.submit(*in_metropole(4), schedule=LONG)
        relay.heed = _once(lambda: setattr(site.clock, "millis", CLOSING))
        site.run()
    assert made[0] is made[1]
    assert (campaign.waiting, relay.reached) == (4, [])


def _once(act: Callable[[], object]) -> Callable[[Message], None]:
    todo = [act]

    def heed(_message: Message) -> None:
        while todo:
            todo.pop()()

    return heed
