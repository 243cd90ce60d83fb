"""``chappe policy apply``, ``rollback``, ``history`` and ``current``: which rules hold, for whom."""

from pathlib import Path
from typing import Annotated, Never

import typer

from engine import policy_changes
from engine.app import App
from engine.policy_changes import RulesetRefused, Wish
from engine.policy_scope import Scope
from ops.cli import output, packs
from ops.cli.options import JsonFlag, examples, instant_given, new_app
from ops.cli.packs import Page
from ops.cli.policy_change_showing import (
    changed_shown,
    held_shown,
    history_shown,
    objections_shown,
    print_changed,
    print_history,
)
from ops.cli.policy_showing import print_faults
from ops.cli.session import opened, whose
from policy.reading import RulesetFault, read_ruleset

app = new_app("Change which rules hold.")

WhoseOption = Annotated[
    str | None,
    typer.Option("--controller", "-c", metavar="NAME", help="Its rules; default: the platform's."),
]
CampaignOption = Annotated[
    str | None,
    typer.Option("--campaign", metavar="NAME", help="The rules of one campaign of the controller."),
]
ReasonOption = Annotated[
    str, typer.Option("--reason", metavar="WORDS", help="Why; kept on record, so it names nobody.")
]


@app.command(
    "apply",
    epilog=examples(
        "chappe policy apply fr --reason 'first rules'",
        "chappe policy apply ./ours.toml --reason 'counsel, 3 March' --dry-run",
        "chappe policy apply ./shop.toml --controller boutique --reason 'contract of May'",
        "chappe policy apply ./2027.toml --from 2027-01-01T00:00+01:00 --reason 'new decree'",
    ),
)
def apply_(
    name: Annotated[
        str,
        typer.Argument(
            metavar="RULESET", help="A name that `chappe policy list` shows, or the path of a file."
        ),
    ],
    reason: ReasonOption,
    controller: WhoseOption = None,
    campaign: CampaignOption = None,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="INSTANT", help="Let it hold from then on (UTC unless it says)."
        ),
    ] = None,
    cases: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Its cases; default: those beside it."),
    ] = None,
    without_cases: Annotated[
        bool, typer.Option("--without-cases", help="It has none; not for the platform.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change; change nothing.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Let a ruleset hold: on the platform, for a controller, or for one campaign.

    It is refused, with everything that is wrong at once, unless it can be read, makes sense, its
    cases come out as they say, and it is nowhere looser than the layers above it. Every process
    heeds it before the next thing leaves. The layer is the one that the ruleset itself names; a
    campaign may come later. Cases of a lower layer are decided both by themselves and together
    with the layers above, and one of both must come out as they say.
    """
    page = packs.ruleset(name)
    beside = packs.cases(name) if cases is None else packs.read(cases)
    with opened() as installation:
        wish = Wish(
            text=page.text,
            cases=None if beside is None else beside.text,
            reason=reason,
            controller=_controller(installation, page, controller),
            campaign=campaign,
            effective_at=instant_given(from_, "--from"),
            without_cases=without_cases,
        )
        try:
            changed = policy_changes.apply_ruleset(installation, wish, dry=dry_run)
        except RulesetRefused as refused:
            _end_refused(refused, page, beside, json=json)
    if json:
        output.document(changed_shown(changed, written=not dry_run))
    else:
        print_changed(changed, written=not dry_run)


@app.command(
    epilog=examples(
        "chappe policy rollback --reason 'stops too much'",
        "chappe policy rollback --to 4f6e9e1f0c2a7b11 --reason 'as in May'",
        "chappe policy rollback --controller boutique --to none --reason 'contract changed'",
    )
)
def rollback(
    reason: ReasonOption,
    controller: WhoseOption = None,
    campaign: CampaignOption = None,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION",
            help="One that `history` shows; `none`: nothing holds (not on the platform).",
        ),
    ] = None,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="INSTANT", help="Take back what is planned for then, not what holds."
        ),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Let hold again what held before the present ruleset.

    Done twice it is back at what was taken back. On a lower layer that had nothing before,
    nothing holds; the platform is never without.
    """
    planned = instant_given(from_, "--from")
    with opened() as installation:
        scope, _ = policy_changes.history(installation, controller, campaign)
        changed = policy_changes.roll_back(installation, scope, reason, to=to, planned=planned)
    if json:
        output.document(changed_shown(changed, written=True))
    else:
        print_changed(changed, written=True)


@app.command(
    epilog=examples(
        "chappe policy history",
        "chappe policy history --controller boutique --changes",
        "chappe policy history --json",
    )
)
def history(
    controller: WhoseOption = None,
    campaign: CampaignOption = None,
    changes: Annotated[
        bool, typer.Option("--changes", help="What changed at each step, in words.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Show what held, holds and will hold on a layer: since when, by whom, and why."""
    with opened() as installation:
        scope, rows = policy_changes.history(installation, controller, campaign)
        shown = history_shown(scope, rows, installation.clock.now(), changes=changes)
    if json:
        output.document(shown)
    elif shown:
        print_history(shown)
    else:
        output.say(f"nothing was ever applied to {scope}")


@app.command(
    epilog=examples(
        "chappe policy current",
        "chappe policy current --controller boutique --campaign winter-1 --json",
        "chappe policy current --text > holds.toml",
    )
)
def current(
    controller: WhoseOption = None,
    campaign: CampaignOption = None,
    text: Annotated[
        bool, typer.Option("--text", help="The file of the lowest layer asked for, as applied.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Show which rulesets hold now, layer by layer: all of them together decide.

    Exit code 1 where nothing is sent, because no ruleset of the platform holds.
    """
    with opened() as installation:
        scope, _ = policy_changes.history(installation, controller, campaign)
        edition = installation.rulebook.current()
        rows = edition.in_force(scope.number, scope.campaign, installation.clock.now())
    if text:
        own = [row for row in rows if row.layer == scope.layer]
        if not own:
            output.refuse(f"nothing holds on the layer of {scope}")
        output.data(own[0].text.rstrip("\n"))
        return
    shown = [held_shown(_own(scope, row.layer), row, "now") for row in rows]
    if json:
        output.document(shown)
    elif shown:
        output.table(
            ("layer", "ruleset", "version", "from", "by", "reason"),
            [
                (
                    one.layer,
                    one.ruleset,
                    one.version,
                    output.readable(one.effective_at),
                    one.actor,
                    one.reason,
                )
                for one in shown
            ],
        )
    if not any(row.layer == "platform" for row in rows):
        output.refuse(
            "no ruleset holds on the platform, so nothing is sent: chappe policy apply fr --reason …"
        )


def _own(scope: Scope, layer: str) -> Scope:
    """Return the scope of one of the layers above a scope, or itself."""
    return scope if layer != "platform" else Scope(0, "", "")


def _controller(installation: App, page: Page, given: str | None) -> str | None:
    """Return whose a ruleset is to be; the only controller need not be named for a lower layer."""
    if given is not None:
        return given
    try:
        layer = read_ruleset(page.text).layer
    except RulesetFault:
        return None  # it is refused for what is wrong in it, whosever it is
    return None if layer == "platform" else whose(installation, None)


def _end_refused(refused: RulesetRefused, page: Page, cases: Page | None, *, json: bool) -> Never:
    shown = objections_shown(refused.examined, page, cases)
    if json:
        output.document(shown)
        raise typer.Exit(1)
    print_faults(shown)
    what = "one thing speaks" if len(shown) == 1 else f"{len(shown)} things speak"
    output.refuse(f"{what} against {page.name}: nothing was changed")
