"""What metrics show of this moment, read from the database each time somebody looks.

Nothing is kept in a process, so what a killed worker was doing is gone as soon as its batches are
somebody else's, and a figure is the same whoever shows it. Labels are closed words, and the names
of configured connectors.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from itertools import product
from math import inf

import pika

from engine import situation
from engine.app import App
from engine.broker.connection import connect
from engine.broker.depths import depths
from engine.broker.errors import BrokerFault
from engine.clock import SECOND
from engine.counters import BATCH_STATES, CHANNELS, LANES
from engine.reason_words import reason_word
from engine.situation import Situation
from engine.states import CampaignState
from engine.store import gauges as rows
from engine.store.counters import totals
from engine.store.gauges import RightRow, carriers
from policy.rights import RequestState, Right

__all__ = ["Gauge", "Gauges", "Labels", "Readings", "carriers", "totals"]


class Gauge(StrEnum):
    """The figures that are read; metrics add ``chappe_``."""

    CAMPAIGNS = "campaigns"  # state
    RECIPIENTS_WAITING = "recipients_waiting"  # lane
    BATCHES = "batches"  # lane, state
    DUE_AGE = "due_age_seconds"  # lane
    IN_DOUBT = "in_doubt"  # channel
    AUDIT_GAP = "audit_gap"
    CONNECTOR_OPEN = "connector_open"  # connector, cause
    EVENTS_WAITING = "events_waiting"
    EVENTS_OLDEST_AGE = "events_oldest_age_seconds"
    DEAD_LETTERS_OPEN = "dead_letters_open"
    QUEUE_MESSAGES = "queue_messages"  # queue
    RETENTION_OVERDUE = "retention_overdue"  # class
    RETENTION_REMOVED = "retention_removed_total"  # class; a counter, kept in the sweeps
    RETENTION_LAST_SWEEP = "retention_last_sweep_timestamp_seconds"  # class
    RIGHTS_OPEN = "rights_open"  # kind, state
    RIGHTS_OVERDUE = "rights_overdue"  # kind
    RIGHTS_NEXT_DEADLINE = "rights_next_deadline_timestamp_seconds"  # kind
    KEY_AGE = "key_age_seconds"  # purpose
    SEALED_KEYS = "sealed_keys"
    SUPPRESSIONS = "suppressions"
    AUDIT_HEAD = "audit_head"
    AUDIT_ANCHOR = "audit_anchor"


_RIGHTS = tuple(right.value for right in Right)
_OPEN_REQUESTS = (
    RequestState.RECEIVED.value,
    RequestState.ACCEPTED.value,
    RequestState.RUNNING.value,
)

Labels = tuple[str, ...]
Readings = dict[Gauge, dict[Labels, float]]


class Gauges:
    """Reads all figures, group by group: what cannot be read leaves its own group out.

    Keeps a connection to the broker between two readings. Not for several threads at once.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._broker: pika.BlockingConnection | None = None

    def groups(self) -> Mapping[str, Callable[[], Readings]]:
        """Return what can be read, by the place that it comes from."""
        found: dict[str, Callable[[], Readings]] = {
            "work": self._work,
            "promises": self._promises,
            "keyring": self._keyring,
        }
        if not self._app.settings.embedded:
            found["broker"] = self._queues
        return found

    def close(self) -> None:
        """Let the broker go."""
        broker, self._broker = self._broker, None
        if broker is not None and broker.is_open:
            broker.close()

    def _work(self) -> Readings:
        now = situation.look(self._app)
        with self._app.db.read() as connection:
            states = rows.campaign_states(connection)
            doubts = rows.doubts(connection, now.at)
            gap = now.audit_gap + rows.gap_of_finished(connection)
            carriers = rows.carriers(connection)
        return {
            **_lanes(now),
            Gauge.CAMPAIGNS: {(state.value,): states.get(state, 0) for state in CampaignState},
            Gauge.IN_DOUBT: {(channel,): doubts.get(channel, 0) for channel in CHANNELS},
            Gauge.AUDIT_GAP: {(): gap},
            Gauge.CONNECTOR_OPEN: {
                (one.name, reason_word(one.cause)): float(one.cause is not None) for one in carriers
            },
            Gauge.DEAD_LETTERS_OPEN: {(): now.dead_letters},
            Gauge.EVENTS_WAITING: {(): now.events_waiting},
        }

    def _promises(self) -> Readings:
        now = self._app.clock.now()
        with self._app.db.read() as connection:
            oldest = rows.oldest_event(connection)
            sweeps = rows.retention(connection)
            requests = rows.rights(connection, now)
            suppressions = rows.estimate(self._app.db, connection, "suppressions")
            head = rows.audit_head(connection)
        return {
            Gauge.EVENTS_OLDEST_AGE: {(): max(now - (oldest or now), 0) / SECOND},
            Gauge.RETENTION_OVERDUE: {(one.retention_class,): one.overdue for one in sweeps},
            Gauge.RETENTION_REMOVED: {(one.retention_class,): one.removed for one in sweeps},
            Gauge.RETENTION_LAST_SWEEP: {
                (one.retention_class,): (one.swept_at or 0) / SECOND for one in sweeps
            },
            **_requests(requests),
            Gauge.SUPPRESSIONS: {(): suppressions},
            Gauge.AUDIT_HEAD: {(): head},
        }

    def _keyring(self) -> Readings:
        now = self._app.clock.now()
        found = rows.keyring(self._app.vault.keyring)
        return {
            Gauge.KEY_AGE: {
                (purpose,): max(now - at, 0) / SECOND for purpose, at in found.oldest.items()
            },
            Gauge.SEALED_KEYS: {(): found.sealed_keys},
            Gauge.AUDIT_ANCHOR: {(): found.anchor},
        }

    def _queues(self) -> Readings:
        waiting = self._depths()
        return {Gauge.QUEUE_MESSAGES: {(queue,): number for queue, number in waiting.items()}}

    def _depths(self) -> dict[str, int]:
        kept, self._broker = self._broker, None
        if kept is not None and kept.is_open:
            with suppress(BrokerFault):  # nobody kept it alive since the last reading: open another
                waiting = depths(kept)
                self._broker = kept
                return waiting
        fresh = connect(self._app.settings.broker_url.get_secret_value(), "metrics")
        waiting = depths(fresh)
        self._broker = fresh
        return waiting


