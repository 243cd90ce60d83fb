"""What the demo does before anything is sent: agreements, a list, oppositions, files, checks."""

from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from channels.contract import Channel
from engine import campaign_check, controllers, opposition_imports
from engine.app import App
from engine.controllers import ControllerSettings
from engine.list_files import RowFile
from engine.list_imports import ListImport, import_list
from engine.opposition_imports import Defaults
from engine.wire import decode_job
from engine.wire.job import Kind
from ops.cli.notes import Notes
from ops.demo.jobs import (
    CONTROLLER,
    LIST,
    OFFERS,
    RECALLS,
    SENDER,
    flash_job,
    herbs_job,
    letter_job,
    recall_job,
    sale_job,
)
from ops.demo.stage import DemoFault, Stage, step, tell

_COLUMNS = {"ref": "N° client", "country": "Pays"}


def agree(app: App) -> None:
    """Agree on the second purpose, on who is shown as the sender, and on where objections go."""
    settings = ControllerSettings(
        purposes={OFFERS: Kind.MARKETING, RECALLS: Kind.SERVICE},
        senders={Channel.SMS: (SENDER,)},
        stop_mention="STOP au 36063",
    )
    controllers.configure(app, CONTROLLER, settings)


def import_clients(stage: Stage, app: App) -> None:
    """Import the shop's export into a list for whose source somebody answers."""
    done = import_list(
        app,
        ListImport(
            CONTROLLER,
            LIST,
            RowFile(stage.files / "clients.csv", mapping=_COLUMNS),
            (OFFERS,),
            attested_by="the demo",
        ),
        noted=Notes(),
        progress=lambda _rows, _bytes: None,
    )
    tell(
        f"{done.rows} rows: {done.accepted} accepted, {done.rejected} rejected "
        f"({', '.join(f'{reason} {count}' for reason, count in done.reasons.items())}), "
        f"{done.duplicates} of them twice"
    )


def import_oppositions(stage: Stage, app: App) -> None:
    """Import who objected before."""
    done = opposition_imports.import_file(
        app,
        CONTROLLER,
        RowFile(stage.files / "oppositions.csv"),
        Defaults(channel=Channel.EMAIL, source="former-provider"),
        noted=Notes(),
        progress=lambda _rows, _bytes: None,
    )
    tell(f"{done.added} people are never written to again, whatever a list says")


def write_jobs(stage: Stage, app: App) -> None:
    """Put the campaigns beside the files, and the files of recipients where they are looked for."""
    now = datetime.fromtimestamp(app.clock.now() / 1000, UTC)
    jobs = {
        "letter.json": letter_job(),
        "sale.json": sale_job(),
        "herbs.json": herbs_job(),
        "flash.json": flash_job(_drop(stage, "regulars.csv")),
        "recall.json": recall_job(_drop(stage, "buyers.csv"), now),
    }
    for name, body in jobs.items():
        (stage.files / name).write_bytes(msgspec.json.format(body, indent=2))


def check(number: int, name: str, stage: Stage, app: App) -> None:
    """Say what would become of a campaign. Raises DemoFault where it would be refused."""
    step(number, f"campaign check {name}")
    report = campaign_check.check(app, decode_job((stage.files / name).read_bytes()))
    if not report.admissible:
        sentences = "; ".join(refusal.sentence() for refusal in report.refusals)
        raise DemoFault(f"the demo's own campaign is not admissible: {sentences}")
    for reach in report.channels:
        tell(
            f"{reach.channel}: would send {reach.sent}, opposed {reach.opposed}, no address "
            f"{reach.no_address}, invalid {reach.invalid.total()}, on to the next channel "
            f"{reach.passed_on}"
        )


def _drop(stage: Stage, name: str) -> str:
    """Put a file of recipients where its campaign finds it; return its checksum."""
    content = (stage.files / name).read_bytes()
    folder = stage.settings.drop_folder / CONTROLLER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return sha256(content).hexdigest()
