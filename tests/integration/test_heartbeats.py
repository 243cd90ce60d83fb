"""Signs of life of processes without a port, and who asks for them."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from engine.app import App
from engine.clock import SystemClock
from engine.settings import Settings, load_settings
from engine.store.database import Database
from ops import health
from ops.health import NotHealthy, check, check_all
from ops.heartbeat import SCHEDULER, WORKER, Heartbeat, NoHeartbeat, folder, watch

PATIENCE = 10.0
_PAUSE = 0.02
_MANY_PAUSES = 20 * _PAUSE


class HandClock(SystemClock):
    """A boot clock that is moved by hand."""

    seconds = 100.0

    def boot(self) -> float:
        return self.seconds


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(home=tmp_path, gateway_listen="none")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def app(settings: Settings, clock: HandClock) -> Iterator[App]:
    """As much of an installation as a heartbeat needs."""
    db = Database(settings.database, pool_size=1)
    yield cast("App", SimpleNamespace(settings=settings, clock=clock, db=db))
    db.close()


def test_a_process_that_just_worked_is_healthy_and_gets_ill_by_waiting(
    app: App, settings: Settings, clock: HandClock
) -> None:
    Heartbeat(app, SCHEDULER).beat()
    clock.seconds += 20
    assert "20 seconds ago" in check(settings, SCHEDULER, 30, clock)
    clock.seconds += 20
    with pytest.raises(NoHeartbeat, match="40 seconds"):
        check(settings, SCHEDULER, 30, clock)


def test_a_process_that_never_worked_is_not_healthy(app: App, settings: Settings) -> None:
    Heartbeat(app, WORKER)
    with pytest.raises(NoHeartbeat, match="no sign of life"):
        check(settings, WORKER, 30, app.clock)
    with pytest.raises(NoHeartbeat, match="no process"):
        check_all(settings, 30, app.clock)


def test_what_a_process_before_us_left_says_nothing_about_us(app: App, settings: Settings) -> None:
    Heartbeat(app, WORKER).beat()
    Heartbeat(app, WORKER)
    with pytest.raises(NoHeartbeat):
        check(settings, WORKER, 30, app.clock)


def test_a_sign_of_life_from_before_the_machine_was_started_is_none(
    app: App, settings: Settings, clock: HandClock
) -> None:
    Heartbeat(app, WORKER).beat()
    clock.seconds = 5
    with pytest.raises(NoHeartbeat, match="since this machine was started"):
        check(settings, WORKER, 30, clock)


def test_a_file_that_was_cut_is_no_sign_of_life(app: App, settings: Settings) -> None:
    Heartbeat(app, WORKER).beat()
    (folder(settings) / "worker.beat").write_text("")
    with pytest.raises(NoHeartbeat):
        check(settings, WORKER, 30, app.clock)


def test_one_ill_process_makes_the_whole_ill(
    app: App, settings: Settings, clock: HandClock
) -> None:
    Heartbeat(app, WORKER).beat()
    clock.seconds += 60
    Heartbeat(app, SCHEDULER).beat()
    with pytest.raises(NoHeartbeat, match="worker"):
        check_all(settings, 30, clock)


def _beats(settings: Settings, clock: HandClock, patience: float = PATIENCE) -> bool:
    """Tell whether a heartbeat comes in time; the clock moves on first."""
    clock.seconds += 100
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            check(settings, WORKER, 30, clock)
        except NoHeartbeat:
            time.sleep(0.05)
        else:
            return True
    return False


def test_a_worker_beats_until_one_of_its_threads_is_gone(
    app: App, settings: Settings, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.heartbeat._PAUSE_SECONDS", _PAUSE)
    asked, ended = threading.Event(), threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    stop = watch(app, WORKER, [thread], asked)
    try:
        assert _beats(settings, clock)
        ended.set()
        thread.join(PATIENCE)
        assert not _beats(settings, clock, _MANY_PAUSES)
    finally:
        asked.set()
        ended.set()
        stop()
    with pytest.raises(NoHeartbeat, match="no sign of life"):
        check(settings, WORKER, 30, clock)


def test_a_worker_does_not_beat_without_its_database(
    app: App, settings: Settings, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()
    monkeypatch.setattr("ops.heartbeat._PAUSE_SECONDS", _PAUSE)
    monkeypatch.setattr("ops.heartbeat._answers", lambda app: False)
    stop = watch(app, WORKER, [], asked)
    assert not _beats(settings, clock, _MANY_PAUSES)
    asked.set()
    stop()


class Answering(BaseHTTPRequestHandler):
    """Says what it was told to, and notes where it was asked."""

    status, word = 200, "ready"
    asked: str | None = None

    def do_GET(self) -> None:
        type(self).asked = self.path
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.word.encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_the_gateway_is_asked_where_it_serves(
    host: str, port: int, tmp_path: Path, clock: HandClock
) -> None:
    settings = load_settings(
        home=tmp_path, gateway_listen=f"{host}:{port}", public_url="https://links.example.org/u/"
    )
    assert check(settings, "gateway", 30, clock) == "gateway: ready"
    assert Answering.asked == "/u/ready"


def test_a_gateway_that_cannot_commit_is_not_healthy(
    port: int, tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Answering, "status", 503)
    monkeypatch.setattr(Answering, "word", "database_away")
    settings = load_settings(home=tmp_path, gateway_listen=f"127.0.0.1:{port}")
    with pytest.raises(NotHealthy, match="database_away"):
        check(settings, "gateway", 30, clock)


def test_a_process_that_does_not_answer_or_listen_is_not_healthy(
    settings: Settings, tmp_path: Path, clock: HandClock
) -> None:
    with pytest.raises(NotHealthy, match="no gateway listens"):
        check(settings, "gateway", 30, clock)
    with pytest.raises(NotHealthy, match="does not answer"):
        check(load_settings(home=tmp_path, metrics_listen="127.0.0.1:1"), "metrics", 30, clock)


def test_the_quick_way_in_ends_with_an_exit_code(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHAPPE_HOME", str(tmp_path))
    assert health.main(["worker", "soon"]) == 2
    assert health.main([]) == health.main(["worker"]) == 1
    monkeypatch.setattr(app.clock, "seconds", SystemClock().boot())
    Heartbeat(app, WORKER).beat()
    assert health.main([]) == health.main(["worker", "20"]) == 0
    assert "worker: worked" in capsys.readouterr().out