def _lanes(now: Situation) -> Readings:
    """Return what waits in every lane there can be: 0 where nothing does."""
    known = {one.name: one for one in now.lanes}
    return {
        Gauge.RECIPIENTS_WAITING: {
            (lane,): known[lane].waiting if lane in known else 0 for lane in LANES
        },
        Gauge.DUE_AGE: {
            (lane,): known[lane].due_age / SECOND if lane in known else 0 for lane in LANES
        },
        Gauge.BATCHES: dict(_batches(now)),
    }


def _requests(found: Sequence[RightRow]) -> Readings:
    """Return what persons wait for; a right that nobody claims stands at 0, without a deadline."""
    waiting: dict[Labels, float] = {(one.kind, one.state): float(one.requests) for one in found}
    overdue: dict[Labels, float] = dict.fromkeys(((right.value,) for right in Right), 0.0)
    none: dict[Labels, float] = dict.fromkeys(product(_RIGHTS, _OPEN_REQUESTS), 0.0)
    deadlines: dict[Labels, float] = {}
    for one in found:
        kind = (one.kind,)
        overdue[kind] = overdue.get(kind, 0) + one.overdue
        deadlines[kind] = min(deadlines.get(kind, inf), one.next_deadline / SECOND)
    return {
        Gauge.RIGHTS_OPEN: none | waiting,
        Gauge.RIGHTS_OVERDUE: overdue,
        Gauge.RIGHTS_NEXT_DEADLINE: deadlines,
    }


def _batches(now: Situation) -> Iterator[tuple[Labels, float]]:
    counted = {
        (one.name, state.name.lower()): number
        for one in now.lanes
        for state, number in one.batches.items()
    }
    for place in product(LANES, BATCH_STATES):
        yield place, counted.get(place, 0)
