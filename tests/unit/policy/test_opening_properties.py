"""The next opening equals what a patient person with a clock finds, whatever the rule."""

from datetime import UTC, datetime, timedelta
from itertools import count, takewhile
from zoneinfo import ZoneInfo

from hypothesis import assume, example, given
from hypothesis import strategies as st

from policy.opening import next_open
from policy.rule_kinds import Hours, Window
from policy.send_facts import Millis
from policy.send_reasons import SendReason
from policy.territory import PLACES
from tests.unit.policy.moments import HOLIDAYS, MINUTE, WEEK, at, hours, unhurried

PATIENCE = 3 * 24 * 60  # minutes that the patient person waits

# Around both nights of changing clocks, here and there, and around holidays of all kinds.
MOMENTS = [
    at("2026-10-24T18:00"),
    at("2027-03-27T18:00"),
    at("2027-10-30T18:00"),
    at("2027-03-13T18:00", "975"),
    at("2026-10-31T18:00", "975"),
    at("2027-03-25T12:00"),
    at("2026-12-24T12:00"),
    at("2027-05-26T12:00"),
]
NEAR_EACH_OTHER = ["75", "67", "57", "974", "971", "975", "DE", "GB", "PT", "PT-20", "GR", "IS"]
FAR_APART = [*NEAR_EACH_OTHER, "987", "987-M", "988", "986"]


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def windows(draw: st.DrawFn) -> Window:
    start = draw(st.integers(0, 24 * 60 - 1))
    end = draw(st.integers(start, 24 * 60))
    return Window(start=_clock(start), end=_clock(end))


@st.composite
def rules(draw: st.DrawFn) -> Hours:
    return Hours(
        id="any.hours",
        source="a test",
        certainty="house",
        days=tuple(draw(st.sets(st.sampled_from(WEEK), min_size=4))),
        windows=tuple(draw(st.lists(windows(), min_size=1, max_size=3))),
        holidays=draw(st.booleans()),
        local_holidays=draw(st.booleans()),
    )


instants = st.builds(
    lambda start, minutes, rest: start + minutes * MINUTE + rest,
    st.sampled_from(MOMENTS),
    st.integers(0, 36 * 60),
    st.sampled_from([0, 1, 30_000, MINUTE - 1]),
)
near = st.frozensets(st.sampled_from(NEAR_EACH_OTHER), min_size=1, max_size=3)
anywhere = st.frozensets(st.sampled_from(FAR_APART), min_size=1, max_size=3)


def is_open(rule: Hours, places: frozenset[str], instant: Millis) -> bool:
    """Return whether it is open, as the words of the rule say it."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=instant)
    for place in places:
        local = moment.astimezone(ZoneInfo(PLACES[place].zone))
        national = HOLIDAYS.is_holiday(place, local.date(), local=False)
        holiday = HOLIDAYS.is_holiday(place, local.date(), local=True)
        if (national and not rule.holidays) or (
            holiday and not national and not rule.local_holidays
        ):
            return False
        if local.strftime("%a").lower() not in rule.days:
            return False
        shown = local.strftime("%H:%M")
        if not any(each.start <= shown < each.end for each in rule.windows):
            return False
    return True


def minutes_after(instant: Millis) -> list[Millis]:
    first = instant // MINUTE * MINUTE + MINUTE
    return list(takewhile(lambda at: at <= instant + PATIENCE * MINUTE, count(first, MINUTE)))


@unhurried
@given(rule=rules(), places=near, now=instants)
@example(rule=hours("02:15-02:45"), places=frozenset({"75"}), now=at("2027-03-28T01:50"))
@example(rule=hours("02:15-02:45"), places=frozenset({"75"}), now=at("2026-10-25T00:45Z"))
def test_it_is_what_looking_at_every_minute_finds(
    rule: Hours, places: frozenset[str], now: Millis
) -> None:
    found = next_open(rule, places, now, HOLIDAYS)
    if found is None:
        assert is_open(rule, places, now)
        return
    assert not is_open(rule, places, now)
    by_patience = next((at for at in minutes_after(now) if is_open(rule, places, at)), None)
    if by_patience is None:
        assert found[1] > now + PATIENCE * MINUTE
    else:
        assert found[1] == by_patience


@unhurried
@given(rule=rules(), places=anywhere, now=instants)
def test_it_is_open_then_and_not_the_minute_before(
    rule: Hours, places: frozenset[str], now: Millis
) -> None:
    found = next_open(rule, places, now, HOLIDAYS)
    assume(found is not None and found[0] is not SendReason.NEVER_OPEN)
    assert found is not None
    opening = found[1]
    assert opening > now
    assert next_open(rule, places, opening, HOLIDAYS) is None
    before = max(now, opening - MINUTE)
    closed = next_open(rule, places, before, HOLIDAYS)
    assert closed is not None
    assert closed[1] == opening


def _opening(rule: Hours, places: frozenset[str], now: Millis) -> Millis:
    found = next_open(rule, places, now, HOLIDAYS)
    return found[1] if found else now


@unhurried
@given(rule=rules(), places=anywhere, more=anywhere, now=instants)
def test_one_more_possible_place_never_opens_earlier(
    rule: Hours, places: frozenset[str], more: frozenset[str], now: Millis
) -> None:
    assert _opening(rule, places | more, now) >= _opening(rule, places, now)


@unhurried
@given(rule=rules(), places=anywhere, now=instants, later=st.integers(0, 10**9))
def test_asking_later_never_gets_an_earlier_answer(
    rule: Hours, places: frozenset[str], now: Millis, later: Millis
) -> None:
    assert _opening(rule, places, now) <= _opening(rule, places, now + later)


@unhurried
@given(rule=rules(), places=anywhere, now=instants, window=windows())
def test_one_more_window_never_opens_later(
    rule: Hours, places: frozenset[str], now: Millis, window: Window
) -> None:
    wider = Hours(
        id=rule.id,
        source=rule.source,
        certainty=rule.certainty,
        days=rule.days,
        windows=(*rule.windows, window),
        holidays=rule.holidays,
        local_holidays=rule.local_holidays,
    )
    assert _opening(wider, places, now) <= _opening(rule, places, now)
