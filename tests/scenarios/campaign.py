"""A campaign in the hands of a test: its figures, its events, its switches."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from engine import campaign_audit, control, statistics
from engine.app import App
from engine.states import CampaignState
from engine.statistics import Overview
from engine.store.tables import deliveries, events

Json = dict[str, Any]


def told(app: App, kind: str | None = None) -> list[Json]:
    """Return every event so far, or those of one kind, published or not, in order."""
    with app.db.read() as connection:
        bodies = connection.scalars(sa.select(events.c.body).order_by(events.c.id)).all()
    found: list[Json] = [msgspec.json.decode(body) for body in bodies]
    return [event for event in found if kind in {None, event["event"]}]


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign that was submitted."""

    app: App
    id: int
    name: str
    controller: str

    @property
    def overview(self) -> Overview:
        return statistics.overview(self.app, self.name, self.controller)

    @property
    def state(self) -> str:
        return self.overview.state

    @property
    def outcomes(self) -> Mapping[str, int]:
        return self.overview.outcomes

    @property
    def waiting(self) -> int:
        return self.overview.waiting

    @property
    def finished(self) -> bool:
        return self.overview.found.row.state is CampaignState.FINISHED

    @property
    def reasons(self) -> dict[tuple[str, str], int]:
        """How many deliveries ended as (outcome, reason)."""
        told: dict[tuple[str, str], int] = {}
        for count in self.overview.counts:
            key = (count.outcome.word, count.reason)
            told[key] = told.get(key, 0) + count.recipients
        return told

    @property
    def audit(self) -> campaign_audit.Audit:
        return campaign_audit.audit(self.app, self.name, self.controller)

    def events(self, kind: str) -> list[Json]:
        return [event for event in told(self.app, kind) if event["campaign"] == self.name]

    def pause(self) -> None:
        assert control.pause(self.app, self.name, self.controller)

    def resume(self) -> None:
        assert control.resume(self.app, self.name, self.controller)

    def cancel(self) -> None:
        assert control.cancel(self.app, self.name, self.controller)

    def rows(self) -> list[sa.Row[Any]]:
        """Every delivery of it."""
        with self.app.db.read() as connection:
            found = sa.select(deliveries).where(deliveries.c.campaign_id == self.id)
            return list(connection.execute(found))
