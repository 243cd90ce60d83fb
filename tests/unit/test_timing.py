import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from engine.clock import DAY, HOUR
from engine.timing import DEFAULT_WINDOW, Times, agreed_history_covers, month_after, times_of
from engine.wire.decode import decode_job
from engine.wire.instants import Duration, to_millis
from engine.wire.job import CampaignJob

EXAMPLE = json.loads((Path(__file__).parent / "wire" / "example.json").read_text())
RECEIVED = 1_795_608_000_000
TEN_YEARS = Duration.parse("P10Y")


def job(schedule: dict[str, Any], **fields: object) -> CampaignJob:
    return decode_job(json.dumps({**EXAMPLE, "schedule": schedule, **fields}).encode())


def test_a_campaign_without_a_schedule_starts_at_once_and_ends_by_default() -> None:
    times = times_of(job({}, history="P1D"), RECEIVED, TEN_YEARS)
    end = RECEIVED + DEFAULT_WINDOW
    assert times == Times(RECEIVED, end, 0, month_after(end + DAY))


def test_the_default_end_counts_from_the_last_start() -> None:
    given = job({"not_before": "2026-12-01T09:00:00+01:00", "spread": "PT48H"})
    times = times_of(given, RECEIVED, TEN_YEARS)
    assert times.spread == 48 * HOUR
    assert times.not_after == times.not_before + 48 * HOUR + DEFAULT_WINDOW


def test_an_end_that_is_given_holds() -> None:
    given = job({"not_after": "2026-11-28T19:00:00+01:00", "spread": "P30D"})
    assert given.schedule.not_after is not None
    assert times_of(given, RECEIVED, TEN_YEARS).not_after == to_millis(given.schedule.not_after)


@pytest.mark.parametrize(
    ("history", "month"), [("P2Y", 202812), ("P1M", 202701), ("P1D", 202612), ("P10Y", 203612)]
)
def test_history_goes_in_the_month_after_its_last_day(history: str, month: int) -> None:
    given = job({"not_after": "2026-11-28T19:00:00+01:00"}, history=history)
    assert times_of(given, RECEIVED, TEN_YEARS).expiry_month == month


def test_the_agreed_history_is_the_default() -> None:
    given = job({"not_after": "2026-11-28T19:00:00+01:00"}, history=None)
    assert times_of(given, RECEIVED, Duration.parse("P1Y")).expiry_month == 202712


def test_december_is_followed_by_january() -> None:
    assert month_after(1_798_761_599_999) == 202701  # the last millisecond of 2026
    assert month_after(1_798_761_600_000) == 202702


@pytest.mark.parametrize(
    ("wanted", "agreed", "covered"),
    [(None, "P1D", True), ("P2Y", "P10Y", True), ("P1Y", "P12M", True), ("P11Y", "P10Y", False)],
)
def test_a_job_may_ask_for_less_history_than_agreed(
    wanted: str | None, agreed: str, covered: bool
) -> None:
    asked = None if wanted is None else Duration.parse(wanted)
    assert agreed_history_covers(asked, agreed) is covered


def test_a_local_time_without_a_day_counts_from_the_begin() -> None:
    given = job({"not_before": "2026-11-26T00:00:00+01:00", "local_time": "14:00"})
    times = times_of(given, RECEIVED, TEN_YEARS)
    assert given.schedule.not_before is not None
    assert times.not_before == to_millis(given.schedule.not_before)


def test_a_local_day_begins_where_it_comes_first() -> None:
    times = times_of(job({"local_time": "14:00", "local_date": "2026-12-03"}), RECEIVED, TEN_YEARS)
    assert times.not_before == to_millis(datetime.fromisoformat("2026-12-03T14:00:00+12:00"))


def test_the_default_end_counts_from_where_it_is_that_o_clock_last() -> None:
    given = job({"local_time": "14:00", "local_date": "2026-12-03", "spread": "PT2H"})
    times = times_of(given, RECEIVED, TEN_YEARS)
    last = to_millis(datetime.fromisoformat("2026-12-03T14:00:00-10:00"))
    assert (times.not_after, times.spread) == (last + 2 * HOUR + DEFAULT_WINDOW, 2 * HOUR)
