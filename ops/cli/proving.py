"""``chappe campaign audit`` and ``explain``: the proof for all, and the story of one."""

from typing import Annotated

import typer

from engine import campaign_audit
from engine import explain as explaining
from engine.explain import Explanation
from ops.cli import output
from ops.cli.campaign_shapes import Audited, CheckShown, DoubtShown, Explained, StoryLeg, StoryShown
from ops.cli.options import ControllerOption, JsonFlag, examples, new_app
from ops.cli.persons import KindOption, RefOption, SubjectArgument, subject_of
from ops.cli.screening import print_suppressions, suppression_shown
from ops.cli.session import opened

_MOST_SHOWN = 20  # of those in doubt

app = new_app("Prove and explain.")

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The campaign's id.")]


@app.command(
    epilog=examples(
        "chappe campaign audit winter-1",
        "chappe campaign audit winter-1 --json",
        "chappe campaign audit winter-1 --reveal",
    )
)
def audit(
    name: IdArgument,
    controller: ControllerOption = None,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Open the addresses of those in doubt.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Prove that everybody is accounted for, and name those in doubt by the client's own id.

    accepted = final outcomes + waiting; tallies = deliveries, row by row; nobody twice. Exit code
    1 when an equation does not hold.
    """
    with opened() as installation:
        proven = campaign_audit.audit(installation, name, controller, reveal=reveal)
    row = proven.found.row
    audited = Audited(
        controller=proven.found.controller,
        campaign=row.name,
        state=row.state,
        holds=proven.holds,
        gap=proven.gap,
        rows_read=row.rows_read,
        accepted=row.accepted,
        duplicates=row.duplicates,
        rejected=row.rejected,
        final=dict(proven.final),
        waiting=proven.waiting,
        passed_on=proven.passed_on,
        checks=tuple(
            CheckShown(name=one.name, expected=one.expected, found=one.found, holds=one.holds)
            for one in proven.checks
        ),
        in_doubt=tuple(
            DoubtShown(
                ref=one.ref,
                contact=one.contact,
                key=one.key,
                block=one.block,
                position=one.position,
                channel=one.channel,
                connector=one.connector,
                reason=one.reason,
                at=output.moment(one.at),
            )
            for one in proven.doubts
        ),
    )
    if json:
        output.document(audited)
    else:
        _print_audit(audited)
    if not audited.holds:
        output.refuse(f"campaign {name}: the figures do not agree; do not rely on them")


@app.command(
    epilog=examples(
        "chappe campaign explain winter-1 ana@example.org",
        "chappe campaign explain winter-1 --ref client-17 --json",
    )
)
def explain(
    name: IdArgument,
    address: SubjectArgument = None,
    ref: RefOption = None,
    kind: KindOption = None,
    controller: ControllerOption = None,
    json: JsonFlag = False,
) -> None:
    """Say whether a person got it, and why or why not."""
    subject = subject_of(address, ref, kind)
    with opened() as installation:
        told = explaining.explain(installation, name, controller, subject)
    explained = explained_shown(told)
    if json:
        output.document(explained)
        return
    print_story(explained)


def explained_shown(told: Explanation) -> Explained:
    """Return what became of one person as it is shown."""
    row = told.found.row
    return Explained(
        controller=told.found.controller,
        campaign=row.name,
        state=row.state,
        among_recipients=bool(told.stories),
        stories=tuple(
            StoryShown(
                outcome=story.outcome,
                legs=tuple(
                    StoryLeg(
                        channel=leg.channel,
                        outcome=leg.outcome,
                        reason=leg.reason or None,
                        connector=leg.connector,
                        units=leg.units,
                        at=output.moment(leg.at),
                    )
                    for leg in story.legs
                ),
                waits_on=story.wait.channel if story.wait else None,
                waits_until=output.moment(story.wait.not_before) if story.wait else None,
            )
            for story in told.stories
        ),
        suppressions=tuple(suppression_shown(one) for one in told.opposed),
    )


def _print_audit(audited: Audited) -> None:
    output.data(f"{audited.campaign} of {audited.controller}: {audited.state}")
    output.table(
        ("holds", "equation", "expected", "found"),
        [(one.holds, one.name, one.expected, one.found) for one in audited.checks],
    )
    output.facts(
        {
            "accepted": audited.accepted,
            **audited.final,
            "waiting": audited.waiting,
            "passed on (not final)": audited.passed_on or None,
            "gap": audited.gap,
        }
    )
    if audited.in_doubt:
        output.data("in doubt:")
        output.table(
            ("who", "channel", "connector", "reason", "at"),
            [
                (_who(one), one.channel, one.connector, one.reason, output.readable(one.at))
                for one in audited.in_doubt[:_MOST_SHOWN]
            ],
        )
        left = len(audited.in_doubt) - _MOST_SHOWN
        if left > 0:
            output.say(f"  and {left} more; --json names every one")


def _who(doubt: DoubtShown) -> str:
    named = doubt.ref or f"block {doubt.block} position {doubt.position}, key {doubt.key}…"
    return f"{named} ({doubt.contact})" if doubt.contact else named


def print_story(explained: Explained) -> None:
    """Write what became of one person in a campaign."""
    if not explained.among_recipients:
        output.data(
            f"not among the recipients of {explained.campaign}: not in its source, or in a line"
            " that was rejected, or under an address that served another person"
        )
    for story in explained.stories:
        output.data(f"{explained.campaign}: {story.outcome}")
        for leg in story.legs:
            reason = f", {leg.reason}" if leg.reason else ""
            through = f" through {leg.connector}" if leg.connector else ""
            when = output.readable(leg.at)
            output.data(f"  {leg.channel}: {leg.outcome}{reason}{through}, {when}")
        if story.waits_on:
            output.data(f"  waits on {story.waits_on} until {output.readable(story.waits_until)}")
    if explained.suppressions:
        output.data("what forbids contact now:")
        print_suppressions(list(explained.suppressions))
    else:
        output.data("nothing forbids contact now")
