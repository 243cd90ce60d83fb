"""Holding a batch: every write is fenced, retried while the database is away, and never doubled.

``Holder`` is what one worker thread has while it works a batch. It knows the step number, keeps
the positions by what became of them, and turns a lost commit acknowledgement into knowledge by
reading the batch row back. When the batch was taken over, what this worker still knows corrects
the doubt that the taker recorded.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa
import structlog

from engine.app import App
from engine.bitmap import bitmap, positions
from engine.clock import SECOND, Millis
from engine.contact_caps import Reservation
from engine.errors import EngineError
from engine.store import journal
from engine.store.claims import Claim
from engine.store.delivery_row import DeliveryRow
from engine.store.journal import Along, Entry, Progress, Release

_log = structlog.get_logger()
_FIRST_WAIT = 0.1
_LONGEST_WAIT = 2.0


class GaveUp(EngineError):
    """Raised when the process must stop while the database is away; the lease will end."""


class Holder:
    """A claimed batch in the hands of one thread."""

    def __init__(self, app: App, claim: Claim, shard: int, give_up: Callable[[], bool]) -> None:
        self.claim = claim
        self.todo = positions(claim.todo)
        self.again = set(positions(claim.again))
        self.onward = set(positions(claim.onward))
        self.deferred: dict[int, tuple[Millis, str]] = {}  # until when at least, and why
        self.again_at = claim.again_at
        self.again_reasons: Counter[str] = Counter()
        if claim.again_reason is not None and self.again:
            self.again_reasons[claim.again_reason] = len(self.again)
        self._app = app
        self.shard = shard
        self._give_up = give_up
        self._step = claim.step

    @property
    def lease(self) -> Millis:
        """How long the batch stays ours after each entry, in milliseconds."""
        return int(self._app.settings.lease_seconds * SECOND)

    @property
    def again_reason(self) -> str | None:
        """Why most of those who wait for another try were not accepted; None: nobody waits."""
        if not self.again or not self.again_reasons:
            return None
        return max(self.again_reasons, key=self.again_reasons.__getitem__)

    def put_off(self, examined: Sequence[int], deferred: Mapping[int, tuple[Millis, str]]) -> None:
        """Take positions that were examined from ``todo``; some may leave later, so they wait.

        For the database those are still to do, until the batch is finished and follow-ups are born
        for them: whoever takes it over decides about them again.
        """
        gone = set(examined)
        self.todo = [position for position in self.todo if position not in gone]
        self.deferred.update(deferred)

    def journal(
        self,
        in_flight: Sequence[int],
        rows: Sequence[DeliveryRow],
        release: Release | None = None,
        along: Sequence[Along] = (),
        opposition_effect: Millis | None = None,
        reservation: Reservation | None = None,
    ) -> float:
        """Write one entry and return the boot clock's time at which its deadline starts.

        Positions in flight leave ``todo`` with this entry; those that its reservation lost come
        back. While the database is away it is tried again; an entry is written once even if the
        answer to its commit was lost.

        Raises Fenced when the batch was taken over, GaveUp when the process must end first.
        """
        flying = set(in_flight)
        self.todo = [position for position in self.todo if position not in flying]
        entry = Entry(
            Progress(
                bitmap([*self.todo, *self.deferred]),
                bitmap(in_flight),
                bitmap(self.again),
                bitmap(self.onward),
                self.again_at,
                self.again_reason,
            ),
            rows,
            release,
            along,
            opposition_effect,
            reservation,
        )
        started = self._write(entry)
        self._step += 1
        if reservation is not None:
            self.todo = [*sorted(reservation.lost), *self.todo]
        return started

    def _write(self, entry: Entry) -> float:
        wait = _FIRST_WAIT
        started = self._app.clock.boot()
        unknown = False
        while True:
            try:
                if unknown and journal.committed(self._app.db, self.claim, self._step):
                    return started
                started = self._app.clock.boot()
                unknown = True
                journal.journal(self._app.db, self.claim, self._step, entry, self.lease, self.shard)
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as away:
                _log.warning(
                    "journal_waits", batch=self.claim.batch_id, error=type(away.orig).__name__
                )
                if self._give_up():
                    msg = f"batch {self.claim.batch_id}: stopped while the database was away"
                    raise GaveUp(msg) from None
                self._app.clock.wait(wait)
                wait = min(wait * 2, _LONGEST_WAIT)
            else:
                return started
