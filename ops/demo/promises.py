"""The other half of the demo: a person leaves, another is erased, and a year goes by."""

from email.message import Message
from email.parser import BytesHeaderParser
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from engine import explain as explaining
from engine import rights
from engine.app import App
from engine.gateway.serving import serving
from engine.retention import proof, turns
from engine.retention.holds import Hold, hold, lift
from engine.subjects import Subject
from ops.cli import output
from ops.demo.jobs import CONTROLLER, SALE
from ops.demo.people import CLIENTS, client_email, client_ref
from ops.demo.stage import DemoFault, Stage, tell
from policy.rights import RequestState, Right

_PATIENCE_SECONDS = 30.0
_ONE_CLICK = b"List-Unsubscribe=One-Click"


def waiting_clients(app: App, number: int) -> list[int]:
    """Return some clients who got the letter, and whom the sale has not reached yet."""
    found: list[int] = []
    for client in range(CLIENTS, 0, -1):
        subject = Subject("email", client_email(client))
        told = explaining.explain(app, SALE, CONTROLLER, subject)
        if [story.outcome for story in told.stories] == ["waiting"] and not told.opposed:
            found.append(client)
        if len(found) == number:
            return found
    raise DemoFault("the sale has reached everybody before anybody could leave")


def leave_by_link(stage: Stage, app: App, client: int) -> None:
    """Follow the link in the header of the client's letter, as a mail program does (RFC 8058)."""
    link = urlsplit(_link_of(stage.outbox, client_email(client)))
    with serving(app, lambda: None) as port:
        asked = Request(
            f"http://127.0.0.1:{port}{link.path}",
            data=_ONE_CLICK,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            method="POST",
        )
        try:
            with urlopen(asked, timeout=_PATIENCE_SECONDS) as answer:  # noqa: S310 (our own gateway)
                status = answer.status
        except URLError as fault:
            raise DemoFault(f"the gateway did not answer as it should: {fault.reason}") from fault
    tell(f"POST {link.path[:14]}…  {status}: stored before it was answered")


def erase(stage: Stage, app: App, client: int) -> None:
    """Have a client erased, while the sale goes on, and show the certificate."""
    address = client_email(client)
    before = len(_mails_to(stage.outbox, address))
    subjects = [Subject("ref", client_ref(client))]
    request = rights.open_request(app, CONTROLLER, Right.ERASURE, subjects, source="demo")
    tell(f"request {request.row.id} accepted: not contacted from here on")
    until = app.clock.boot() + _PATIENCE_SECONDS
    while rights.show(app, request.row.id).state is not RequestState.DONE:
        if app.clock.boot() > until:
            raise DemoFault("the erasure was not carried out in time")
        app.clock.wait(0.1)
    done = rights.show(app, request.row.id)
    found = {place: number for place, number in done.progress.found.items() if number}
    tell("found and forgotten in: " + ", ".join(f"{place} ({n})" for place, n in found.items()))
    after = len(_mails_to(stage.outbox, address))
    tell(f"mails to this person in the outbox: {before} before, {after} now")
    tell(f"signed, and about nobody in particular: rights certificate {request.row.id}")


def a_year_later(app: App) -> None:
    """Sweep, a year later; the mails stay, so that the reader can open them: a legal hold."""
    number = hold(app, Hold("outbox_files"), "the reader wants to open them", "the demo", None)
    tell(f"retention hold outbox_files: {number}")
    too_old = {name: turns.overdue(app, name, app.clock.now()) for name in turns.SWEEPERS}
    rows = [(name, late, turns.sweep_all(app, name)) for name, late in too_old.items() if late]
    output.table(("class", "too old", "removed"), rows)
    proven = proof.prove(app)
    tell(f"retention proof: {proven.overdue} older than promised, {_held(proven)} on hold; signed")
    lift(app, number)
    if proven.overdue:
        raise DemoFault("something is older than promised")


def _held(proven: proof.Proof) -> int:
    return sum(one.holds for one in proven.classes)


def _link_of(outbox: Path, address: str) -> str:
    for head in _mails_to(outbox, address):
        return str(head["List-Unsubscribe"]).strip("<>")
    raise DemoFault(f"no letter to {address} was written")


def _mails_to(outbox: Path, address: str) -> list[Message]:
    heads = (BytesHeaderParser().parsebytes(file.read_bytes()) for file in outbox.glob("*.eml"))
    return [head for head in heads if address in str(head["To"])]
