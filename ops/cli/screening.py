"""How entries that forbid contact are shown: of one person, and of each line of a file."""

from collections.abc import Iterator

from engine import oppositions
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
                        purpose=entry.purpose or None,
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
            f"{one.kind}: {one.reason} ({one.channel or 'every channel'},"
            f" {one.purpose or 'any purpose'})"
            for one in line.against
        )
        output.data(f"line {line.line}: opposed: {why}")


def suppression_shown(one: oppositions.Found) -> SuppressionShown:
    """Return an entry as it is shown."""
    return SuppressionShown(
        kind=one.kind,
        channel=one.channel,
        purpose=one.purpose,
        reason=one.reason,
        source=one.source,
        since=output.moment(one.since),
        platform=one.platform,
    )


def print_suppressions(found: list[SuppressionShown]) -> None:
    """Write entries as a table."""
    output.table(
        ("kind", "channel", "purpose", "reason", "source", "since", "holds for"),
        [
            (
                one.kind,
                one.channel or "every",
                one.purpose or "any",
                one.reason,
                one.source,
                output.readable(one.since),
                "every controller" if one.platform else "this controller",
            )
            for one in found
        ],
    )
