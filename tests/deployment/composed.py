"""The services of ``docker-compose.yml`` as processes of this machine: command, environment, health.

What the file says is taken as it stands. Replaced is only what a container would give: where
secrets are mounted, the home folder, the host names of the other services, and ports that others
on this machine may have.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ops.services.children import free_ports

PROJECT = Path(__file__).resolve().parents[2]
COMPOSE = PROJECT / "docker-compose.yml"
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
_SECRETS = "/run/secrets"
_SECONDS = {"s": 1, "m": 60}


class NotSet(Exception):
    """Raised when the file asks for a variable that nobody set."""


def read(variables: Mapping[str, str]) -> dict[str, Any]:
    """Return the file as Compose reads it, with its variables replaced.

    Raises NotSet for one that must be set and is not.
    """

    def value(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        if variables.get(name):
            return variables[name]
        if kind == "?":
            raise NotSet(rest)
        return rest or ""

    def filled(node: Any) -> Any:
        match node:
            case str():
                return _VARIABLE.sub(value, node)
            case list():
                return [filled(each) for each in node]
            case dict():
                return {key: filled(each) for key, each in node.items()}
        return node

    found: dict[str, Any] = filled(yaml.safe_load(COMPOSE.read_text()))
    return found


def seconds(duration: str) -> int:
    """Return a duration of the file, such as ``75s``."""
    return int(duration[:-1]) * _SECONDS[duration[-1]]


@dataclass(slots=True)
class Composed:
    """The file, a folder to play in, and the folder of secrets that it would mount."""

    file: dict[str, Any]
    folder: Path
    secrets: Path
    ports: dict[str, int] = field(default_factory=dict)

    def service(self, name: str) -> dict[str, Any]:
        """Return a service as the file has it."""
        found: dict[str, Any] = self.file["services"][name]
        return found

    def environment(self, name: str) -> dict[str, str]:
        """Return the environment of a service, with what a container would give replaced."""
        home = self.folder / name
        mounted = self._mounted(name)
        given: Mapping[str, object] = self.service(name)["environment"]
        found = {
            key: self._placed(name, str(value).replace(_SECRETS, str(mounted)))
            for key, value in given.items()
        }
        return {
            **found,
            "CHAPPE_HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
            "PYTHONPATH": str(PROJECT),
        }

    def call(self, name: str, *arguments: str, check: bool = True) -> str:
        """Run a service's entry point with arguments to its end, as ``docker compose run`` does."""
        entry: list[str] = self.service(name).get("entrypoint", [])
        done = subprocess.run(
            [*entry, *(arguments or self.service(name)["command"])],
            env=self.environment(name),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def running(self, name: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run a service's command; at the end it is stopped as Compose would, or killed."""
        log = self.folder / f"{name}.log"
        with (
            log.open("ab") as output,
            subprocess.Popen(
                self.service(name)["command"],
                env=self.environment(name),
                cwd=self.folder,
                stdout=output,
                stderr=subprocess.STDOUT,
            ) as child,
        ):
            try:
                yield child
            finally:
                if child.poll() is None:
                    child.send_signal(signal.SIGKILL)

    def health(self, name: str, *more: str) -> "subprocess.CompletedProcess[str]":
        """Run a service's health check once; ``more`` are arguments after its own."""
        kind, *command = self.service(name)["healthcheck"]["test"]
        assert kind == "CMD"
        return subprocess.run(
            [*command, *more],
            env=self.environment(name),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def wait_until_healthy(self, name: str, patience: float = 60) -> None:
        """Run the health check until it says yes."""
        until = time.monotonic() + patience
        while (asked := self.health(name)).returncode != 0:
            log = (self.folder / f"{name}.log").read_text()[-2000:]
            assert time.monotonic() < until, f"{asked.stderr}\n{log}"
            time.sleep(0.3)

    def _mounted(self, name: str) -> Path:
        """Return a folder with the secrets of a service under the names that it gives them."""
        mounted = self.folder / f"{name}.secrets"
        mounted.mkdir(mode=0o700, exist_ok=True)
        for entry in self.service(name).get("secrets", ()):
            source, target = (
                (entry["source"], entry["target"]) if isinstance(entry, dict) else (entry, entry)
            )
            file = Path(self.file["secrets"][source]["file"]).name
            link = mounted / Path(target).name
            if not link.is_symlink():
                link.symlink_to(self.secrets / file)
        return mounted

    def _placed(self, name: str, value: str) -> str:
        if value == "/srv/drop":
            return str(self.folder / "drop")
        if value.startswith("0.0.0.0:"):
            port = self.ports.get(name) or free_ports(1)[0]
            self.ports[name] = port
            return f"127.0.0.1:{port}"
        return value
