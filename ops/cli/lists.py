"""``chappe list``: contact lists that are kept here, sealed, until they are deleted for good."""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from engine import controllers, lists
from engine.app import App
from engine.list_imports import ImportReport, ListImport, import_list
from engine.lists import ListSummary
from engine.wire.job import FileFormat
from ops.cli import output
from ops.cli.files import FormatOption, MapOption, ReportOption, WithoutOption, row_file
from ops.cli.notes import Notes, reasons_in_words
from ops.cli.options import ControllerOption, JsonFlag, YesFlag, examples, new_app
from ops.cli.session import opened, whose
from ops.cli.shapes import ImportShown, ListImported, ListShown

app = new_app("Contact lists: sealed at rest, bound to purposes, deleted for good.")

NameArgument = Annotated[str, typer.Argument(help="Name of the list.")]
FileArgument = Annotated[Path, typer.Argument(help="CSV of any honest kind, or NDJSON.")]


@app.command(
    "import",
    epilog=examples(
        "chappe list import clients clients.csv --purpose offers",
        "chappe list import clients export.csv --map email=Courriel --map prenom='Prénom'",
        "chappe list import clients clients.csv --without tel --report rejected.csv",
    ),
)
def import_(
    name: NameArgument,
    file: FileArgument,
    purpose: Annotated[
        list[str] | None,
        typer.Option("--purpose", help="Agreed purpose that a new list is bound to. Repeatable."),
    ] = None,
    map_: MapOption = None,
    format_: FormatOption = None,
    report: ReportOption = None,
    without: WithoutOption = None,
    controller: ControllerOption = None,
    json: JsonFlag = False,
) -> None:
    """Import a file into a list, which is made when there is none of that name.

    Every line that is left out is reported with its number and the reason; nothing of the file
    is kept besides the list. An import never undoes an opposition.
    """
    notes = Notes(report)
    with opened() as installation, output.file_progress(file) as told:
        owner = whose(installation, controller)
        wanted = ListImport(
            owner,
            name,
            row_file(file, map_, format_, without),
            _purposes(installation, owner, name, purpose),
        )
        try:
            done = import_list(installation, wanted, noted=notes, progress=told)
        finally:
            notes.close()
    imported = _imported(owner, name, done, notes)
    if json:
        output.document(imported)
        return
    _print_import(imported)
    notes.tell("rejected", "unusable")


@app.command(epilog=examples("chappe list show clients", "chappe list show clients --json"))
def show(name: NameArgument, controller: ControllerOption = None, json: JsonFlag = False) -> None:
    """Show a list: purposes, columns, size, imports."""
    with opened() as installation:
        owner = whose(installation, controller)
        one = _shown(owner, lists.show(installation, owner, name))
    if json:
        output.document(one)
        return
    output.facts(
        {
            "list": one.list,
            "controller": one.controller,
            "purposes": ", ".join(one.purposes),
            "columns": ", ".join(one.columns),
            "rows": one.rows,
            "created": output.readable(one.created_at),
        }
    )
    output.table(
        ("imported", "finished", "accepted", "rejected", "opposed"),
        [
            (
                output.readable(done.created_at),
                output.readable(done.finished_at),
                done.accepted,
                done.rejected,
                done.opposed,
            )
            for done in one.imports
        ],
    )


@app.command("list", epilog=examples("chappe list list", "chappe list list --json"))
def list_(controller: ControllerOption = None, json: JsonFlag = False) -> None:
    """List the lists of a controller."""
    with opened() as installation:
        owner = whose(installation, controller)
        found = [_shown(owner, summary) for summary in lists.every(installation, owner)]
    if json:
        output.document(found)
        return
    output.table(
        ("list", "rows", "purposes", "columns", "created"),
        [
            (
                one.list,
                one.rows,
                ", ".join(one.purposes),
                ", ".join(one.columns),
                output.readable(one.created_at),
            )
            for one in found
        ],
    )


