"""The demo: real campaigns on the embedded default, from CSV files to messages one can open.

Nothing is faked: it calls what the verbs of ``chappe`` call, and the campaigns are worked by the
process that ``chappe up`` runs.
"""

from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from channels.contract import Channel
from engine import (
    campaign_audit,
    campaign_check,
    controllers,
    intake,
    opposition_imports,
    statistics,
)
from engine import explain as explaining
from engine.app import App
from engine.campaign_audit import Audit
from engine.clock import DAY, MINUTE
from engine.controllers import ControllerSettings
from engine.events import new_id
from engine.list_files import RowFile
from engine.list_imports import ListImport, import_list
from engine.opposition_imports import Defaults
from engine.states import BatchState
from engine.statistics import Overview
from engine.subjects import Subject
from engine.wire import decode_job
from engine.wire.job import Kind
from ops.cli import output
from ops.cli.installing import install
from ops.cli.notes import Notes
from ops.cli.session import own_account
from ops.cli.showing import campaign_shown, one_line
from ops.cli.watching import follow
from ops.cli.wishes import Wishes
from ops.demo.jobs import (
    CONTROLLER,
    LETTER,
    LIST,
    OFFERS,
    RECALL,
    RECALLS,
    SALE,
    letter_job,
    recall_job,
    sale_job,
)
from ops.demo.page import Ended, write_page
from ops.demo.people import client_email, client_ref, first_opposed
from ops.demo.promises import a_year_later, erase, leave_by_link, waiting_clients
from ops.demo.stage import DemoFault, Stage, opened, process, set_up, step, tell

_PATIENCE_SECONDS = 50.0
_UNTIL_THE_SALE_IS_OVER = 11 * MINUTE
_A_YEAR_LATER = 366 * DAY


def play(home: Path | None) -> Path:
    """Play the demo in ``home``, or in a temporary folder; return the page to look at.

    Raises DemoFault, or whatever error a step of a real installation would end with.
    """
    stage = set_up(home)
    step(1, "an installation: keys, two databases, an outbox, one client with two purposes")
    install(stage.settings, Wishes(CONTROLLER, (OFFERS,), outbox=True, attested_by="the demo"))
    with opened(stage) as app:
        _prepare(stage, app)
        _send_first(stage, app)
    later = stage.later(_UNTIL_THE_SALE_IS_OVER)
    with opened(later) as app:
        ended = _finish(later, app)
        audits = [campaign_audit.audit(app, one.found.row.name, CONTROLLER) for one in ended]
        _print_outcomes(ended, audits)
        _explain(app, ended[1])
        page = write_page(
            stage.settings.home_folder,
            [Ended(one, audit) for one, audit in zip(ended, audits, strict=True)],
        )
    step(11, "a year and a day later (the clock is injected): retention run, retention proof")
    with opened(stage.later(_A_YEAR_LATER)) as app:
        a_year_later(app)
    _print_next(stage, page)
    return page


def _prepare(stage: Stage, app: App) -> None:
    _agree(app)
    step(2, f"list import {LIST} clients.csv")
    _import_list(stage, app)
    step(3, "suppress import oppositions.csv")
    _import_oppositions(stage, app)
    sale, recall = sale_job(), recall_job(_drop(stage), _now(app))
    (stage.files / "letter.json").write_bytes(msgspec.json.format(letter_job(), indent=2))
    for number, name, body in ((4, "sale.json", sale), (5, "recall.json", recall)):
        (stage.files / name).write_bytes(msgspec.json.format(body, indent=2))
        step(number, f"campaign check {name}")
        _check(app, body)


def _send_first(stage: Stage, app: App) -> None:
    """Send a letter and the recall, begin the sale; two people think better of it meanwhile."""
    step(6, "campaign submit … --wait, worked by the process that `chappe up` runs")
    with process(stage):
        _send(app, letter_job())
        _send(app, (stage.files / "recall.json").read_bytes())
        _begin(app, sale_job())
        leaving, erased = waiting_clients(app, 2)
        step(7, f"{client_email(leaving)} clicks `No more of these` while the sale goes out")
        leave_by_link(stage, app, leaving)
        step(8, f"rights open --kind erasure --ref {client_ref(erased)}, while the sale goes out")
        erase(stage, app, erased)


def _finish(stage: Stage, app: App) -> list[Overview]:
    step(9, "eleven minutes later (the clock is injected): the sale has reached who is left")
    with process(stage), suppress(KeyboardInterrupt):
        follow(app, SALE, CONTROLLER, _nothing, timeout=_PATIENCE_SECONDS)
    step(10, "campaign audit: everybody is accounted for, once")
    names = (LETTER, SALE, RECALL)
    return [statistics.overview(app, name, CONTROLLER) for name in names]


def _begin(app: App, body: bytes) -> None:
    """Submit a campaign that goes on for a while, and wait until its first wave has left."""
    _take(app, body)
    until = app.clock.boot() + _PATIENCE_SECONDS
    while not _first_wave_left(now := statistics.overview(app, SALE, CONTROLLER)):
        if app.clock.boot() > until:
            raise DemoFault("the sale did not begin in time")
        app.clock.wait(0.1)
    tell(f"{SALE}: leaves over ten minutes; {now.waiting} wait still")


