"""Workers killed again and again under the eyes of somebody who reads the metrics.

CHAPPE_TEST_KILLS says how often; `make chaos` does it 200 times.
"""

import os

import pytest

from ops.chaos.field import embedded_field, real_field
from ops.chaos.scraped import killed_under_scrape

pytestmark = [
    pytest.mark.services,
    pytest.mark.timeout(600),
]
KILLS = int(os.environ.get("CHAPPE_TEST_KILLS", "12"))
RECIPIENTS = 2_000


def test_counters_never_fall_however_many_workers_are_killed() -> None:
    with real_field() as field:
        verdict = killed_under_scrape(field, max(RECIPIENTS, 100 * KILLS), KILLS)
    assert verdict.ok, verdict.line()
    assert verdict.killed >= KILLS // 2


def test_the_embedded_default_can_be_killed_under_the_readers_eyes() -> None:
    with embedded_field() as field:
        verdict = killed_under_scrape(field, RECIPIENTS, max(KILLS // 4, 3))
    assert verdict.ok, verdict.line()
    assert verdict.killed > 0
