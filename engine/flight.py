"""A slice in the hands of a connector, and the wait for its end."""

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field

import structlog

from channels.errors import ConnectorUnavailable
from engine.app import App
from engine.checks import Fresh
from engine.clock import SECOND, Millis
from engine.contact_caps import NOTHING_RETURNED, Returned
from engine.slices import LiveSlice
from engine.store.delivery_row import DeliveryRow
from engine.store.journal import Along

_log = structlog.get_logger()
_GRACE_SECONDS = 2.0
_MOMENT = 0.2  # how soon a stop is noticed


@dataclass(slots=True)
class Ended:
    """What a flight leaves for the next journal entry, whose fields say more."""

    rows: list[DeliveryRow] = field(default_factory=list)
    along: list[Along] = field(default_factory=list)
    returned: Returned = NOTHING_RETURNED
    opposition_effect: Millis | None = None

    @property
    def anything(self) -> bool:
        """Whether there is anything to be written."""
        return bool(self.rows or self.along or self.returned.positions)


@dataclass(frozen=True, slots=True)
class Flight:
    """A slice that was handed over.

    begun     boot clock's time at which it was handed over
    deadline  boot clock's time from which its gate is shut
    fresh     its checks just before it was handed over
    reserved_at  the instant under which places were taken for it; None: none were
    """

    batch_id: int
    live: LiveSlice
    future: "Future[None]"
    begun: float
    deadline: float
    fresh: Fresh
    reserved_at: Millis | None = None

    @property
    def opposition_effect(self) -> Millis | None:
        """How long an opposition could take to count: from the look-up to the last one given out.

        None: nobody was given out.
        """
        last = self.live.last_taken
        return None if last is None else int((last - self.fresh.checked_at) * SECOND)

    def returned(self, unsent: Sequence[int]) -> Returned:
        """Return the places of those who certainly did not go, who opposed meanwhile included."""
        if self.reserved_at is None:
            return NOTHING_RETURNED
        return Returned([*unsent, *(row.position for row in self.fresh.late)], self.reserved_at)

    def await_end(self, app: App, stopping: Callable[[], bool]) -> str | None:
        """Wait until the connector is done with the slice; return why it could not serve."""
        try:
            while not self._ended(app):
                if stopping():
                    self.live.stop()
        except ConnectorUnavailable as unavailable:
            return unavailable.reason
        except CancelledError:
            return None if self.live.results else "overdue"  # one that answers is not cut off
        except Exception as fault:  # noqa: BLE001 (a fault of a connector must not lose what it settled)
            _log.error("connector_fault", batch=self.batch_id, error=type(fault).__name__)
            return "connector_fault"
        return None

    def _ended(self, app: App) -> bool:
        """Wait a moment; past all patience, take the slice away from the connector.

        That is done within the lease: whoever was certainly not sent goes back to the batch, and
        is not taken for in doubt by somebody else. A process that was frozen until now gives the
        connector one more moment, in which it may find its gate shut and end in order.
        """
        part = app.settings.lease_margin / 3  # for the grace, for the last moment, for the journal
        try:
            self.future.result(_MOMENT)
        except TimeoutError:
            if self.future.done():
                raise
            patience = app.settings.answer_timeout + min(_GRACE_SECONDS, part)
            if app.clock.boot() < self.deadline + patience:
                return False
            self._take_away(min(_MOMENT, part))
        return True

    def _take_away(self, moment: float) -> None:
        self.live.shut()
        try:
            self.future.result(moment)
        except TimeoutError:
            if self.future.done():
                raise
            self.future.cancel()
            _log.warning("hand_over_overdue", batch=self.batch_id)
            raise CancelledError from None  # what it ends as does not matter any more
