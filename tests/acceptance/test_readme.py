"""Every command of the README is run, in its order, as a reader would run it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ops.cli import docs
from ops.services.children import free_ports
from tests.acceptance.cli.desk import PROJECT, write_clients, write_job

README = (PROJECT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def _blocks(language: str) -> list[str]:
    return [body for name, body in BLOCK.findall(README) if name == language]


def _environment(bin_folder: Path, **more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CHAPPE_")}
    return clean | {"PATH": f"{bin_folder}:{clean['PATH']}", "NO_COLOR": "1"} | more


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    """A folder with the command in it, wherever the environment of the tests lies."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "chappe"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH="{PROJECT}" exec "{sys.executable}" -m ops.cli "$@"\n'
    )
    program.chmod(0o755)
    return folder


def _chappe(bin_folder: Path, env: Mapping[str, str], *arguments: object) -> str:
    done = subprocess.run(
        [bin_folder / "chappe", *map(str, arguments)],
        env=env,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
    return done.stdout


def test_the_two_commands_exist_and_what_lacks_is_installed_by_the_first_line() -> None:
    first = README.split("\n\n")[1]
    assert "apt-get install -y git make python3 python3-venv" in first
    targets = re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    (console,) = _blocks("console")
    named = re.findall(r"^\$ make ([a-z-]+)", console, re.MULTILINE)
    assert named == ["demo", "test"]
    assert set(named) | set(re.findall(r"`make ([a-z-]+)`", README)) <= set(targets)


def test_the_first_campaign_runs_as_it_is_written(tmp_path: Path, bin_folder: Path) -> None:
    script = "set -e\n" + "\n".join(_blocks("sh"))
    folder = tmp_path / "tour"
    folder.mkdir()
    gateway = f"127.0.0.1:{free_ports(1)[0]}"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=_environment(
            bin_folder, CHAPPE_GATEWAY_LISTEN=gateway, CHAPPE_PUBLIC_URL=f"http://{gateway}"
        ),
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "winter-1 of boutique: confirmed, finished" in done.stdout
    assert "line 4" in done.stderr
    assert "suppressed" in done.stdout
    assert "Unsubscribed." in done.stdout
    assert "unsubscribed" in done.stdout
    assert '"right": "erasure"' in done.stdout
    assert not list((folder / ".first" / "outbox" / "email").glob("*.eml"))


@contextmanager
def _running(bin_folder: Path, env: Mapping[str, str], *verbs: str) -> Iterator[None]:
    logs = {verb: bin_folder / f"{verb}.log" for verb in verbs}
    children = []
    for verb, log in logs.items():
        with log.open("w") as written:
            children.append(
                subprocess.Popen([bin_folder / "chappe", verb], env=env, stderr=written)
            )
    try:
        yield
        for child in children:
            child.send_signal(signal.SIGTERM)
            assert child.wait(30) == 0
    except BaseException as error:
        for verb, log in logs.items():
            error.add_note(f"--- {verb}\n{log.read_text()}")
        raise
    finally:
        for child in children:
            if child.poll() is None:
                child.kill()
                child.wait()


def test_the_ten_lines_publish_a_campaign_to_a_real_broker(
    tmp_path: Path, bin_folder: Path, broker_url: str, database_url: str, keyring_url: str
) -> None:
    (publisher,) = _blocks("python")
    (tmp_path / "publish.py").write_text(publisher)
    assert len([line for line in publisher.splitlines() if line]) <= 12
    env = _environment(
        bin_folder,
        CHAPPE_HOME=str(tmp_path / "home"),
        CHAPPE_BROKER_URL=broker_url,
        CHAPPE_DATABASE_URL=database_url,
        CHAPPE_KEYRING_URL=keyring_url,
    )
    clients = write_clients(tmp_path / "clients.csv", 20)
    _chappe(bin_folder, env, "init", "--controller", "boutique", "--outbox")
    _chappe(bin_folder, env, "list", "import", "clients", clients, "--attested-by", "operator")
    by_pika = write_job(tmp_path / "by-pika.json", id="by-pika")
    by_command = write_job(tmp_path / "by-command.json", id="by-command")
    account = urlsplit(broker_url).username or "guest"
    with _running(bin_folder, env, "worker", "scheduler"):
        told = _chappe(bin_folder, env, "campaign", "submit", by_command, "--wait", "--timeout", 60)
        assert "by-command of boutique: confirmed, finished" in told
        subprocess.run(
            [sys.executable, tmp_path / "publish.py", broker_url, account, by_pika],
            timeout=30,
            check=True,
        )
        _chappe(bin_folder, env, "campaign", "submit", by_pika, "--wait", "--timeout", 60)
    for name in ("by-pika", "by-command"):
        audit = _chappe(bin_folder, env, "campaign", "audit", name)
        assert re.search(r"^sent +20$", audit, re.MULTILINE)
        told = _chappe(bin_folder, env, "campaign", "explain", name, "client7@example.org")
        assert f"{name}: sent" in told
    assert len(list((tmp_path / "home" / "outbox" / "email").glob("*.eml"))) == 40


def test_each_link_of_the_documents_leads_somewhere() -> None:
    pages = [PROJECT / "README.md", *(PROJECT / "ops" / "docs").glob("*.md")]
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_the_tables_of_commands_and_settings_are_current() -> None:
    assert docs.main(["--check"]) == 0
