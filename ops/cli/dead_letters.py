"""``chappe dead-letter``: messages that are no campaign, kept sealed until somebody looked."""

import sys
from typing import Annotated

import typer

from engine import dead_letters
from engine.app import App
from engine.events import MessageFault
from engine.intake import decode_reasons
from ops.cli import output
from ops.cli.options import JsonFlag, YesFlag, examples, new_app, number_argument
from ops.cli.session import opened
from ops.cli.shapes import DeadLetterFault, DeadLetterShown, Replayed

app = new_app("Dead letters: messages that are no campaign, with every reason.")

NumberArgument = Annotated[int, number_argument("Number of the dead letter.")]


@app.command("list", epilog=examples("chappe dead-letter list", "chappe dead-letter list --all"))
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Those replayed or dropped as well.")] = False,
    json: JsonFlag = False,
) -> None:
    """List dead letters, newest first."""
    with opened() as installation:
        rows = dead_letters.every(installation, closed=all_)
        found = [_one(installation, row.id) for row in rows]
    if json:
        output.document(found)
        return
    output.table(
        ("number", "state", "account", "received", "faults", "first fault"),
        [
            (
                one.dead_letter,
                one.state,
                one.account,
                output.readable(one.received_at),
                len(one.faults),
                _line(one.faults[0]) if one.faults else "",
            )
            for one in found
        ],
    )


@app.command(epilog=examples("chappe dead-letter show 3", "chappe dead-letter show 3 --body"))
def show(
    number: NumberArgument,
    body: Annotated[
        bool, typer.Option("--body", help="Write the message itself; it may be personal data.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Show why a message is no campaign."""
    with opened() as installation:
        if body:
            sys.stdout.buffer.write(dead_letters.body(installation, number))
            return
        one = _one(installation, number)
    if json:
        output.document(one)
        return
    output.facts(
        {
            "dead letter": one.dead_letter,
            "state": one.state,
            "account": one.account or "the message did not say",
            "message id": one.message_id,
            "received": output.readable(one.received_at),
            "closed": output.readable(one.closed_at),
        }
    )
    for fault in one.faults:
        output.data(f"  {_line(fault)}")


@app.command(epilog=examples("chappe dead-letter replay 3"))
def replay(number: NumberArgument, json: JsonFlag = False) -> None:
    """Take the message in again, as its own account; exit code 1 when it is no campaign still."""
    with opened() as installation:
        taken = dead_letters.replay(installation, number)
    faults = tuple(
        DeadLetterFault(
            field=fault.field, reason=fault.reason, sentence=fault.sentence, line=fault.line
        )
        for fault in taken.faults
    )
    done = taken.campaign_id is not None
    if json:
        output.document(
            Replayed(dead_letter=number, taken=done, duplicate=taken.duplicate, faults=faults)
        )
    elif done:
        output.data(f"dead letter {number}: taken in as a campaign")
    if not done:
        told = "; ".join(map(_line, faults))
        output.refuse(f"dead letter {number} is no campaign still: {told}")


@app.command(epilog=examples("chappe dead-letter drop 3 --yes"))
def drop(number: NumberArgument, yes: YesFlag = False) -> None:
    """Let a message go for good; its body is destroyed."""
    with opened() as installation:
        dead_letters.get(installation, number)
        output.confirmed(f"Drop dead letter {number} for good?", yes=yes)
        dead_letters.drop(installation, number)
    output.data(f"dead letter {number}: dropped")


def _one(installation: App, number: int) -> DeadLetterShown:
    row = dead_letters.get(installation, number)
    return DeadLetterShown(
        dead_letter=row.id,
        state=row.state,
        account=row.account or None,
        message_id=row.message_id or None,
        received_at=output.moment(row.received_at),
        closed_at=output.perhaps(row.closed_at),
        faults=tuple(map(_fault, decode_reasons(row.reasons))),
    )


def _fault(fault: MessageFault) -> DeadLetterFault:
    return DeadLetterFault(
        field=fault.field, reason=fault.reason, sentence=fault.sentence, line=fault.line
    )


def _line(fault: DeadLetterFault) -> str:
    place = fault.field or "message"
    if fault.line is not None:
        place = f"{place}, line {fault.line}"
    return f"{place}: {fault.sentence} ({fault.reason})"
