"""Threads may read the same kind of message for the first time at the same moment."""

import subprocess
import sys

from ops.services.running import PROJECT

# With a hurried interpreter, types that are worked out on first use crash most runs.
_CROWD = """
import sys, threading
from channels.contract import Channel
from channels.content import read_content
from engine.controllers import ControllerSettings
from engine.planning.cursor import Cursor
from engine.wire.decode import decode_job
from ops.bench.campaign import job
import msgspec

sys.setswitchinterval(1e-6)
body, gate = job("c", "rows.csv", "0" * 64), threading.Barrier(8)

def read():
    gate.wait()
    decode_job(body)
    msgspec.json.decode(b'{"purposes": {"a": "marketing"}}', type=ControllerSettings)
    read_content(Channel.SMS, {"sender": "BOUTIQUE", "text": "STOP"})
    try:
        msgspec.json.decode(b"{}", type=Cursor)
    except msgspec.ValidationError:
        pass

crowd = [threading.Thread(target=read) for _ in range(8)]
for one in crowd: one.start()
for one in crowd: one.join()
"""


def test_a_crowd_of_threads_may_read_the_first_message() -> None:
    for _ in range(4):
        done = subprocess.run(
            [sys.executable, "-c", _CROWD], cwd=PROJECT, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
