"""A process that is frozen within a transaction does not keep its batch from everybody."""

from time import sleep

import sqlalchemy as sa

from engine.store.tables import batches
from tests.dispatching.stores import Lane

SETTING = "idle_in_transaction_session_timeout"


def test_a_batch_whose_row_a_frozen_process_holds_is_free_again_once_the_server_ends_it(
    lane: Lane,
) -> None:
    if lane.db.is_sqlite:
        return  # one process works it, and its end lets the file go
    batch = lane.batch(lane.campaign())
    with lane.db.engine.connect() as frozen:
        assert frozen.exec_driver_sql(f"SHOW {SETTING}").scalar_one() == "1min"
        frozen.exec_driver_sql(f"SET LOCAL {SETTING} = '300ms'")
        frozen.execute(sa.select(batches).where(batches.c.id == batch).with_for_update())
        assert lane.claim() is None  # passed over, since the row is locked
        sleep(1.0)
        assert lane.take().batch_id == batch
        frozen.invalidate()
