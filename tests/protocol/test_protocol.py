"""The promises of the dispatch protocol, whatever fails and whenever."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from engine.store.schema import METADATA
from tests.dispatching.stage import StagedDatabase
from tests.dispatching.stores import Hands, TimedDatabase
from tests.dispatching.world import QUICK, RELAYS, World, build_world, migrate
from tests.protocol.machine import Protocol
from tests.protocol.mutations import MUTATIONS, Mutation, without

PLAY = settings(
    deadline=None,
    max_examples=40,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes: by hand
    stateful_step_count=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    print_blob=True,
)


BROKEN_PROMISE = (AssertionError, ExceptionGroup, sa.exc.IntegrityError)


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
        kept = {"acts", "policy_state"}  # the audit, and the number that only grows
        tables = ", ".join(
            table.name for table in METADATA["main"].sorted_tables if table.name not in kept
        )
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
    with without(mutation), pytest.raises(BROKEN_PROMISE):
        play(sqlite_worlds, first_failure)
