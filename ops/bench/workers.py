"""Worker and scheduler processes of a benchmark, started and stopped like those of production."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from ops.bench.measure import peak_mb

_STOP_SECONDS = 40
_START_SECONDS = 3.0


@contextmanager
def running(env: Mapping[str, str], *commands: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run ``chappe`` commands such as ``worker`` until the block ends."""
    with ExitStack() as stack:
        started = []
        for command in commands:
            process = subprocess.Popen(
                [sys.executable, "-m", *command.split()],
                env={**os.environ, **env},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(_stop, process)
            started.append(process)
        _require_life(started)
        yield started


def _require_life(processes: list[subprocess.Popen[bytes]]) -> None:
    """Raise unless all of them are still there after the time that a wrong setting takes."""
    time.sleep(_START_SECONDS)
    for process in processes:
        if process.poll() is not None:
            raise RuntimeError(f"ended at once with code {process.returncode}: {process.args!r}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def highest_mb(processes: list[subprocess.Popen[bytes]]) -> float:
    """Return the highest memory that any of these live processes has held, in MiB."""
    return max(peak_mb(process.pid) for process in processes)
