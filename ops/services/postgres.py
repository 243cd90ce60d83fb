"""A throwaway PostgreSQL: its own cluster, port, password and folder; fsync on, as in production."""

import os
import pwd
import secrets
import shutil
import signal
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypedDict

from ops.services.children import Child, ChildRecord, Launch, free_ports, wait_for_service

Shutdown = Literal["smart", "fast", "immediate"]
_SIGNALS: dict[Shutdown, int] = {
    "smart": signal.SIGTERM,  # waits for clients to leave
    "fast": signal.SIGINT,  # rolls clients back, checkpoint
    "immediate": signal.SIGQUIT,  # no checkpoint: recovery at the next start
}
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # their paths may not be longer than 107 bytes
    "max_connections": "200",
    "shared_buffers": "256MB",
    "fsync": "on",
    "timezone": "UTC",
    "lc_messages": "C",
    # Shared memory as files of the cluster, so that a killed server leaves nothing in /dev/shm.
    "dynamic_shared_memory_type": "mmap",
}
MAIN_DATABASE = "chappe"
KEYRING_DATABASE = "chappe_keyring"


class PostgresRecord(TypedDict):
    """A server as the state file keeps it."""

    folder: str
    programs: str
    port: int
    password: str
    child: ChildRecord | None


@dataclass(slots=True)
class Postgres:
    """One server process on a cluster of its own. Start, stop and kill it as often as needed."""

    folder: Path
    programs: Path
    port: int
    password: str = field(repr=False)
    child: Child | None = None

    @classmethod
    def create(cls, folder: Path, programs: Path) -> "Postgres":
        """Make a cluster under ``folder`` and start it; both databases are there and empty."""
        (port,) = free_ports(1)
        folder.mkdir(mode=0o700)
        server = cls(folder, programs, port, secrets.token_hex(12))
        server._initialise()
        server.start()
        for database in (MAIN_DATABASE, KEYRING_DATABASE):
            server.create_database(database)
        return server

    @classmethod
    def attach(cls, record: PostgresRecord) -> "Postgres":
        """Take up a server that another process started."""
        child = Child(**record["child"]) if record["child"] else None
        folder, programs = Path(record["folder"]), Path(record["programs"])
        return cls(folder, programs, record["port"], record["password"], child)

    def record(self) -> PostgresRecord:
        """Return what `attach` needs."""
        return {
            "folder": str(self.folder),
            "programs": str(self.programs),
            "port": self.port,
            "password": self.password,
            "child": self.child.record() if self.child else None,
        }

    def url(self, database: str = MAIN_DATABASE) -> str:
        """Return the URL of one of the databases, in SQLAlchemy's form."""
        place = f"127.0.0.1:{self.port}/{database}"
        return f"postgresql+psycopg://chappe:{self.password}@{place}"

    def create_database(self, name: str) -> None:
        """Create an empty UTF-8 database."""
        self._client("createdb", "--template=template0", "--encoding=UTF8", name)

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        self._client("dropdb", "--force", "--if-exists", name)

    def start(self) -> None:
        """Start the server on its port and data; returns when it answers."""
        options = [part for key, value in _SETTINGS.items() for part in ("-c", f"{key}={value}")]
        command = (self.programs / "postgres", "-D", self._data, "-p", str(self.port))
        self.child = self._launch().start(*command, *options)
        wait_for_service("PostgreSQL", self.child, self._answers, self._log)

    def stop(self, mode: Shutdown = "fast") -> None:
        """Stop the server; the data stay. ``immediate`` is a crash with all processes told."""
        if self.child is not None:
            self.child.stop(_SIGNALS[mode])
            self.child = None

    def kill(self) -> None:
        """Kill the server and all its backends with SIGKILL; the data stay."""
        if self.child is not None:
            self.child.kill()
            self.child = None

    def restart(self, mode: Shutdown = "fast") -> None:
        """Stop and start on the same port and data."""
        self.stop(mode)
        self.start()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _log(self) -> Path:
        return self.folder / "postgres.log"

    def _initialise(self) -> None:
        account = unprivileged_account()
        secret = self.folder / "password"
        secret.write_text(self.password)
        secret.chmod(0o600)
        if account is not None:
            shutil.chown(self.folder, account)
            shutil.chown(secret, account)
        self._launch().call(
            self.programs / "initdb",
            f"--pgdata={self._data}",
            "--username=chappe",
            "--auth=scram-sha-256",
            f"--pwfile={secret}",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        secret.unlink()

    def _launch(self) -> Launch:
        env = {"PATH": os.defpath, "LANG": "C.UTF-8", "PGPASSWORD": self.password}
        account = unprivileged_account()
        return Launch(self.folder, env, self._log, account, _SIGNALS["fast"])

    def _client(self, program: str, *arguments: str) -> None:
        where = ("--host=127.0.0.1", f"--port={self.port}", "--username=chappe")
        maintenance = "--maintenance-db=postgres"
        self._launch().call(self.programs / program, *where, maintenance, *arguments)

    def _answers(self) -> bool:
        """Ask for TLS, which a server that takes connections answers with one letter."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as peer:
                peer.sendall(bytes.fromhex("0000000804d2162f"))  # SSLRequest
                return peer.recv(1) in {b"S", b"N"} and self._accepts_sessions()
        except OSError:
            return False

    def _accepts_sessions(self) -> bool:
        """Tell whether recovery is over: until then every session is turned away."""
        status = self._data / "postmaster.pid"
        try:
            return status.read_text().splitlines()[7].strip() == "ready"
        except (OSError, IndexError):
            return False


def unprivileged_account() -> str | None:
    """Return the account to run PostgreSQL under, which refuses root; None: we are not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
