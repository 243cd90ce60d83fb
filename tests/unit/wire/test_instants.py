from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.wire.instants import Duration, from_millis, to_millis
from tests.unit.wire.campaigns import unhurried


@pytest.mark.parametrize(
    ("text", "months", "millis"),
    [
        ("P2Y", 24, 0),
        ("P1Y6M", 18, 0),
        ("PT6H", 0, 21_600_000),
        ("P1DT1H1M1S", 0, 90_061_000),
        ("PT0S", 0, 0),
        ("P1M", 1, 0),
        ("PT1M", 0, 60_000),
    ],
)
def test_a_duration_is_read(text: str, months: int, millis: int) -> None:
    read = Duration.parse(text)
    assert (read.months, read.millis) == (months, millis)
    assert str(read) == text


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1", "1D", "P1D ", "P1D\n", "P1W", "P1.5D", "-P1D", "P1DT", "PT1D", "P1M1Y"],
)
def test_what_is_no_duration_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(ValueError, match="expected an ISO 8601 duration such as"):
        Duration.parse(text)


def test_equal_durations_are_equal_however_written() -> None:
    assert Duration.parse("PT24H") == Duration.parse("P1D")
    assert hash(Duration.parse("PT24H")) == hash(Duration.parse("P1D"))
    assert Duration.parse("P12M") != Duration.parse("P365D")
    assert Duration.parse("P1D") != "P1D"
    assert repr(Duration.parse("PT24H")) == "Duration(P1D)"


@unhurried
@given(st.integers(0, 120), st.integers(0, 10**9))
def test_any_duration_is_written_and_read_back(months: int, seconds: int) -> None:
    duration = Duration(months=months, millis=seconds * 1000)
    assert Duration.parse(str(duration)) == duration


@pytest.mark.parametrize(
    ("start", "text", "end"),
    [
        ("2026-01-31T10:00", "P1M", "2026-02-28T10:00"),
        ("2027-12-31T10:00", "P2M", "2028-02-29T10:00"),
        ("2026-11-26T09:00", "P2YT1H", "2028-11-26T10:00"),
        ("2026-11-26T09:00", "P30D", "2026-12-26T09:00"),
        ("9990-01-01T00:00", "P20Y", "9999-12-31T00:00"),
    ],
)
def test_months_follow_the_calendar(start: str, text: str, end: str) -> None:
    begin = to_millis(datetime.fromisoformat(start).replace(tzinfo=UTC))
    assert from_millis(Duration.parse(text).after(begin)) == datetime.fromisoformat(end).replace(
        tzinfo=UTC
    )


@unhurried
@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_keeps_its_milliseconds(instant: datetime) -> None:
    back = from_millis(to_millis(instant))
    assert timedelta(0) <= instant - back < timedelta(milliseconds=1)
