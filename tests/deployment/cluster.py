"""What the images would make of the mounted files: roles in both clusters, a broker with accounts."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops.deploy.accounts import PROCESSES
from ops.deploy.secrets_folder import CLUSTERS, ROLES, Places, SecretsFolder
from ops.services import resolve
from ops.services.postgres import Postgres
from ops.services.rabbitmq import RabbitMq
from ops.services.running import guarded_folder
from tests.deployment.composed import PROJECT, Composed, read

DEPLOY = PROJECT / "ops" / "deploy"
UPSTREAM = "shop"


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the compose file starts first, and a way to start the rest."""

    composed: Composed
    main: Postgres
    keyring: Postgres
    broker: RabbitMq
    secrets: Path

    def url(self, secret: str) -> str:
        """Return a URL from the folder of secrets."""
        return (self.secrets / f"{secret}_url").read_text().strip()


@contextmanager
def deployed(folder: Path) -> Iterator[Deployment]:
    """Give a deployment whose migration is done, in a folder of its own."""
    with servers() as (main, keyring, broker):
        secrets = fill_secrets(folder / "secrets", main, keyring, broker).path
        for server, name in ((main, "postgres"), (keyring, "keyring")):
            made = make_roles(server, secrets, name)
            assert made.returncode == 0, made.stderr
        load_definitions(broker, secrets)
        file = read({"CHAPPE_UID": "10001", "CHAPPE_GID": "10001"})
        composed = Composed(file, folder, secrets)
        composed.call("migrate")
        yield Deployment(composed, main, keyring, broker, secrets)


@contextmanager
def servers() -> Iterator[tuple[Postgres, Postgres, RabbitMq]]:
    """Run two clusters and a broker of this machine's own programs; nothing is left of them."""
    with guarded_folder() as folder:
        main, _ = resolve.start_postgres(folder / "postgres")
        keyring, _ = resolve.start_postgres(folder / "keyring")
        broker, _ = resolve.start_rabbitmq(folder / "rabbitmq")
        try:
            yield main, keyring, broker
        finally:
            broker.kill()
            broker.stop()
            for server in (main, keyring):
                server.stop("immediate")


def fill_secrets(path: Path, main: Postgres, keyring: Postgres, broker: RabbitMq) -> SecretsFolder:
    """Make the folder of secrets, with the places of these servers."""
    places = {"postgres": main.port, "keyring": keyring.port, "rabbitmq": broker.port}
    folder = SecretsFolder(
        path,
        (UPSTREAM,),
        Places({name: f"127.0.0.1:{port}" for name, port in places.items()}),
    )
    folder.fill()
    return folder


def make_roles(server: Postgres, secrets: Path, cluster: str) -> "subprocess.CompletedProcess[str]":
    """Run the mounted script as the image does when it makes a cluster."""
    mounted = server.folder.parent / f"{cluster}.secrets"
    shutil.rmtree(mounted, ignore_errors=True)
    mounted.mkdir(mode=0o700)
    for role in ROLES:
        file = secrets / f"{cluster}_{role}_password"
        if file.exists():
            shutil.copy2(file, mounted / f"{role}_password")
    return subprocess.run(
        [
            server.programs / "psql",
            *("-v", "ON_ERROR_STOP=1", "--no-psqlrc", "--quiet"),
            *("--host=127.0.0.1", f"--port={server.port}", "--username=chappe"),
            f"--dbname={CLUSTERS[cluster]}",
            f"--file={DEPLOY / 'postgres' / 'roles.sql'}",
        ],
        env={"PATH": os.defpath, "PGPASSWORD": server.password, "SECRETS": str(mounted)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def load_definitions(broker: RabbitMq, secrets: Path) -> None:
    """Start the broker anew, empty, with the mounted configuration and definitions."""
    broker.stop()
    shutil.rmtree(broker.folder / "data")
    definitions = broker.folder / "definitions"
    definitions.mkdir(exist_ok=True)
    shutil.copy(DEPLOY / "rabbitmq" / "10-topology.json", definitions)
    shutil.copy(secrets / "broker_accounts.json", definitions / "20-accounts.json")
    ours = (DEPLOY / "rabbitmq" / "rabbitmq.conf").read_text()
    ours = ours.replace("/etc/rabbitmq/definitions", str(definitions))
    ours = ours.replace("disk_free_limit.absolute = 1GB", "disk_free_limit.absolute = 50MB")
    (broker.folder / "rabbitmq.conf").write_text(ours)
    broker.start()


def accounts() -> list[str]:
    """Return every account that the broker should have, and no other."""
    return sorted((*PROCESSES, UPSTREAM))
