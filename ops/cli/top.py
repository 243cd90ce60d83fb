"""``chappe top``: everything that goes on, once a second, in a terminal."""

import sys
from collections import deque
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.live import Live

from engine.app import App
from engine.clock import SECOND
from engine.situation import Lane, Pace, Running, Situation, look, pace
from ops.cli import connectors, output
from ops.cli.options import JsonFlag, examples, seconds_option
from ops.cli.session import opened
from ops.cli.top_frame import frame
from ops.cli.top_keys import quitting
from ops.cli.top_shapes import (
    ChannelPace,
    LaneShown,
    RetentionLine,
    RightsLine,
    RunningShown,
    ServesShown,
    TopShown,
)

_SMOOTHED_OVER = 5.0  # seconds: slices come in gusts
_REMEMBERED = 60.0
_MOST_CAMPAIGNS = 50

app = typer.Typer()


@app.command(epilog=examples("chappe top", "chappe top --once", "chappe top --json"))
def top(
    once: Annotated[bool, typer.Option("--once", help="Print one frame and end.")] = False,
    interval: Annotated[
        float, seconds_option("Seconds between two frames.", least=0.2, most=60)
    ] = 1.0,
    json: JsonFlag = False,
) -> None:
    """Show what goes on, platform-wide, until q or Ctrl-C.

    How fast channels go, what waits, campaigns that are not over, connectors, promises. Paces are
    measured from one frame to the next, so the first one comes after an interval. Where the output
    is no terminal, one frame is printed.
    """
    with opened() as installation:
        frames = _frames(installation)
        next(frames)
        if json or once or not sys.stdout.isatty():
            installation.clock.wait(interval)
            shown = next(frames)
            output.document(shown) if json else output.console().print(frame(shown))
            return
        _live(frames, interval)


def _live(frames: Iterator[TopShown], interval: float) -> None:
    """Draw frame after frame over the whole screen; the screen comes back at the end."""
    with (
        quitting() as asked,
        Live(console=output.console(), screen=True, auto_refresh=False) as screen,
    ):
        try:
            for shown in frames:
                screen.update(frame(shown), refresh=True)
                if asked(interval):
                    return
        except KeyboardInterrupt:
            return


def _frames(installation: App) -> Iterator[TopShown]:
    """Give what goes on each time it is asked for; paces are those of the last seconds."""
    seen: deque[Situation] = deque()
    while True:
        follow = {one.campaign_id for each in seen for one in each.campaigns}
        now = look(installation, follow)
        seen.append(now)
        while now.boot - seen[0].boot > _REMEMBERED:
            seen.popleft()
        recent = [each for each in seen if now.boot - each.boot <= _SMOOTHED_OVER]
        begin = recent[0] if len(recent) > 1 else seen[-2] if len(seen) > 1 else now
        yield _shown(installation, now, pace(begin, now), now.opposed - seen[0].opposed)


def _shown(installation: App, now: Situation, speed: Pace, opposed: int) -> TopShown:
    return TopShown(
        at=output.moment(now.at),
        measured_over=round(speed.seconds, 3),
        channels=tuple(
            ChannelPace(
                channel=channel,
                sent_per_second=round(speed.sent[channel], 1),
                ended_per_second=round(speed.ended[channel], 1),
            )
            for channel in sorted(speed.ended)
        ),
        lanes=tuple(map(_lane, now.lanes)),
        campaigns=tuple(
            _campaign(one, speed.campaigns.get(one.campaign_id, 0.0))
            for one in now.campaigns[:_MOST_CAMPAIGNS]
        ),
        connectors=tuple(
            ServesShown(
                connector=one.connector,
                channel=one.channel,
                state=one.state,
                since=one.open_since,
                tried_again=one.open_until,
            )
            for one in connectors.shown(installation)
        ),
        oppositions=opposed,
        in_doubt=now.in_doubt,
        audit_gap=now.audit_gap,
        dead_letters=now.dead_letters,
        events_waiting=now.events_waiting,
        retention=RetentionLine(
            overdue=now.retention.overdue, swept_at=output.perhaps(now.retention.swept_at)
        ),
        rights=RightsLine(
            open=now.rights.open,
            overdue=now.rights.overdue,
            next_deadline=output.perhaps(now.rights.next_deadline),
        ),
    )


def _lane(one: Lane) -> LaneShown:
    return LaneShown(
        lane=one.name,
        waiting=one.waiting,
        batches={state.name.lower(): number for state, number in one.batches.items()},
        due_age=one.due_age / SECOND,
    )


def _campaign(one: Running, per_second: float) -> RunningShown:
    left = one.accepted - one.done
    return RunningShown(
        campaign=one.name,
        controller=one.controller,
        state=one.state,
        accepted=one.accepted,
        done=one.done,
        per_second=round(per_second, 1),
        seconds_left=round(left / per_second, 1) if per_second > 0 and left else None,
    )
