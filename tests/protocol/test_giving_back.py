"""What cannot be worked now is given back, or left to others; nothing waits for a lease to end."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from engine.states import BatchState, Outcome
from engine.store import due
from engine.store.tables import batches
from engine.vault import KeyDestroyed
from tests.dispatching.stage import away
from tests.dispatching.world import Someone, World
from tests.protocol.troupe import Troupe

PEOPLE = [Someone(f"r{n}", f"p{n}@example.org") for n in range(5)]


@pytest.fixture
def troupe(sqlite_worlds: Callable[[], World]) -> Troupe:
    return Troupe.gather(sqlite_worlds())


def _states(troupe: Troupe) -> list[int]:
    with troupe.world.db.read() as connection:
        return list(connection.scalars(sa.select(batches.c.state).order_by(batches.c.id)))


def test_a_keyring_that_is_away_costs_no_lease(
    troupe: Troupe, monkeypatch: pytest.MonkeyPatch
) -> None:
    troupe.world.plan([PEOPLE])

    def fails(*_: object) -> bytes:
        raise away()

    with monkeypatch.context() as patched:
        patched.setattr(type(troupe.world.app.vault), "open", fails)
        troupe.dispatchers[0].work("email")
        assert _states(troupe) == [BatchState.SCHEDULED]
    troupe.pass_time(5_000)
    troupe.schedule()
    troupe.dispatchers[0].work("email")
    assert troupe.unfinished() == 0
    assert len(troupe.sink.reached) == 5
    troupe.world.close()


def test_a_batch_that_cannot_be_unsealed_holds_up_no_other(
    troupe: Troupe, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = troupe.world.plan([PEOPLE])
    troupe.ring(0, "email", 17)
    troupe.kill(0)
    troupe.pass_time(20_000)
    assert troupe.suspects, "the worker was to be killed in the middle of a slice"
    fine = troupe.world.plan([PEOPLE])
    brief = troupe.world.brief

    def forgets(campaign: int) -> object:
        if campaign == sealed:
            msg = "the key was destroyed"
            raise KeyDestroyed(msg)
        return brief(campaign)

    monkeypatch.setattr(troupe.dispatchers[1], "brief", forgets)
    troupe.dispatchers[1].work("email")
    books = troupe.books()
    assert books.stored[fine, Outcome.SENT] == 5
    assert books.waiting[sealed] == 5
    troupe.pass_time(20_000)
    assert due.lanes_with_work(troupe.world.db, troupe.world.hands.millis) == ["email"]
    troupe.dispatchers[2].work("email")
    assert troupe.unfinished() == 0
    troupe.world.close()
