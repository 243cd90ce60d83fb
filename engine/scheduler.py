"""The scheduler: releases what is due, rings again what was not heard, publishes events.

Every step is idempotent and safe to run on several hosts at once; what it does not do now, it
does at its next turn half a second later.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa
import structlog

from engine import audit, rights
from engine.actors import Bells
from engine.app import App
from engine.clock import SECOND, Millis
from engine.personal_events import forget_refs, with_refs
from engine.progress import ProgressReporter
from engine.retention.turns import due_classes
from engine.states import CampaignState
from engine.store import due, events
from engine.store.tables import campaigns

_log = structlog.get_logger()
_RINGS = 4  # at a time: several workers may share a lane
_FIRST_PAUSE: Millis = SECOND // 2
_LONGEST_PAUSE: Millis = 2 * SECOND
_PLANNING_PAUSE: Millis = 5 * SECOND
_EVENTS_AT_ONCE = 200
_EVENT_GROUPS = 5  # at one turn

PublishEvent = Callable[[str, bytes], None]  # routing key and body; returns once confirmed


@dataclass(slots=True)
class _Bell:
    """When something was rung last, and how long to wait before ringing again."""

    next_at: Millis = 0
    pause: Millis = _FIRST_PAUSE


@dataclass(slots=True)
class _Planning:
    """Where the planning of a campaign stood when it was looked at, and when to ring again."""

    place: tuple[str, str | None]  # the campaign's state, and its cursor
    next_at: Millis


@dataclass(slots=True)
class Scheduler:
    """One turn after the other; ``publish`` hands an event to the broker and waits for its word."""

    app: App
    bells: Bells
    publish: PublishEvent
    _progress: ProgressReporter = field(init=False)
    _lanes: dict[str, _Bell] = field(default_factory=dict)
    _plans: dict[int, _Planning] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin to watch running campaigns."""
        self._progress = ProgressReporter(self.app)

    def turn(self) -> None:
        """Do everything that is due now."""
        now = self.app.clock.now()
        due.release_due(self.app.db, now)
        self._ring_lanes(now)
        self._ring_planning(now)
        self._ring_rights()
        self._ring_retention()
        self._progress.report(now)
        self.publish_events()
        audit.anchor(self.app)

    def _ring_lanes(self, now: Millis) -> None:
        working = due.lanes_with_work(self.app.db, now)
        for lane in list(self._lanes):
            if lane not in working:
                del self._lanes[lane]
        for lane in working:
            bell = self._lanes.setdefault(lane, _Bell())
            if now >= bell.next_at:
                for _ in range(_RINGS):
                    self.bells.ring_lane(lane)
                bell.next_at = now + bell.pause
                bell.pause = min(bell.pause * 2, _LONGEST_PAUSE)

    def _ring_planning(self, now: Millis) -> None:
        """Ring for campaigns that wait to be planned, and again for those that do not get on.

        Planning that moves has somebody at work, who rings by himself: a second planner would do
        the same work beside him, in as much memory again, and throw it away.
        """
        with self.app.db.read() as connection:
            rows = connection.execute(
                sa.select(campaigns.c.id, campaigns.c.state, campaigns.c.cursor)
                .where(campaigns.c.state.in_([CampaignState.RECEIVED, CampaignState.PLANNING]))
                .order_by(campaigns.c.id)
            ).all()
        before, self._plans = self._plans, {}
        for campaign_id, state, cursor in rows:
            place, seen = (state, cursor), before.get(campaign_id)
            stands = seen is None or seen.place == place
            if seen is not None and stands and now < seen.next_at:
                self._plans[campaign_id] = seen
                continue
            if stands:
                self.bells.ring_planning(campaign_id)
            self._plans[campaign_id] = _Planning(place, now + _PLANNING_PAUSE)

    def _ring_rights(self) -> None:
        if rights.anything_due(self.app):
            self.bells.ring_rights()

    def _ring_retention(self) -> None:
        """Ring for one class at a time: sweeping must not take every thread from dispatch."""
        for name in due_classes(self.app)[:1]:
            self.bells.ring_retention(name)

    def publish_events(self) -> int:
        """Publish events that wait in the outbox, in order; return how many.

        A turn publishes a limited number: what is due besides must not wait for a long outbox.
        """
        done = 0
        with self.app.db.read() as connection:
            if not events.any_waiting(connection):
                return 0
        for _ in range(_EVENT_GROUPS):
            published = self._publish_group()
            done += published
            if published < _EVENTS_AT_ONCE:
                break
        return done

    def _publish_group(self) -> int:
        now = self.app.clock.now()
        with self.app.db.write() as connection:
            waiting = events.waiting(connection, _EVENTS_AT_ONCE)
            for event in with_refs(self.app, waiting):
                self.publish(event.routing_key, event.body)
            events.mark_published(connection, [event.number for event in waiting], now)
        forget_refs(self.app, waiting)
        return len(waiting)
