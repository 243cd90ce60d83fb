"""Where the demo plays, and how it moves the clock on."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

from engine.app import App
from engine.bootstrap import build_app
from engine.clock import Millis
from engine.errors import EngineError
from engine.settings import Settings, load_settings
from ops import processes
from ops.cli import output
from ops.demo.people import write_buyers, write_clients, write_oppositions, write_regulars

STEPS = 15


class DemoFault(EngineError):
    """Raised when the demo cannot be played to its end."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo plays: an installation of its own, and a folder of files."""

    settings: Settings
    files: Path
    command: str

    @property
    def outbox(self) -> Path:
        """Where the mails are written."""
        return self.settings.home_folder / "outbox" / "email"

    def later(self, span: Millis) -> "Stage":
        """Return the same stage at a later time: the clock is injected, nobody waits."""
        offset = self.settings.clock_offset + span
        return replace(self, settings=self.settings.model_copy(update={"clock_offset": offset}))


def set_up(home: Path | None) -> Stage:
    """Make an empty stage in ``home``, or in a temporary folder.

    Raises DemoFault when something is there already.
    """
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
        gateway_listen="127.0.0.1:0",
        metrics_listen="none",
        process_metrics_listen="none",
        return_domain="bounces.boutique.example.org",
        clock_offset=0,
    )
    files = folder / "files"
    files.mkdir(parents=True)
    write_clients(files / "clients.csv")
    write_oppositions(files / "oppositions.csv")
    write_buyers(files / "buyers.csv")
    write_regulars(files / "regulars.csv")
    return Stage(settings, files, _command())


@contextmanager
def opened(stage: Stage) -> Iterator[App]:
    """Open the installation at the stage's time."""
    app = build_app(stage.settings)
    try:
        yield app
    finally:
        app.close()


@contextmanager
def process(stage: Stage) -> Iterator[None]:
    """Run what ``chappe up`` runs, beside this thread."""
    asked = threading.Event()
    failed: list[Exception] = []

    def run() -> None:
        try:
            processes.run_both(stage.settings, asked)
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


def step(number: int, text: str) -> None:
    """Say what is done now."""
    output.say(f"[{number}/{STEPS}] {text}", style="bold")


def tell(text: str) -> None:
    """Say what came of it."""
    output.say(f"      {text}")


def _command() -> str:
    """Return how the reader calls this program, as they just did."""
    called = Path(sys.argv[0])
    return str(called) if called.name == "chappe" else "chappe"
