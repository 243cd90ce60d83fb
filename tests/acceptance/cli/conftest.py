"""An installation of a test's own, and its command line, in this process or as a real one."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from engine.settings import load_settings
from ops import processes
from ops.cli.app import main

PROJECT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Answer:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Chappe = Callable[..., Answer]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder that the settings name; nothing is in it."""
    for name in list(os.environ):
        if name.startswith("CHAPPE_"):
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    monkeypatch.setenv("CHAPPE_HOME", str(folder))
    monkeypatch.setenv("NO_COLOR", "1")
    return folder


@pytest.fixture
def chappe(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Chappe]:
    """The command in this process: same parser, same errors, same exit codes, no start-up."""
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level

    def run(*arguments: object) -> Answer:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["chappe", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    yield run
    structlog.reset_defaults()
    logging.getLogger().handlers, logging.getLogger().level = handlers, level


@pytest.fixture
def installed(chappe: Chappe, home: Path) -> Path:
    """A home folder with one client, boutique, and an outbox."""
    answer = chappe("init", "--controller", "boutique", "--outbox")
    assert answer.code == 0, answer.err
    return home


@pytest.fixture
def up(installed: Path) -> Callable[[], AbstractContextManager[None]]:
    """What ``chappe up`` runs, beside the test, for as long as a block lasts."""

    @contextmanager
    def running() -> Iterator[None]:
        asked = threading.Event()
        thread = threading.Thread(target=processes.run_both, args=(load_settings(), asked))
        thread.start()
        try:
            yield
        finally:
            asked.set()
            thread.join()

    return running


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command as a process of its own; whatever is left of it is killed."""
    with subprocess.Popen(
        [sys.executable, "-m", "ops.cli", *arguments],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as child:
        try:
            yield child
        finally:
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)


def write_clients(path: Path, number: int) -> Path:
    """Write so many people, each with a ref."""
    rows = [f"c{at},Ana,client{at}@example.org" for at in range(1, number + 1)]
    path.write_text("\n".join(("ref,prenom,email", *rows)) + "\n")
    return path


def write_job(path: Path, **changes: object) -> Path:
    """Write an admissible campaign to the list ``clients``; ``changes`` replace top fields."""
    job: dict[str, object] = {
        "schema": "chappe.campaign/1",
        "id": "winter-1",
        "controller": "boutique",
        "kind": "marketing",
        "purpose": "offers",
        "relation": "b2c_customer",
        "basis": {
            "type": "consent",
            "proof": {
                "given_at": "2026-03-02",
                "method": "unticked_box",
                "text_version": "2026-03",
                "source": "site",
                "channels": ["email"],
            },
        },
        "recipients": {"list": "clients"},
        "route": ["email"],
        "content": {
            "email": {
                "from": "Boutique <info@boutique.example.org>",
                "subject": "{{ prenom }}, minus 20 %",
                "html": "<p>Hello {{ prenom }}</p><a href='{{ unsubscribe_url }}'>Stop</a>",
            }
        },
    }
    path.write_text(json.dumps(job | changes))
    return path
