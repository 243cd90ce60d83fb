"""How services are found where they are not installed: stand-ins for Docker and apt."""

import os
import socket
from pathlib import Path

import pytest

from ops.services import debian, docker, resolve
from ops.services.faults import Unavailable
from ops.services.postgres import Postgres

STAND_IN = """#!/bin/sh
echo "$@" >> "$(dirname "$0")/calls"
case "$1 $2" in
  "container inspect") test -e "$(dirname "$0")/$3" ;;
  "run --detach") touch "$(dirname "$0")/$4" ;;
esac
"""
ABSENT = resolve._Wanted("absent-program", (), "absent-package")


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Docker client that notes what it is asked, on the path; returns the file of its calls."""
    program = tmp_path / "docker"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.defpath}")
    monkeypatch.setattr(resolve, "_POSTGRES", ABSENT)
    monkeypatch.setattr(resolve, "_RABBITMQ", ABSENT)
    return tmp_path / "calls"


def test_postgresql_runs_in_docker_when_no_program_is_installed(
    engine: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "chappe-services-x" / "postgres"
    folder.parent.mkdir()
    server, source = resolve.start_postgres(folder)
    server.kill()
    server.start()
    server.stop("immediate")
    docker.remove_containers(folder.parent)

    assert source is resolve.Source.DOCKER
    asked = engine.read_text()
    name = "chappe-services-x-postgres"
    publish = f"127.0.0.1:{server.port}:5432"
    assert f"run --detach --name {name} --publish {publish} --env POSTGRES_USER" in asked
    assert server.password not in asked
    assert "createdb" in asked
    assert asked.count("run --detach") == 1
    steps = ("kill --signal=KILL", "start ", "kill --signal=QUIT", "rm --force --volumes")
    places = [asked.index(step) for step in steps]
    assert places == sorted(places)


def test_rabbitmq_runs_in_docker_when_no_program_is_installed(
    engine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker.RabbitMqInDocker, "_greets", lambda _self: True)
    folder = tmp_path / "chappe-services-x" / "rabbitmq"
    folder.parent.mkdir()
    broker, source = resolve.start_rabbitmq(folder)
    broker.create_vhost("orders")
    broker.kill()
    broker.restart()

    assert source is resolve.Source.DOCKER
    asked = engine.read_text()
    assert f"--publish 127.0.0.1:{broker.port}:5672" in asked
    assert broker.password not in asked
    assert "exec chappe-services-x-rabbitmq rabbitmqctl --quiet eval" in asked
    taken_up = resolve.attach_rabbitmq(broker.record())
    assert isinstance(taken_up, docker.RabbitMqInDocker)


def test_an_engine_that_does_not_answer_is_no_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not docker.engine_answers()
    program = tmp_path / "docker"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    assert not docker.engine_answers()


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A package manager that notes what it is asked, and whether daemons may start meanwhile."""
    calls: list[str] = []
    policy = tmp_path / "policy-rc.d"

    def note(_prefix: list[str], _remedy: str, *arguments: str) -> None:
        calls.append(" ".join(arguments))
        calls.append(policy.read_text() if policy.exists() else "daemons may start")

    monkeypatch.setattr(debian, "_POLICY", policy)
    monkeypatch.setattr(debian, "_LOCK", tmp_path / "lock")
    monkeypatch.setattr(debian, "_privilege", list)
    monkeypatch.setattr(debian, "_apt", note)
    monkeypatch.setattr("shutil.which", lambda program: f"/usr/bin/{program}")
    return calls


def test_an_install_starts_no_daemon_and_takes_the_ban_back(apt: list[str], tmp_path: Path) -> None:
    debian.install("rabbitmq-server")
    assert apt[0] == "update"
    assert apt[2] == "install -y --no-install-recommends rabbitmq-server"
    assert apt[3] == "#!/bin/sh\nexit 101\n"
    assert not (tmp_path / "policy-rc.d").exists()


def test_an_existing_policy_of_the_machine_stays(apt: list[str], tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("the administrator's")
    debian.install("rabbitmq-server")
    assert apt[3] == "the administrator's"
    assert policy.read_text() == "the administrator's"


def test_a_package_without_the_program_is_named(
    apt: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(docker, "engine_answers", lambda: False)
    monkeypatch.setattr(resolve, "_installed", lambda _wanted: None)
    with pytest.raises(Unavailable, match="rabbitmq-server was installed, but"):
        resolve.start_rabbitmq(tmp_path)


def test_a_failing_install_tells_the_line_to_type() -> None:
    with pytest.raises(Unavailable, match="the remedy"):
        debian._run(["false"], "the remedy")


def test_the_newest_installed_version_is_taken(tmp_path: Path) -> None:
    for version in ("9.6", "15", "17"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "initdb").touch()
    wanted = resolve._Wanted("initdb", (f"{tmp_path}/*",), "postgresql")
    assert resolve._installed(wanted) == tmp_path / "17"


def test_a_given_server_is_asked_at_its_usual_port(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []

    def connect(place: tuple[str, int], timeout: float) -> socket.socket:
        asked.append(place)
        return socket.socket()

    monkeypatch.setattr("socket.create_connection", connect)
    for url in ("postgresql+psycopg://localhost/chappe", "amqp://localhost", "amqps://localhost"):
        monkeypatch.setenv("CHAPPE_TEST_URL", url)
        assert resolve.given_url("CHAPPE_TEST_URL", ("postgresql", "amqp")) == url
    assert asked == [("localhost", 5432), ("localhost", 5672), ("localhost", 5671)]


def test_a_server_that_never_started_can_be_stopped_and_written_down(tmp_path: Path) -> None:
    server = Postgres(tmp_path, tmp_path, 1, "word")
    server.stop()
    server.kill()
    taken_up = resolve.attach_postgres(server.record())
    assert (taken_up.port, taken_up.child) == (1, None)
