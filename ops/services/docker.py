"""The same two services in containers, for machines that have a Docker engine and no packages."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.services.children import wait_until
from ops.services.faults import NotReady
from ops.services.postgres import Postgres, Shutdown
from ops.services.rabbitmq import RabbitMq

PROGRAM = Path("docker")
_SIGNALS: dict[Shutdown, str] = {"smart": "TERM", "fast": "INT", "immediate": "QUIT"}


def engine_answers() -> bool:
    """Tell whether there is a Docker engine, not only its client."""
    if shutil.which("docker") is None:
        return False
    try:
        done = subprocess.run(["docker", "info"], capture_output=True, timeout=10, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def remove_containers(folder: Path) -> None:
    """Remove the containers that belong to a folder of services, running or not."""
    if engine_answers():
        names = [_name(folder / service) for service in ("postgres", "rabbitmq")]
        _docker("rm", "--force", "--volumes", *names)


@dataclass(slots=True)
class PostgresInDocker(Postgres):
    """PostgreSQL in a container of its own, published on one loopback port."""

    def start(self) -> None:
        """Start the container on its port and data, the first time from the image."""
        secret = {"POSTGRES_USER": "chappe", "POSTGRES_PASSWORD": self.password}
        _start(_name(self.folder), f"{self.port}:5432", "postgres:15", secret)
        ready = ("pg_isready", "--host=127.0.0.1", "--username=chappe")
        _wait(_name(self.folder), lambda: _answers(_name(self.folder), *ready))

    def stop(self, mode: Shutdown = "fast") -> None:
        """Stop the server; the data stay."""
        _end(_name(self.folder), _SIGNALS[mode])

    def kill(self) -> None:
        """Kill the server with SIGKILL; the data stay."""
        _end(_name(self.folder), "KILL")

    def _initialise(self) -> None:
        """Do nothing: the image makes its cluster at the first start."""

    def _client(self, program: str, *arguments: str) -> None:
        where = ("--username=chappe", "--maintenance-db=postgres")
        if arguments[-1] != "chappe":  # the image made that one
            _checked("exec", _name(self.folder), program, *where, *arguments)


@dataclass(slots=True)
class RabbitMqInDocker(RabbitMq):
    """RabbitMQ in a container of its own, published on one loopback port."""

    def start(self) -> None:
        """Start the container on its port and data, the first time from the image."""
        secret = {"RABBITMQ_DEFAULT_USER": "chappe", "RABBITMQ_DEFAULT_PASS": self.password}
        # The node's name is part of where its data lie, and it holds the host's name.
        secret["RABBITMQ_NODENAME"] = "chappe@localhost"
        _start(_name(self.folder), f"{self.port}:5672", "rabbitmq:3.13", secret)
        _wait(_name(self.folder), self._greets)

    def stop(self) -> None:
        """Stop the node in good order; the data stay."""
        _end(_name(self.folder), "TERM")

    def kill(self) -> None:
        """Kill the node with SIGKILL; the data stay."""
        _end(_name(self.folder), "KILL")

    def control(self, *arguments: str) -> str:
        """Run ``rabbitmqctl`` on this node; return what it prints."""
        return _checked("exec", _name(self.folder), "rabbitmqctl", "--quiet", *arguments)


def _name(folder: Path) -> str:
    return f"{folder.parent.name}-{folder.name}"


def _start(name: str, publish: str, image: str, env: Mapping[str, str]) -> None:
    if _answers_to_inspect(name):
        _checked("start", name)
        return
    # Values travel by the environment of the client, so that no password stands in a command line.
    names = [part for key in env for part in ("--env", key)]
    published = ("--publish", f"127.0.0.1:{publish}")
    _checked("run", "--detach", "--name", name, *published, *names, image, env=env)


def _end(name: str, sign: str) -> None:
    _docker("kill", f"--signal={sign}", name)
    _docker("wait", name)


def _answers_to_inspect(name: str) -> bool:
    return _docker("container", "inspect", name).returncode == 0


def _answers(name: str, *command: str) -> bool:
    return _docker("exec", name, *command).returncode == 0


def _wait(name: str, ready: Callable[[], bool]) -> None:
    if not wait_until(ready, 120.0):
        log = _docker("logs", "--tail", "20", name)
        raise NotReady(f"The container {name} did not answer:\n{log.stdout}{log.stderr}")


def _checked(*arguments: str, env: Mapping[str, str] | None = None) -> str:
    done = _docker(*arguments, env=env)
    if done.returncode != 0:
        raise NotReady(f"docker {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


def _docker(
    *arguments: str, env: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    command = [str(PROGRAM), *arguments]
    merged = {**os.environ, **(env or {})}
    return subprocess.run(command, capture_output=True, text=True, env=merged, check=False)
