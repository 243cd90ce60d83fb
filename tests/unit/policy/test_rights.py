"""The states of a request, and its deadline: one calendar month."""

from datetime import datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from policy.rights import (
    NEXT,
    RIGHTS,
    RequestState,
    Right,
    RightsFault,
    advance,
    deadline,
    is_open,
    may_follow,
)

PARIS = ZoneInfo("Europe/Paris")


def test_every_right_has_its_rules() -> None:
    assert set(RIGHTS) == set(Right)
    assert all(rules.stops_contact for rules in RIGHTS.values())


def test_every_state_says_what_follows_it() -> None:
    assert set(NEXT) == set(RequestState)


def test_what_is_being_carried_out_can_only_be_done() -> None:
    assert NEXT[RequestState.RUNNING] == {RequestState.DONE}


def test_a_closed_request_stays_closed() -> None:
    closed = [state for state in RequestState if not is_open(state)]
    assert closed == [RequestState.DONE, RequestState.REFUSED]


@pytest.mark.parametrize(("state", "then"), list(product(RequestState, RequestState)))
def test_no_other_way_leads_from_one_state_to_another(
    state: RequestState, then: RequestState
) -> None:
    if may_follow(state, then):
        assert advance(state, then) is then
    else:
        with pytest.raises(RightsFault, match=f"{state.value} cannot become {then.value}"):
            advance(state, then)


@pytest.mark.parametrize(
    ("received", "last_day"),
    [
        ((2026, 11, 25), (2026, 12, 25)),
        ((2026, 12, 5), (2027, 1, 5)),  # over the turn of the year
        ((2027, 1, 31), (2027, 2, 28)),  # February has no such day
        ((2028, 1, 30), (2028, 2, 29)),  # but one more in a leap year
        ((2026, 10, 31), (2026, 11, 30)),
        ((2026, 2, 28), (2026, 3, 28)),  # the same number, although March has more days
    ],
)
def test_the_period_ends_with_the_day_of_the_same_number_a_month_later(
    received: tuple[int, int, int], last_day: tuple[int, int, int]
) -> None:
    for hour in (0, 23):
        too_late = deadline(Right.ERASURE, datetime(*received, hour, 59, tzinfo=PARIS))
        assert too_late == datetime(*last_day, tzinfo=PARIS) + timedelta(days=1)


def test_the_period_is_counted_in_local_days() -> None:
    before_the_change = datetime(2026, 10, 1, 12, tzinfo=PARIS)
    too_late = deadline(Right.OPPOSITION, before_the_change)
    assert (too_late.hour, too_late.utcoffset()) == (0, timedelta(hours=1))
