"""Times of day and aims that contradict themselves: each fault at its field."""

from collections.abc import Callable

import pytest

from tests.unit.wire.campaigns import Json, body, example
from tests.unit.wire.faulty import faults, set_at

SHAPES: dict[str, tuple[Callable[[Json], None], list[tuple[str, str]]]] = {
    "time of day that is none": (
        set_at("schedule", {"local_time": "24:00"}),
        [("schedule.local_time", "bad_form")],
    ),
    "time of day as people speak": (
        set_at("schedule", {"local_time": "2 pm"}),
        [("schedule.local_time", "bad_form")],
    ),
    "day without a time": (
        set_at("schedule", {"local_date": "2026-12-03"}),
        [("schedule.local_time", "missing")],
    ),
    "day that is none": (
        set_at("schedule", {"local_time": "14:00", "local_date": "2026-02-30"}),
        [("schedule.local_date", "bad_form")],
    ),
    "day out of the calendar": (
        set_at("schedule", {"local_time": "14:00", "local_date": "9999-12-31"}),
        [("schedule.local_date", "bad_form")],
    ),
    "two beginnings": (
        set_at(
            "schedule",
            {
                "local_time": "14:00",
                "local_date": "2026-12-03",
                "not_before": "2026-12-03T09:00:00+01:00",
            },
        ),
        [("schedule.not_before", "contradiction")],
    ),
    "end before it is that o'clock anywhere": (
        set_at(  # 13:59 in Wallis, where it comes first
            "schedule",
            {
                "local_time": "14:00",
                "local_date": "2026-12-03",
                "not_after": "2026-12-03T13:59:00+12:00",
            },
        ),
        [("schedule.not_after", "contradiction")],
    ),
    "spread over the end of a local time": (
        set_at(
            "schedule",
            {
                "local_time": "14:00",
                "local_date": "2026-12-03",
                "not_after": "2026-12-03T15:00:00+12:00",
                "spread": "PT2H",
            },
        ),
        [("schedule.spread", "contradiction")],
    ),
    "urgent, but at a time of day": (
        lambda tree: tree.update(priority="urgent", schedule={"local_time": "14:00"}),
        [("schedule.local_time", "contradiction")],
    ),
    "aim without outcomes": (
        set_at("recipients.only", {"campaign": "noel-2025", "outcomes": []}),
        [("recipients.only.outcomes", "too_short")],
    ),
    "aim at an outcome that is none": (
        set_at("recipients.except", {"campaign": "noel-2025", "outcomes": ["passed_on"]}),
        [("recipients.except.outcomes.0", "not_allowed")],
    ),
    "aim at an outcome twice": (
        set_at("recipients.except", {"campaign": "noel-2025", "outcomes": ["sent", "sent"]}),
        [("recipients.except.outcomes", "repeated")],
    ),
    "aim at nobody's campaign": (
        set_at("recipients.only", {"outcomes": ["sent"]}),
        [("recipients.only.campaign", "missing")],
    ),
}


@pytest.mark.parametrize(("change", "expected"), SHAPES.values(), ids=SHAPES.keys())
def test_a_fault_is_named_with_its_field(
    change: Callable[[Json], None], expected: list[tuple[str, str]]
) -> None:
    tree = example()
    change(tree)
    assert faults(body(tree)) == expected
