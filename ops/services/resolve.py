"""Where a service comes from: its URL, what is installed, Docker, Debian packages — in that order."""

import os
import shutil
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from ops.services import debian, docker
from ops.services.faults import Unavailable
from ops.services.postgres import Postgres, PostgresRecord
from ops.services.rabbitmq import RabbitMq, RabbitMqRecord


class Source(StrEnum):
    """Which of the ways was taken."""

    GIVEN = "given by its URL"
    INSTALLED = "installed programs"
    DOCKER = "a Docker engine"
    DEBIAN = "Debian packages, installed just now"


@dataclass(frozen=True, slots=True)
class Found:
    """The programs of a service (``docker``: run the image), and how they were found."""

    programs: Path
    source: Source


@dataclass(frozen=True, slots=True)
class _Wanted:
    program: str
    folders: Sequence[str]
    package: str


_POSTGRES = _Wanted("initdb", ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"), "postgresql")
_RABBITMQ = _Wanted(
    "rabbitmq-server",
    ("/usr/lib/rabbitmq/bin", "/usr/lib/rabbitmq/lib/*/sbin", "/opt/rabbitmq*/sbin"),
    "rabbitmq-server",
)


def given_url(variable: str, schemes: tuple[str, ...]) -> str | None:
    """Return the URL in a variable when it names a server; raise `Unavailable` if none answers."""
    url = os.environ.get(variable, "")
    parts = urlsplit(url)
    if not parts.scheme.startswith(schemes):  # not set, or an embedded one
        return None
    place = (parts.hostname or "localhost", parts.port or _usual_port(parts.scheme))
    try:
        socket.create_connection(place, timeout=10).close()
    except OSError as error:
        where = f"{place[0]}:{place[1]}"
        raise Unavailable(
            f"{variable} names {where}, where nothing answers ({error}). "
            "Correct or unset it; without it a throwaway server is started."
        ) from error
    return url


def start_postgres(folder: Path) -> tuple[Postgres, Source]:
    """Find PostgreSQL, make a cluster under ``folder`` and start it."""
    found = _find(_POSTGRES)
    kind = docker.PostgresInDocker if found.programs == docker.PROGRAM else Postgres
    return kind.create(folder, found.programs), found.source


def start_rabbitmq(folder: Path) -> tuple[RabbitMq, Source]:
    """Find RabbitMQ, make a node under ``folder`` and start it."""
    found = _find(_RABBITMQ)
    kind = docker.RabbitMqInDocker if found.programs == docker.PROGRAM else RabbitMq
    return kind.create(folder, found.programs), found.source


def attach_postgres(record: PostgresRecord) -> Postgres:
    """Take up a server that another process started."""
    in_docker = record["programs"] == str(docker.PROGRAM)
    return (docker.PostgresInDocker if in_docker else Postgres).attach(record)


def attach_rabbitmq(record: RabbitMqRecord) -> RabbitMq:
    """Take up a node that another process started."""
    in_docker = record["programs"] == str(docker.PROGRAM)
    return (docker.RabbitMqInDocker if in_docker else RabbitMq).attach(record)


def _find(wanted: _Wanted) -> Found:
    programs = _installed(wanted)
    if programs is not None:
        return Found(programs, Source.INSTALLED)
    if docker.engine_answers():
        return Found(docker.PROGRAM, Source.DOCKER)
    debian.install(wanted.package)
    programs = _installed(wanted)
    if programs is None:
        raise Unavailable(f"{wanted.package} was installed, but {wanted.program} is not in it.")
    return Found(programs, Source.DEBIAN)


def _installed(wanted: _Wanted) -> Path | None:
    """Return the folder of a service's programs, the newest version first."""
    for pattern in wanted.folders:
        matches = Path("/").glob(f"{pattern[1:]}/{wanted.program}")
        found = sorted(matches, key=_version_in, reverse=True)
        if found:
            return found[0].parent
    # On the path last: Debian keeps wrappers there that change the account.
    on_path = shutil.which(wanted.program)
    return Path(on_path).resolve().parent if on_path else None


def _version_in(path: Path) -> tuple[int, ...]:
    digits = "".join(sign if sign.isdigit() else " " for sign in str(path))
    return tuple(int(number) for number in digits.split())


def _usual_port(scheme: str) -> int:
    if scheme.startswith("postgresql"):
        return 5432
    return 5671 if scheme == "amqps" else 5672
