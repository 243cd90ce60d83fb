"""Processes stop however often and fast they are asked to."""

import subprocess
import sys

BURST = """
import os, signal, threading
from ops.processes import until_signalled

def ask() -> None:
    for _ in range(3_000):
        os.kill(os.getpid(), signal.SIGTERM)

for _ in range(5):
    with until_signalled() as asked:
        asking = threading.Thread(target=ask)
        asking.start()
        while asking.is_alive():
            asked.wait(0.001)
        assert asked.wait(10)
print("stopped")
"""


def test_a_burst_of_signals_stops_a_process_and_never_hangs_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BURST], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "stopped\n"), done.stderr
