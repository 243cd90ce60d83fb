"""Rules about time as they judge a recipient: hours, how often, and rest after a refusal."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.decision import Verdict
from policy.local_time import local_date
from policy.rule_kinds import Cap, Pause
from policy.rules.time import judge_cap, judge_hours, judge_pause
from policy.send_facts import Millis, RecipientFacts
from policy.send_reasons import Judgement, SendReason
from policy.territory import PLACES
from tests.unit.policy.moments import HOLIDAYS, SEND, VOICE, at, hours

CAP = Cap(id="some.cap", source="a test", certainty="house", most=4, days=30)
PAUSE = Pause(id="some.pause", source="a test", certainty="house", days=60)
ZONE_UNKNOWN = Judgement(Verdict.DENY, SendReason.ZONE_UNKNOWN)
PARIS = RecipientFacts(places=frozenset({"75"}))
NOWHERE = RecipientFacts()


def calls(*moments: str, place: str = "75") -> tuple[tuple[str, str, Millis], ...]:
    return tuple(("voice", "controller", at(moment, place)) for moment in moments)


FOUR_CALLS = replace(PARIS, contacts=calls(*(f"2026-09-01T{hour}:00" for hour in (10, 11, 12, 19))))


def too_often(until: str, place: str = "75") -> Judgement:
    return Judgement(Verdict.DEFER, SendReason.CAP, "voice 4/30", at(until, place))


def refused(until: str, place: str = "75") -> Judgement:
    return Judgement(Verdict.DEFER, SendReason.REFUSAL, until=at(until, place))


# Hours


def test_hours_permit_what_is_within_them() -> None:
    assert judge_hours(VOICE, SEND, PARIS, at("2026-11-24T11:00"), HOLIDAYS) is None


def test_hours_defer_to_the_next_opening() -> None:
    judged = judge_hours(VOICE, SEND, PARIS, at("2026-11-24T13:00"), HOLIDAYS)
    assert judged == Judgement(Verdict.DEFER, SendReason.HOURS, until=at("2026-11-24T14:00"))


def test_hours_deny_where_nobody_knows_the_place() -> None:
    assert judge_hours(VOICE, SEND, NOWHERE, at("2026-11-24T11:00"), HOLIDAYS) == ZONE_UNKNOWN


def test_hours_deny_what_never_opens() -> None:
    judged = judge_hours(hours("08:00-08:00"), SEND, PARIS, at("2026-11-24T11:00"), HOLIDAYS)
    assert judged == Judgement(Verdict.DENY, SendReason.NEVER_OPEN)


# Caps


def test_four_calls_on_the_first_day_count_until_the_thirtieth() -> None:
    judged = judge_cap(CAP, SEND, FOUR_CALLS, at("2026-09-30T11:00"), HOLIDAYS)
    assert judged == too_often("2026-10-01T00:00")
    last = at("2026-10-01T00:00") - 1
    assert judge_cap(CAP, SEND, FOUR_CALLS, last, HOLIDAYS) == judged


def test_they_have_left_on_the_day_after() -> None:
    assert judge_cap(CAP, SEND, FOUR_CALLS, at("2026-10-01T00:00"), HOLIDAYS) is None
    assert judge_cap(CAP, SEND, FOUR_CALLS, at("2026-10-01T11:00"), HOLIDAYS) is None


def test_three_calls_leave_room_for_a_fourth() -> None:
    three = replace(PARIS, contacts=FOUR_CALLS.contacts[:3])
    assert judge_cap(CAP, SEND, three, at("2026-09-01T20:00"), HOLIDAYS) is None


def test_it_waits_until_enough_of_them_have_left() -> None:
    days = ("2026-09-20", "2026-09-01", "2026-09-10", "2026-09-05", "2026-09-15")
    five = replace(PARIS, contacts=calls(*(f"{day}T11:00" for day in days)))
    judged = judge_cap(CAP, SEND, five, at("2026-09-21T11:00"), HOLIDAYS)
    assert judged == too_often("2026-10-05T00:00")


def test_a_cap_counts_its_own_channel_where_it_names_none() -> None:
    others = tuple(("sms", scope, when) for _, scope, when in FOUR_CALLS.contacts)
    now = at("2026-09-02T11:00")
    assert judge_cap(CAP, SEND, replace(PARIS, contacts=others), now, HOLIDAYS) is None


def test_a_cap_counts_the_channels_that_it_names_together() -> None:
    mixed = (*FOUR_CALLS.contacts[:2], *(("sms", "controller", at("2026-09-01T11:00")),) * 2)
    person = replace(PARIS, contacts=mixed)
    now = at("2026-09-02T11:00")
    both = Cap(
        id="some.cap",
        source="a test",
        certainty="house",
        most=4,
        days=30,
        counts=("voice", "sms"),
    )
    judged = judge_cap(both, SEND, person, now, HOLIDAYS)
    assert judged is not None
    assert (judged.subject, judged.until) == ("voice+sms 4/30", at("2026-10-01T00:00"))
    assert judge_cap(CAP, SEND, person, now, HOLIDAYS) is None


def test_a_controller_s_cap_leaves_out_what_others_sent() -> None:
    by_others = tuple(("voice", "platform", when) for _, _, when in FOUR_CALLS.contacts)
    person = replace(PARIS, contacts=by_others)
    assert judge_cap(CAP, SEND, person, at("2026-09-02T11:00"), HOLIDAYS) is None


def test_a_cap_of_the_platform_counts_what_anybody_sent() -> None:
    platform = Cap(
        id="some.cap", source="a test", certainty="house", most=4, days=30, scope="platform"
    )
    mixed = (*FOUR_CALLS.contacts[:3], ("voice", "platform", at("2026-09-01T11:00")))
    judged = judge_cap(
        platform, SEND, replace(PARIS, contacts=mixed), at("2026-09-02T11:00"), HOLIDAYS
    )
    assert judged == too_often("2026-10-01T00:00")


def test_days_are_those_of_the_recipient() -> None:
    # Late on 1 September in Paris it is 2 September in Noumea.
    late = calls(*(("2026-09-01T23:30",) * 4))
    there = replace(PARIS, places=frozenset({"988"}), contacts=late)
    judged = judge_cap(CAP, SEND, there, at("2026-10-01T11:00", "988"), HOLIDAYS)
    assert judged == too_often("2026-10-02T00:00", "988")


def test_of_several_places_the_strictest_holds() -> None:
    either = replace(FOUR_CALLS, places=frozenset({"75", "971"}))
    judged = judge_cap(CAP, SEND, either, at("2026-10-01T00:00"), HOLIDAYS)
    assert judged == too_often("2026-10-01T00:00", "971")
    assert judge_cap(CAP, SEND, either, at("2026-10-01T00:00", "971"), HOLIDAYS) is None


def test_a_cap_of_one_a_day_opens_at_midnight_although_the_day_has_25_hours() -> None:
    daily = Cap(id="some.cap", source="a test", certainty="house", most=1, days=1)
    person = replace(PARIS, contacts=calls("2026-10-25T00:00"))
    judged = judge_cap(daily, SEND, person, at("2026-10-25T23:00"), HOLIDAYS)
    assert judged is not None
    assert judged.until == at("2026-10-26T00:00") == at("2026-10-25T00:00") + 25 * 3_600_000


def test_a_contact_that_is_dated_ahead_counts_as_well() -> None:
    ahead = replace(PARIS, contacts=calls(*(("2026-09-03T11:00",) * 4)))
    judged = judge_cap(CAP, SEND, ahead, at("2026-09-02T11:00"), HOLIDAYS)
    assert judged == too_often("2026-10-03T00:00")


def test_a_cap_that_is_full_denies_where_nobody_knows_the_place() -> None:
    person = replace(NOWHERE, contacts=FOUR_CALLS.contacts)
    for now in ("2026-09-30T11:00", "2027-09-30T11:00"):
        assert judge_cap(CAP, SEND, person, at(now), HOLIDAYS) == ZONE_UNKNOWN
    unknown = replace(person, places=frozenset({"75", "nowhere"}))
    assert judge_cap(CAP, SEND, unknown, at("2026-09-30T11:00"), HOLIDAYS) == ZONE_UNKNOWN


def test_who_was_contacted_less_often_than_the_cap_needs_no_place() -> None:
    person = replace(NOWHERE, contacts=FOUR_CALLS.contacts[:3])
    assert judge_cap(CAP, SEND, person, at("2026-09-30T11:00"), HOLIDAYS) is None


# Pauses


@pytest.mark.parametrize("now", ["2026-05-04T18:00", "2026-07-03T11:00", "2026-07-03T23:59"])
def test_after_a_refusal_sixty_full_days_go_by(now: str) -> None:
    person = replace(PARIS, refused_at=at("2026-05-04T11:00"))
    assert judge_pause(PAUSE, SEND, person, at(now), HOLIDAYS) == refused("2026-07-04T00:00")


@pytest.mark.parametrize("now", ["2026-07-04T00:00", "2026-07-06T11:00"])
def test_a_pause_is_over_on_the_day_after_the_last(now: str) -> None:
    person = replace(PARIS, refused_at=at("2026-05-04T11:00"))
    assert judge_pause(PAUSE, SEND, person, at(now), HOLIDAYS) is None


def test_a_pause_counts_the_days_of_the_strictest_place() -> None:
    person = RecipientFacts(places=frozenset({"75", "971"}), refused_at=at("2026-05-04T11:00"))
    judged = judge_pause(PAUSE, SEND, person, at("2026-07-04T01:00"), HOLIDAYS)
    assert judged == refused("2026-07-04T00:00", "971")


def test_a_pause_denies_where_nobody_knows_the_place() -> None:
    person = RecipientFacts(refused_at=at("2026-05-04T11:00"))
    assert judge_pause(PAUSE, SEND, person, at("2026-07-04T01:00"), HOLIDAYS) == ZONE_UNKNOWN


def test_who_never_refused_needs_no_pause_and_no_place() -> None:
    assert judge_pause(PAUSE, SEND, NOWHERE, at("2026-07-04T01:00"), HOLIDAYS) is None


# All of them

instants = st.integers(at("2026-01-01T00:00Z"), at("2027-01-01T00:00Z"))
somewhere = st.frozensets(st.sampled_from(["75", "974", "971", "987", "PT-20"]), min_size=1)


def _counts(rule: Cap, person: RecipientFacts, place: str, now: Millis) -> int:
    """Count the contacts as a person with a calendar of that place would."""
    zone = ZoneInfo(PLACES[place].zone)
    oldest = local_date(zone, now) - timedelta(days=rule.days - 1)
    return sum(local_date(zone, when) >= oldest for _, _, when in person.contacts)


@given(
    whens=st.lists(instants, max_size=6),
    most=st.integers(1, 4),
    days=st.integers(1, 40),
    places=somewhere,
    now=instants,
)
def test_a_cap_blocks_exactly_the_days_on_which_counting_finds_it_full(
    whens: list[Millis], most: int, days: int, places: frozenset[str], now: Millis
) -> None:
    rule = Cap(id="some.cap", source="a test", certainty="house", most=most, days=days)
    contacts = tuple(("voice", "controller", when) for when in whens)
    person = RecipientFacts(places=places, contacts=contacts)
    full = any(_counts(rule, person, place, now) >= most for place in places)
    judged = judge_cap(rule, SEND, person, now, HOLIDAYS)
    assert (judged is not None) is full
    if judged is not None:
        assert judged.until is not None
        assert judge_cap(rule, SEND, person, judged.until, HOLIDAYS) is None
        assert judge_cap(rule, SEND, person, judged.until - 1, HOLIDAYS) == judged


@given(refused_at=instants, days=st.integers(1, 90), places=somewhere, now=instants)
def test_a_pause_blocks_until_and_not_after(
    refused_at: Millis, days: int, places: frozenset[str], now: Millis
) -> None:
    rule = Pause(id="some.pause", source="a test", certainty="house", days=days)
    person = RecipientFacts(places=places, refused_at=refused_at)
    judged = judge_pause(rule, SEND, person, now, HOLIDAYS)
    passed = min(
        local_date(ZoneInfo(PLACES[place].zone), now)
        - local_date(ZoneInfo(PLACES[place].zone), refused_at)
        for place in places
    )
    assert (judged is None) is (passed > timedelta(days=days))
