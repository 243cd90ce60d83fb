"""Where chaos plays: real services of its own, one installation, worker processes, a sink."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

import msgspec
import sqlalchemy as sa

from channels.contract import AddressKind
from engine import control, oppositions
from engine.app import App
from engine.bitmap import count
from engine.broker.publisher import Publisher
from engine.intake import take
from engine.subjects import Subject
from ops.bench.campaign import job
from ops.bench.ground import CONTROLLER, Ground, account, new_campaign_id, prepared
from ops.chaos.sink import CountingSink
from ops.services import resolve
from ops.services.postgres import KEYRING_DATABASE, Postgres
from ops.services.rabbitmq import RabbitMq
from ops.services.running import PROJECT, guarded_folder

DEADLINE_SECONDS = 1.5
LEASE_SECONDS = DEADLINE_SECONDS + 2.0 + 1.5  # short enough to see many of them end
_BATCH = 200
MOST_IN_FLIGHT = 2 * _BATCH  # in one process: two batches of a lane, each with one slice
QUICK: Mapping[str, str] = {
    "CHAPPE_ANSWER_TIMEOUT": "2",
    "CHAPPE_SLICE_DEADLINE": str(DEADLINE_SECONDS),
    "CHAPPE_LEASE_MARGIN": "1.5",
    "CHAPPE_BATCH_SIZE": str(_BATCH),
    "CHAPPE_TURN_SECONDS": "1",
}
_STOP_SECONDS = 40
_URLS = ("CHAPPE_DATABASE_URL", "CHAPPE_KEYRING_URL", "CHAPPE_BROKER_URL")


@dataclass(slots=True)
class Field:
    """One installation; ``servers`` are those that it may stop, none for the embedded default."""

    ground: Ground
    sink: CountingSink
    servers: tuple[Postgres, RabbitMq] | None = None
    env: dict[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def app(self) -> App:
        """The installation, seen from this process."""
        return self.ground.app

    @property
    def postgres(self) -> Postgres:
        """The database server, to be stopped and started."""
        return self._own()[0]

    @property
    def rabbitmq(self) -> RabbitMq:
        """The broker, to be killed and started."""
        return self._own()[1]

    def _own(self) -> tuple[Postgres, RabbitMq]:
        if self.servers is None:
            msg = "the embedded default has no servers to stop"
            raise TypeError(msg)
        return self.servers

    # --- processes -------------------------------------------------------------------------------

    def start(self, *names: str) -> None:
        """Start ``scheduler``, ``up`` or workers (``worker-1`` …); each logs to a file."""
        for name in names:
            log = (self.ground.home / f"{name}.log").open("ab")
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "ops.cli", name.partition("-")[0]],
                cwd=PROJECT,
                env={**self.ground.env, "PATH": "/usr/bin:/bin", **QUICK, **self.env},
                stdout=log,
                stderr=log,
            )
            log.close()

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process; nothing happens when it has ended."""
        self.processes[name].send_signal(number)

    def kill(self, name: str) -> int:
        """Kill a process; return how many recipients it may have had in flight."""
        self.signal(name, signal.SIGSTOP)
        flying = self.in_flight()
        self.signal(name, signal.SIGKILL)
        self.processes.pop(name).wait()
        return min(flying, MOST_IN_FLIGHT)

    def end(self, name: str) -> int:
        """Ask a process to stop; return its exit code."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            return process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def end_all(self, leave: Sequence[str] = ()) -> None:
        """Ask every process but those to ``leave`` to stop, and wait."""
        ending = [name for name in self.processes if name not in leave]
        for name in ending:
            self.processes[name].send_signal(signal.SIGCONT)
            self.processes[name].terminate()
        late: list[subprocess.TimeoutExpired] = []
        for name in ending:
            try:
                self.end(name)
            except subprocess.TimeoutExpired as fault:
                late.append(fault)  # the others are to be ended all the same
        if late:
            raise late[0]

    # --- campaigns -------------------------------------------------------------------------------

    def publish(self, number: int, starts: float | None = None, ends: float | None = None) -> str:
        """Enqueue a campaign to this many people, within instants of the epoch; return its id."""
        campaign = new_campaign_id()
        folder = self.app.settings.drop_folder / CONTROLLER
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{campaign}.csv"
        rows = (f"{campaign}-{n};{address(campaign, n)};P{n};Évry;1\n" for n in range(number))
        path.write_text("ref;email;prenom;ville;solde\n" + "".join(rows))
        body = _scheduled(
            job(campaign, path.name, sha256(path.read_bytes()).hexdigest()), starts, ends
        )
        self._enqueue(campaign, body)
        return campaign

    def publish_to_list(self, name: str, starts: float, ends: float) -> str:
        """Enqueue a campaign to a hosted list, within instants of the epoch; return its id."""
        campaign = new_campaign_id()
        message = msgspec.json.decode(job(campaign, "", ""))
        message["recipients"] = {"list": name}
        self._enqueue(campaign, _scheduled(msgspec.json.encode(message), starts, ends))
        return campaign

    def _enqueue(self, campaign: str, body: bytes) -> None:
        if self.app.settings.embedded:
            take(self.app, body, account(self.app), campaign)
        else:
            publisher = Publisher(self.app.settings.broker_url.get_secret_value())
            publisher.publish_job(body, message_id=campaign)
            publisher.close()

    def oppose(self, contact: str) -> None:
        """Enter an opposition; committed when this returns, however often that takes."""
        while True:
            with suppress(sa.exc.OperationalError):
                oppositions.add(
                    self.app,
                    CONTROLLER,
                    Subject(AddressKind.EMAIL, contact),
                    channel=None,
                    reason=oppositions.Reason.OBJECTION,
                    source="chaos",
                )
                return

    def cancel(self, campaign: str) -> None:
        """Cancel a campaign."""
        control.cancel(self.app, campaign, CONTROLLER)

    def in_flight(self) -> int:
        """Count the recipients in flight anywhere; 0 while the database is away."""
        with suppress(sa.exc.DBAPIError), self.app.db.read() as connection:
            rows = connection.execute(sa.text("SELECT in_flight FROM batches WHERE state = 2"))
            return sum(count(bits) for (bits,) in rows)
        return 0

    def count(self, query: str, *, keyring: bool = False, **values: object) -> int:
        """Return the one number that a query gives."""
        database = self.app.vault.keyring if keyring else self.app.db
        with database.read() as connection:
            return int(connection.execute(sa.text(query), values).scalar_one())

    def change(self, statement: str, *, keyring: bool = False, **values: object) -> None:
        """Change rows behind the back of every process."""
        database = self.app.vault.keyring if keyring else self.app.db
        with database.write() as connection:
            connection.execute(sa.text(statement), values)

    @contextmanager
    def locked(self, table: str, mode: str) -> Iterator[None]:
        """Hold a lock on a table of PostgreSQL: whoever needs it waits at that very step."""
        with self.app.db.write() as connection:
            connection.execute(sa.text(f"LOCK TABLE {table} IN {mode} MODE"))
            yield


def address(campaign: str, number: int) -> str:
    """Return the address of one recipient of a campaign."""
    return f"{campaign}.{number}@example.org"


def _scheduled(body: bytes, starts: float | None, ends: float | None) -> bytes:
    if starts is None or ends is None:
        return body
    message = msgspec.json.decode(body)
    message["schedule"] = {
        "not_before": datetime.fromtimestamp(starts, UTC),
        "not_after": datetime.fromtimestamp(ends, UTC),
    }
    return msgspec.json.encode(message)


def wait_for(condition: Callable[[], bool], what: str, patience: float = 30.0) -> None:
    """Wait until a condition holds.

    Raises TimeoutError saying what did not come about.
    """
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if condition():
            return
        time.sleep(0.02)
    msg = f"it did not come about within {patience} s: {what}"
    raise TimeoutError(msg)


@contextmanager
def real_field() -> Iterator[Field]:
    """Start a RabbitMQ and a PostgreSQL that may be killed, and prepare an installation.

    Servers that the environment names are left alone: they are not ours to stop.
    """
    with guarded_folder() as folder, ExitStack() as stack:
        postgres, _ = resolve.start_postgres(folder / "postgres")
        stack.callback(postgres.stop, "immediate")
        rabbitmq, _ = resolve.start_rabbitmq(folder / "rabbitmq")
        stack.callback(rabbitmq.stop)
        urls = (postgres.url(), postgres.url(KEYRING_DATABASE), rabbitmq.url())
        with _field(dict(zip(_URLS, urls, strict=True))) as made:
            made.servers = (postgres, rabbitmq)
            yield made


@contextmanager
def embedded_field() -> Iterator[Field]:
    """Prepare the embedded default."""
    with _field({}) as made:
        yield made


@contextmanager
def _field(urls: Mapping[str, str]) -> Iterator[Field]:
    sink = CountingSink()
    sink.start()
    try:
        with prepared(urls, "smtp", {"url": sink.url}) as ground:
            made = Field(ground, sink)
            try:
                yield made
            finally:
                sink.release()
                made.end_all()
    finally:
        sink.stop()
