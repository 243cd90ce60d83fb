"""One frame of ``chappe top``: what goes on, for 80 columns and for eyes that see no colours."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ops.cli import output
from ops.cli.top_shapes import RunningShown, ServesShown, TopShown

_BAR = 20
_NAME = 30  # columns that a campaign's name may take
_READY = "ready"
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400

Cells = Sequence[str | Text]


def frame(shown: TopShown) -> RenderableType:
    """Return everything there is to show, from top to bottom."""
    return Group(*_parts(shown))


def span(seconds: float | None) -> str:
    """Return a length of time in its two largest units."""
    if seconds is None:
        return "-"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


def _parts(shown: TopShown) -> Iterator[RenderableType]:
    yield _head(shown)
    yield Text()
    pace = [
        (one.channel, _pace(one.sent_per_second), _pace(one.ended_per_second))
        for one in shown.channels
    ]
    yield _table(("going out", "sent /s", "ended /s"), pace, "nothing has gone out yet")
    yield Text()
    yield _table(("lane", "waiting", "oldest due", "batches"), _lanes(shown), "nobody waits")
    yield Text()
    yield _table(
        ("connector", "channel", "state"), map(_connector, shown.connectors), "there is none"
    )
    yield Text()
    yield from _promises(shown)
    yield Text()
    yield _campaigns(shown.campaigns)  # last: there may be more of them than fit


def _head(shown: TopShown) -> Text:
    """Return when it is, and the figures that must be 0."""
    line = Text.assemble(("chappe", "bold"), f"  {output.readable(shown.at)}\n")
    for name, number in (
        ("audit gap", shown.audit_gap),
        ("in doubt", shown.in_doubt),
        ("dead letters", shown.dead_letters),
        ("events waiting", shown.events_waiting),
    ):
        line.append(f"{name} {_count(number)}", style=_alarm(number, grave=name == "audit gap"))
        line.append("  ")
    line.rstrip()
    return line


def _alarm(number: int, *, grave: bool) -> str:
    if not number:
        return ""
    return "bold red" if grave else "yellow"


def _lanes(shown: TopShown) -> Iterator[Cells]:
    for lane in shown.lanes:
        batches = ", ".join(f"{number} {state}" for state, number in lane.batches.items() if number)
        yield lane.lane, _count(lane.waiting), span(lane.due_age), batches or "-"


def _campaigns(running: Sequence[RunningShown]) -> RenderableType:
    rows = [
        (
            _cut(f"{one.campaign} ({one.controller})", _NAME),
            _bar(one),
            _left(one),
        )
        for one in running
    ]
    return _table(("campaign", "done", ""), rows, "none is running")


def _bar(one: RunningShown) -> str:
    if not one.accepted:
        return one.state
    filled = _BAR * one.done // one.accepted
    share = 100 * one.done // one.accepted
    return f"{'━' * filled}{'─' * (_BAR - filled)} {share:>3} %"


def _left(one: RunningShown) -> str:
    if one.state != "planned":
        return one.state if one.accepted else ""
    if one.seconds_left is None:
        return f"{_count(one.accepted - one.done)} wait"
    return f"{_pace(one.per_second)}/s, {span(one.seconds_left)}"


def _connector(one: ServesShown) -> Cells:
    name = _cut(one.connector, _NAME)
    if one.state == _READY:
        return name, one.channel, one.state
    since = f" since {_hour(one.since)}" if one.since else ""
    again = f", next try {_hour(one.tried_again)}" if one.tried_again else ""
    return name, one.channel, Text(f"{one.state}{since}{again}", style="yellow")


def _promises(shown: TopShown) -> Iterator[Text]:
    yield _line("oppositions", f"{shown.oppositions} while watching, at most a minute", grave=False)
    kept = ", ".join(f"{name} {_count(rows)}" for name, rows in shown.retention.overdue.items())
    swept = output.readable(shown.retention.swept_at)
    late = f"kept too long: {kept}" if kept else "nothing kept too long"
    when = f"all swept since {swept}" if swept else "not swept yet"
    yield _line("retention", f"{late}; {when}", grave=bool(kept))
    rights = shown.rights
    until = output.readable(rights.next_deadline)
    due = f", next by {until}" if until else ""
    text = f"{rights.open} open, {rights.overdue} overdue{due}"
    yield _line("rights", text, grave=bool(rights.overdue))


def _line(name: str, text: str, *, grave: bool) -> Text:
    return Text.assemble((f"{name:<13}", "bold"), (text, "red" if grave else ""))


def _table(
    headers: Sequence[str], rows: Iterator[Cells] | Sequence[Cells], empty: str
) -> RenderableType:
    """Return an aligned table, or one line when there is nothing in it."""
    lines = list(rows)
    if not lines:
        return _line(headers[0], empty, grave=False)
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for at, header in enumerate(headers):
        numbers = all(str(line[at])[:1].isdigit() for line in lines) and at > 0
        drawn.add_column(header, justify="right" if numbers else "left", no_wrap=True)
    for line in lines:
        drawn.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in line))
    return drawn


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _count(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _pace(per_second: float) -> str:
    return f"{per_second:.1f}" if 0 < per_second < 10 else _count(round(per_second))  # noqa: PLR2004 (one digit says nothing)


def _hour(at: datetime) -> str:
    return at.strftime("%H:%M:%S")
