"""The promises of the dispatch protocol, whatever fails and whenever."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from channels.contract import Channel
from engine.store.tables import metadata
from tests.dispatching.stage import StagedDatabase
from tests.dispatching.stores import Hands, TimedDatabase
from tests.dispatching.world import World, build_world, migrate
from tests.protocol.machine import Protocol
from tests.protocol.mutations import MUTATIONS, Mutation, without

RELAYS = {"mail-a": Channel.EMAIL, "mail-b": Channel.EMAIL, "sms-a": Channel.SMS}
QUICK = {"slice_deadline": 5.0, "answer_timeout": 5.0, "lease_margin": 5.0}
PLAY = settings(
    deadline=None,
    max_examples=40,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    stateful_step_count=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    print_blob=False,
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    shared = Path("/dev/shm")  # noqa: S108 (memory: nothing here has to survive)
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as made:
        yield Path(made)


@pytest.fixture(scope="module")
def sqlite_worlds(folder: Path) -> Callable[[], World]:
    """A function that gives a fresh world in SQLite, whose empty schema is made once."""
    empty = folder / "empty"
    empty.mkdir()
    migrate(f"sqlite:///{empty / 'chappe.db'}", f"sqlite:///{empty / 'keyring.db'}")

    def build() -> World:
        home = folder / "world"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(empty, home)
        hands = Hands()
        return build_world(
            StagedDatabase(f"sqlite:///{home / 'chappe.db'}", hands),
            TimedDatabase(f"sqlite:///{home / 'keyring.db'}", hands),
            home,
            RELAYS,
            **QUICK,
        )

    return build


def play(build: Callable[[], World], how: settings) -> None:
    machine = type("Played", (Protocol,), {"build": staticmethod(build)})
    run_state_machine_as_test(machine, settings=how)


def test_the_protocol_keeps_its_promises_on_sqlite(sqlite_worlds: Callable[[], World]) -> None:
    play(sqlite_worlds, PLAY)


def test_the_protocol_keeps_its_promises_on_postgresql(
    database_url: str, keyring_url: str, folder: Path
) -> None:
    migrate(database_url, keyring_url)

    def build() -> World:
        hands = Hands()
        db = StagedDatabase(database_url, hands)
        tables = ", ".join(table.name for table in metadata.sorted_tables)
        with db.write() as connection:
            connection.exec_driver_sql(f"TRUNCATE {tables} RESTART IDENTITY")
        return build_world(db, TimedDatabase(keyring_url, hands), folder, RELAYS, **QUICK)

    play(build, settings(PLAY, max_examples=15, stateful_step_count=30))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.rule)
def test_each_rule_of_the_protocol_is_needed(
    mutation: Mutation, sqlite_worlds: Callable[[], World]
) -> None:
    first_failure = settings(
        PLAY, max_examples=400, phases=[Phase.generate], derandomize=True, database=None
    )
    with without(mutation), pytest.raises(BaseException):  # noqa: B017, PT011 (whatever breaks)
        play(sqlite_worlds, first_failure)
