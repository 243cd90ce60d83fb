"""``chappe controller end``: a contract is over, and what it kept goes a month later."""

from typing import Annotated

import typer

from engine import controllers
from ops.cli import output
from ops.cli.options import YesFlag, examples, new_app
from ops.cli.session import opened

app = new_app("Ends of contracts.")


@app.command(
    epilog=examples("chappe controller end boutique", "chappe controller end bakery --yes")
)
def end(
    name: Annotated[str, typer.Argument(help="Whose contract it was.")],
    yes: YesFlag = False,
) -> None:
    """End a contract for good: nothing more is taken from this controller.

    Campaigns under way go on unless they are cancelled. A month later, and not before they are
    over, its lists, oppositions, links and keys are destroyed: hand them back before.
    """
    with opened() as installation:
        with installation.db.read() as connection:
            found = controllers.find(connection, name)
        if not found.alive:
            output.refuse(f"the contract of {name} has ended before; nothing was done")
        question = f"End the contract of {name} for good? A month later its data is destroyed."
        output.confirmed(question, yes=yes)
        controllers.end(installation, name)
    output.data(f"{name}: ended; hand its lists and oppositions back within a month")
