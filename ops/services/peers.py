"""``smtp-sink`` and ``smtp-source``, Postfix's own test peers: found, or unpacked privately."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.services import debian
from ops.services.faults import Unavailable
from ops.services.postgres import unprivileged_account
from ops.services.running import PROJECT

_UNPACKED = PROJECT / ".services" / "postfix"


@dataclass(frozen=True, slots=True)
class SmtpPeers:
    """The two programs, and the environment that they need to find their libraries."""

    sink: Path
    source: Path
    env: Mapping[str, str]

    def sink_command(self, *arguments: str) -> list[str]:
        """Return the command of a sink, which refuses to stay root."""
        account = unprivileged_account()
        return [str(self.sink), *(("-u", account) if account else ()), *arguments]

    def source_command(self, *arguments: str) -> list[str]:
        """Return the command of a source."""
        return [str(self.source), *arguments]


def smtp_peers() -> SmtpPeers:
    """Return the programs, fetched with Debian's ``postfix`` if need be (not installed)."""
    installed = shutil.which("smtp-sink", path=f"{os.defpath}:/usr/sbin:/sbin")
    if installed:
        return _checked(Path(installed).parent, {})
    if not (_UNPACKED / "usr/sbin/smtp-sink").exists():
        debian.unpack("postfix", _UNPACKED)
    libraries = _UNPACKED / "usr/lib/postfix"
    return _checked(_UNPACKED / "usr/sbin", {"LD_LIBRARY_PATH": str(libraries)})


def _checked(programs: Path, extra: Mapping[str, str]) -> SmtpPeers:
    """Make sure that the programs load: an unpacked one may lack a library of another package."""
    env = {"PATH": os.defpath, "LANG": "C.UTF-8", **extra}
    sink = programs / "smtp-sink"
    listing = subprocess.run(
        ["ldd", str(sink)], env=env, capture_output=True, text=True, check=False
    )
    missing = [line.split()[0] for line in listing.stdout.splitlines() if "not found" in line]
    if missing:
        raise Unavailable(
            f"{sink} needs {', '.join(missing)}. Install all with: {debian.install_line('postfix')}"
        )
    return SmtpPeers(sink, programs / "smtp-source", env)
