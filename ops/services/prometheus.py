"""A throwaway Prometheus on loopback, and ``promtool``: found, or unpacked privately.

Debian's package brings both programs. Nothing is installed or left running: the server keeps its
data in the folder that it is given.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

from ops.services import debian
from ops.services.children import Child, Launch, free_ports, wait_for_service
from ops.services.faults import ServiceFault
from ops.services.running import PROJECT

_UNPACKED = PROJECT / ".services" / "prometheus"
_CONFIG = "prometheus.yml"
_ENV = {"PATH": os.defpath, "LANG": "C.UTF-8"}
_ANSWER_SECONDS = 30

Labels = Mapping[str, str]


class QueryFault(ServiceFault):
    """Raised when Prometheus cannot answer a query; quotes the query and what it said."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One series of an answer, with its value."""

    labels: Labels
    value: float


def prometheus_programs() -> Path:
    """Return the folder of ``prometheus`` and ``promtool``, fetched from Debian if need be."""
    for name in ("prometheus", "promtool"):
        if shutil.which(name) is None:
            break
    else:
        return Path(cast("str", shutil.which("prometheus"))).parent
    programs = _UNPACKED / "usr/bin"
    if not (programs / "promtool").exists():
        debian.unpack("prometheus", _UNPACKED)
    return programs


def promtool(folder: Path, *arguments: str | Path) -> str:
    """Run ``promtool`` in a folder and return what it says; raise `NotReady` if it refuses."""
    launch = Launch(folder, _ENV, folder / "promtool.log")
    return launch.call(prometheus_programs() / "promtool", *arguments)


@dataclass(slots=True)
class Prometheus:
    """One server on a port of its own; its configuration and data lie in ``folder``."""

    folder: Path
    port: int
    child: Child

    @classmethod
    def start(cls, folder: Path, config: str, rules: Mapping[str, str]) -> "Prometheus":
        """Write the configuration and the rule files by name, and start a server on them."""
        folder.mkdir(parents=True)
        (folder / _CONFIG).write_text(config)
        for name, content in rules.items():
            (folder / name).write_text(content)
        (port,) = free_ports(1)
        log = folder / "prometheus.log"
        child = Launch(folder, _ENV, log).start(
            prometheus_programs() / "prometheus",
            f"--config.file={folder / _CONFIG}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
        )
        server = cls(folder, port, child)
        wait_for_service("Prometheus", child, server._ready, log)
        return server

    def ask(self, query: str) -> list[Sample]:
        """Return what a query answers now; raise `QueryFault` if it cannot be answered."""
        status, body = self._get(f"/api/v1/query?{urlencode({'query': query})}")
        if status != HTTPStatus.OK:
            raise QueryFault(f"{query}\n{body.decode(errors='replace')}")
        found = cast("Mapping[str, object]", json.loads(body)["data"])
        if found["resultType"] == "scalar":
            _, number = cast("tuple[float, str]", found["result"])
            return [Sample({}, float(number))]
        series = cast("list[dict[str, object]]", found["result"])
        return [
            Sample(cast("Labels", one["metric"]), float(cast("tuple[float, str]", one["value"])[1]))
            for one in series
        ]

    def stop(self) -> None:
        """Stop the server; what it kept stays in its folder."""
        self.child.stop()

    def _get(self, path: str) -> tuple[int, bytes]:
        """Ask the server directly: a proxy that the environment names has no business here."""
        link = HTTPConnection("127.0.0.1", self.port, timeout=_ANSWER_SECONDS)
        try:
            link.request("GET", path)
            answer = link.getresponse()
            return answer.status, answer.read()
        finally:
            link.close()

    def _ready(self) -> bool:
        try:
            return self._get("/-/ready")[0] == HTTPStatus.OK
        except OSError:
            return False
