"""Both services together: started in one temporary folder, written to a state file, stopped."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, cast

from ops.services import docker, resolve
from ops.services.children import sweep
from ops.services.faults import StateFault
from ops.services.postgres import KEYRING_DATABASE, Postgres, PostgresRecord
from ops.services.rabbitmq import RabbitMq, RabbitMqRecord

PROJECT = Path(__file__).resolve().parents[2]
STATE_VARIABLE = "CHAPPE_SERVICES_STATE"
_PREFIX = "chappe-services-"


@dataclass(slots=True)
class Services:
    """What was started (``None``: given by its URL), the URLs and where each came from."""

    folder: Path
    postgres: Postgres | None = None
    rabbitmq: RabbitMq | None = None
    urls: dict[str, str] = field(default_factory=dict, repr=False)
    sources: dict[str, str] = field(default_factory=dict)

    @classmethod
    def start(cls, folder: Path) -> Self:
        """Find or start both services under ``folder``; on failure nothing is left running."""
        services = cls(folder)
        try:
            services._start_postgres()
            services._start_rabbitmq()
        except BaseException:
            services.stop()
            raise
        return services

    @classmethod
    def load(cls, state: Path) -> Self:
        """Take up services that another process started; raise `StateFault` if unreadable."""
        try:
            content = json.loads(state.read_text())
            postgres = cast("PostgresRecord | None", content["postgres"])
            rabbitmq = cast("RabbitMqRecord | None", content["rabbitmq"])
            return cls(
                Path(content["folder"]),
                resolve.attach_postgres(postgres) if postgres else None,
                resolve.attach_rabbitmq(rabbitmq) if rabbitmq else None,
                content["urls"],
                content["sources"],
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StateFault(f"{state} cannot be read ({error!r}). Delete it.") from error

    def save(self, state: Path) -> None:
        """Write the state file (it holds throwaway passwords: readable by its owner only)."""
        content = {
            "folder": str(self.folder),
            "postgres": self.postgres.record() if self.postgres else None,
            "rabbitmq": self.rabbitmq.record() if self.rabbitmq else None,
            "urls": self.urls,
            "sources": self.sources,
        }
        state.parent.mkdir(parents=True, exist_ok=True)
        state.touch(mode=0o600)
        state.write_text(json.dumps(content, indent=2) + "\n")

    def alive(self) -> bool:
        """Tell whether everything that was started still runs."""
        children = [each.child for each in (self.postgres, self.rabbitmq) if each and each.child]
        return self.folder.exists() and all(child.alive() for child in children)

    def report(self) -> str:
        """Return a line per service (which way it came) and per URL that is ours to show."""
        ways = [f"{name}: {source}" for name, source in self.sources.items()]
        shown = {name: url for name, url in self.urls.items() if name not in self.given}
        return "\n".join([*ways, *(f"{name}={url}" for name, url in shown.items())])

    @property
    def given(self) -> set[str]:
        """Return the variables whose URL came from outside, with a password that is not ours."""
        servers = {"CHAPPE_DATABASE_URL": self.postgres, "CHAPPE_BROKER_URL": self.rabbitmq}
        return {name for name, server in servers.items() if server is None}

    def stop(self) -> None:
        """Stop what was started and remove its folder; nothing is left running."""
        try:
            if self.rabbitmq is not None:
                self.rabbitmq.stop()
            if self.postgres is not None:
                self.postgres.stop()
        finally:
            clear(self.folder)

    def _start_postgres(self) -> None:
        given = resolve.given_url("CHAPPE_DATABASE_URL", ("postgresql",))
        if given is not None:
            self.urls["CHAPPE_DATABASE_URL"] = given
            self.sources["PostgreSQL"] = resolve.Source.GIVEN
            return
        self.postgres, self.sources["PostgreSQL"] = resolve.start_postgres(self.folder / "postgres")
        self.urls["CHAPPE_DATABASE_URL"] = self.postgres.url()
        self.urls["CHAPPE_KEYRING_URL"] = self.postgres.url(KEYRING_DATABASE)

    def _start_rabbitmq(self) -> None:
        given = resolve.given_url("CHAPPE_BROKER_URL", ("amqp",))
        if given is not None:
            self.urls["CHAPPE_BROKER_URL"] = given
            self.sources["RabbitMQ"] = resolve.Source.GIVEN
            return
        self.rabbitmq, self.sources["RabbitMQ"] = resolve.start_rabbitmq(self.folder / "rabbitmq")
        self.urls["CHAPPE_BROKER_URL"] = self.rabbitmq.url()


def new_folder() -> Path:
    """Make the temporary folder of a set of services."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    folder.chmod(0o711)  # PostgreSQL's account must pass through it; it cannot list it
    return folder


def clear(folder: Path) -> None:
    """End whatever still belongs to the folder of a set of services, and remove it."""
    if not folder.name.startswith(_PREFIX):
        raise StateFault(f"{folder} is not a folder of services: it is left alone.")
    sweep(folder)
    docker.remove_containers(folder)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def guarded_folder() -> Iterator[Path]:
    """Give a folder that is cleared at the end, even if this process is killed.

    A small process waits for the end of a pipe that only we hold: whatever ends us closes it.
    """
    folder = new_folder()
    command = [sys.executable, "-m", "ops.services", "clear-at-end", str(folder)]
    guard = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield folder
    finally:
        clear(folder)
        guard.communicate()


@contextmanager
def throwaway_services() -> Iterator[Services]:
    """Run both services for the time of a block; the state file lies in their folder."""
    with guarded_folder() as folder:
        services = Services.start(folder)
        try:
            state = folder / "state.json"
            services.urls[STATE_VARIABLE] = str(state)
            services.save(state)
            yield services
        finally:
            services.stop()
