"""How commands speak: data on standard output, everything else on standard error.

On a terminal tables have colours and bars move; elsewhere the same facts come as plain lines, and
with ``--json`` as documents whose shapes are in ``shapes.py``. NO_COLOR is honoured.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Never

import msgspec
import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from engine.clock import Millis
from engine.list_files import Progress as Told

_PLAIN_WIDTH = 10_000  # lines that a program reads are never folded
_STEPS = 10  # plain lines of a progress that nobody watches

Cell = str | int | float | bool | None


def console(*, stderr: bool = False) -> Console:
    """Return a console that prints text as it is: no markup, no guessed colours."""
    made = Console(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=False)
    if not made.is_terminal:
        made.width = _PLAIN_WIDTH
    return made


def say(text: str, *, style: str = "") -> None:
    """Tell the operator something that is not data."""
    console(stderr=True).print(Text(text, style=style), soft_wrap=True)


def warn(text: str) -> None:
    """Tell the operator what deserves attention."""
    say(text, style="yellow")


def fail(text: str) -> None:
    """Say in one line why the command did not do what it was asked."""
    say(f"chappe: {' '.join(text.split())}", style="red")


def refuse(text: str) -> Never:
    """Say why and end with exit code 1."""
    fail(text)
    raise typer.Exit(1)


def data(text: str) -> None:
    """Write a line of data."""
    typer.echo(text)


def styled(text: str, style: str) -> None:
    """Write a line of data, in colour where a person reads it."""
    console().print(Text(text, style=style), soft_wrap=True)


def document(value: msgspec.Struct | Sequence[msgspec.Struct]) -> None:
    """Write a JSON document: an object, or an array of them."""
    encoded = msgspec.json.encode(value)
    sys.stdout.write(msgspec.json.format(encoded, indent=2).decode() + "\n")


def json_line(value: msgspec.Struct) -> None:
    """Write one JSON object on a line of its own, at once."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


def table(headers: Sequence[str], rows: Iterable[Sequence[Cell]], *, title: str = "") -> None:
    """Write a table; whoever pipes it gets aligned columns without frames."""
    out = console()
    style = box.SIMPLE_HEAD if out.is_terminal else None
    drawn = Table(title=title or None, box=style, pad_edge=False, title_justify="left")
    lines = [tuple(row) for row in rows]
    for at, header in enumerate(headers):
        numbers = bool(lines) and all(type(line[at]) in {int, float} for line in lines)
        drawn.add_column(
            header,
            justify="right" if numbers else "left",
            overflow="fold",
            no_wrap=at == 0,  # what one wants to copy
        )
    for line in lines:
        drawn.add_row(*(Text(shown(cell)) for cell in line))
    if out.is_terminal:
        out.print(drawn)
        return
    with out.capture() as written:
        out.print(drawn)
    for text in written.get().splitlines():
        data(text.rstrip())


def facts(pairs: Mapping[str, Cell]) -> None:
    """Write names and values, one pair a line; what is None is left out."""
    out = console()
    width = max((len(name) for name in pairs), default=0)
    for name, value in pairs.items():
        if value is not None:
            line = Text.assemble((f"{name:<{width}}  ", "bold"), shown(value))
            out.print(line, soft_wrap=True)


def shown(cell: Cell) -> str:
    """Return a value as people read it."""
    if cell is None:
        return "-"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return str(cell)


def moment(at: Millis) -> datetime:
    """Return an instant as JSON documents carry it: UTC, to the second."""
    return datetime.fromtimestamp(at // 1000, UTC)


def perhaps(at: Millis | None) -> datetime | None:
    """Return an instant as JSON documents carry it, or None."""
    return None if at is None else moment(at)


def readable(at: datetime | None) -> str | None:
    """Return an instant as tables show it."""
    return None if at is None else at.strftime("%Y-%m-%d %H:%M:%S UTC")


def confirmed(question: str, *, yes: bool) -> None:
    """Ask before something is destroyed; end with exit code 1 unless it is confirmed."""
    if yes:
        return
    if not sys.stdin.isatty():
        refuse(f"{question} Nobody can be asked here: give --yes.")
    if not typer.confirm(question, err=True):
        refuse("nothing was done")


@contextmanager
def file_progress(path: Path) -> Iterator[Told]:
    """Give what is told of a file's reading: a bar on a terminal, plain lines elsewhere."""
    size = path.stat().st_size if path.is_file() else 0
    err = console(stderr=True)
    if not err.is_terminal:
        yield _plain_lines(size)
        return
    columns = (
        TextColumn("{task.fields[rows]} rows"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("reading", total=size or None, rows=0)
        yield lambda rows, done: bar.update(task, completed=done, rows=rows)


def _plain_lines(size: int) -> Told:
    told = 0

    def tell(rows: int, done: int) -> None:
        nonlocal told
        step = done * _STEPS // size if size else 0
        if told < step < _STEPS:
            told = step
            say(f"{rows} rows read, {done * 100 // size} %")

    return tell
