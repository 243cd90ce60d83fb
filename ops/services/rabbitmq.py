"""A throwaway RabbitMQ: its own node, ports, port mapper, cookie and folder, all on loopback."""

import os
import secrets
import socket
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict
from urllib.parse import quote

from ops.services.children import (
    Child,
    ChildRecord,
    Launch,
    free_ports,
    wait_for_service,
)
from ops.services.faults import NotReady

_LOOPBACK = "-kernel inet_dist_use_interface {127,0,0,1}"
# Erlang's schedulers spin for work; two cores are shared by broker, database and workers.
_NO_SPINNING = "+sbwt none +sbwtdcpu none +sbwtdio none"
_GREETING = b"AMQP\x00\x00\x09\x01"
_ACTOR = '<<"chappe.services">>'  # whom RabbitMQ's own log names as having acted


class RabbitMqRecord(TypedDict):
    """A node as the state file keeps it."""

    folder: str
    programs: str
    node: str
    port: int
    dist_port: int
    mapper_port: int
    password: str
    child: ChildRecord | None
    mapper: ChildRecord | None


@dataclass(slots=True)
class RabbitMq:
    """One broker node with its own port mapper. Start, stop and kill it as often as needed."""

    folder: Path
    programs: Path
    node: str
    port: int
    dist_port: int
    mapper_port: int
    password: str = field(repr=False)
    child: Child | None = None
    mapper: Child | None = None

    @classmethod
    def create(cls, folder: Path, programs: Path) -> "RabbitMq":
        """Make a node under ``folder`` and start it; it is empty but for the account ``chappe``."""
        folder.mkdir(mode=0o700)
        node = f"chappe-{secrets.token_hex(4)}@localhost"
        port, dist_port, mapper_port = free_ports(3)
        word = secrets.token_hex(12)
        broker = cls(folder, programs, node, port, dist_port, mapper_port, password=word)
        broker._write_configuration()
        broker.start()
        return broker

    @classmethod
    def attach(cls, record: RabbitMqRecord) -> "RabbitMq":
        """Take up a node that another process started."""
        return cls(
            Path(record["folder"]),
            Path(record["programs"]),
            record["node"],
            record["port"],
            record["dist_port"],
            record["mapper_port"],
            password=record["password"],
            child=Child(**record["child"]) if record["child"] else None,
            mapper=Child(**record["mapper"]) if record["mapper"] else None,
        )

    def record(self) -> RabbitMqRecord:
        """Return what `attach` needs."""
        return {
            "folder": str(self.folder),
            "programs": str(self.programs),
            "node": self.node,
            "port": self.port,
            "dist_port": self.dist_port,
            "mapper_port": self.mapper_port,
            "password": self.password,
            "child": self.child.record() if self.child else None,
            "mapper": self.mapper.record() if self.mapper else None,
        }

    def url(self, vhost: str = "/", account: str = "chappe", password: str | None = None) -> str:
        """Return the AMQP URL of a virtual host for an account."""
        word = self.password if password is None else password
        return f"amqp://{account}:{word}@127.0.0.1:{self.port}/{quote(vhost, safe='')}"

    def start(self) -> None:
        """Start the node on its port and data; returns when it greets."""
        launch = Launch(self.folder, self._environment(), self._log)
        if self.mapper is None or not self.mapper.alive():
            arguments = ("-address", "127.0.0.1", "-port", str(self.mapper_port))
            self.mapper = launch.start("epmd", *arguments)
            wait_for_service("epmd", self.mapper, lambda: _listens(self.mapper_port), self._log)
        self.child = launch.start(self.programs / "rabbitmq-server")
        wait_for_service("RabbitMQ", self.child, self._greets, self._log)

    def stop(self) -> None:
        """Stop the node in good order and its port mapper; the data stay."""
        if self.child is not None:
            self.child.stop()
            self.child = None
        if self.mapper is not None:
            self.mapper.stop()
            self.mapper = None

    def kill(self) -> None:
        """Kill the node with SIGKILL; the data stay."""
        if self.child is not None:
            self.child.kill()
            self.child = None

    def restart(self) -> None:
        """Stop and start on the same port and data."""
        self.stop()
        self.start()

    def control(self, *arguments: str) -> str:
        """Run ``rabbitmqctl`` on this node (about a second); return what it prints."""
        launch = Launch(self.folder, self._environment(), self._log)
        return launch.call(self.programs / "rabbitmqctl", "--quiet", *arguments)

    def create_vhost(self, name: str) -> str:
        """Create an empty virtual host, in place of one of that name; return its URL."""
        vhost = f'<<"{name}">>'
        self._evaluate(
            f"catch rabbit_vhost:delete({vhost}, {_ACTOR}), "
            f"ok = rabbit_vhost:add({vhost}, {_ACTOR}), "
            f'rabbit_auth_backend_internal:set_permissions(<<"chappe">>, {vhost}, '
            f'<<".*">>, <<".*">>, <<".*">>, {_ACTOR}).'
        )
        return self.url(name)

    def delete_vhost(self, name: str) -> None:
        """Delete a virtual host with all that is in it; its connections are cut."""
        self._evaluate(f'rabbit_vhost:delete(<<"{name}">>, {_ACTOR}).')

    def create_account(self, name: str, password: str, vhost: str, rights: tuple[str, ...]) -> str:
        """Create an account with the patterns for configure, write and read; return its URL."""
        self.control("add_user", name, password)
        self.control("set_permissions", "--vhost", vhost, name, *rights)
        return self.url(vhost, name, password)

    @property
    def _log(self) -> Path:
        return self.folder / "rabbitmq.log"

    def _evaluate(self, expression: str) -> None:
        answer = self.control("eval", expression)
        if "error" in answer:
            raise NotReady(f"RabbitMQ answered {answer.strip()} to {expression}")

    def _write_configuration(self) -> None:
        cookie = self.folder / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(16))
        cookie.chmod(0o400)
        (self.folder / "enabled_plugins").write_text("[].\n")
        lines = [
            "default_user = chappe",
            f"default_pass = {self.password}",
            "disk_free_limit.absolute = 50MB",
            "log.file.level = warning",
        ]
        configuration = self.folder / "rabbitmq.conf"
        configuration.write_text("\n".join(lines) + "\n")
        configuration.chmod(0o600)

    def _environment(self) -> dict[str, str]:
        here = self.folder
        return {
            "PATH": f"{os.defpath}:/usr/sbin:/sbin:/usr/local/bin",
            "LANG": "C.UTF-8",
            "HOME": str(here),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self.mapper_port),
            "ERL_CRASH_DUMP_SECONDS": "0",
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.dist_port),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(here / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(here / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(here / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(here / "generated"),
            "RABBITMQ_SCHEMA_DIR": str(here / "schema"),
            "RABBITMQ_MNESIA_BASE": str(here / "data"),
            "RABBITMQ_LOG_BASE": str(here / "log"),
            "RABBITMQ_PID_FILE": str(here / "rabbitmq.pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{_LOOPBACK} {_NO_SPINNING}",
            "RABBITMQ_CTL_ERL_ARGS": f"{_LOOPBACK} {_NO_SPINNING}",
        }

    def _greets(self) -> bool:
        """Speak AMQP: a node that is up answers our greeting with a frame, not by closing."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as peer:
                peer.sendall(_GREETING)
                return peer.recv(1) == struct.pack("B", 1)  # a method frame: connection.start
        except OSError:
            return False


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
