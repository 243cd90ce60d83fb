"""``chappe campaign``: what runs, and the switches that stop it."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated

import typer
from rich.live import Live
from rich.text import Text

from engine import control, statistics
from engine.app import App
from engine.events import Reason
from engine.states import CampaignState
from ops.cli import approving, checking, output, proving, submitting
from ops.cli.campaign_shapes import CampaignShown, Switched
from ops.cli.options import (
    ControllerOption,
    JsonFlag,
    YesFlag,
    examples,
    limit_option,
    new_app,
    seconds_option,
)
from ops.cli.session import opened
from ops.cli.showing import campaign_shown, is_over, one_line, print_campaign
from ops.cli.watching import follow

app = new_app("Campaigns: submit, check, watch, stop, prove, explain.")
app.add_typer(submitting.app)
app.add_typer(checking.app)

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The campaign's id.")]


@app.command(
    "list",
    epilog=examples(
        "chappe campaign list",
        "chappe campaign list --state planned --json",
        "chappe campaign list --controller boutique --limit 200",
    ),
)
def list_(
    controller: ControllerOption = None,
    state: Annotated[
        list[CampaignState] | None, typer.Option(help="Only in this state. Repeatable.")
    ] = None,
    limit: Annotated[int, limit_option("At most so many.")] = 50,
    json: JsonFlag = False,
) -> None:
    """List campaigns, those received last first."""
    with opened() as installation:
        now = installation.clock.now()
        rows = statistics.every(installation, controller, states=tuple(state or ()), limit=limit)
        found = [campaign_shown(one, now) for one in rows]
    if json:
        output.document(found)
        return
    output.table(
        ("campaign", "controller", "state", "accepted", "sent", "waiting", "received"),
        [
            (
                one.campaign,
                one.controller,
                one.state,
                one.accepted,
                one.outcomes.get("sent", 0),
                one.waiting,
                output.readable(one.received_at),
            )
            for one in found
        ],
    )


@app.command(
    epilog=examples("chappe campaign show winter-1", "chappe campaign show winter-1 --json")
)
def show(name: IdArgument, controller: ControllerOption = None, json: JsonFlag = False) -> None:
    """Show where a campaign stands, and why it does not go on when it does not."""
    with opened() as installation:
        one = _one(installation, name, controller)
        reasons: tuple[Reason, ...] = ()
        if one.state == CampaignState.REFUSED:
            found = statistics.overview(installation, name, controller).found
            reasons = statistics.refusal(installation, found)
    if json:
        output.document(one)
        return
    print_campaign(one)
    for reason in reasons:
        output.data(f"refused: {reason.sentence} ({reason.reason})")


@app.command(
    epilog=examples("chappe campaign watch winter-1", "chappe campaign watch winter-1 --json")
)
def watch(
    name: IdArgument,
    controller: ControllerOption = None,
    timeout: Annotated[
        float | None, seconds_option("Seconds after which to stop watching, with exit code 1.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Show live progress until the campaign is finished (exit code 0) or refused (1).

    Leaving with Ctrl-C does nothing to the campaign. With --json one object per change.
    """
    with opened() as installation:
        frame, tell = _teller(json=json)
        with frame:
            last = follow(installation, name, controller, tell, timeout=timeout)
    if not json:
        print_campaign(last)
    if last.state == CampaignState.REFUSED:
        output.refuse(f"campaign {name} was refused: {', '.join(last.reasons)}")
    if not is_over(last):
        output.refuse(f"campaign {name} is still {last.state}")


@app.command(epilog=examples("chappe campaign pause winter-1 --reason wrong_price"))
def pause(
    name: IdArgument,
    reason: Annotated[
        str, typer.Option(help="A word or two, told in an event; it must name nobody.")
    ] = control.OPERATOR,
    controller: ControllerOption = None,
    json: JsonFlag = False,
) -> None:
    """Let nothing more leave until the campaign is resumed; what is in flight is finished."""
    with opened() as installation:
        changed = control.pause(installation, name, controller, reason)
        _switched(installation, name, controller, changed=changed, json=json)


@app.command(epilog=examples("chappe campaign resume winter-1"))
def resume(name: IdArgument, controller: ControllerOption = None, json: JsonFlag = False) -> None:
    """Let a paused campaign go on."""
    with opened() as installation:
        changed = control.resume(installation, name, controller)
        _switched(installation, name, controller, changed=changed, json=json)


@app.command(epilog=examples("chappe campaign cancel winter-1 --yes"))
def cancel(
    name: IdArgument,
    controller: ControllerOption = None,
    yes: YesFlag = False,
    json: JsonFlag = False,
) -> None:
    """End a campaign for good: whoever waits is recorded as cancelled."""
    with opened() as installation:
        one = _one(installation, name, controller)
        waiting = f", {one.waiting} recipients wait" if one.waiting else ""
        output.confirmed(f"Cancel campaign {name} for good ({one.state}{waiting})?", yes=yes)
        changed = control.cancel(installation, name, controller)
        _switched(installation, name, controller, changed=changed, json=json)


app.add_typer(approving.app)
app.add_typer(proving.app)


def _one(installation: App, name: str, controller: str | None) -> CampaignShown:
    overview = statistics.overview(installation, name, controller)
    return campaign_shown(overview, installation.clock.now())


def _switched(
    installation: App, name: str, controller: str | None, *, changed: bool, json: bool
) -> None:
    one = _one(installation, name, controller)
    switched = Switched(
        controller=one.controller, campaign=one.campaign, state=one.state, changed=changed
    )
    if json:
        output.document(switched)
        return
    output.data(f"{name}: {one.state}{'' if changed else ', as it was before'}")


def _teller(
    *, json: bool
) -> tuple[AbstractContextManager[object], Callable[[CampaignShown], None]]:
    """Return how progress is told: a live line on a terminal, a line per change elsewhere."""
    if json:
        return nullcontext(), output.json_line
    if not sys.stderr.isatty():
        return nullcontext(), lambda shown: output.say(_with_waits(one_line(shown), shown))
    live = Live(console=output.console(stderr=True), transient=True)
    return live, lambda shown: live.update(Text(_with_bar(shown)))


def _with_bar(shown: CampaignShown) -> str:
    done, width = sum(shown.outcomes.values()), 30
    filled = width * done // shown.accepted if shown.accepted else 0
    bar = f"{'━' * filled}{'─' * (width - filled)}"
    return _with_waits(f"{bar}  {one_line(shown)}", shown)


def _with_waits(line: str, shown: CampaignShown) -> str:
    return "\n".join([line, *(f"waits: {sentence}" for sentence in shown.waits_for)])
