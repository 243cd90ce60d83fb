"""``chappe rights``: what persons ask for, carried out and certified."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from engine import rights
from engine.app import App
from engine.clock import HOUR
from engine.rights_certificate import CertificateFault, verify
from engine.rights_execution import execute
from engine.subjects import REF, Subject
from ops.cli import output
from ops.cli.options import (
    ControllerOption,
    JsonFlag,
    YesFlag,
    examples,
    new_app,
    number_argument,
    seconds_option,
)
from ops.cli.rights_shapes import CertificateChecked
from ops.cli.rights_showing import print_request, print_requests, request_shown
from ops.cli.session import opened, whose
from ops.cli.subjects_file import read_subjects
from policy.rights import Refusal, RequestState, Right, is_open


class Source(StrEnum):
    """How a request came."""

    CLI = "cli"
    CLIENT = "client"  # the controller passed it on
    LETTER = "letter"
    EMAIL = "email"
    TELEPHONE = "telephone"


app = new_app("Rights of persons: erasure and opposition, with deadlines and certificates.")

_PAUSE_SECONDS: Final = 0.2
_JUST_NOW: Final = HOUR
NumberArgument = Annotated[int, number_argument("Number of the request.")]


@app.command(
    "open",
    epilog=examples(
        "chappe rights open --kind erasure --from person.txt",
        "chappe rights open --kind erasure --ref client-17 --controller boutique",
        "echo 'email: ana@example.org' | chappe rights open --kind opposition --from -",
    ),
)
def open_(
    kind: Annotated[Right, typer.Option(help="What the person asks for.")],
    ref: Annotated[list[str] | None, typer.Option(help="The client's own id. Repeatable.")] = None,
    email: Annotated[list[str] | None, typer.Option(help="An email address. Repeatable.")] = None,
    tel: Annotated[list[str] | None, typer.Option(help="A telephone number. Repeatable.")] = None,
    post: Annotated[list[str] | None, typer.Option(help="A postal address. Repeatable.")] = None,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Lines such as `email: …` or `ref: …`, or a JSON object; - reads standard input."
            " Options stay in the shell's history, a file does not.",
        ),
    ] = None,
    source: Annotated[
        Source, typer.Option(help="How it came: no more than this is kept of it.")
    ] = Source.CLI,
    unverified: Annotated[
        bool,
        typer.Option("--unverified", help="Who they are is still to be proven; see `accept`."),
    ] = False,
    controller: ControllerOption = None,
    json: JsonFlag = False,
) -> None:
    """Note what a person asks for. From here on they are not contacted any more.

    Name every address and id that is known of them: those that lists give to the same ref are
    found as well. An address that several refs share is taken from all of them, and nobody else
    is erased. A worker carries the request out; so does `chappe rights run`.
    """
    given = {REF: ref, "email": email, "tel": tel, "post": post}
    subjects = [Subject(name, value) for name, values in given.items() for value in values or ()]
    with opened() as installation:
        subjects += read_subjects(from_) if from_ is not None else []
        request = rights.open_request(
            installation,
            whose(installation, controller),
            kind,
            subjects,
            source=source.value,
            verified=not unverified,
        )
    print_request(request, json=json)


@app.command(epilog=examples("chappe rights accept 3"))
def accept(number: NumberArgument, json: JsonFlag = False) -> None:
    """Let a request be carried out whose person is proven to be who they say."""
    with opened() as installation:
        request = rights.accept(installation, number)
    print_request(request, json=json)


@app.command(epilog=examples("chappe rights refuse 3 --why identity_unproven"))
def refuse(
    number: NumberArgument,
    why: Annotated[Refusal, typer.Option(help="What the person is told.")],
    yes: YesFlag = False,
    json: JsonFlag = False,
) -> None:
    """Refuse a request. Contact stays forbidden: to take that back is `suppress remove`."""
    with opened() as installation:
        output.confirmed(f"Refuse request {number} for good?", yes=yes)
        request = rights.refuse(installation, number, why)
    print_request(request, json=json)


@app.command(epilog=examples("chappe rights run", "chappe rights run 3"))
def run(
    number: Annotated[int | None, number_argument("One request; default: all of them.")] = None,
    wait: Annotated[float, seconds_option("Seconds to wait for campaigns under way.")] = 300.0,
    json: JsonFlag = False,
) -> None:
    """Carry requests out now, in this process, to their certificates.

    Exit code 1 when one is not done within the time: a worker goes on with it.
    """
    with opened() as installation:
        wanted = _to_be_done(installation, number)
        if not wanted:
            _nothing_left(installation, json=json)
            return
        until = installation.clock.boot() + wait
        left = [one for one in wanted if not _carried_out(installation, one, until)]
        requests = [rights.show(installation, one) for one in wanted]
    if json:
        output.document([request_shown(one) for one in requests])
    else:
        print_requests(requests)
    if held := sorted({hold for one in requests for hold in one.holds}):
        numbers = ", ".join(map(str, held))
        output.refuse(
            f"legal holds forbid to erase: {numbers}; `chappe retention holds` says why. Lift them,"
            " or refuse the request: chappe rights refuse NUMBER --why legal_claim"
        )
    if left:
        numbers = ", ".join(map(str, left))
        output.refuse(f"not done yet: {numbers}; `chappe rights show` says what they wait for")


@app.command("list", epilog=examples("chappe rights list", "chappe rights list --all"))
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Those done or refused as well.")] = False,
    controller: ControllerOption = None,
    json: JsonFlag = False,
) -> None:
    """List requests, newest first: of one controller, or of every one."""
    with opened() as installation:
        found = rights.every(installation, controller, closed=all_)
    if json:
        output.document([request_shown(one) for one in found])
        return
    print_requests(found)


@app.command(epilog=examples("chappe rights show 3"))
def show(number: NumberArgument, json: JsonFlag = False) -> None:
    """Show how far a request is, and what was found where."""
    with opened() as installation:
        request = rights.show(installation, number)
    print_request(request, json=json)


@app.command(
    epilog=examples(
        "chappe rights certificate 3 > certificate.json",
        "chappe rights certificate 3 --verify certificate.json",
    )
)
def certificate(
    number: NumberArgument,
    verify_: Annotated[
        Path | None, typer.Option("--verify", metavar="FILE", help="A certificate to be checked.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Write the certificate of a request (JSON, signed, names nobody), or check one.

    Exit code 1 when it is not genuine, or of another request.
    """
    with opened() as installation:
        if verify_ is not None:
            _check(installation, number, verify_, json=json)
            return
        request = rights.show(installation, number)
    if request.row.certificate is None:
        output.refuse(f"request {number} is {request.state.value}: it has no certificate")
    output.data(request.row.certificate)


