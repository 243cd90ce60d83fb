"""``chappe doctor``: everything that could be wrong with an installation, each with its remedy."""

from typing import Annotated, Never

import typer

from engine.bootstrap import build_app
from engine.settings import load_settings
from ops.cli import output
from ops.cli.diagnosis_shapes import FindingShown
from ops.cli.options import JsonFlag, examples, new_app
from ops.doctor.findings import Finding, Level
from ops.doctor.rounds import Entry, examine, healthy, open_within

app = new_app("Examine an installation.")

_STYLES = {Level.OK: "green", Level.WARNING: "yellow", Level.FAULT: "red"}


@app.command(epilog=examples("chappe doctor", "chappe doctor --all", "chappe doctor --json"))
def doctor(
    all_: Annotated[bool, typer.Option("--all", help="What is well, too.")] = False,
    json: JsonFlag = False,
) -> None:
    """Examine settings, databases, broker, keys, connectors and promises; 1: a fault was found.

    Nothing is changed and nobody is contacted. Each check has twenty seconds.
    """
    installation = open_within(lambda: build_app(load_settings()))
    if isinstance(installation, Finding):
        _end_unopened(installation, json=json)
    entries: list[Entry] = []
    for entry in examine(installation):
        entries.append(entry)
        if not json and (all_ or entry.finding.level is not Level.OK):
            _say(entry)
    installation.close()
    if json:
        output.document([_shown(entry) for entry in entries])
    else:
        _sum_up(entries)
    if not healthy(entries):
        raise typer.Exit(1)


def _end_unopened(finding: Finding, *, json: bool) -> Never:
    """Say why nothing could be examined."""
    if not json:
        output.refuse("; ".join(part for part in (finding.sentence, finding.remedy) if part))
    output.document([_shown(Entry("opening", finding))])
    raise typer.Exit(1)


def _say(entry: Entry) -> None:
    finding = entry.finding
    output.styled(
        f"{finding.level.value:<8}{entry.check:<12}{finding.sentence}", _STYLES[finding.level]
    )
    if finding.remedy:
        output.data(f"{'':<20}-> {finding.remedy}")


def _sum_up(entries: list[Entry]) -> None:
    levels = [entry.finding.level for entry in entries]
    output.data(
        f"{levels.count(Level.OK)} well, {levels.count(Level.WARNING)} to look at,"
        f" {levels.count(Level.FAULT)} at fault"
    )


def _shown(entry: Entry) -> FindingShown:
    finding = entry.finding
    return FindingShown(
        check=entry.check,
        level=finding.level.value,
        sentence=finding.sentence,
        remedy=finding.remedy or None,
    )
