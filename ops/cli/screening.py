"""What a screened file comes to: a line for each of its lines that has something against it."""

from collections.abc import Iterator

from engine.list_files import Note
from engine.opposition_files import Screened
from ops.cli import output
from ops.cli.shapes import LineScreened, SuppressionShown


def print_screen(screened: Iterator[Screened | Note], *, json: bool) -> None:
    """Print what is known against each line of a file, and how many lines there were."""
    lines = opposed = faulty = 0
    for one in screened:
        if isinstance(one, Note):
            faulty += 1
            line = LineScreened(line=one.line, fault=one.reason)
        else:
            lines += 1
            opposed += bool(one.against)
            line = LineScreened(
                line=one.line,
                against=tuple(
                    SuppressionShown(
                        kind=kind,
                        channel=entry.channel or None,
                        reason=entry.reason,
                        source=entry.source,
                        since=output.moment(entry.created_at),
                        platform=entry.scope == 0,
                    )
                    for kind, entry in one.against
                ),
            )
        if line.fault or line.against:
            _print_line(line, json=json)
    output.say(f"{lines} lines screened, {opposed} opposed, {faulty} faults")


def _print_line(line: LineScreened, *, json: bool) -> None:
    if json:
        output.json_line(line)
    elif line.fault:
        output.data(f"line {line.line}: cannot be screened: {line.fault}")
    else:
        why = "; ".join(
            f"{one.kind}: {one.reason} ({one.channel or 'every channel'})" for one in line.against
        )
        output.data(f"line {line.line}: opposed: {why}")
