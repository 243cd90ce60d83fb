"""``chappe retention``: what is kept how long, what goes when, legal holds, and the proof."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from engine import audit
from engine.app import App
from engine.audit import Act
from engine.clock import DAY, Millis
from engine.retention import holds, proof, turns
from engine.retention.holds import Hold
from ops.cli import output
from ops.cli.options import JsonFlag, examples, instant_option, millis_of, new_app, number_argument
from ops.cli.retention_shapes import ClassShown, HoldShown, PlanShown, ProofVerified, SweptShown
from ops.cli.session import opened
from policy.retention import CLASSES

app = new_app("Retention: everything is kept for a reason and a time, and no longer.")

_AHEAD: tuple[tuple[str, str, Millis], ...] = (
    ("P1D", "in a day", DAY),
    ("P30D", "in 30 days", 30 * DAY),
    ("P1Y", "in a year", 366 * DAY),
)
ClassArgument = Annotated[str, typer.Argument(help="A class that `chappe retention show` names.")]


@app.command(epilog=examples("chappe retention show", "chappe retention show --json"))
def show(json: JsonFlag = False) -> None:
    """Show every class of data: how long it is kept, from when, who may change it, and why."""
    shown = [
        ClassShown(
            name=one.name,
            data=one.data,
            places=one.places,
            keeps=one.keeps,
            since=None if one.since is None else one.since.value,
            chooser=one.chooser.value,
            source=one.source,
        )
        for one in CLASSES
    ]
    if json:
        output.document(shown)
        return
    output.table(
        ("class", "kept", "after", "who may change it", "data", "source"),
        [
            (one.name, one.keeps or "in use", one.since, one.chooser, one.data, one.source)
            for one in shown
        ],
    )


@app.command(epilog=examples("chappe retention plan", "chappe retention plan --at 2027-12-01"))
def plan(
    at: Annotated[datetime | None, instant_option("An instant, UTC; default: now.")] = None,
    json: JsonFlag = False,
) -> None:
    """Show how much of each class goes when: now (or at another instant), and from then on."""
    with opened() as installation:
        now = installation.clock.now() if at is None else millis_of(at)
        held = [row.retention_class for row in holds.every(installation)]
        ends = turns.last_ends(installation)
        shown = [
            PlanShown(
                name=name,
                overdue=turns.overdue(installation, name, now),
                coming={
                    duration: turns.overdue(installation, name, now + ahead)
                    for duration, _, ahead in _AHEAD
                },
                holds=held.count(name),
                swept_at=output.perhaps(ends.get(name)),
            )
            for name in turns.SWEEPERS
        ]
    if json:
        output.document(shown)
        return
    output.table(
        ("class", "too old", *(words for _, words, _ in _AHEAD), "holds", "last swept"),
        [
            (
                one.name,
                one.overdue,
                *one.coming.values(),
                one.holds,
                output.readable(one.swept_at),
            )
            for one in shown
        ],
    )


@app.command(epilog=examples("chappe retention run", "chappe retention run connection_log"))
def run(
    classes: Annotated[
        list[str] | None, typer.Argument(help="Classes to sweep; none: all of them.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Sweep to the end, now: delete whatever is older than promised and on no hold."""
    names = classes or list(turns.SWEEPERS)
    unknown = [name for name in names if name not in turns.SWEEPERS]
    if unknown:
        raise typer.BadParameter(f"no class {unknown[0]!r} is swept; see chappe retention show")
    swept: list[SweptShown] = []
    with opened() as installation:
        try:
            for name in names:
                removed = turns.sweep_all(installation, name, _told(name))
                swept.append(SweptShown(name=name, removed=removed))
        finally:
            _on_record(installation, swept)
    if json:
        output.document(swept)
        return
    output.table(("class", "removed"), [(one.name, one.removed) for one in swept if one.removed])
    output.say(f"{sum(one.removed for one in swept)} removed in all")


