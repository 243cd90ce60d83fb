"""Who looks at an installation that is not there leaves nothing behind."""

import sqlite3
from pathlib import Path

import pytest

from tests.acceptance.cli.desk import Chappe

LOOKING = (("doctor",), ("doctor", "--json"), ("campaign", "list"), ("audit", "verify"), ("top",))


@pytest.mark.parametrize("words", LOOKING, ids=" ".join)
def test_looking_makes_no_home(chappe: Chappe, home: Path, words: tuple[str, ...]) -> None:
    assert chappe(*words).code == 1
    assert not home.exists()


@pytest.mark.parametrize("words", LOOKING, ids=" ".join)
def test_looking_makes_no_database(chappe: Chappe, installed: Path, words: tuple[str, ...]) -> None:
    for one in installed.glob("*.db*"):
        one.unlink()
    told = chappe(*words)
    assert told.code == 1
    assert "has no schema yet; run: chappe migrate" in told.out + told.err
    assert not list(installed.glob("*.db*"))


def test_a_database_that_is_lost_beside_its_keyring_is_not_made_anew(
    chappe: Chappe, installed: Path
) -> None:
    (installed / "keyring.db").unlink()
    assert "keyring database has no schema yet" in chappe("doctor").err
    assert not (installed / "keyring.db").exists()


def test_migrating_makes_home_and_databases_for_this_account_only(
    chappe: Chappe, home: Path
) -> None:
    assert chappe("migrate").code == 0
    assert home.stat().st_mode & 0o777 == 0o700
    for name in ("chappe.db", "keyring.db"):
        assert (home / name).stat().st_mode & 0o777 == 0o600
        with sqlite3.connect(home / name) as made:
            assert made.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
