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
from engine.list_imports import ListImport, import_list
from engine.wire.job import FileFormat
from ops.cli import output, vouching
from ops.cli.files import FormatOption, MapOption, ReportOption, WithoutOption, row_file
from ops.cli.list_showing import (
    list_imported,
    list_shown,
    print_import,
    print_list,
    print_lists,
    warn_of_import,
)
from ops.cli.notes import Notes
from ops.cli.options import ControllerOption, JsonFlag, YesFlag, examples, new_app
from ops.cli.session import opened, whose

app = new_app("Contact lists: sealed at rest, bound to purposes, deleted for good.")

NameArgument = Annotated[str, typer.Argument(help="Name of the list.")]
FileArgument = Annotated[Path, typer.Argument(help="CSV of any honest kind, or NDJSON.")]


@app.command(
    "import",
    epilog=examples(
        "chappe list import clients clients.csv --purpose offers --attested-by 'Data office'",
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
    attested_by: Annotated[
        str | None,
        typer.Option("--attested-by", metavar="WHO", help="Who answers for where it comes from."),
    ] = None,
    supplier: Annotated[
        str | None,
        typer.Option(help="Who supplied it; left out where the controller collected it itself."),
    ] = None,
    controller: ControllerOption = None,
    json: JsonFlag = False,
) -> None:
    """Import a file into a list, which is made when there is none of that name.

    Every line that is left out is reported with its number and the reason; nothing of the file
    is kept besides the list. An import never undoes an opposition.

    A list is attested where somebody answers for all of its imports, and stays supplied once a
    supplier gave any of it. Sensitive data is told by kind, and rulesets may refuse it.
    """
    with (
        opened() as installation,
        output.file_progress(file) as told,
        Notes(report) as notes,
    ):
        owner = whose(installation, controller)
        wanted = ListImport(
            owner,
            name,
            row_file(file, map_, format_, without),
            _purposes(installation, owner, name, purpose),
            attested_by,
            supplier,
        )
        done = import_list(installation, wanted, noted=notes, progress=told)
    imported = list_imported(owner, name, done, notes)
    if json:
        output.document(imported)
    else:
        print_import(imported)
        notes.tell("rejected", "unusable")
    warn_of_import(imported)


@app.command(epilog=examples("chappe list show clients", "chappe list show clients --json"))
def show(name: NameArgument, controller: ControllerOption = None, json: JsonFlag = False) -> None:
    """Show a list: purposes, columns, size, where it comes from, sensitive data, imports."""
    with opened() as installation:
        owner = whose(installation, controller)
        one = list_shown(owner, lists.show(installation, owner, name))
    if json:
        output.document(one)
        return
    print_list(one)


@app.command("list", epilog=examples("chappe list list", "chappe list list --json"))
def list_(controller: ControllerOption = None, json: JsonFlag = False) -> None:
    """List the lists of a controller."""
    with opened() as installation:
        owner = whose(installation, controller)
        found = [list_shown(owner, summary) for summary in lists.every(installation, owner)]
    if json:
        output.document(found)
        return
    print_lists(found)


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
        one = list_shown(owner, lists.show(installation, owner, name))
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


app.add_typer(vouching.app)


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
