"""The switches that stop a campaign, read again before every slice."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from engine.clock import Millis
from engine.states import Outcome
from engine.store.policy_tables import policy_state
from engine.store.tables import campaigns, connectors


@dataclass(frozen=True, slots=True)
class Flags:
    """What may have been switched since the last slice.

    ``generation`` grows with every change of policy (``engine.rulebook``).
    """

    paused: bool
    cancelled: bool
    not_after: Millis
    connector_usable: bool
    generation: int

    def ending(self, now: Millis) -> Outcome | None:
        """Return what everybody who is left ends as, or None while the campaign goes on."""
        if self.cancelled:
            return Outcome.CANCELLED
        if now >= self.not_after:
            return Outcome.EXPIRED
        return None

    def stop(self, now: Millis) -> bool:
        """Return whether no further slice may go out by this connector."""
        return self.paused or not self.connector_usable or self.ending(now) is not None


def read_flags(connection: sa.Connection, campaign_id: int, connector: int | None = None) -> Flags:
    """Read the flags of a campaign and, where given, of the connector that carries it."""
    found = connection.execute(
        sa.select(
            campaigns.c.paused_at,
            campaigns.c.cancelled_at,
            campaigns.c.not_after,
            connectors.c.enabled,
            connectors.c.attested_at,
            policy_state.c.generation,
        )
        .outerjoin_from(campaigns, connectors, connectors.c.number == connector)
        .join(policy_state, sa.true())
        .where(campaigns.c.id == campaign_id)
    ).one()
    return Flags(
        found.paused_at is not None,
        found.cancelled_at is not None,
        found.not_after,
        connector is None or (bool(found.enabled) and found.attested_at is not None),
        found.generation,
    )


def set_paused(
    connection: sa.Connection, campaign_id: int, reasons: Sequence[str], now: Millis
) -> bool:
    """Pause a campaign; False when it is paused already."""
    paused = connection.execute(
        sa.update(campaigns)
        .where(campaigns.c.id == campaign_id, campaigns.c.paused_at.is_(None))
        .values(paused_at=now, reasons=msgspec.json.encode(reasons).decode())
    )
    return paused.rowcount == 1


def set_resumed(connection: sa.Connection, campaign_id: int) -> bool:
    """Let a paused campaign go on; False when it is not paused."""
    resumed = connection.execute(
        sa.update(campaigns)
        .where(campaigns.c.id == campaign_id, campaigns.c.paused_at.is_not(None))
        .values(paused_at=None, reasons=None)
    )
    return resumed.rowcount == 1


def set_cancelled(connection: sa.Connection, campaign_id: int, now: Millis) -> None:
    """Cancel a campaign for good; the first cancellation counts."""
    connection.execute(
        sa.update(campaigns)
        .where(campaigns.c.id == campaign_id, campaigns.c.cancelled_at.is_(None))
        .values(cancelled_at=now)
    )
