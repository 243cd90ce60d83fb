"""``chappe opposition-list``: lists of objectors that a state or a supplier keeps."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from engine import opposition_lists
from engine.opposition_lists import Copy, ListRow
from ops.cli import output
from ops.cli.files import FormatOption, MapOption, ReportOption, WithoutOption, row_file
from ops.cli.notes import Notes, reasons_in_words
from ops.cli.opposition_list_shapes import OppositionListImported, OppositionListShown
from ops.cli.options import JsonFlag, YesFlag, examples, instant_option, millis_of, new_app
from ops.cli.session import opened

app = new_app(
    "Opposition lists that a state or a supplier keeps.\n\n"
    "Rules of kind opposition_list ask about them by name. A list forbids nothing by itself."
)
NameArgument = Annotated[str, typer.Argument(help="The list's name, as rules call it.")]


@app.command(
    "import",
    epilog=examples(
        "chappe opposition-list import bloctel numbers.csv --dated 2026-08-01T06:00:00"
        " --source 'Bloctel, monthly file'",
    ),
)
def import_(
    name: NameArgument,
    file: Annotated[Path, typer.Argument(help="Columns email, tel, post.")],
    dated: Annotated[datetime, instant_option("When the copy was right (UTC).")],
    source: Annotated[str, typer.Option(metavar="WORDS", help="Where the copy comes from.")],
    map_: MapOption = None,
    without: WithoutOption = None,
    format_: FormatOption = None,
    report: ReportOption = None,
    json: JsonFlag = False,
) -> None:
    """Take a whole copy of a list over. It replaces the one before at once, when it is all there.

    A copy that is dated before the one that counts is refused, and so is a date to come.
    """
    with (
        opened() as installation,
        output.file_progress(file) as told,
        Notes(report) as notes,
    ):
        done = opposition_lists.import_list(
            installation,
            Copy(name, source, millis_of(dated)),
            row_file(file, map_, format_, without),
            noted=notes,
            progress=told,
        )
    imported = OppositionListImported(
        list=name,
        rows=done.rows,
        rejected=done.rejected,
        entries=done.entries,
        replaced=done.replaced,
        reasons=dict(done.reasons),
        notes=notes.shapes(),
    )
    if json:
        output.document(imported)
        return
    output.facts(
        {
            "rows": imported.rows,
            "entries": imported.entries,
            "entries of the copy before": imported.replaced,
            "rejected": imported.rejected,
            "rejected because": reasons_in_words(list(imported.reasons.items())),
        }
    )
    notes.tell("rejected", "unusable")


@app.command("list", epilog=examples("chappe opposition-list list --json"))
def list_(json: JsonFlag = False) -> None:
    """Say which lists there are, and how old each copy is."""
    with opened() as installation:
        shown = [_shown(row) for row in opposition_lists.every(installation)]
    if json:
        output.document(shown)
        return
    output.table(
        ("list", "entries", "dated", "imported", "source"),
        [
            (
                one.list,
                one.entries,
                output.readable(one.dated_at),
                output.readable(one.imported_at),
                one.source,
            )
            for one in shown
        ],
    )


@app.command(epilog=examples("chappe opposition-list remove bloctel --yes"))
def remove(name: NameArgument, yes: YesFlag = False) -> None:
    """Delete a list and its entries. Rules that ask about it deny from then on."""
    with opened() as installation:
        output.confirmed(f"Delete {name}? Rules that ask about it will deny.", yes=yes)
        gone = opposition_lists.remove(installation, name)
    output.data(f"removed: {name}, {gone} entries")


def _shown(row: ListRow) -> OppositionListShown:
    return OppositionListShown(
        list=row.name,
        source=row.source,
        dated_at=output.moment(row.dated_at),
        imported_at=output.moment(row.imported_at),
        entries=row.entries,
        sha256=row.sha256.hex(),
    )
