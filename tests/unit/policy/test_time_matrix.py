"""Hours, days and holidays of France, row by row: who may be contacted when, and when next."""

import pytest

from policy.opening import next_open
from policy.rule_kinds import Hours
from policy.send_reasons import SendReason
from tests.unit.policy.moments import HOLIDAYS, METROPOLITAN, SMS, VOICE, at, utc

HOLIDAY, DAY, HOURS = SendReason.HOLIDAY, SendReason.DAY, SendReason.HOURS


@pytest.mark.parametrize(
    ("moment", "place", "rule", "reason", "opens"),
    [
        pytest.param("2026-11-24T13:00", "75", VOICE, HOURS, "2026-11-24T14:00", id="lunch"),
        pytest.param("2026-11-24T20:00", "75", VOICE, HOURS, "2026-11-25T10:00", id="evening"),
        pytest.param("2026-11-28T11:00", "75", VOICE, DAY, "2026-11-30T10:00", id="saturday"),
        pytest.param("2027-03-29T11:00", "69", SMS, HOLIDAY, "2027-03-30T08:00", id="easter"),
        pytest.param("2027-05-06T11:00", "75", VOICE, HOLIDAY, "2027-05-07T10:00", id="ascension"),
        pytest.param("2026-12-26T11:00", "67", SMS, HOLIDAY, "2026-12-28T08:00", id="strasbourg"),
        pytest.param("2027-03-26T11:00", "57", VOICE, HOLIDAY, "2027-03-30T10:00", id="moselle"),
        pytest.param("2027-12-20T11:00", "974", VOICE, HOLIDAY, "2027-12-21T10:00", id="reunion"),
        pytest.param(
            "2027-05-27T11:00", "971", VOICE, HOLIDAY, "2027-05-28T10:00", id="guadeloupe"
        ),
        pytest.param("2027-05-22T11:00", "972", SMS, HOLIDAY, "2027-05-24T08:00", id="martinique"),
        pytest.param("2027-06-10T11:00", "973", SMS, HOLIDAY, "2027-06-11T08:00", id="guyane"),
        pytest.param("2027-04-27T11:00", "976", VOICE, HOLIDAY, "2027-04-28T10:00", id="mayotte"),
        pytest.param("2027-03-30T18:30Z", "75", VOICE, HOURS, "2027-03-31T10:00", id="summer-time"),
        pytest.param(
            "2026-11-24T09:30Z", "974", VOICE, HOURS, "2026-11-24T14:00", id="lunch-there"
        ),
        pytest.param("2026-11-24T10:00Z", "973", SMS, HOURS, "2026-11-24T08:00", id="too-early"),
        pytest.param(
            "2026-11-24T09:00Z", "987", SMS, HOURS, "2026-11-24T08:00", id="the-day-before"
        ),
        pytest.param("2027-03-12T12:30Z", "975", VOICE, HOURS, "2027-03-12T10:00", id="miquelon"),
    ],
)
def test_it_waits_for_the_next_opening_where_the_recipient_is(
    moment: str, place: str, rule: Hours, reason: SendReason, opens: str
) -> None:
    found = next_open(rule, {place}, at(moment, place), HOLIDAYS)
    assert found is not None
    assert (found[0], utc(found[1])) == (reason, utc(at(opens, place)))


@pytest.mark.parametrize(
    ("moment", "place", "rule"),
    [
        pytest.param("2026-12-26T11:00", "75", SMS, id="saturday-is-a-working-day"),
        pytest.param("2027-03-26T11:00", "69", VOICE, id="good-friday-outside-alsace-moselle"),
        pytest.param("2027-05-27T11:00", "972", VOICE, id="the-day-of-another-island"),
        pytest.param("2027-03-26T18:30Z", "75", VOICE, id="half-past-seven-in-winter"),
        pytest.param("2027-03-15T12:30Z", "975", VOICE, id="miquelon-keeps-american-dates"),
        pytest.param("2026-11-24T10:00", "75", VOICE, id="the-first-minute"),
        pytest.param("2026-11-24T12:59:59.999", "75", VOICE, id="the-last-millisecond"),
    ],
)
def test_it_may_leave_now(moment: str, place: str, rule: Hours) -> None:
    assert next_open(rule, {place}, at(moment, place), HOLIDAYS) is None


def test_a_mobile_that_may_be_in_moselle_rests_on_good_friday() -> None:
    found = next_open(VOICE, METROPOLITAN, at("2027-03-26T11:00"), HOLIDAYS)
    assert found == (HOLIDAY, at("2027-03-30T10:00"))


def test_who_may_be_in_paris_or_on_reunion_is_called_when_both_are_awake() -> None:
    # Reunion is three hours ahead: 10:00 in Paris is in its lunch break, 11:00 is 14:00 there.
    found = next_open(VOICE, {"75", "974"}, at("2026-11-24T10:00"), HOLIDAYS)
    assert found == (HOURS, at("2026-11-24T11:00"))
    found = next_open(VOICE, {"75", "974"}, at("2026-11-24T17:00"), HOLIDAYS)
    assert found == (HOURS, at("2026-11-25T11:00"))
