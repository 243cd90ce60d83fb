"""What docker-compose.yml must be like, whoever edits it; a schema and linters see the rest."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ops.deploy.secrets_folder import SecretsFolder, write_environment
from tests.deployment.composed import COMPOSE, PROJECT, NotSet, read, seconds

VARIABLES = {"CHAPPE_UID": "10001", "CHAPPE_GID": "10001"}
FILE = read(VARIABLES)
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
# A process that ends by itself has an exit code instead of a health check.
ENDING = {"migrate", "chappe"}
OWN_ACCOUNT = {"prometheus"}  # its image runs as nobody, and no secret is mounted

each_service = pytest.mark.parametrize("name", sorted(SERVICES))


def _bin(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def test_the_file_is_what_the_compose_specification_allows() -> None:
    command = [_bin("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    command = [_bin("hadolint"), "Dockerfile"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_starts_before_the_secrets_were_made() -> None:
    with pytest.raises(NotSet, match=r"python -m ops\.deploy secrets"):
        read({})


def test_what_the_secrets_command_makes_is_all_that_the_file_mounts(tmp_path: Path) -> None:
    SecretsFolder(tmp_path / "secrets").fill()
    write_environment(tmp_path / ".env", (10_001, 10_001))
    named = [Path(secret["file"]) for secret in FILE["secrets"].values()]
    missing = [path for path in named if not (tmp_path / path).is_file()]
    assert missing == []
    lines = (tmp_path / ".env").read_text().splitlines()
    assert {line.partition("=")[0] for line in lines} == set(VARIABLES)


def test_every_secret_is_used_and_every_use_is_a_secret() -> None:
    used = {
        entry["source"] if isinstance(entry, dict) else entry
        for service in SERVICES.values()
        for entry in service.get("secrets", ())
    }
    assert used == set(FILE["secrets"])


@each_service
def test_a_service_is_hardened(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"]
    assert not {"privileged", "cap_add", "devices", "pid", "network_mode"} & set(service)
    assert name in OWN_ACCOUNT or service["user"] == "10001:10001"


@each_service
def test_a_service_is_limited_and_says_how_it_restarts(name: str) -> None:
    service = SERVICES[name]
    limits = service["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory"}
    assert service["pids_limit"] > 0
    assert service["logging"]["options"]["max-size"]
    assert service["restart"] == ("no" if name in ENDING else "unless-stopped")
    assert service["environment"]["TZ"] == "UTC"


@each_service
def test_a_service_has_a_health_check_of_its_own(name: str) -> None:
    health = SERVICES[name]["healthcheck"]
    if name in ENDING:
        assert health == {"disable": True}
    else:
        assert health["test"][0] == "CMD"
        assert seconds(health["timeout"]) <= seconds(health["interval"])


@each_service
def test_an_image_has_an_exact_version(name: str) -> None:
    tag = SERVICES[name]["image"].rpartition(":")[2]
    assert re.fullmatch(r"v?\d+\.\d+(\.\d+)?", tag), "a tag that moves is no version"


@each_service
def test_ports_are_on_loopback_only(name: str) -> None:
    assert [port for port in SERVICES[name].get("ports", ()) if "127.0.0.1:" not in port] == []


@each_service
def test_no_password_stands_in_the_environment(name: str) -> None:
    words = ("PASSWORD", "SECRET_KEY", "TOKEN", "_URL")
    plain = {
        key
        for key in SERVICES[name]["environment"]
        if any(word in key for word in words) and not key.endswith("_FILE")
    }
    assert plain <= {"CHAPPE_PUBLIC_URL"}


def test_only_who_opens_sealed_things_reaches_the_keyring() -> None:
    reaching = {name for name, service in SERVICES.items() if "keyring" in service["networks"]}
    assert reaching == {"keyring", "migrate", "worker", "scheduler", "gateway", "metrics", "chappe"}
    assert FILE["networks"]["keyring"] == {"internal": True}
    assert SERVICES["keyring"]["networks"] == ["keyring"]


def test_only_migrate_has_the_owner_of_the_schema() -> None:
    for name, service in SERVICES.items():
        sources = {each["source"] for each in service.get("secrets", ()) if isinstance(each, dict)}
        owner = {source for source in sources if source.endswith("owner_url")}
        assert bool(owner) == (name == "migrate")


def test_the_processes_wait_for_the_migration() -> None:
    for name in ("worker", "scheduler", "gateway", "metrics", "chappe"):
        waits = SERVICES[name]["depends_on"]
        assert waits["migrate"] == {"condition": "service_completed_successfully"}


def test_a_worker_may_finish_what_is_in_flight() -> None:
    # Threads get 30 seconds to come back, intake as many after them: ops/processes.py.
    assert seconds(SERVICES["worker"]["stop_grace_period"]) >= 60


def test_each_cluster_has_a_volume_of_its_own_where_postgresql_18_keeps_data() -> None:
    volumes = {SERVICES[name]["volumes"][0] for name in ("postgres", "keyring")}
    assert volumes == {"database:/var/lib/postgresql", "keyring:/var/lib/postgresql"}
    for name in ("postgres", "keyring"):
        said = " ".join(SERVICES[name]["command"])
        assert "synchronous_commit" not in said
        assert "fsync" not in said


def test_files_that_are_mounted_from_the_tree_are_there() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            if isinstance(volume, str) and volume.startswith("./"):
                assert (PROJECT / volume.partition(":")[0]).exists(), volume


def test_the_broker_loads_the_topology_of_the_engine() -> None:
    command = [sys.executable, "-m", "ops.deploy", "topology", "--check"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_secrets_stay_out_of_the_image_and_out_of_the_repository() -> None:
    ignored = (PROJECT / ".gitignore").read_text().splitlines()
    assert {"/secrets/", "/.env", "/drop/"} <= set(ignored)
    assert (PROJECT / ".dockerignore").read_text().splitlines()[1] == "*"
