"""An installation to measure: fresh schema, one controller, one connector, many oppositions."""

import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from channels.contract import Channel
from engine import connectors, controllers
from engine.app import App
from engine.bootstrap import build_app, migrate, revisions, unmigrate
from engine.broker.connection import account_of
from engine.connectors import Attestation, Setup
from engine.controllers import ControllerSettings
from engine.errors import EngineError
from engine.list_files import RowFile
from engine.master_key import create_master_key
from engine.opposition_imports import Defaults, import_file
from engine.settings import Settings, load_settings
from engine.wire.job import Kind
from ops.bench.rules import open_everything

CONTROLLER = "bench"
PURPOSE = "offers"
CONNECTOR = "relay"
_URLS = ("CHAPPE_DATABASE_URL", "CHAPPE_KEYRING_URL", "CHAPPE_BROKER_URL")


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a benchmark runs; ``env`` makes a process of ours run there too."""

    app: App
    home: Path
    env: Mapping[str, str]

    def drop(self, name: str, recipients: int) -> str:
        """Write a recipient file into the controller's drop folder; return its sha256."""
        folder = self.app.settings.drop_folder / CONTROLLER
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        with path.open("w") as file:
            file.write("email;prenom;ville;solde\n")
            for number in range(recipients):
                file.write(f"r{number}@b{number % 97}.example.org;Prénom {number};Évry;{number}\n")
        return sha256(path.read_bytes()).hexdigest()

    def oppose_strangers(self, number: int) -> None:
        """Import oppositions of people whom no benchmark writes to."""
        path = self.home / "oppositions.csv"
        with path.open("w") as file:
            file.write("email\n")
            for index in range(number):
                file.write(f"stranger{index}@s{index % 89}.example.org\n")
        import_file(
            self.app,
            CONTROLLER,
            RowFile(path),
            Defaults(),
            noted=lambda _note: None,
            progress=lambda _rows, _bytes: None,
        )
        path.unlink()


@contextmanager
def real_services(kind: str, options: Mapping[str, str]) -> Iterator[Ground]:
    """Prepare the services that the environment names; ``options`` set up the connector."""
    with prepared({name: os.environ[name] for name in _URLS}, kind, options) as ground:
        yield ground


@contextmanager
def embedded(kind: str, options: Mapping[str, str]) -> Iterator[Ground]:
    """Prepare the embedded default: SQLite, one process, no broker."""
    with prepared({}, kind, options) as ground:
        yield ground


@contextmanager
def prepared(urls: Mapping[str, str], kind: str, options: Mapping[str, str]) -> Iterator[Ground]:
    """Make an installation in a temporary home and take it away afterwards.

    Its rules let everything through, so that what is measured does not depend on the hour.
    """
    with tempfile.TemporaryDirectory(prefix="chappe-bench-") as folder:
        home = Path(folder)
        urls = urls or {
            "CHAPPE_DATABASE_URL": f"sqlite:///{home}/chappe.db",
            "CHAPPE_KEYRING_URL": f"sqlite:///{home}/keyring.db",
            "CHAPPE_BROKER_URL": "memory://",
        }
        env = {
            **urls,
            "CHAPPE_HOME": str(home),
            "CHAPPE_MASTER_KEY_FILE": str(home / "master.key"),
            "CHAPPE_DROP_DIR": str(home / "drop"),
            "CHAPPE_LOG_FORMAT": "json",
            "CHAPPE_GATEWAY_LISTEN": "none",
        }
        settings = _settings(env)
        create_master_key(settings.master_key_path, settings.keyring)
        _require_empty(settings)
        migrate(settings)
        app = build_app(settings)
        try:
            _furnish(app, kind, options)
            yield Ground(app, home, env)
        finally:
            app.close()
            unmigrate(settings)


class NotEmpty(EngineError):
    """Raised when a database holds a schema already: a benchmark takes away what it made."""


def _require_empty(settings: Settings) -> None:
    if any(revisions(settings).values()):
        msg = "a benchmark wants empty databases, and these hold Chappe's tables; give it others"
        raise NotEmpty(msg)


def _settings(env: Mapping[str, str]) -> Settings:
    return load_settings(
        **{name.removeprefix("CHAPPE_").lower(): value for name, value in env.items()}
    )


def _furnish(app: App, kind: str, options: Mapping[str, str]) -> None:
    controllers.create_platform_keys(app)
    controllers.create(app, CONTROLLER, ControllerSettings(purposes={PURPOSE: Kind.MARKETING}))
    connectors.create(app, Setup(CONNECTOR, kind, Channel.EMAIL, options))
    connectors.attest(app, CONNECTOR, Attestation("bench", "FR", "the bench itself"))
    controllers.grant(app, account(app), controllers.EVERY_CONTROLLER)
    open_everything(app)


def account(app: App) -> str:
    """Return the broker account that a benchmark publishes as."""
    return account_of(app.settings.broker_url.get_secret_value())


def new_campaign_id() -> str:
    """Return an id that no campaign has yet."""
    return f"bench-{secrets.token_hex(6)}"