@app.command(
    epilog=examples(
        "chappe list export clients > clients.csv",
        "chappe list export clients --format ndjson > clients.ndjson",
    )
)
def export(
    name: NameArgument,
    format_: Annotated[FileFormat, typer.Option("--format", help="What to write.")] = (
        FileFormat.CSV
    ),
    controller: ControllerOption = None,
) -> None:
    """Write every row of a list to standard output. This is personal data: mind where it goes."""
    with opened() as installation:
        owner = whose(installation, controller)
        columns = lists.show(installation, owner, name).columns
        write_rows(columns, lists.export(installation, owner, name), format_)


@app.command(epilog=examples("chappe list undo clients --yes"))
def undo(
    name: NameArgument,
    controller: ControllerOption = None,
    yes: YesFlag = False,
    json: JsonFlag = False,
) -> None:
    """Take the last import out of a list, finished or not."""
    with opened() as installation:
        owner = whose(installation, controller)
        lists.show(installation, owner, name)
        output.confirmed(f"Take the last import out of list {name}?", yes=yes)
        lists.undo(installation, owner, name)
        one = _shown(owner, lists.show(installation, owner, name))
    if json:
        output.document(one)
        return
    output.data(f"{name}: {one.rows} rows are left")


@app.command(epilog=examples("chappe list delete clients --yes"))
def delete(
    name: NameArgument,
    controller: ControllerOption = None,
    yes: YesFlag = False,
) -> None:
    """Delete a list at once and for good, and cancel what still waits to be sent to it."""
    with opened() as installation:
        owner = whose(installation, controller)
        rows = lists.show(installation, owner, name).rows
        output.confirmed(f"Delete list {name} with its {rows} rows for good?", yes=yes)
        lists.delete(installation, owner, name)
    output.data(f"{name}: deleted, its keys are destroyed")


def write_rows(
    columns: tuple[str, ...], rows: Iterator[dict[str, str | None]], form: FileFormat
) -> None:
    """Write rows to standard output."""
    if form is FileFormat.NDJSON:
        for row in rows:
            sys.stdout.write(msgspec.json.encode(row).decode() + "\n")
        return
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _purposes(installation: App, owner: str, name: str, given: list[str] | None) -> tuple[str, ...]:
    """Return what was asked for; a new list of a controller with one purpose is for that one."""
    if given:
        return tuple(given)
    if any(one.name == name for one in lists.every(installation, owner)):
        return ()
    with installation.db.read() as connection:
        agreed = controllers.find(connection, owner).settings.purposes
    return tuple(agreed) if len(agreed) == 1 else ()


def _imported(owner: str, name: str, done: ImportReport, notes: Notes) -> ListImported:
    return ListImported(
        controller=owner,
        list=name,
        rows=done.rows,
        accepted=done.accepted,
        rejected=done.rejected,
        duplicates=done.duplicates,
        opposed=done.opposed,
        repaired=done.repaired,
        unusable=done.unusable,
        resumed=done.resumed,
        columns=done.columns,
        reasons=dict(done.reasons),
        notes=notes.shapes(),
    )


def _print_import(done: ListImported) -> None:
    output.facts(
        {
            "list": f"{done.list} of {done.controller}",
            "rows": done.rows,
            "accepted": done.accepted,
            "rejected": done.rejected,
            "rejected because": reasons_in_words(list(done.reasons.items())),
            "duplicates": f"{done.duplicates} (a campaign writes to each person once)",
            "opposed": f"{done.opposed} (never contacted, whatever the file says)",
            "addresses mended": done.repaired,
            "addresses left out": done.unusable,
            "columns": ", ".join(done.columns),
        }
    )


def _shown(owner: str, summary: ListSummary) -> ListShown:
    return ListShown(
        controller=owner,
        list=summary.name,
        purposes=summary.purposes,
        columns=summary.columns,
        rows=summary.rows,
        created_at=output.moment(summary.created_at),
        imports=tuple(
            ImportShown(
                accepted=done.rows,
                rejected=done.rejected,
                opposed=done.opposed,
                created_at=output.moment(done.created_at),
                finished_at=output.perhaps(done.finished_at),
            )
            for done in summary.imports
        ),
    )
