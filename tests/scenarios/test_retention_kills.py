"""A sweep may be killed anywhere; an ended contract keeps what protects people while it sends."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from engine import controllers
from engine.clock import DAY, Millis
from engine.retention import turns
from engine.retention.holds import Hold, hold
from engine.store.database import Database
from engine.store.keyring_tables import sealed_keys
from engine.store.privacy_tables import sweeps
from engine.store.tables import batches, blocks, campaigns, deliveries, suppressions, tallies
from tests.scenarios.site import Site, people
from tests.scenarios.sweeping import ended_campaign, rows_of, sweep_everything, too_old

LATER: Millis = 4_000 * DAY
_MOST_WRITES = 60  # of one class, here


class Killed(BaseException):
    """The process went away."""


@contextmanager
def killed(patch: pytest.MonkeyPatch, number: int, *, committed: bool) -> Iterator[None]:
    """Go away at the write of that number, before it began or right after it was committed."""
    real, seen = Database.write, 0

    @contextmanager
    def write(self: Database) -> Iterator[sa.Connection]:
        nonlocal seen
        seen += 1
        mine = seen == number
        if mine and not committed:
            raise Killed
        with real(self) as connection:
            yield connection
        if mine:
            raise Killed

    with patch.context() as patched:
        patched.setattr(Database, "write", write)
        yield


def sweep_until_killed(site: Site, name: str) -> bool:
    try:
        while turns.sweep_class(site.app, name):
            pass
    except Killed:
        with site.app.db.write() as connection:  # its lease is over
            connection.execute(sa.update(sweeps).values(token=None, lease_until=None))
        return True
    return False


@pytest.mark.parametrize("committed", [False, True], ids=["before", "after"])
def test_a_sweep_killed_at_any_write_is_finished_by_the_next(
    site: Site, monkeypatch: pytest.MonkeyPatch, *, committed: bool
) -> None:
    ended_campaign(site, history="P30D")
    site.oppose("ana@example.org")
    site.take({"schema": "nonsense"})
    controllers.end(site.app, site.controller.name)
    site.clock.millis += LATER
    deaths = 0
    for name in turns.SWEEPERS:
        for number in range(1, _MOST_WRITES):
            with killed(monkeypatch, number, committed=committed):
                dead = sweep_until_killed(site, name)
            if not dead:
                break
            deaths += 1
    assert deaths > len(turns.SWEEPERS)
    assert too_old(site) == {}
    for table in (campaigns, deliveries, tallies, blocks, batches, suppressions):
        assert rows_of(site, table) == 0, table.name
    with site.app.vault.keyring.read() as keyring:
        query = sa.select(sa.func.count()).select_from(sealed_keys)
        assert keyring.scalar(query.where(sealed_keys.c.controller == site.controller.name)) == 0


@pytest.mark.parametrize("held", [None, "lists"])
def test_who_objected_is_not_contacted_by_a_campaign_that_outlives_its_contract(
    site: Site, held: str | None
) -> None:
    provider = site.provider()
    window = {"not_before": "2027-01-25T10:00:00Z", "not_after": "2027-01-30T10:00:00Z"}
    campaign = site.submit(*people(3), schedule=window)
    site.run()
    site.oppose("p1@example.org")
    controllers.end(site.app, site.controller.name)
    if held is not None:
        hold(site.app, Hold(held, site.controller.name), "court case", "counsel", None)
    site.clock.millis += 40 * DAY
    sweep_everything(site)
    site.finish()
    assert campaign.outcomes == {"sent": 2, "suppressed": 1}
    assert "p1@example.org" not in [one.to for one in provider.reached]
    assert sweep_everything(site)["oppositions"] == 1
