"""Processes of our own: started in a session of their own, stopped by id, never by name.

Every process started here inherits ``CHAPPE_SERVICES_FOLDER`` and works inside that folder. What
a service leaves behind when it dies (backends, Erlang's resolvers) is found by either mark, so
nothing outlives us. Linux only: processes are read from ``/proc``.
"""

import os
import pwd
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from ops.services.faults import NotReady

MARK = "CHAPPE_SERVICES_FOLDER"
# Below 32768, where Linux begins to give ports to outgoing connections.
_LOWEST_PORT, _HIGHEST_PORT = 12_000, 32_000
_PORT_TRIES = 1_000
_POLL_SECONDS = 0.05
_LOG_TAIL_CHARS = 2000

# Our own children until they are reaped. A `Child` may be forgotten while its process goes on:
# the state file keeps what is needed to stop it.
_STARTED_HERE: "dict[int, subprocess.Popen[bytes]]" = {}


class ChildRecord(TypedDict):
    """A process as the state file keeps it."""

    pid: int
    started: str
    stop_signal: int


@dataclass(slots=True)
class Child:
    """One process that we own, known by its id *and* its start time: ids are used again."""

    pid: int
    started: str
    stop_signal: int

    def alive(self) -> bool:
        """Tell whether this very process still runs."""
        handle = _STARTED_HERE.get(self.pid)
        if handle is not None and handle.poll() is not None:
            del _STARTED_HERE[self.pid]
        return _start_time(self.pid) == self.started

    def stop(self, sign: int | None = None, grace: float = 30.0) -> None:
        """Ask it to end, with its own stop signal unless told; after ``grace`` seconds end it."""
        self._signal(self.stop_signal if sign is None else sign)
        if not wait_until(lambda: not self.alive(), grace):
            self.kill()

    def kill(self) -> None:
        """End it and all that descends from it at once, as a power cut would."""
        if not self.alive():
            return
        family = {pid: _start_time(pid) for pid in _descendants(self.pid)}
        for pid in (self.pid, *family):
            _send(pid, signal.SIGKILL)
        family[self.pid] = self.started
        wait_until(lambda: not (self.alive() or _any_left(family)), 10.0)

    def record(self) -> ChildRecord:
        """Return what another process needs to stop this one."""
        return {"pid": self.pid, "started": self.started, "stop_signal": self.stop_signal}

    def _signal(self, sign: int) -> None:
        if self.alive():
            os.kill(self.pid, sign)


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start a process: environment (nothing is inherited), folder, log, account."""

    folder: Path
    env: Mapping[str, str]
    log: Path
    account: str | None = None
    stop_signal: int = signal.SIGTERM

    def start(self, *command: str | Path) -> Child:
        """Start the command in the background; its output goes to the log."""
        with self.log.open("ab") as log:
            handle = subprocess.Popen(
                [str(part) for part in command],
                cwd=self.folder,
                env={**self.env, MARK: str(self.folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.account,
                group=_group_of(self.account),
                extra_groups=[] if self.account else None,
            )
        _STARTED_HERE[handle.pid] = handle
        return Child(handle.pid, _start_time(handle.pid) or "", self.stop_signal)

    def call(self, *command: str | Path, seconds: float = 120.0) -> str:
        """Run the command to its end and return its output; raise `NotReady` if it fails."""
        done = subprocess.run(
            [str(part) for part in command],
            cwd=self.folder,
            env={**self.env, MARK: str(self.folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
            user=self.account,
            group=_group_of(self.account),
            extra_groups=[] if self.account else None,
        )
        output = done.stdout.decode(errors="replace")
        if done.returncode != 0:
            raise NotReady(f"{command[0]} ended with {done.returncode}:\n{output.strip()}")
        return output


def free_ports(count: int) -> list[int]:
    """Return distinct loopback ports that nothing listens on, and that nobody is given by chance.

    They lie below the range from which the system takes ports of outgoing connections: a service
    that is stopped and started again finds its port free, whatever connected meanwhile.
    """
    found: list[int] = []
    for _ in range(_PORT_TRIES):
        port = _LOWEST_PORT + secrets.randbelow(_HIGHEST_PORT - _LOWEST_PORT)
        if port not in found and _is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise NotReady(f"no {count} free ports between {_LOWEST_PORT} and {_HIGHEST_PORT}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def wait_until(ready: Callable[[], bool], seconds: float) -> bool:
    """Wait until ``ready()``, at most ``seconds``; tell whether it came true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ready():
            return True
        time.sleep(_POLL_SECONDS)
    return ready()


def wait_for_service(name: str, child: Child, ready: Callable[[], bool], log: Path) -> None:
    """Wait until a service answers; raise `NotReady` with its last words if it does not."""
    wait_until(lambda: ready() or not child.alive(), 90.0)
    if not (child.alive() and ready()):
        tail = log.read_text(errors="replace")[-_LOG_TAIL_CHARS:] if log.exists() else ""
        child.kill()
        raise NotReady(f"{name} was started but did not answer. The end of {log}:\n{tail}")


def sweep(folder: Path) -> list[int]:
    """End whatever still belongs to ``folder``; return the ids of what was found.

    First by SIGQUIT, by which PostgreSQL gives its shared memory back, then by SIGKILL.
    """
    found = {pid: _start_time(pid) for pid in _process_ids() if _belongs_to(pid, folder)}
    for sign, seconds in ((signal.SIGQUIT, 3.0), (signal.SIGKILL, 10.0)):
        for pid in found:
            _send(pid, sign)
        if wait_until(lambda: not _any_left(found), seconds):
            break
    return list(found)


def _belongs_to(pid: int, folder: Path) -> bool:
    """Tell whether a process carries the mark or works in the folder, or in one below it."""
    try:
        entries = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        places = [str(Path(f"/proc/{pid}/cwd").readlink())]
    except OSError:  # gone meanwhile, or another account's
        return False
    prefix = f"{MARK}=".encode()
    places += [os.fsdecode(entry[len(prefix) :]) for entry in entries if entry.startswith(prefix)]
    return pid != os.getpid() and any(Path(place).is_relative_to(folder) for place in places)


def _process_ids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _descendants(pid: int) -> list[int]:
    parents = {each: fields[1] for each in _process_ids() if (fields := _stat(each))}
    found = [pid]
    for ancestor in found:  # grows while it is walked
        found += [each for each, parent in parents.items() if parent == str(ancestor)]
    return found[1:]


def _send(pid: int, sign: int) -> None:
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return


def _any_left(processes: Mapping[int, str | None]) -> bool:
    return any(started and _start_time(pid) == started for pid, started in processes.items())


def _start_time(pid: int) -> str | None:
    """Return the start time of a process in ticks since boot; None: gone, or a zombie."""
    fields = _stat(pid)
    return None if not fields or fields[0] in "ZX" else fields[19]


def _stat(pid: int) -> list[str]:
    """Return the fields of a process from its state on (proc(5), field 3); empty: gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()  # the name in brackets may hold anything


def _group_of(account: str | None) -> int | None:
    return None if account is None else pwd.getpwnam(account).pw_gid
