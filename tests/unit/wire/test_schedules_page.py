"""Every example of the page on schedules and aims is what a campaign may say, and comes true."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engine.timing import times_of
from engine.wire import JobFaults, decode_job
from engine.wire.instants import Duration, to_millis
from engine.wire.job import EndedAs
from policy.decision import ReasonCode
from policy.own_time import own_start
from policy.territory import places_of
from tests.unit.wire.campaigns import body, example

PAGE = (Path(__file__).parents[3] / "ops/docs/schedules.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
REFUSED = re.findall(r"^```json refused\n(.*?)^```\n\n> ([^\n]*)$", PAGE, re.MULTILINE | re.DOTALL)
TABLES = re.findall(
    r"^```json\n((?:(?!```).)*?)^```\n((?:(?!```).)*?)^\| number .*?\n\|---.*?\n(.*?)\n\n",
    PAGE,
    re.MULTILINE | re.DOTALL,
)
RECEIVED = to_millis(datetime.fromisoformat("2026-12-01T09:00:00+01:00"))


def campaign(part: str) -> dict[str, Any]:
    return example() | msgspec.json.decode(part, type=dict[str, Any])


def test_the_page_has_examples() -> None:
    assert (len(EXAMPLES), len(REFUSED), len(TABLES)) == (6, 4, 2)


@pytest.mark.parametrize("part", EXAMPLES)
def test_an_example_is_a_campaign(part: str) -> None:
    decode_job(body(campaign(part)))


@pytest.mark.parametrize(("part", "sentence"), [(part, line) for part, line in REFUSED])
def test_what_is_refused_is_refused_in_these_words(part: str, sentence: str) -> None:
    with pytest.raises(JobFaults) as refusal:
        decode_job(body(campaign(part)))
    assert [str(fault) for fault in refusal.value.faults] == [sentence]


@pytest.mark.parametrize(
    ("part", "line"),
    [(part, line) for part, _, table in TABLES for line in table.splitlines()],
)
def test_a_message_leaves_when_the_page_says(part: str, line: str) -> None:
    number, postal_code, country, leaves = (cell.strip() for cell in line.strip("|").split("|"))
    schedule = decode_job(body(campaign(part)))
    minute = schedule.schedule.local_minute
    assert minute is not None
    begin = times_of(schedule, RECEIVED, Duration.parse("P10Y")).not_before
    known = {"number": number, "postal_code": postal_code, "country": country}
    given = {name: value for name, value in known.items() if value} or {"country": "FR"}
    assert own_start(places_of(**given), minute, begin) == to_millis(datetime.fromisoformat(leaves))


def test_every_outcome_and_every_refusal_is_named() -> None:
    named = set(re.findall(r"`([a-z_]+)`", PAGE))
    assert {outcome.value for outcome in EndedAs} <= named
    assert {code.value for code in ReasonCode if code.value.startswith("aimed_")} <= named
