import os
from pathlib import Path

import pytest

from engine.settings import SettingsFault, load_settings

URL = "postgresql+psycopg://app:word@db.test/chappe"


@pytest.fixture(autouse=True)
def _nothing_else_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CHAPPE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "database_url"
    path.touch(mode=0o600)
    path.write_text(f"{URL}\n")
    return path


def test_a_setting_is_read_from_the_file_that_the_environment_names(
    secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAPPE_DATABASE_URL_FILE", str(secret))
    settings = load_settings()
    assert settings.database == URL
    assert "word" not in repr(settings)


@pytest.mark.parametrize("name", ["database_url", "keyring_url", "broker_url", "smtp_url"])
def test_every_secret_url_may_come_from_a_file(secret: Path, name: str) -> None:
    secret.write_text("amqp://app:word@broker.test/")
    value = getattr(load_settings(**{f"{name}_file": secret}), name)
    assert value.get_secret_value() == "amqp://app:word@broker.test/"


def test_a_file_that_is_not_there_stops_everything_instead_of_falling_back_to_sqlite(
    tmp_path: Path,
) -> None:
    with pytest.raises(SettingsFault, match=r"CHAPPE_KEYRING_URL_FILE: .*No such file"):
        load_settings(keyring_url_file=tmp_path / "missing")


def test_an_empty_file_is_a_fault(secret: Path) -> None:
    secret.write_text("\n")
    with pytest.raises(SettingsFault, match="is empty"):
        load_settings(database_url_file=secret)


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o666])
def test_a_file_that_others_can_read_is_refused_with_the_remedy(secret: Path, mode: int) -> None:
    secret.chmod(mode)
    with pytest.raises(SettingsFault, match="chmod 600"):
        load_settings(database_url_file=secret)


def test_bytes_that_are_no_text_are_refused_and_not_shown(secret: Path) -> None:
    secret.write_bytes(b"\xff\xfeword")
    with pytest.raises(SettingsFault, match="is no text") as refused:
        load_settings(database_url_file=secret)
    assert "word" not in str(refused.value)


def test_a_secret_given_twice_is_refused_without_telling_it(secret: Path) -> None:
    with pytest.raises(SettingsFault, match="both set") as refused:
        load_settings(database_url_file=secret, database_url=URL)
    assert "word" not in str(refused.value)


def test_a_broker_url_from_a_file_is_checked_like_any_other(secret: Path) -> None:
    secret.write_text("http://app:word@broker.test/")
    with pytest.raises(SettingsFault, match=r"CHAPPE_BROKER_URL: .*amqp://") as refused:
        load_settings(broker_url_file=secret)
    assert "app:word" not in str(refused.value)
