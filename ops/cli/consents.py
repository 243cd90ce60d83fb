"""``chappe consent``: what persons agreed to, how that is proven, and when they took it back."""

from datetime import date, datetime
from typing import Annotated

import typer

from channels.contract import AddressKind, Channel
from engine import consents
from engine.consents import ConsentRow, Proof
from engine.subjects import REF, Subject
from engine.wire.job import ConsentMethod
from ops.cli import output
from ops.cli.consent_shapes import ConsentGiven, ConsentShown, ConsentWithdrawn
from ops.cli.options import ControllerOption, JsonFlag, examples, instant_option, new_app
from ops.cli.persons import KindOption, RefOption, SubjectArgument, subject_of
from ops.cli.screening import print_suppressions, suppression_shown
from ops.cli.session import opened, whose

app = new_app(
    "Consents: what persons agreed to, how that is proven, and when they took it back.\n\n"
    "A consent is about an address, or with --ref about a person; give both where you know both."
    " It names one purpose and channels. The ledger keeps keys, never an address."
)

_SOURCE = "cli"
_KEPT = (
    "this still forbids contact: a consent lifts only an objection of an earlier day to the very"
    " same purpose and channel. If the person meant the wider one too, take it away with"
    " `chappe suppress remove … --why consent_renewed`; a complaint, a dead address or an entry of"
    " the platform stays until its own cause is gone"
)


@app.command(
    epilog=examples(
        "chappe consent give ana@example.org --purpose offers --channel email --given 2026-11-20"
        " --method unticked_box --text-version 2026-03 --source site",
        "chappe consent give --ref client-17 0639980001 --purpose offers --channel sms"
        " --given 2026-11-20 --method paper --text-version form-7 --source 'shop in Évry'",
    )
)
def give(
    purpose: Annotated[str, typer.Option(metavar="WORD", help="A purpose agreed on.")],
    channel: Annotated[list[Channel], typer.Option(help="A channel it covers. Repeatable.")],
    given: Annotated[datetime, instant_option("The day it was given, such as 2026-11-20 (UTC).")],
    method: Annotated[ConsentMethod, typer.Option(help="How it was given.")],
    text_version: Annotated[str, typer.Option(metavar="WORDS", help="The wording shown.")],
    source: Annotated[str, typer.Option(metavar="WORDS", help="Where it was collected.")],
    address: SubjectArgument = None,
    ref: RefOption = None,
    kind: KindOption = None,
    controller: ControllerOption = None,
    json: JsonFlag = False,
) -> None:
    """Record a consent. It lifts an objection of an earlier day to the same purpose and channel.

    A proof of the same day as an objection, or of an earlier one, is refused. Days are UTC.
    """
    proof = Proof(_day(given), method, _said(text_version, "--text-version"), _said(source))
    with opened() as installation:
        done = consents.give(
            installation,
            whose(installation, controller),
            _subjects(address, ref, kind),
            purpose=purpose,
            channels=channel,
            proof=proof,
        )
    standing = [suppression_shown(one) for one in done.standing]
    shown = ConsentGiven(recorded=done.recorded, lifted=len(done.lifted), standing=tuple(standing))
    if json:
        output.document(shown)
        return
    output.facts({"recorded": shown.recorded, "objections lifted": shown.lifted})
    if standing:
        output.warn(_KEPT)
        print_suppressions(standing)


@app.command(
    epilog=examples(
        "chappe consent withdraw ana@example.org --purpose offers",
        "chappe consent withdraw --ref client-17 --purpose offers --channel sms",
    )
)
def withdraw(
    address: SubjectArgument = None,
    ref: RefOption = None,
    kind: KindOption = None,
    purpose: Annotated[
        str | None, typer.Option(metavar="WORD", help="Default: whatever the purpose.")
    ] = None,
    channel: Annotated[
        list[Channel] | None, typer.Option(help="Repeatable; default: every channel.")
    ] = None,
    controller: ControllerOption = None,
    json: JsonFlag = False,
) -> None:
    """Record that consent was taken back: contact is forbidden for every slice from now on."""
    with opened() as installation:
        done = consents.withdraw(
            installation,
            whose(installation, controller),
            _subjects(address, ref, kind),
            purpose=purpose,
            channels=channel or (),
            source=_SOURCE,
        )
    shown = ConsentWithdrawn(consents=done.consents, opposed=done.opposed)
    if json:
        output.document(shown)
        return
    output.facts({"consents taken back": shown.consents, "new oppositions": shown.opposed})


@app.command(
    epilog=examples("chappe consent show ana@example.org", "chappe consent show --ref client-17")
)
def show(
    address: SubjectArgument = None,
    ref: RefOption = None,
    kind: KindOption = None,
    controller: ControllerOption = None,
    json: JsonFlag = False,
) -> None:
    """Say what the ledger has of an address or a person."""
    with opened() as installation:
        owner = whose(installation, controller)
        found = consents.show(installation, owner, _subjects(address, ref, kind))
    shown = [_shown(row) for row in found]
    if json:
        output.document(shown)
    elif shown:
        _print(shown)
    else:
        output.data("the ledger has no consent of theirs")


def _subjects(address: str | None, ref: str | None, kind: AddressKind | None) -> list[Subject]:
    """Return the names of the one person that the arguments mean.

    Raises typer.BadParameter unless there is any.
    """
    if address is not None and ref is not None:
        return [Subject(REF, ref), subject_of(address, None, kind)]
    return [subject_of(address, ref, kind)]


def _day(given: datetime) -> date:
    return given.date()


def _said(text: str, option: str = "--source") -> str:
    """Return words of a proof. Raises typer.BadParameter where there are none."""
    words = " ".join(text.split())
    if not words or len(words) > consents.MOST_SAID:
        msg = f"say it in 1 to {consents.MOST_SAID} characters"
        raise typer.BadParameter(msg, param_hint=option)
    return words


def _shown(row: ConsentRow) -> ConsentShown:
    return ConsentShown(
        purpose=row.purpose,
        channel=row.channel,
        given_on=row.given_on,
        method=row.method,
        text_version=row.text_version,
        source=row.source,
        recorded_at=output.moment(row.recorded_at),
        withdrawn_at=output.perhaps(row.withdrawn_at),
    )


def _print(shown: list[ConsentShown]) -> None:
    output.table(
        ("purpose", "channel", "given on", "method", "wording", "source", "taken back"),
        [
            (
                one.purpose,
                one.channel,
                one.given_on,
                one.method,
                one.text_version,
                one.source,
                output.readable(one.withdrawn_at),
            )
            for one in shown
        ],
    )
