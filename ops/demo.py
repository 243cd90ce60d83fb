"""The demo: two real campaigns on the embedded default, from CSV files to messages one can open.

Nothing is faked: it calls what the verbs of ``chappe`` call, and the campaigns are worked by the
process that ``chappe up`` runs.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

import msgspec

from channels.contract import Channel
from engine import auditing, campaign_check, controllers, intake, opposition_imports, statistics
from engine import explain as explaining
from engine.app import App
from engine.auditing import Audit
from engine.bootstrap import build_app
from engine.controllers import ControllerSettings
from engine.errors import EngineError
from engine.events import new_id
from engine.list_files import RowFile
from engine.list_imports import ListImport, import_list
from engine.opposition_imports import Defaults
from engine.settings import Settings, load_settings
from engine.statistics import Overview
from engine.subjects import Subject
from engine.wire import decode_job
from engine.wire.job import Kind
from ops import processes
from ops.cli import output
from ops.cli.installing import Wishes, install
from ops.cli.notes import Notes
from ops.cli.session import own_account
from ops.cli.showing import campaign_shown, one_line
from ops.cli.watching import follow
from ops.demo_jobs import CONTROLLER, LIST, OFFERS, RECALL, RECALLS, recall_job, sale_job
from ops.demo_page import Ended, write_page
from ops.demo_people import first_opposed, write_buyers, write_clients, write_oppositions

_PATIENCE_SECONDS = 50.0


class DemoFault(EngineError):
    """Raised when the demo cannot be played to its end."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo plays: an installation of its own, and a folder of files."""

    settings: Settings
    files: Path
    command: str


def play(home: Path | None) -> Path:
    """Play the demo in ``home``, or in a temporary folder; return the page to look at.

    Raises DemoFault, or whatever error a step of a real installation would end with.
    """
    stage = _set_up(home)
    _step(1, "an installation: keys, two databases, an outbox, one client with two purposes")
    install(stage.settings, Wishes(CONTROLLER, (OFFERS,), outbox=True, attested_by="the demo"))
    app = build_app(stage.settings)
    try:
        return _play(stage, app)
    finally:
        app.db.close()


def _set_up(home: Path | None) -> Stage:
    folder = (home or Path(mkdtemp(prefix="chappe-demo-"))).resolve()
    if folder.exists() and any(folder.iterdir()):
        raise DemoFault(f"{folder} is not empty; give the demo a folder of its own, a new one")
    settings = load_settings(  # whatever the environment says: nobody's real databases
        home=folder,
        config=None,
        database_url=None,
        keyring_url=None,
        broker_url="memory://",
        master_key_file=None,
        drop_dir=None,
        dkim_keys={},
        public_url="https://news.boutique.example.org",
        return_domain="bounces.boutique.example.org",
        clock_offset=0,
    )
    files = folder / "files"
    files.mkdir(parents=True)
    write_clients(files / "clients.csv")
    write_oppositions(files / "oppositions.csv")
    write_buyers(files / "buyers.csv")
    return Stage(settings, files, _command())


def _command() -> str:
    """Return how the reader calls this program, as they just did."""
    called = Path(sys.argv[0])
    return str(called) if called.name == "chappe" else "chappe"


def _play(stage: Stage, app: App) -> Path:
    _agree(app)
    _step(2, f"list import {LIST} clients.csv")
    _import_list(stage, app)
    _step(3, "suppress import oppositions.csv")
    _import_oppositions(stage, app)
    sale, recall = sale_job(), recall_job(_drop(stage), _now(app))
    for number, name, body in ((4, "sale.json", sale), (5, "recall.json", recall)):
        (stage.files / name).write_bytes(msgspec.json.format(body, indent=2))
        _step(number, f"campaign check {name}")
        _check(app, body)
    _step(6, "campaign submit … --wait, worked by the process that `chappe up` runs")
    with _process(stage.settings):
        ended = [_send(app, body) for body in (sale, recall)]
    _step(7, "campaign audit: everybody is accounted for")
    audits = [auditing.audit(app, one.found.row.name, CONTROLLER) for one in ended]
    _print_outcomes(ended, audits)
    _explain(app, ended[0])
    page = write_page(
        stage.settings.home_folder,
        [Ended(one, audit) for one, audit in zip(ended, audits, strict=True)],
    )
    _print_next(stage, page)
    return page


def _agree(app: App) -> None:
    """Agree on the second purpose as well: recalls are service, not marketing."""
    settings = ControllerSettings(purposes={OFFERS: Kind.MARKETING, RECALLS: Kind.SERVICE})
    controllers.configure(app, CONTROLLER, settings)


def _import_list(stage: Stage, app: App) -> None:
    notes = Notes()
    file = RowFile(stage.files / "clients.csv", mapping={"ref": "N° client"})
    done = import_list(
        app,
        ListImport(CONTROLLER, LIST, file, (OFFERS,)),
        noted=notes,
        progress=lambda _rows, _bytes: None,
    )
    _tell(
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
    _tell(f"{done.added} people are never written to again, whatever a list says")


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
        _tell(
            f"{reach.channel}: would send {reach.sent}, opposed {reach.opposed}, no address "
            f"{reach.no_address}, invalid {reach.invalid.total()}, on to the next channel "
            f"{reach.passed_on}"
        )


@contextmanager
def _process(settings: Settings) -> Iterator[None]:
    """Run what ``chappe up`` runs, beside this thread."""
    asked = threading.Event()
    failed: list[Exception] = []

    def run() -> None:
        try:
            processes.run_both(settings, asked)
        except Exception as fault:  # noqa: BLE001 (told by the thread that waits)
            failed.append(fault)

    thread = threading.Thread(target=run, name="up")
    thread.start()
    try:
        yield
    finally:
        asked.set()
        thread.join()
        for fault in failed:
            raise DemoFault(f"the process that sends has stopped: {fault}") from fault


def _send(app: App, body: bytes) -> Overview:
    job = decode_job(body)
    taken = intake.take(app, body, own_account(app.settings), new_id())
    if taken.campaign_id is None:
        raise DemoFault("; ".join(map(str, taken.faults)))
    with suppress(KeyboardInterrupt):
        follow(
            app,
            job.id,
            CONTROLLER,
            lambda shown: _tell(f"{job.id}: {one_line(shown)}"),
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


def _step(number: int, text: str) -> None:
    output.say(f"[{number}/7] {text}", style="bold")


def _tell(text: str) -> None:
    output.say(f"      {text}")
