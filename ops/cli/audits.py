"""``chappe audit``: who did what and when, shown, exported, and proven to be whole."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from engine import audit, audit_export, audit_walk
from engine.audit import Act, ActRow, Wanted
from engine.audit_walk import Verdict
from engine.clock import Millis
from ops.cli import output
from ops.cli.audit_shapes import ActShown, AuditVerified, DamageShown
from ops.cli.options import JsonFlag, examples, instant_option, limit_option, millis_of, new_app
from ops.cli.session import opened

app = new_app("The audit: every decision on record, in a chain that shows whether it is whole.")

_STANDARD = "-"
_ONLY_A_PART = 3  # exit code


@app.command(
    epilog=examples(
        "chappe audit verify",
        "chappe audit verify --json",
        "chappe audit verify --file audit.ndjson",
    )
)
def verify(
    file: Annotated[
        Path | None,
        typer.Option(help="Verify an export of this installation instead of its database."),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Walk the audit from its first act on. Exit code 1 when an act was tampered with.

    Each damage is told with the number of the act: changed, inserted, deleted, exchanged, or cut
    off at the end. Exit code 3: the file is in order as far as it goes, and ends before the audit
    does; it may be older than the acts it lacks, or somebody cut it.
    """
    with opened() as installation:
        if file is not None:
            with file.open("rb") as lines:
                verdict = audit_export.verify_export(installation, lines)
        else:
            with _bar(audit.count(installation)) as told:
                verdict = audit_walk.verify(installation, told)
    if json:
        output.document(_verified(verdict))
    else:
        _print(verdict)
    if verdict.findings:
        raise typer.Exit(1)
    if verdict.part:
        raise typer.Exit(_ONLY_A_PART)


@app.command(
    epilog=examples(
        "chappe audit show",
        "chappe audit show --act opposition_removed --since 2026-11-01",
        "chappe audit show --controller boutique --limit 200 --json",
    )
)
def show(
    controller: Annotated[
        str | None, typer.Option("--controller", "-c", help="Only what concerns this one.")
    ] = None,
    act: Annotated[Act | None, typer.Option(help="Only acts of this kind.")] = None,
    since: Annotated[datetime | None, instant_option("Not before this instant, UTC.")] = None,
    until: Annotated[datetime | None, instant_option("Before this instant, UTC.")] = None,
    limit: Annotated[int, limit_option("At most so many.")] = 50,
    json: JsonFlag = False,
) -> None:
    """List acts, newest first."""
    wanted = Wanted(
        controller,
        None if act is None else act.value,
        None if since is None else millis_of(since),
        None if until is None else millis_of(until),
    )
    with opened() as installation:
        found = [_shown(row) for row in audit.latest(installation, wanted, limit)]
    if json:
        output.document(found)
        return
    output.table(
        ("number", "at", "actor", "act", "controller", "subject", "details"),
        [
            (
                one.number,
                output.readable(one.at),
                one.actor,
                one.act,
                one.controller,
                one.subject,
                ", ".join(f"{name} {output.shown(value)}" for name, value in one.details.items()),
            )
            for one in found
        ],
    )


@app.command(epilog=examples("chappe audit export audit.ndjson", "chappe audit export - | wc -l"))
def export(
    file: Annotated[str, typer.Argument(help="File to write; `-`: standard output.")],
) -> None:
    """Write every act as a line of JSON with its hashes, oldest first."""
    with opened() as installation:
        lines = audit_export.export(installation)
        if file == _STANDARD:
            sys.stdout.buffer.writelines(lines)
            return
        with Path(file).open("wb") as written:
            written.writelines(lines)


@contextmanager
def _bar(total: int) -> Iterator[audit_walk.Progress]:
    """Give what is told of the walk: a bar on a terminal, nothing elsewhere."""
    err = output.console(stderr=True)
    if not err.is_terminal:
        yield lambda _acts: None
        return
    columns = (TextColumn("acts"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("acts", total=total)
        yield lambda looked_at: bar.advance(task, looked_at)


def _print(verdict: Verdict) -> None:
    output.facts(
        {
            "acts": verdict.acts,
            "first": output.readable(_moment(verdict.first_at)),
            "last": output.readable(_moment(verdict.last_at)),
            "anchored to": verdict.anchored or None,
            "whole": verdict.whole,
        }
    )
    if verdict.part:
        output.data(
            f"  only a part: the file reaches act {verdict.reaches}, the audit of this installation"
            f" act {verdict.audit_reaches}. It was written before the acts it lacks, or it was cut"
        )
    for one in verdict.findings:
        place = f"act {one.number}" if one.number == one.last else f"acts {one.number}-{one.last}"
        output.data(f"  {place}: {one.sentence} ({one.damage})")
    if verdict.cut_short:
        output.data("  and more: only the first findings are shown")


def _verified(verdict: Verdict) -> AuditVerified:
    return AuditVerified(
        whole=verdict.whole,
        part=verdict.part,
        acts=verdict.acts,
        first_at=_moment(verdict.first_at),
        last_at=_moment(verdict.last_at),
        anchored=verdict.anchored,
        reaches=verdict.reaches,
        audit_reaches=verdict.audit_reaches,
        findings=tuple(
            DamageShown(damage=one.damage, number=one.number, last=one.last, sentence=one.sentence)
            for one in verdict.findings
        ),
    )


def _shown(row: ActRow) -> ActShown:
    details = audit.details_of(row)
    return ActShown(
        number=row.number,
        at=_moment(row.at),
        actor=row.actor,
        act=row.act,
        controller=row.controller,
        subject=row.subject,
        details={"unreadable": True} if details is None else details,
    )


def _moment(at: Millis | None) -> datetime | None:
    """Return an instant; None for one that nobody could show: somebody changed the act."""
    try:
        return output.perhaps(at)
    except (ValueError, OverflowError, OSError):  # as the platform's calendar says it
        return None
