"""Debian packages: installed for a service, unpacked privately for a program.

An install never starts the daemon that a package brings: a temporary ``policy-rc.d`` forbids it.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.services.faults import Unavailable

_POLICY = Path("/usr/sbin/policy-rc.d")
_LOCK = Path(tempfile.gettempdir()) / "chappe-apt.lock"
_WAIT_FOR_APT = "DPkg::Lock::Timeout=300"
_QUIET = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}


def install_line(*packages: str) -> str:
    """Return the line that a person types to install the packages."""
    return f"sudo apt-get install -y --no-install-recommends {' '.join(packages)}"


def install(*packages: str) -> None:
    """Install packages without starting what they bring; raise `Unavailable` if that fails."""
    remedy = f"Install what is missing with: {install_line(*packages)}"
    prefix = _privilege()
    if shutil.which("apt-get") is None or prefix is None:
        raise Unavailable(f"{', '.join(packages)}: not installed, and we may not. {remedy}")
    with _one_at_a_time(), _no_daemon_starts(prefix):
        _apt(prefix, remedy, "update")
        _apt(prefix, remedy, "install", "-y", "--no-install-recommends", *packages)


def unpack(package: str, folder: Path) -> None:
    """Fetch one package and unpack it under ``folder``: nothing is installed or configured."""
    remedy = f"Install it with: {install_line(package)}"
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise Unavailable(f"{package}: not installed, and there is no apt here. {remedy}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    was_there = folder.exists()
    with _one_at_a_time(), tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        if folder.exists() and not was_there:
            return  # another of us was faster, and may be using it already
        prefix = _privilege()
        if prefix is not None:  # without it, the lists that are there must do
            _apt(prefix, remedy, "update")
        _run(["apt-get", "-qq", "download", package], remedy, cwd=scratch)
        (archive,) = Path(scratch).glob("*.deb")
        _run(["dpkg-deb", "-x", str(archive), f"{scratch}/tree"], remedy)
        shutil.rmtree(folder, ignore_errors=True)
        Path(scratch, "tree").rename(folder)


def _privilege() -> list[str] | None:
    """Return what to put before a command that needs root; None: we cannot be root."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode:
        return None
    return [sudo, "-n"] if sudo else None


def _apt(prefix: list[str], remedy: str, *arguments: str) -> None:
    env = [f"{key}={value}" for key, value in _QUIET.items()]
    _run([*prefix, "env", *env, "apt-get", "-qq", "-o", _WAIT_FOR_APT, *arguments], remedy)


def _run(command: list[str], remedy: str, cwd: str | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip()[-1500:]
        raise Unavailable(f"{' '.join(command)} failed. {remedy}\n{last}")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Keep two of us from installing at once: the second finds the work done."""
    with _LOCK.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _no_daemon_starts(prefix: list[str]) -> Iterator[None]:
    """Forbid daemons to start while packages are installed; an existing policy stays in force."""
    if _POLICY.exists():
        yield
        return
    with tempfile.NamedTemporaryFile("w", suffix=".sh") as script:
        script.write("#!/bin/sh\nexit 101\n")
        script.flush()
        remedy = f"Could not write {_POLICY}"
        _run([*prefix, "install", "-m", "0755", script.name, str(_POLICY)], remedy)
    try:
        yield
    finally:
        _run([*prefix, "rm", "-f", str(_POLICY)], f"Remove {_POLICY} by hand")
