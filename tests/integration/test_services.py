"""The throwaway services: they start, survive what tests do to them, and leave nothing behind."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pika
import psycopg
import pytest

from ops.services import debian, docker, resolve
from ops.services.__main__ import main
from ops.services.children import free_ports, wait_until
from ops.services.faults import StateFault, Unavailable
from ops.services.peers import SmtpPeers
from ops.services.postgres import Postgres
from ops.services.rabbitmq import RabbitMq
from ops.services.running import PROJECT, STATE_VARIABLE, Services, clear


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def _ask(url: str, question: str) -> object:
    with psycopg.connect(_plain(url)) as link:
        row = link.execute(question.encode()).fetchone()
    return row[0] if row else None


def _services(*arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "ops.services", *arguments],
        cwd=PROJECT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def _left_in(folder: str) -> list[str]:
    """Return the command lines of live processes that name the folder."""
    done = subprocess.run(["ps", "-eo", "stat,args"], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if folder in line and line[0] != "Z"]


def test_each_test_gets_an_empty_utf8_database(database_url: str, keyring_url: str) -> None:
    assert database_url != keyring_url
    for url in (database_url, keyring_url):
        assert _ask(url, "SHOW server_encoding") == "UTF8"
        assert _ask(url, "SELECT count(*) FROM pg_stat_user_tables") == 0


@pytest.mark.parametrize("end", ["fast", "immediate", "kill"])
def test_committed_rows_survive_however_postgresql_ends(own_postgres: Postgres, end: str) -> None:
    url = own_postgres.url()
    with psycopg.connect(_plain(url)) as link:
        link.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert _ask(url, "SHOW fsync") == "on"

    if end == "kill":
        own_postgres.kill()
    else:
        own_postgres.stop("immediate" if end == "immediate" else "fast")
    with pytest.raises(psycopg.OperationalError):
        _ask(url, "SELECT 1")
    own_postgres.start()

    assert _ask(url, "SELECT answer FROM kept") == 42


def _publish(url: str, body: bytes) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as link:
        channel = link.channel()
        channel.confirm_delivery()
        channel.queue_declare("kept", durable=True, arguments={"x-queue-type": "quorum"})
        channel.basic_publish("", "kept", body, mandatory=True)


def _fetch(url: str) -> bytes | None:
    with pika.BlockingConnection(pika.URLParameters(url)) as link:
        _method, _properties, body = link.channel().basic_get("kept", auto_ack=True)
    return bytes(body) if body is not None else None


def test_confirmed_messages_survive_a_restart_and_a_kill_of_rabbitmq(own_broker: RabbitMq) -> None:
    url = own_broker.create_vhost("orders")
    _publish(url, b"first")
    own_broker.restart()
    assert _fetch(url) == b"first"

    _publish(url, b"second")
    own_broker.kill()
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        _fetch(url)
    own_broker.start()
    assert _fetch(url) == b"second"


def test_an_account_may_do_only_what_it_was_given(own_broker: RabbitMq) -> None:
    own_broker.create_vhost("orders")
    url = own_broker.create_account("upstream", "word", "orders", ("^$", "^chappe$", "^$"))
    with pika.BlockingConnection(pika.URLParameters(url)) as link:
        channel = link.channel()
        with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="ACCESS_REFUSED"):
            channel.queue_declare("forbidden")


def test_two_sets_of_services_do_not_disturb_each_other(
    services: Services, own_broker: RabbitMq, broker_url: str
) -> None:
    own_broker.create_vhost("same-name")
    own_broker.stop()
    _publish(broker_url, b"still here")
    assert _fetch(broker_url) == b"still here"


def test_run_hands_over_urls_and_exit_code_and_leaves_nothing() -> None:
    show = "import json, os, sys; print(json.dumps(dict(os.environ))); sys.exit(7)"
    done = _services(
        "run", "--", sys.executable, "-c", show, CHAPPE_DATABASE_URL="", CHAPPE_BROKER_URL=""
    )
    assert done.returncode == 7, done.stderr
    env = json.loads(done.stdout)
    assert env["CHAPPE_DATABASE_URL"].startswith("postgresql+psycopg://chappe:")
    assert env["CHAPPE_KEYRING_URL"].endswith("/chappe_keyring")
    assert env["CHAPPE_BROKER_URL"].startswith("amqp://chappe:")
    folder = Path(env[STATE_VARIABLE]).parent
    assert not folder.exists()
    assert _left_in(str(folder)) == []


def test_services_end_even_when_the_one_who_runs_them_is_killed(tmp_path: Path) -> None:
    told = tmp_path / "state"
    say = f"printf %s ${STATE_VARIABLE} > {told}.new; mv {told}.new {told}; sleep 2"
    command = [sys.executable, "-m", "ops.services", "run", "--", "sh", "-c", say]
    env = {**os.environ, "CHAPPE_DATABASE_URL": "", "CHAPPE_BROKER_URL": ""}
    with subprocess.Popen(command, cwd=PROJECT, env=env, stderr=subprocess.DEVNULL) as runner:
        assert wait_until(told.exists, 90)
        runner.send_signal(signal.SIGKILL)
    folder = Path(told.read_text()).parent
    assert wait_until(lambda: not folder.exists(), 30)
    assert _left_in(str(folder)) == []


def test_start_is_idempotent_and_stop_removes_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHAPPE_DATABASE_URL", "")
    monkeypatch.setenv("CHAPPE_BROKER_URL", "")
    state = tmp_path / "state.json"

    def call(verb: str) -> tuple[int, str]:
        return main([verb, "--state", str(state)]), capsys.readouterr().out

    first = call("start")
    try:
        assert first[0] == 0
        assert state.stat().st_mode & 0o077 == 0
        assert call("start") == first
        assert call("status") == first
        folder = json.loads(state.read_text())["folder"]
    finally:
        stopped = call("stop")
    assert stopped[0] == 0
    assert not state.exists()
    assert not Path(folder).exists()
    assert _left_in(folder) == []
    assert call("status")[0] == 1
    assert call("stop")[0] == 0


def test_a_given_url_is_used_and_its_password_not_shown(services: Services) -> None:
    urls = {name: services.urls[name] for name in ("CHAPPE_DATABASE_URL", "CHAPPE_BROKER_URL")}
    done = _services("run", "--", "true", **urls)
    assert done.returncode == 0
    assert done.stderr.count("given by its URL") == 2
    assert not any(url in done.stderr for url in urls.values())


def test_a_given_url_where_nothing_answers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("CHAPPE_BROKER_URL", f"amqp://someone:secret@127.0.0.1:{port}/")
    with pytest.raises(Unavailable, match="CHAPPE_BROKER_URL names") as caught:
        resolve.given_url("CHAPPE_BROKER_URL", ("amqp",))
    assert "secret" not in str(caught.value)


def test_an_embedded_setting_does_not_count_as_a_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAPPE_BROKER_URL", "memory://")
    assert resolve.given_url("CHAPPE_BROKER_URL", ("amqp",)) is None


def test_without_programs_docker_and_rights_the_line_to_type_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(resolve, "_RABBITMQ", resolve._Wanted("absent", (), "rabbitmq-server"))
    monkeypatch.setattr(docker, "engine_answers", lambda: False)
    monkeypatch.setattr(debian, "_privilege", lambda: None)
    with pytest.raises(Unavailable, match=r"sudo apt-get install .* rabbitmq-server"):
        resolve.start_rabbitmq(tmp_path)


def test_only_folders_of_services_are_ever_cleared(tmp_path: Path) -> None:
    with pytest.raises(StateFault, match="left alone"):
        clear(tmp_path)
    assert tmp_path.exists()


def test_an_unreadable_state_file_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state.json"
    state.write_text("{")
    assert main(["stop", "--state", str(state)]) == 1
    assert str(state) in capsys.readouterr().err


def test_smtp_peers_are_there_without_installing_a_mail_server(smtp: SmtpPeers) -> None:
    (port,) = free_ports(1)
    sink = subprocess.Popen(smtp.sink_command(f"127.0.0.1:{port}", "16"), env=dict(smtp.env))
    try:
        assert wait_until(lambda: _sends(smtp, port), 10)
    finally:
        sink.terminate()
        sink.wait()


def _sends(smtp: SmtpPeers, port: int) -> bool:
    message = ("-m", "5", "-f", "a@example.org", "-t", "b@example.org")
    command = smtp.source_command(*message, f"127.0.0.1:{port}")
    done = subprocess.run(command, env=dict(smtp.env), capture_output=True, check=False)
    return done.returncode == 0
