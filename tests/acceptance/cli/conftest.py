"""An installation of a test's own, and its command line in this process."""

import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog

from engine.settings import load_settings
from ops import processes
from ops.cli.app import main
from tests.acceptance.cli.desk import Answer, Chappe, Up, write_clients, write_job


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder that the settings name; nothing is in it."""
    for name in list(os.environ):
        if name.startswith("CHAPPE_"):
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    monkeypatch.setenv("CHAPPE_HOME", str(folder))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("CHAPPE_GATEWAY_LISTEN", "none")  # tests run side by side
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
    answer = chappe("init", "--controller", "boutique", "--no-sectors", "--outbox")
    assert answer.code == 0, answer.err
    return home


@pytest.fixture
def up(installed: Path) -> Up:
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


@pytest.fixture
def job(chappe: Chappe, installed: Path, tmp_path: Path) -> Path:
    """An admissible campaign to a list of ten, one of whom objected."""
    clients = write_clients(tmp_path / "clients.csv", 10)
    chappe("list", "import", "clients", clients, "--attested-by", "operator")
    chappe("suppress", "add", "client3@example.org", "--reason", "complaint")
    return write_job(tmp_path / "job.json")
