"""``chappe account``: who may put campaigns of which controller."""

from typing import Annotated

import typer

from engine import controllers
from ops.cli import output
from ops.cli.options import JsonFlag, examples, new_app
from ops.cli.session import opened
from ops.cli.shapes import Grant

app = new_app("Broker accounts: who may put campaigns of which controller.")


@app.command(
    "grant",
    epilog=examples(
        "chappe account grant shop-backend boutique", "chappe account grant back-office '*'"
    ),
)
def grant(
    account: Annotated[str, typer.Argument(help="Account of the broker.")],
    controller: Annotated[str, typer.Argument(help="Controller, or '*' for all.")],
) -> None:
    """Let a broker account put campaigns of a controller."""
    with opened() as installation:
        controllers.grant(installation, account, controller)
    output.say(f"{account} may put campaigns of {_whose(controller)}")


@app.command("revoke", epilog=examples("chappe account revoke shop-backend boutique"))
def revoke(
    account: Annotated[str, typer.Argument(help="Account of the broker.")],
    controller: Annotated[str, typer.Argument(help="Controller, or '*' for all.")],
) -> None:
    """Take back what was granted. Exit code 1 when nothing was, or another grant still holds."""
    with opened() as installation:
        left = controllers.revoke(installation, account, controller)
    if controllers.EVERY_CONTROLLER in left:
        output.refuse(
            f"taken back, but {account} may still put campaigns of {controller} by '*', for all"
            f" controllers; to take that back as well: chappe account revoke {account} '*'"
        )
    still = f"; it still may of: {', '.join(left)}" if left else ""
    output.say(f"{account} may no longer put campaigns of {_whose(controller)}{still}")


@app.command("list", epilog=examples("chappe account list --json"))
def list_accounts(json: JsonFlag = False) -> None:
    """List who may put campaigns of whom."""
    with opened() as installation:
        found = [
            Grant(account=account, controller=controller)
            for account, controller in controllers.grants(installation)
        ]
    if json:
        output.document(found)
        return
    output.table(("account", "controller"), [(one.account, one.controller) for one in found])


def _whose(controller: str) -> str:
    return "all controllers" if controller == controllers.EVERY_CONTROLLER else controller
