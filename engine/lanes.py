"""Working lanes: answer a doorbell by claiming batches until the lane has none that is due."""

import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import sqlalchemy as sa
import structlog

from engine.app import App
from engine.bitmap import positions
from engine.briefing import Briefing
from engine.choosing import Rulings
from engine.clock import SECOND
from engine.dispatch import BatchRun
from engine.errors import EngineError
from engine.fleet import Fleet
from engine.open_batch import open_batch
from engine.protocol import GaveUp, Holder
from engine.states import URGENT, Outcome
from engine.store import claims
from engine.store.claims import Ask, Claim
from engine.store.delivery_row import DeliveryRow
from engine.store.journal import Fenced, Release
from engine.traffic import Traffic

_log = structlog.get_logger()
_SHARDS = 16
_RESERVED = 2  # threads that only urgent campaigns and planning may use
_RING_SECONDS = 30.0  # a doorbell message is not held longer than this
_PAUSE = 2 * SECOND  # how long a batch rests that could not be opened or checked
_STOP_GRACE = 20.0  # after a stop, how long a thread waits for a database that is away

Brief = Callable[[int], Briefing]


@dataclass(slots=True)
class Dispatcher:
    """Works the lanes of one process. ``work`` is called from many threads."""

    app: App
    fleet: Fleet
    brief: Brief
    shard: int = field(default_factory=lambda: secrets.randbelow(_SHARDS))
    _traffic: Traffic = field(default_factory=Traffic)
    _rulings: Rulings = field(default_factory=Rulings)
    _places: threading.BoundedSemaphore = field(init=False)
    _stopped_at: float | None = None

    def __post_init__(self) -> None:
        """Keep some threads from everything that is not urgent."""
        threads = self.app.settings.worker_threads
        self._places = threading.BoundedSemaphore(max(1, threads - _RESERVED))

    def stop(self) -> None:
        """Finish the slices in flight and claim nothing more."""
        self._stopped_at = self.app.clock.boot()

    def stopping(self) -> bool:
        """Return whether ``stop`` was called."""
        return self._stopped_at is not None

    def work(self, lane: str) -> int:
        """Claim and work due batches of a lane; return how many were worked.

        Returns at once when only the threads kept for urgent campaigns are free.
        """
        if lane.endswith(URGENT):
            return self._work(lane)
        if not self._places.acquire(blocking=False):
            return 0
        try:
            return self._work(lane)
        finally:
            self._places.release()

    def _work(self, lane: str) -> int:
        until = self.app.clock.boot() + _RING_SECONDS
        worked = 0
        full: set[int] = set()  # campaigns whose connector has no seat free in this process
        while not self.stopping() and self.app.clock.boot() < until:
            try:
                claim = self._claim(lane, full)
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as away:
                _log.warning("claim_unavailable", lane=lane, error=type(away.orig).__name__)
                return worked
            if claim is None:
                return worked
            if self._work_claim(claim):
                worked += 1
            else:
                full.add(claim.campaign_id)
        return worked

    def _claim(self, lane: str, full: set[int]) -> Claim | None:
        lease = int(self.app.settings.lease_seconds * SECOND)
        ask = Ask(
            lane,
            self.app.clock.now(),
            lease,
            secrets.token_bytes(16),
            self.shard,
            tuple(full),
        )
        return claims.claim(self.app.db, ask, self._doubts)

    def _work_claim(self, claim: Claim) -> bool:
        """Work one batch; False: its connector had no seat free."""
        holder = Holder(self.app, claim, self.shard, self._give_up)
        try:
            batch = open_batch(self.app, claim, self.brief(claim.campaign_id))
            run = BatchRun(
                self.app,
                self.fleet,
                batch,
                holder,
                self.stopping,
                traffic=self._traffic,
                rulings=self._rulings,
            )
            return run.run()
        except Fenced:
            _log.warning("batch_taken_over", batch=claim.batch_id)
        except GaveUp:
            _log.warning("batch_left", batch=claim.batch_id)
        except (sa.exc.OperationalError, sa.exc.InterfaceError) as away:
            _log.warning("batch_given_back", batch=claim.batch_id, error=type(away.orig).__name__)
            self._give_back(holder)
        except Exception as fault:  # noqa: BLE001 (one batch must not end the others, nor print itself)
            _log.error("batch_unworkable", batch=claim.batch_id, error=type(fault).__name__)
        return True

    def _give_back(self, holder: Holder) -> None:
        """Let go of a batch that cannot be worked while a database is away.

        Nothing is in flight here: BatchRun leaves no slice behind without its outcomes.
        """
        now = self.app.clock.now()
        with suppress(Fenced, GaveUp):
            holder.journal([], [], Release(done=False, now=now, not_before=now + _PAUSE))

    def _give_up(self) -> bool:
        stopped = self._stopped_at
        return stopped is not None and self.app.clock.boot() - stopped > _STOP_GRACE

    def _doubts(self, claim: Claim, in_flight: bytes) -> list[DeliveryRow]:
        """Describe the deliveries that a former holder of the batch left in flight."""
        try:
            batch = open_batch(self.app, claim, self.brief(claim.campaign_id))
        except EngineError as fault:
            _log.error("take_over_failed", batch=claim.batch_id, error=type(fault).__name__)
            raise
        now = self.app.clock.now()
        return [
            batch.row(position, Outcome.IN_DOUBT, now, reason="interrupted", units=1)
            for position in positions(in_flight)
        ]
