"""What tests of retention count and sweep."""

from typing import Any

import sqlalchemy as sa

from engine.retention import turns
from engine.states import Outcome
from engine.store.keyring_tables import sealed_keys
from engine.store.tables import deliveries, tallies
from tests.scenarios.campaign import Campaign
from tests.scenarios.site import Site, people


def rows_of(site: Site, table: sa.Table, *wanted: sa.ColumnElement[bool]) -> int:
    with site.app.db.read() as connection:
        query = sa.select(sa.func.count()).select_from(table).where(*wanted)
        return connection.scalar(query) or 0


def keys_of(site: Site, campaign: Campaign) -> int:
    with site.app.vault.keyring.read() as keyring:
        query = sa.select(sa.func.count()).select_from(sealed_keys)
        scope = sealed_keys.c.scope.like(f"campaign:{campaign.id}%")
        return (
            keyring.scalar(query.where(sealed_keys.c.controller == campaign.controller, scope)) or 0
        )


def sweep_everything(site: Site) -> dict[str, int]:
    swept = {name: turns.sweep_all(site.app, name) for name in turns.SWEEPERS}
    return {name: gone for name, gone in swept.items() if gone}


def too_old(site: Site) -> dict[str, int]:
    now = site.clock.now()
    found = {name: turns.overdue(site.app, name, now) for name in turns.SWEEPERS}
    return {name: late for name, late in found.items() if late}


def ended_campaign(site: Site, *rows: Any, **fields: Any) -> Campaign:
    site.provider()
    campaign = site.submit(*(rows or people(3)), **fields)
    site.run()
    assert campaign.finished
    return campaign


def in_doubt(campaign: Campaign) -> None:
    """Let a campaign that ended have its first recipient in doubt."""
    mine = tallies.c.campaign_id == campaign.id
    with campaign.app.db.write() as connection:
        connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.campaign_id == campaign.id, deliveries.c.position == 0)
            .values(outcome=Outcome.IN_DOUBT)
        )
        (tally,) = connection.execute(sa.select(tallies).where(mine)).mappings()
        connection.execute(
            sa.update(tallies).where(mine).values(recipients=tally["recipients"] - 1)
        )
        doubt = {**tally, "outcome": Outcome.IN_DOUBT, "recipients": 1, "units": 1}
        connection.execute(sa.insert(tallies).values(doubt))
