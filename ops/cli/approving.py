"""``chappe campaign approve``: somebody else says that a campaign may leave."""

from typing import Annotated

import typer

from engine import approvals
from engine.approvals import Approved
from engine.settings import Settings
from ops.cli import output
from ops.cli.campaign_shapes import ApprovedShown
from ops.cli.options import ControllerOption, JsonFlag, examples, new_app
from ops.cli.session import opened, own_account
from ops.cli.showing import approvals_shown

app = new_app("Approve campaigns.")


@app.command(
    epilog=examples(
        "chappe campaign approve winter-1", "CHAPPE_ACTOR=ana chappe campaign approve winter-1"
    )
)
def approve(
    name: Annotated[str, typer.Argument(metavar="ID", help="The campaign's id.")],
    controller: ControllerOption = None,
    json: JsonFlag = False,
) -> None:
    """Say, in your own name (CHAPPE_ACTOR), that a campaign may leave.

    Rules on volume may ask for it. The broker account that submitted a campaign cannot approve
    it; where this command submitted it, nobody can prove that you are somebody else. One that was
    paused because approvals were lacking goes on with the last that it needs.
    """
    with opened() as installation:
        done = approvals.approve(installation, name, controller)
        settings = installation.settings
    shown = _shown(done, settings)
    if json:
        output.document(shown)
        return
    for sentence in shown.notices:
        output.warn(sentence)
    output.data(f"{name}: {_in_words(shown)}")


def _shown(done: Approved, settings: Settings) -> ApprovedShown:
    return ApprovedShown(
        controller=done.found.controller,
        campaign=done.found.row.name,
        approvals=approvals_shown(done.approvals),
        changed=not done.already,
        lacking=done.lacking,
        resumed=done.resumed,
        notices=_notices(done, settings),
    )


def _notices(done: Approved, settings: Settings) -> tuple[str, ...]:
    account = done.found.row.account
    if account != own_account(settings):
        return ()
    said = (
        f"it was submitted by {account}, the account that this command uses itself: whether"
        f" {settings.actor} is somebody else than whoever did so cannot be proven here"
    )
    return (said,)


def _in_words(shown: ApprovedShown) -> str:
    by = ", ".join(one.actor for one in shown.approvals)
    said = f"approved by {by}" if shown.changed else f"was approved before, by {by}"
    if shown.resumed:
        return f"{said}; it goes on"
    if shown.lacking is None:
        return f"{said}; how many it needs is known once its recipients are counted"
    return f"{said}; {shown.lacking} more needed" if shown.lacking else f"{said}; no more needed"