@app.command(
    "hold",
    epilog=examples(
        "chappe retention hold history --campaign winter-1 --reason 'court case' --author counsel",
        "chappe retention hold connection_log --reason 'inquiry' --author dpo --until 2027-06-30",
    ),
)
def hold_(
    retention_class: ClassArgument,
    reason: Annotated[str, typer.Option(help="Why it must stay; names nobody.")],
    author: Annotated[str, typer.Option(help="Who asks for it.")],
    controller: Annotated[str | None, typer.Option("--controller", "-c", help="Only its.")] = None,
    campaign: Annotated[str | None, typer.Option(help="Only this campaign's.")] = None,
    until: Annotated[datetime | None, instant_option("UTC; default: until lifted.")] = None,
    json: JsonFlag = False,
) -> None:
    """Put data on legal hold: it stays although its time has come."""
    what = Hold(retention_class, controller, campaign)
    with opened() as installation:
        end = None if until is None else millis_of(until)
        number = holds.hold(installation, what, reason, author, end)
        shown = [one for one in _holds(installation, ended=False) if one.hold == number]
    _print_holds(shown, json=json)


@app.command("holds", epilog=examples("chappe retention holds", "chappe retention holds --all"))
def list_holds(
    all_: Annotated[bool, typer.Option("--all", help="Those that ended as well.")] = False,
    json: JsonFlag = False,
) -> None:
    """List legal holds, newest first."""
    with opened() as installation:
        shown = _holds(installation, ended=all_)
    _print_holds(shown, json=json)


@app.command(epilog=examples("chappe retention lift 3"))
def lift(number: Annotated[int, number_argument("Number of the hold.")]) -> None:
    """End a legal hold: what is too old goes with the next sweep."""
    with opened() as installation:
        row = holds.lift(installation, number)
    output.data(f"hold {number} on {row.retention_class}: lifted")


@app.command(
    "proof",
    epilog=examples(
        "chappe retention proof > proof.json", "chappe retention proof --verify proof.json"
    ),
)
def proof_(
    verify: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Verify a proof that this installation wrote."
        ),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Write a signed proof of what is older than promised: nothing. Exit code 1 if something is.

    What is late by less than an hour does not count: its sweep comes within half an hour.
    With --verify: whether a proof is this installation's own, and unaltered.
    """
    with opened() as installation:
        if verify is None:
            found = proof.prove(installation)
            text = msgspec.json.format(msgspec.json.encode(found), indent=2).decode()
            output.data(text)
            if found.overdue:
                output.refuse(f"{found.overdue} are older than promised; chappe retention run")
            return
        told, genuine = proof.verify(installation, verify.read_bytes())
    shown = ProofVerified(genuine=genuine, at=told.at, overdue=told.overdue)
    if json:
        output.document(shown)
    elif genuine:
        output.data(f"genuine: at {output.readable(told.at)}, {told.overdue} older than promised")
    if not genuine:
        output.refuse("this proof was altered, or another installation wrote it")


def _on_record(installation: App, swept: list[SweptShown]) -> None:
    told = {one.name: one.removed for one in swept if one.removed}
    with installation.db.write() as connection:
        audit.record(installation, connection, Act.RETENTION_RUN, "retention", details=told)


def _told(name: str) -> "turns.Progress":
    """Return what tells a person how a long sweep goes; nothing where nobody watches."""
    err, removed = output.console(stderr=True), 0

    def tell(more: int) -> None:
        nonlocal removed
        removed += more
        if err.is_terminal:
            err.print(f"{name}: {removed} removed", end="\r")

    return tell


def _holds(installation: App, *, ended: bool) -> list[HoldShown]:
    return [
        HoldShown(
            hold=one.number,
            retention_class=one.retention_class,
            controller=one.controller,
            campaign=one.campaign,
            reason=one.reason,
            author=one.author,
            created_at=output.moment(one.created_at),
            until=output.perhaps(one.until),
            lifted_at=output.perhaps(one.lifted_at),
        )
        for one in holds.every(installation, ended=ended)
    ]


def _print_holds(shown: list[HoldShown], *, json: bool) -> None:
    if json:
        output.document(shown)
        return
    output.table(
        ("hold", "class", "controller", "campaign", "reason", "author", "until", "lifted"),
        [
            (
                one.hold,
                one.retention_class,
                one.controller,
                one.campaign,
                one.reason,
                one.author,
                output.readable(one.until),
                output.readable(one.lifted_at),
            )
            for one in shown
        ],
    )
