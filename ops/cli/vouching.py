"""``chappe list attest`` and ``screen``: who answers for a list, and what sensitive data it holds."""

from typing import Annotated

import typer

from engine import list_screening, lists
from ops.cli import output
from ops.cli.list_showing import findings_in_words, list_shown, origin_in_words
from ops.cli.options import ControllerOption, JsonFlag, examples, new_app
from ops.cli.session import opened, whose

app = new_app("What is known of lists.")

NameArgument = Annotated[str, typer.Argument(help="Name of the list.")]


@app.command(
    epilog=examples(
        "chappe list attest clients --by 'Data office'",
        "chappe list attest leads --by 'Data office' --supplier 'Acme Data'",
    )
)
def attest(
    name: NameArgument,
    by: Annotated[str, typer.Option(metavar="WHO", help="Who answers for where it comes from.")],
    supplier: Annotated[
        str | None, typer.Option(help="Who supplied it, besides those named before.")
    ] = None,
    controller: ControllerOption = None,
    json: JsonFlag = False,
) -> None:
    """Record who answers for where all rows of a list come from.

    A list that a supplier gave anything of stays a supplied one: attesting does not change that.
    """
    with opened() as installation:
        owner = whose(installation, controller)
        list_screening.attest(installation, owner, name, by=by, supplier=supplier)
        one = list_shown(owner, lists.show(installation, owner, name))
    if json:
        output.document(one)
        return
    output.data(f"{name}: attested by {one.attested_by}, {origin_in_words(one)}")


@app.command(epilog=examples("chappe list screen clients"))
def screen(name: NameArgument, controller: ControllerOption = None, json: JsonFlag = False) -> None:
    """Look through a list for sensitive data: numbers in its cells, names of its columns.

    Every import does this by itself. A list that is older than that, or of which an import was
    undone, is looked through by this command. Kinds and counts are kept, nothing else.
    """
    with opened() as installation:
        owner = whose(installation, controller)
        list_screening.screen(installation, owner, name)
        one = list_shown(owner, lists.show(installation, owner, name))
    if json:
        output.document(one)
        return
    output.data(f"{name}: {findings_in_words(one.findings)}")
