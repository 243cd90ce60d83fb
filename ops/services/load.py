"""``wrk``, a load generator written in C: found, or installed from Debian."""

import shutil
from pathlib import Path

from ops.services import debian
from ops.services.faults import Unavailable

_PACKAGE = "wrk"


def load_generator() -> Path:
    """Return the program, installed if need be; raise `Unavailable` with the line that does it."""
    if shutil.which(_PACKAGE) is None:
        debian.install(_PACKAGE)
    found = shutil.which(_PACKAGE)
    if found is None:
        msg = f"{_PACKAGE} cannot be found. Install it with: {debian.install_line(_PACKAGE)}"
        raise Unavailable(msg)
    return Path(found)
