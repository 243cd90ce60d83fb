import base64
import json
import os
from hashlib import sha256
from pathlib import Path

import pytest

from engine.settings import load_settings
from ops.deploy.__main__ import main
from ops.deploy.accounts import PROCESSES, only, password_hash
from ops.deploy.secrets_folder import (
    MASTER_KEY,
    SecretsFault,
    SecretsFolder,
    owner,
    write_environment,
)


@pytest.fixture
def folder(tmp_path: Path) -> SecretsFolder:
    return SecretsFolder(tmp_path / "secrets", ("shop", "crm"))


def contents(path: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in path.iterdir()}


def test_every_file_is_for_the_containers_account_only(folder: SecretsFolder) -> None:
    folder.fill()
    for path in (folder.path, *folder.path.iterdir()):
        found = path.stat()
        assert found.st_mode & 0o077 == 0, path
        assert (found.st_uid, found.st_gid) == owner(), path
    assert owner()[0] != 0, "no container runs as root"


def test_every_secret_is_another_one(folder: SecretsFolder) -> None:
    folder.fill()
    drawn = [(folder.path / name).read_text() for name in folder.made]
    assert len(set(drawn)) == len(drawn)
    assert min(len(word) for word in drawn) > 32


def test_running_it_again_keeps_every_password_and_the_master_key(folder: SecretsFolder) -> None:
    folder.fill()
    before = contents(folder.path)
    again = SecretsFolder(folder.path, folder.upstream)
    again.fill()
    after = contents(folder.path)
    assert again.made == []
    assert before.pop("broker_accounts.json") != after.pop("broker_accounts.json"), "a new salt"
    assert before == after


def test_a_password_is_changed_by_deleting_its_file(folder: SecretsFolder) -> None:
    folder.fill()
    url = folder.path / "postgres_app_url"
    before = url.read_text()
    (folder.path / "postgres_app_password").unlink()
    SecretsFolder(folder.path, folder.upstream).fill()
    assert url.read_text() != before
    assert (folder.path / "postgres_app_password").read_text().strip() in url.read_text()


def test_the_settings_can_read_what_is_made(
    folder: SecretsFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("CHAPPE_")]:
        monkeypatch.delenv(name)
    folder.fill()
    settings = load_settings(
        database_url_file=folder.path / "postgres_app_url",
        keyring_url_file=folder.path / "keyring_app_url",
        broker_url_file=folder.path / "broker_worker_url",
        master_key_file=folder.path / MASTER_KEY,
    )
    assert settings.database.startswith("postgresql+psycopg://chappe_app:")
    assert settings.keyring.endswith("@keyring:5432/chappe_keyring")
    assert not settings.embedded
    assert len(bytes.fromhex(settings.master_key_path.read_text().strip())) == 32


def test_the_broker_gets_hashes_and_no_passwords(folder: SecretsFolder) -> None:
    folder.fill()
    text = (folder.path / "broker_accounts.json").read_text()
    users = {user["name"]: user for user in json.loads(text)["users"]}
    assert sorted(users) == sorted((*PROCESSES, "shop", "crm"))
    for name, user in users.items():
        word = (folder.path / f"broker_{name}_password").read_text().strip()
        assert word not in text
        salted = base64.b64decode(user["password_hash"])
        assert salted[4:] == sha256(salted[:4] + word.encode()).digest()
        assert user["tags"] == []


def test_a_password_hash_is_the_one_of_rabbitmqs_own_documentation() -> None:
    documented = "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"
    assert password_hash("test12", bytes.fromhex("908DC60A")) == documented


def test_a_pattern_matches_its_names_and_nothing_longer() -> None:
    assert only() == "^$"
    assert only("chappe", "chappe.events") == r"^(chappe|chappe\.events)$"


def test_an_upstream_system_cannot_take_the_name_of_a_process(tmp_path: Path) -> None:
    with pytest.raises(SecretsFault, match="worker"):
        SecretsFolder(tmp_path / "secrets", ("worker",)).fill()


def test_a_folder_that_others_can_enter_is_refused(tmp_path: Path) -> None:
    open_folder = tmp_path / "secrets"
    open_folder.mkdir()
    open_folder.chmod(0o755)
    with pytest.raises(SecretsFault, match="chmod 700"):
        SecretsFolder(open_folder).fill()


def test_a_half_written_secret_is_not_taken_for_one(folder: SecretsFolder) -> None:
    folder.fill()
    (folder.path / MASTER_KEY).write_text("")
    with pytest.raises(SecretsFault, match="is empty"):
        SecretsFolder(folder.path, folder.upstream).fill()


def test_the_environment_file_keeps_what_else_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("CHAPPE_PUBLIC_URL=https://links.example.org\n")
    assert write_environment(path, (1234, 567))
    assert path.read_text().splitlines() == [
        "CHAPPE_PUBLIC_URL=https://links.example.org",
        "CHAPPE_UID=1234",
        "CHAPPE_GID=567",
    ]
    assert not write_environment(path, (1234, 567))


def test_the_account_of_an_earlier_run_stays_the_containers_account(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    assert owner(path) == owner()
    write_environment(path, owner())
    assert owner(path) == owner()


def test_an_environment_file_of_another_account_is_refused_where_we_cannot_give_files_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".env"
    write_environment(path, (1234, 567))
    monkeypatch.setattr("os.geteuid", lambda: 4321)
    with pytest.raises(SecretsFault, match="1234"):
        owner(path)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert owner(path) == (1234, 567)


@pytest.mark.parametrize("said", ["CHAPPE_UID=0", "CHAPPE_UID=root"])
def test_an_environment_file_cannot_make_the_containers_run_as_root(
    tmp_path: Path, said: str
) -> None:
    (tmp_path / ".env").write_text(f"{said}\nCHAPPE_GID=10001\n")
    with pytest.raises(SecretsFault, match="CHAPPE_UID"):
        owner(tmp_path / ".env")


def test_the_command_says_what_it_made_and_shows_no_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["secrets", "--folder", str(tmp_path / "secrets")]) == 0
    said = capsys.readouterr()
    assert "keep a copy" in said.err
    for word in contents(tmp_path / "secrets").values():
        assert word.strip() not in said.err + said.out
    assert (tmp_path / "drop").stat().st_mode & 0o777 == 0o700


def test_a_fault_ends_as_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "file"
    place.touch()
    assert main(["secrets", "--folder", str(place / "secrets")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == [place]