def _first_wave_left(sale: Overview) -> bool:
    at_work = any(one.state is not BatchState.SCHEDULED for one in sale.work)
    return bool(sale.outcomes) and not at_work


def _nothing(_shown: object) -> None:
    """Tell nothing: the table that follows says it all."""


def _agree(app: App) -> None:
    """Agree on a second purpose, recalls, which are service; and on what rules ask for."""
    purposes = {OFFERS: Kind.MARKETING, RECALLS: Kind.SERVICE}
    senders: dict[Channel, tuple[str, ...]] = {Channel.SMS: ("BOUTIQUE",)}
    settings = ControllerSettings(purposes=purposes, sectors=(), senders=senders)
    controllers.configure(app, CONTROLLER, settings)


def _import_list(stage: Stage, app: App) -> None:
    notes = Notes()
    file = RowFile(stage.files / "clients.csv", mapping={"ref": "N° client"})
    done = import_list(
        app,
        ListImport(CONTROLLER, LIST, file, (OFFERS,), attested_by="the demo"),
        noted=notes,
        progress=lambda _rows, _bytes: None,
    )
    tell(
        f"{done.rows} rows: {done.accepted} accepted, {done.rejected} rejected "
        f"({', '.join(f'{reason} {count}' for reason, count in done.reasons.items())}), "
        f"{done.duplicates} of them twice"
    )


def _import_oppositions(stage: Stage, app: App) -> None:
    done = opposition_imports.import_file(
        app,
        CONTROLLER,
        RowFile(stage.files / "oppositions.csv"),
        Defaults(channel=Channel.EMAIL, source="former-provider"),
        noted=Notes(),
        progress=lambda _rows, _bytes: None,
    )
    tell(f"{done.added} people are never written to again, whatever a list says")


def _drop(stage: Stage) -> str:
    """Put the buyers where the recall finds them; return the file's checksum."""
    content = (stage.files / "buyers.csv").read_bytes()
    folder = stage.settings.drop_folder / CONTROLLER
    folder.mkdir(parents=True)
    (folder / "buyers.csv").write_bytes(content)
    return sha256(content).hexdigest()


def _now(app: App) -> datetime:
    return datetime.fromtimestamp(app.clock.now() / 1000, UTC)


def _check(app: App, body: bytes) -> None:
    report = campaign_check.check(app, decode_job(body))
    if not report.admissible:
        sentences = "; ".join(refusal.sentence() for refusal in report.refusals)
        raise DemoFault(f"the demo's own campaign is not admissible: {sentences}")
    for reach in report.channels:
        tell(
            f"{reach.channel}: would send {reach.sent}, opposed {reach.opposed}, no address "
            f"{reach.no_address}, invalid {reach.invalid.total()}, on to the next channel "
            f"{reach.passed_on}"
        )


def _take(app: App, body: bytes) -> None:
    taken = intake.take(app, body, own_account(app.settings), new_id())
    if taken.campaign_id is None:
        raise DemoFault("; ".join(map(str, taken.faults)))


def _send(app: App, body: bytes) -> Overview:
    job = decode_job(body)
    _take(app, body)
    with suppress(KeyboardInterrupt):
        follow(
            app,
            job.id,
            CONTROLLER,
            lambda shown: tell(f"{job.id}: {one_line(shown)}"),
            timeout=_PATIENCE_SECONDS,
        )
    return statistics.overview(app, job.id, CONTROLLER)


def _print_outcomes(ended: list[Overview], audits: list[Audit]) -> None:
    rows = []
    for overview in ended:
        shown = campaign_shown(overview, 0)
        rows += [
            (shown.campaign, leg.channel, leg.outcome, leg.reason, leg.recipients)
            for leg in shown.legs
        ]
    output.table(("campaign", "channel", "outcome", "reason", "recipients"), rows)
    for audit in audits:
        row = audit.found.row
        final = " + ".join(f"{number} {word}" for word, number in audit.final.items())
        verdict = "holds" if audit.holds else "DOES NOT HOLD"
        output.data(f"{row.name}: {row.accepted} accepted = {final}: {verdict}")
    if not all(audit.holds for audit in audits):
        raise DemoFault("the figures do not agree")


def _explain(app: App, overview: Overview) -> None:
    told = explaining.explain(
        app, overview.found.row.name, CONTROLLER, Subject("email", first_opposed())
    )
    for story in told.stories:
        why = ", ".join(f"{one.reason}, told by {one.source}" for one in told.opposed)
        output.data(f"{first_opposed()} got no offer: {story.outcome} ({why})")


def _print_next(stage: Stage, page: Path) -> None:
    home = stage.settings.home_folder
    call = f"CHAPPE_HOME={home} {stage.command}"
    output.say("")
    output.say("Look at it:", style="bold")
    output.say(f"  file://{page}")
    output.say(f"  {home / 'outbox' / 'email'}/*.eml     open one in your mail program")
    output.say("Try next:", style="bold")
    for line in (
        "campaign show winter-sale",
        f"campaign explain {RECALL} --ref C0011",
        "suppress add client002@example.org",
        f"campaign check {stage.files / 'sale.json'} --proof me@example.org",
        f"campaign submit {stage.files / 'sale.json'}     (the same id: nobody gets it twice)",
        "--help",
    ):
        output.say(f"  {call} {line}")
    output.say(f"Clean up: rm -r {home}")
