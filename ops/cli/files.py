"""How a verb is told which file of rows to read, and what its columns mean."""

from pathlib import Path
from typing import Annotated

import typer

from engine.list_files import RowFile
from engine.wire.job import FileFormat

MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="NAME=COLUMN",
        help="Which column of the file is ref, email, tel, post, postal_code or a variable;"
        " the usual names are known. Repeatable.",
    ),
]
WithoutOption = Annotated[
    list[str] | None,
    typer.Option(metavar="COLUMN", help="A column of the file to leave out. Repeatable."),
]
FormatOption = Annotated[
    FileFormat | None, typer.Option("--format", help="Default: by the file's ending, else CSV.")
]
ReportOption = Annotated[
    Path | None, typer.Option(help="Write every note to this CSV file, line by line.")
]


def row_file(
    path: Path,
    mapping: list[str] | None,
    form: FileFormat | None,
    without: list[str] | None = None,
) -> RowFile:
    """Return a file of rows as the options describe it.

    Raises typer.BadParameter.
    """
    picks: dict[str, str] = {}
    for text in mapping or ():
        name, equals, column = text.partition("=")
        if not equals or not name or not column:
            msg = f"{text!r}: expected NAME=COLUMN, such as email=Courriel"
            raise typer.BadParameter(msg, param_hint="--map")
        picks[name] = column
    return RowFile(path, form, picks, tuple(without or ()))
