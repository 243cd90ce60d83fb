import io
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from ops.cli.top_frame import frame, span
from ops.cli.top_shapes import (
    ChannelPace,
    LaneShown,
    RetentionLine,
    RightsLine,
    RunningShown,
    ServesShown,
    TopShown,
)

AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def campaign(**changes: Any) -> RunningShown:
    known: dict[str, Any] = {
        "campaign": "winter-1",
        "controller": "boutique",
        "state": "planned",
        "accepted": 1_000_000,
        "done": 250_000,
        "per_second": 1_203.4,
        "seconds_left": 623.2,
    }
    return RunningShown(**(known | changes))


def shown(**changes: Any) -> TopShown:
    known: dict[str, Any] = {
        "at": AT,
        "measured_over": 1.0,
        "channels": (ChannelPace(channel="email", sent_per_second=1203.4, ended_per_second=4.25),),
        "lanes": (
            LaneShown(
                lane="email.urgent",
                waiting=1_750_000,
                batches={"scheduled": 1200, "ready": 300, "claimed": 12, "quarantined": 1},
                due_age=62.4,
            ),
        ),
        "campaigns": (campaign(),),
        "connectors": (
            ServesShown(
                connector="relay", channel="email", state="ready", since=None, tried_again=None
            ),
        ),
        "oppositions": 3,
        "in_doubt": 0,
        "audit_gap": 0,
        "dead_letters": 0,
        "events_waiting": 0,
        "retention": RetentionLine(overdue={}, swept_at=AT),
        "rights": RightsLine(open=2, overdue=0, next_deadline=AT),
    }
    return TopShown(**(known | changes))


def drawn(what: TopShown, *, colours: bool = False, width: int = 80) -> str:
    paper = io.StringIO()
    system: Any = "standard" if colours else None
    Console(file=paper, width=width, color_system=system, force_terminal=colours).print(frame(what))
    return paper.getvalue()


def lines(what: TopShown) -> list[str]:
    return [line.rstrip() for line in drawn(what).splitlines()]


def test_a_campaign_shows_how_far_it_is_how_fast_and_when_it_ends() -> None:
    (line,) = (line for line in lines(shown()) if "winter-1" in line)
    assert line == "winter-1 (boutique)  ━━━━━───────────────  25 %  1 203/s, 10 min 23 s"


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({"state": "paused"}, "25 %  paused"),
        ({"state": "cancelling"}, "25 %  cancelling"),
        ({"seconds_left": None}, "25 %  750 000 wait"),
        ({"state": "planning", "accepted": 0, "done": 0}, "planning"),
    ],
    ids=["paused", "cancelling", "nothing moves", "still planned"],
)
def test_a_campaign_that_does_not_go_on_says_so(changes: Any, end: str) -> None:
    (line,) = (line for line in lines(shown(campaigns=(campaign(**changes),))) if "winter" in line)
    assert line.endswith(end)


def test_the_longest_names_and_largest_figures_stay_within_80_columns() -> None:
    wide = campaign(campaign="w" * 64, controller="b" * 64, per_second=33_000.0)
    long = ServesShown(
        connector="c" * 64,
        channel="voice",
        state="failing: connect_timeout",
        since=AT,
        tried_again=AT,
    )
    drawing = drawn(shown(campaigns=(wide,) * 3, connectors=(long,)))
    assert max(map(len, drawing.splitlines())) <= 80
    assert len(drawing.splitlines()) == len(drawn(shown(campaigns=(campaign(),) * 3)).splitlines())


def test_what_must_be_0_stands_out_in_colour_and_in_figures() -> None:
    calm = drawn(shown(), colours=True)
    assert "\x1b[1;31m" not in calm
    loud = drawn(shown(audit_gap=1, in_doubt=2), colours=True)
    assert "\x1b[1;31maudit gap 1" in loud
    assert "\x1b[33min doubt 2" in loud
    assert "audit gap 1" in drawn(shown(audit_gap=1))  # without colours too


def test_promises_that_are_not_kept_are_named() -> None:
    late = shown(
        retention=RetentionLine(overdue={"history": 1_204}, swept_at=None),
        rights=RightsLine(open=1, overdue=1, next_deadline=None),
    )
    assert "retention    kept too long: history 1 204; not swept yet" in lines(late)
    assert "rights       1 open, 1 overdue" in lines(late)


def test_where_nothing_is_it_says_so_in_words() -> None:
    empty = lines(shown(channels=(), lanes=(), campaigns=(), connectors=()))
    assert "lane         nobody waits" in empty
    assert "campaign     none is running" in empty
    assert "connector    there is none" in empty


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "-"),
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (3_599, "59 min 59 s"),
        (3_600, "1 h 0 min"),
        (90_000, "1 d 1 h"),
    ],
    ids=str,
)
def test_a_span_is_told_in_its_two_largest_units(seconds: float | None, words: str) -> None:
    assert span(seconds) == words
