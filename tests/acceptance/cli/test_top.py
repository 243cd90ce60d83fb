import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.cli.desk import PROJECT, Chappe, Up, write_clients, write_job

COLUMNS, LINES = 80, 40
PATIENCE = 30.0


@dataclass
class Watched:
    """``chappe top`` on a terminal of 80 columns, and what was drawn on it."""

    child: subprocess.Popen[bytes]
    terminal: int
    drawn: str = field(default="")

    def read_until(self, sign: str) -> str:
        """Return what was drawn up to some text; fail when it does not come."""
        end = time.monotonic() + PATIENCE
        while sign not in self.drawn:
            assert time.monotonic() < end, self.drawn
            if select.select([self.terminal], [], [], 0.5)[0]:
                try:
                    self.drawn += os.read(self.terminal, 65_536).decode()
                except OSError:  # the other end was closed
                    return self.drawn
        return self.drawn

    def press(self, key: bytes) -> None:
        os.write(self.terminal, key)

    def ended(self) -> int:
        """Return the exit code; what is still drawn is read so that nothing blocks."""
        while select.select([self.terminal], [], [], 0.5)[0]:
            try:
                if not os.read(self.terminal, 65_536):
                    break
            except OSError:
                break
        return self.child.wait(PATIENCE)


@contextmanager
def on_a_terminal(*arguments: str, **env: str) -> Iterator[Watched]:
    """Run the command on a pseudo-terminal of its own."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    child = subprocess.Popen(
        ["setsid", "--ctty", sys.executable, "-m", "ops.cli", "top", *arguments],
        cwd=PROJECT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", **env},
    )
    os.close(theirs)
    try:
        yield Watched(child, ours)
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
        child.wait()
        os.close(ours)


def test_one_frame_says_that_nothing_goes_on(chappe: Chappe, installed: Path) -> None:
    answer = chappe("top", "--once", "--interval", "0.2")
    assert answer.code == 0
    for line in ("none is running", "nobody waits", "0 open, 0 overdue", "not swept yet"):
        assert line in answer.out
    assert "\x1b" not in answer.out
    assert max(map(len, answer.out.splitlines())) <= COLUMNS


def test_where_the_output_is_no_terminal_one_frame_is_printed(
    chappe: Chappe, installed: Path
) -> None:
    assert chappe("top", "--interval", "0.2").out.count("audit gap 0") == 1


def test_a_campaign_is_seen_on_its_way(
    chappe: Chappe, installed: Path, up: Up, tmp_path: Path
) -> None:
    people = write_clients(tmp_path / "clients.csv", 5_000)
    chappe("list", "import", "clients", people, "--attested-by", "operator")
    job = write_job(tmp_path / "job.json")
    seen: Any = {"campaigns": ()}
    with up():
        chappe("campaign", "submit", job)
        end = time.monotonic() + PATIENCE
        while not _on_its_way(seen) and time.monotonic() < end:
            seen = chappe("top", "--json", "--interval", "0.2").json
        frame = chappe("top", "--once", "--interval", "0.2").out
        chappe("campaign", "cancel", "winter-1", "--yes")
    (running,) = seen["campaigns"]
    assert (running["campaign"], running["controller"]) == ("winter-1", "boutique")
    assert running["accepted"] == 5_000
    assert seen["channels"][0]["channel"] == "email"
    assert seen["channels"][0]["sent_per_second"] > 0
    assert running["seconds_left"] > 0
    assert seen["lanes"][0]["waiting"] == 5_000 - running["done"]
    assert seen["audit_gap"] == 0
    assert "winter-1 (boutique)" in frame
    assert " %" in frame


def _on_its_way(seen: Any) -> bool:
    return any(one["per_second"] and one["done"] < one["accepted"] for one in seen["campaigns"])


def test_a_connector_that_fails_is_named_with_its_cause(
    chappe: Chappe, installed: Path, job: Path, up: Up
) -> None:
    chappe("connector", "create", "dead", "--relay", "smtp://127.0.0.1:9")
    attested = ("--attested-by", "op", "--country", "FR", "--sub-processor", "Relais SAS")
    chappe("connector", "attest", "dead", *attested)
    chappe("controller", "configure", "--connector", "email=dead")
    with up():
        chappe("campaign", "submit", job)
        end = time.monotonic() + PATIENCE
        states = {"dead": "ready"}
        while states["dead"] == "ready" and time.monotonic() < end:
            seen = chappe("top", "--json", "--interval", "0.2").json
            states = {one["connector"]: one["state"] for one in seen["connectors"]}
        told = chappe("top", "--once", "--interval", "0.2").out
    assert states["dead"].startswith("failing: ")
    assert states["dead"] in told
    assert "next try" in told


def test_no_person_is_named(chappe: Chappe, job: Path, up: Up) -> None:
    with up():
        chappe("campaign", "submit", job, "--wait")
    for how in ("--once", "--json"):
        told = chappe("top", how, "--interval", "0.2").out
        assert "@" not in told
        assert "Ana" not in told


@pytest.mark.parametrize("key", [b"q", b"\x03"], ids=["q", "Ctrl-C"])
def test_it_is_left_by_a_key_and_the_terminal_is_as_before(installed: Path, key: bytes) -> None:
    with on_a_terminal("--interval", "0.2") as watched:
        drawn = watched.read_until("rights")
        assert "\x1b[?1049h" in drawn  # a screen of its own
        before = termios.tcgetattr(watched.terminal)
        watched.press(key)
        assert watched.ended() == 0
        after = termios.tcgetattr(watched.terminal)
    assert not before[3] & termios.ICANON
    assert after[3] & termios.ICANON
    assert after[3] & termios.ECHO


def test_it_is_refreshed_and_fits_80_columns_without_colours(installed: Path) -> None:
    with on_a_terminal("--interval", "0.2", NO_COLOR="1") as watched:
        first = watched.read_until("rights").count("audit gap")
        end = time.monotonic() + PATIENCE
        while watched.drawn.count("audit gap") < first + 3 and time.monotonic() < end:
            watched.drawn += os.read(watched.terminal, 65_536).decode()
        watched.press(b"q")
        assert watched.ended() == 0
    assert watched.drawn.count("audit gap") >= first + 3
    assert not re.search(r"\x1b\[(?:\d+;)*3[0-7]m", watched.drawn)  # bold is no colour


def test_a_signal_ends_it_with_the_terminal_as_before(installed: Path) -> None:
    with on_a_terminal("--interval", "0.2") as watched:
        watched.read_until("rights")
        watched.child.send_signal(signal.SIGINT)
        assert watched.ended() == 0


def test_an_absent_installation_is_one_line(chappe: Chappe, home: Path) -> None:
    answer = chappe("top", "--once")
    assert answer.code == 1
    assert "chappe init" in answer.err
    assert len(answer.err.splitlines()) == 1


def test_json_is_one_document(chappe: Chappe, installed: Path) -> None:
    told = json.loads(chappe("top", "--json", "--interval", "0.2").out)
    assert told["measured_over"] >= 0.2
    assert told["rights"] == {"open": 0, "overdue": 0, "next_deadline": None}