def _check(installation: App, number: int, path: Path, *, json: bool) -> None:
    fault = _fault_of(installation, number, path.read_bytes())
    if json:
        output.document(CertificateChecked(request=number, genuine=fault is None, reason=fault))
    elif fault is None:
        output.data(f"genuine: the certificate of request {number}")
    if fault is not None:
        output.refuse(f"not genuine: {fault}")


def _fault_of(installation: App, number: int, document: bytes) -> str | None:
    """Return what is wrong with a certificate; None: nothing."""
    try:
        told = verify(installation, document)
    except CertificateFault as fault:
        return str(fault)
    if told.request != number:
        return f"it is the certificate of request {told.request}"
    return None


def _to_be_done(installation: App, number: int | None) -> list[int]:
    if number is not None:
        request = rights.show(installation, number)
        if request.state is RequestState.RECEIVED:
            msg = f"request {number} is not accepted yet: chappe rights accept {number}"
            output.refuse(msg)
        return [number]
    waiting = (RequestState.ACCEPTED, RequestState.RUNNING)
    return [one.row.id for one in reversed(rights.every(installation)) if one.state in waiting]


def _nothing_left(installation: App, *, json: bool) -> None:
    """Say that there is nothing to do, and what a worker may just have done."""
    since = installation.clock.now() - _JUST_NOW
    done = [
        one
        for one in rights.every(installation, closed=True)
        if one.row.finished_at is not None and one.row.finished_at >= since
    ]
    finished = "; finished within the last hour:" if done else ""
    output.say(f"nothing is left to do: no accepted request waits{finished}")
    if json:
        output.document([])
    elif done:
        print_requests(done)


def _carried_out(installation: App, number: int, until: float) -> bool:
    """Carry one request out, or watch whoever does; False: the time is up."""

    def told(step: str) -> None:
        output.say(f"request {number}: {step.replace('_', ' ')}")

    while True:
        execute(installation, number, told)
        request = rights.show(installation, number)
        if not is_open(request.state):
            return True
        if request.holds or installation.clock.boot() >= until:
            return False
        installation.clock.wait(_PAUSE_SECONDS)
