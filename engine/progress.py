"""Progress events: where running campaigns stand, told now and then to whoever listens."""

from dataclasses import dataclass, field

from engine.aftermath import outcome_counts
from engine.app import App
from engine.campaign_events import tell
from engine.clock import SECOND, Millis
from engine.events import OutcomeCounts, Progress
from engine.states import CampaignState
from engine.store import campaigns, due
from engine.store.controllers import by_number

_PAUSE: Millis = 10 * SECOND


@dataclass(slots=True)
class ProgressReporter:
    """Tells each running campaign's figures at most every ten seconds, and only when they moved."""

    app: App
    _next_at: Millis | None = None
    _told: dict[int, OutcomeCounts] = field(default_factory=dict)

    def report(self, now: Millis) -> int:
        """Put an event for every campaign whose figures moved; return how many."""
        before, self._next_at = self._next_at, self._next_at or now + _PAUSE
        if before is None or now < before:
            return 0  # what ends within the first pause has only a beginning and an end to tell
        self._next_at = now + _PAUSE
        with self.app.db.read() as connection:
            running = campaigns.in_state(connection, CampaignState.PLANNED)
        self._told = {key: counts for key, counts in self._told.items() if key in running}
        return sum(self._report_one(campaign_id, now) for campaign_id in running)

    def _report_one(self, campaign_id: int, now: Millis) -> bool:
        with self.app.db.write() as connection:
            counts = outcome_counts(connection, campaign_id)
            row = campaigns.by_id(connection, campaign_id)
            if counts == self._told.get(campaign_id, OutcomeCounts()) or row is None:
                return False
            owner = by_number(connection, row.controller)
            if row.state is not CampaignState.PLANNED or owner is None:
                return False
            final = sum(getattr(counts, name) for name in OutcomeCounts.__struct_fields__)
            waiting = due.waiting(connection, campaign_id)
            if final + waiting != row.accepted:
                return False  # a journal entry came in between: the next time tells
            tell(
                connection,
                Progress,
                (owner.name, row.name),
                now,
                accepted=row.accepted,
                waiting=waiting,
                outcomes=counts,
            )
        self._told[campaign_id] = counts
        return True
