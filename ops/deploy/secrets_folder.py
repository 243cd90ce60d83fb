"""The folder of secrets that ``docker-compose.yml`` mounts: one file each, for one account only.

Passwords and the master key are drawn once and kept; whatever is put together from them (URLs,
the broker's accounts) is written anew each time, so that a password is changed by deleting its
file and running this again.
"""

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import EngineError
from engine.vault import KEY_BYTES
from ops.deploy.accounts import PROCESSES, UPSTREAM, Account, account_definitions

# What each role is for: ops/deploy/postgres/roles.sql.
ROLES = ("owner", "app", "reader")
CLUSTERS = {"postgres": "chappe", "keyring": "chappe_keyring"}  # by host, the database on it
MASTER_KEY = "master_key"
BROKER_ACCOUNTS = "broker_accounts.json"
ACCOUNT = ("CHAPPE_UID", "CHAPPE_GID")  # the variables of docker-compose.yml
ROOTLESS = 10_001  # user and group of the containers where root makes the folder
_PASSWORD_BYTES = 24


class SecretsFault(EngineError):
    """Raised when the folder of secrets cannot be made, or is not as it must be."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the services are, as the containers see them: ``host:port`` by the service's name."""

    hosts: Mapping[str, str] = field(
        default_factory=lambda: {
            "postgres": "postgres:5432",
            "keyring": "keyring:5432",
            "rabbitmq": "rabbitmq:5672",
        }
    )


def owner(environment: Path | None = None) -> tuple[int, int]:
    """Return user and group that the containers run as: ours, but never root's.

    Where a ``.env`` file names them already, they stay. Raises SecretsFault when it names root, or
    an account to which we cannot give files.
    """
    ours = (os.geteuid(), os.getegid()) if os.geteuid() != 0 else (ROOTLESS, ROOTLESS)
    named = _named(environment) if environment is not None else None
    if named is None:
        return ours
    if os.geteuid() not in {0, named[0]}:
        msg = (
            f"{environment} says that the containers run as {named[0]}; run this as that account,"
            " or as root"
        )
        raise SecretsFault(msg)
    return named


def _named(environment: Path) -> tuple[int, int] | None:
    """Return the account that a ``.env`` file names; None: it names none."""
    if not environment.exists():
        return None
    lines = (line.partition("=") for line in environment.read_text().splitlines())
    said = {name.strip(): value.strip() for name, _, value in lines}
    if not all(said.get(name) for name in ACCOUNT):
        return None
    user, group = (said[name] for name in ACCOUNT)
    if not (user.isdecimal() and group.isdecimal() and int(user)):
        msg = f"{environment}: {' and '.join(ACCOUNT)} must be numbers, and not root's"
        raise SecretsFault(msg)
    return int(user), int(group)


@dataclass(slots=True)
class SecretsFolder:
    """One folder; ``made`` and ``kept`` name the files that were drawn, or were there before."""

    path: Path
    upstream: tuple[str, ...] = ("upstream",)
    places: Places = field(default_factory=Places)
    account: tuple[int, int] = field(default_factory=owner)
    made: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def fill(self) -> None:
        """Make what is missing, and write what is put together.

        Raises SecretsFault when another account could read the folder, or an upstream system has
        a name that is not its own.
        """
        self._prepare()
        self._drawn(MASTER_KEY, KEY_BYTES)
        self._drawn("grafana_password")
        for cluster, database in CLUSTERS.items():
            self._cluster(cluster, database)
        self._broker()

    def _prepare(self) -> None:
        taken = sorted(set(self.upstream) & set(PROCESSES))
        if taken:
            msg = f"{', '.join(taken)} is a process of Chappe's own; name the upstream system else"
            raise SecretsFault(msg)
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.path.stat().st_mode & 0o077:
            msg = f"{self.path} can be entered by other accounts; run: chmod 700 {self.path}"
            raise SecretsFault(msg)
        self.give(self.path)

    def _cluster(self, cluster: str, database: str) -> None:
        self._drawn(f"{cluster}_admin_password")
        place = self.places.hosts[cluster]
        for role in ROLES:
            word = self._drawn(f"{cluster}_{role}_password")
            url = f"postgresql+psycopg://chappe_{role}:{word}@{place}/{database}"
            self._write(f"{cluster}_{role}_url", url)

    def _broker(self) -> None:
        rights = {**PROCESSES, **dict.fromkeys(self.upstream, UPSTREAM)}
        accounts = [
            Account(name, self._drawn(f"broker_{name}_password"), own)
            for name, own in rights.items()
        ]
        place = self.places.hosts["rabbitmq"]
        for one in accounts:
            self._write(f"broker_{one.name}_url", f"amqp://{one.name}:{one.password}@{place}/")
        self._write(BROKER_ACCOUNTS, json.dumps(account_definitions(accounts), indent=2))

    def _drawn(self, name: str, size: int = _PASSWORD_BYTES) -> str:
        """Return a secret of hexadecimal digits, drawn where there is none yet."""
        path = self.path / name
        if path.exists():
            word = path.read_text().strip()
            if not word:
                msg = f"{path} is empty; delete it to have another one drawn"
                raise SecretsFault(msg)
            self.kept.append(name)
            return word
        word = secrets.token_hex(size)
        self._write(name, word)
        self.made.append(name)
        return word

    def _write(self, name: str, content: str) -> None:
        """Write a file for the containers' account only, whole or not at all."""
        path = self.path / name
        aside = self.path / f".{name}.new"
        aside.unlink(missing_ok=True)
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(content + "\n")
        self.give(aside)
        aside.replace(path)

    def give(self, path: Path) -> None:
        """Hand a file or folder to the account of the containers."""
        if os.geteuid() == 0:
            os.chown(path, *self.account)


def write_environment(path: Path, account: tuple[int, int]) -> bool:
    """Say in a ``.env`` file which account the containers run as; False: it said so already."""
    lines = path.read_text().splitlines() if path.exists() else []
    named = {line.partition("=")[0].strip() for line in lines}
    missing = [
        f"{name}={value}" for name, value in zip(ACCOUNT, account, strict=True) if name not in named
    ]
    if missing:
        path.write_text("\n".join((*lines, *missing)) + "\n")
    return bool(missing)


def readable(names: Iterable[str]) -> str:
    """Return names as a sentence lists them."""
    return ", ".join(names) or "nothing"
