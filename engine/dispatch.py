"""One batch, worked in named steps: check, permit, journal, hand over, land; then let go.

A slice is prepared while the one before is in flight, and one journal entry records the outcomes
of that one together with the denials and positions of the next. Nothing is handed over that is
not journalled, and nothing is journalled whose oppositions could not be looked up.
"""

from collections.abc import Callable
from contextlib import suppress

import sqlalchemy as sa
import structlog

from channels.contract import Connector
from channels.errors import ConnectorFault
from engine import routing, short_links
from engine.aftermath import Aftermath
from engine.app import App
from engine.checks import Checks, Fresh, Prepared
from engine.choosing import Rulings, Waits, choose
from engine.clock import SECOND, Millis
from engine.contact_caps import Reservation
from engine.deciding import Decider
from engine.endings import follow_ups, hand_back, land, wait_for_keys
from engine.fleet import Fleet
from engine.flight import Ended, Flight
from engine.heeding import Advice, heed
from engine.open_batch import OpenBatch
from engine.protocol import Holder
from engine.slices import LiveSlice, Window
from engine.store.connectors import ConnectorRow
from engine.store.due import postpone
from engine.store.flags import Flags
from engine.store.journal import Fenced, Release
from engine.traffic import Traffic
from engine.vault import VaultFault

_log = structlog.get_logger()
# How soon an opposition, a pause or a cancellation counts, in seconds since the checks. Those whom
# the connector has in hand by then, one or two a connection, may still leave.
_FRESH_SECONDS = 0.5  # to be checked again at hand-over
_TAKE_SECONDS = 1.0  # no more are given out


class BatchRun:
    """Works one claimed batch until it is done, its turn is over, or it must wait."""

    def __init__(  # noqa: PLR0913 (what a process shares among its batches)
        self,
        app: App,
        fleet: Fleet,
        batch: OpenBatch,
        holder: Holder,
        stopping: Callable[[], bool],
        *,
        traffic: Traffic,
        rulings: Rulings,
    ) -> None:
        self._app = app
        self._traffic = traffic
        self._rulings = rulings
        self._fleet = fleet
        self._batch = batch
        self._holder = holder
        self._stopping = stopping
        self._checks = Checks(app, batch)
        self._aftermath = Aftermath(app, batch, holder.shard)
        self._wait_until: Millis | None = None  # set: let go of the batch, not before this instant
        self._turn_over = False

    def run(self) -> bool:
        """Work the batch; returns when it was released. False: its connector had no seat free.

        Raises Fenced when it was taken over, GaveUp when the process must end before the
        database is back.
        """
        batch, flags = self._batch, self._checks.flags()
        if self._end_everybody(flags):
            return True
        if not batch.readable:
            wait_for_keys(self._holder, self._app.clock.now())
            self._release(Ended())
            return True
        chosen = choose(self._app, batch, self._rulings, flags.generation, self._app.clock.now())
        if isinstance(chosen, Waits):
            self._put_off(chosen.until)
            self._release(Ended())
            return True
        self._checks.decider = Decider(self._app, batch, chosen.ruling)
        connector = self._built(chosen.carrier)
        if connector is None:
            self._release(Ended())
            return True
        # Urgent campaigns have seats of their own: they pass those who wait for a slow provider.
        row = f"{chosen.carrier.name}/{batch.briefing.urgent}"
        with self._traffic.seat(row, connector.traits.concurrent) as free:
            if not free:
                self._release(Ended())
                return False
            limit = 1 if chosen.probing else self._slice_size(connector, chosen.carrier)
            self._fly(connector, chosen.carrier, chosen.others + 1, limit)
        return True

    def _built(self, carrier: ConnectorRow) -> Connector | None:
        """Return the live connector; None when its set-up is wrong, which its breaker then says."""
        try:
            return self._fleet.connector(carrier)
        except (ConnectorFault, VaultFault) as fault:
            cause = "secrets_unreadable" if isinstance(fault, VaultFault) else "set_up_wrong"
            now = self._app.clock.now()
            self._put_off(routing.open_breaker(self._app.db, carrier, cause, now))
            _log.error("connector_unusable", connector=carrier.name, cause=cause)
            return None

    def _end_everybody(self, flags: Flags) -> bool:
        """End all who are left when the campaign was cancelled or its time is over."""
        now = self._app.clock.now()
        outcome = flags.ending(now)
        if outcome is None:
            return False
        left = sorted({*self._holder.todo, *self._holder.again})
        self._holder.todo, self._holder.again = [], set()
        self._release(Ended([self._batch.row(position, outcome, now) for position in left]))
        return True

    def _put_off(self, until: Millis) -> None:
        """Put off this campaign's batches in the lane: its connectors cannot serve now."""
        self._wait_until = until
        claim = self._batch.claim
        # Where this fails, each of them finds out for itself.
        with (
            suppress(sa.exc.OperationalError, sa.exc.InterfaceError),
            self._app.db.write() as connection,
        ):
            postpone(connection, claim.campaign_id, claim.lane, until)

    def _fly(self, connector: Connector, carrier: ConnectorRow, usable: int, limit: int) -> None:
        turn_ends = self._app.clock.boot() + self._app.settings.turn_seconds
        flight: Flight | None = None
        while True:
            prepared = None
            self._turn_over = self._app.clock.boot() >= turn_ends
            if not self._turn_over and not self._stopping():
                prepared = self._prepare(carrier, connector.traits.per_second, limit)
            ended = self._land(flight, connector, carrier, usable)
            flight = None
            if prepared is None or self._wait_until is not None:
                self._release(ended)
                return
            if not (prepared.positions or prepared.rows or ended.anything):
                self._holder.put_off(prepared.examined, prepared.deferred)  # nothing to be written
                continue
            started = self._journal(prepared, ended)
            if prepared.positions:
                flight = self._hand_over(connector, carrier, prepared, started)
            limit = self._slice_size(connector, carrier)

    def _slice_size(self, connector: Connector, carrier: ConnectorRow) -> int:
        return self._traffic.slice_size(carrier.name, connector.traits.slice_limit)

    def _prepare(self, carrier: ConnectorRow, rate: float | None, limit: int) -> Prepared | None:
        """Check the next slice; None when there is none, or when it cannot be checked."""
        if rate is not None:
            limit = min(limit, max(1, int(rate)))  # no more than the rate can permit at once
        candidates = self._holder.todo[:limit]
        if not candidates:
            return None
        now = self._app.clock.now()
        try:
            prepared = self._checks.next_slice(candidates, carrier, rate)
        except (sa.exc.OperationalError, sa.exc.InterfaceError) as away:
            self._wait_until = now + SECOND
            batch_id, error = self._batch.claim.batch_id, type(away.orig).__name__
            _log.warning("checks_unavailable", batch=batch_id, error=error)
            return None
        if prepared is None:
            self._wait_until = now  # the next claim sees what is to be done
        elif not prepared.examined:
            self._wait_until = prepared.start_at
            return None
        return prepared

    def _journal(self, prepared: Prepared, ended: Ended) -> float:
        ahead = prepared.start_at - self._app.clock.now()
        if prepared.positions and ahead > 0:
            self._app.clock.wait(ahead / SECOND)
        holder = self._holder
        holder.put_off(prepared.examined, prepared.deferred)
        holder.onward.update(prepared.onward)
        ended.rows.extend(prepared.rows)
        ended.along.extend(short_links.along(self._app, self._batch, prepared.positions))
        reservation = self._checks.reservation(prepared.positions, ended.returned)
        started = self._write(prepared.positions, ended, None, reservation)
        if reservation is not None and reservation.lost:  # they are decided again: too often by now
            prepared.positions = [p for p in prepared.positions if p not in reservation.lost]
        prepared.reserved_at = None if reservation is None else reservation.at
        return started

    def _hand_over(
        self, connector: Connector, carrier: ConnectorRow, prepared: Prepared, started: float
    ) -> Flight:
        fresh = Fresh(prepared.positions, prepared.checked_at)
        if self._app.clock.boot() - prepared.checked_at > _FRESH_SECONDS:
            fresh = self._checks.again(prepared.positions, carrier.number)
        # Past the minute for which it was decided, whoever has not left is decided about again.
        window = Window(
            min(fresh.checked_at + _TAKE_SECONDS, prepared.until),
            min(self._deadline(started), prepared.until),
        )
        live = LiveSlice(fresh.positions, self._batch.compose, window, self._app.clock.boot)
        if fresh.stop or self._stopping():
            live.shut()
        future = self._fleet.start(connector.hand_over(live))
        begun = self._app.clock.boot()
        return Flight(
            self._batch.claim.batch_id,
            live,
            future,
            begun,
            window.gate_until,
            fresh,
            prepared.reserved_at,
        )

    def _deadline(self, started: float) -> float:
        """Return the boot clock's time from which nobody may leave; the campaign's end is one too."""
        left = self._batch.briefing.not_after - self._app.clock.now()
        deadline = started + self._app.settings.slice_deadline
        return min(deadline, self._app.clock.boot() + left / SECOND)

    def _land(
        self, flight: Flight | None, connector: Connector, carrier: ConnectorRow, usable: int
    ) -> Ended:
        """Wait for the slice in flight and turn its results into outcomes."""
        if flight is None:
            return Ended()
        cause = flight.await_end(self._app, self._stopping)
        landing = land(
            self._batch,
            flight.live,
            connector.traits,
            carrier.number,
            usable,
            self._app.clock.now(),
        )
        if cause is None and not self._stopping():
            carried = landing.settled
            seconds = self._app.clock.boot() - flight.begun
            self._traffic.learn(carrier.name, carried + len(landing.back), carried, seconds)
        hand_back(self._holder, landing)
        self._heed(heed(self._app, landing, cause or landing.breaker, carrier, usable))
        return Ended(
            [*flight.fresh.late, *landing.rows],
            self._aftermath.along(landing),
            flight.returned(landing.unsent),
            flight.opposition_effect,
        )

    def _heed(self, advice: Advice) -> None:
        if advice.put_off is not None:
            self._put_off(advice.put_off)
        elif advice.wait_until is not None:
            self._wait_until = advice.wait_until

    def _release(self, ended: Ended) -> None:
        """Give the batch back, or finish it when nobody is left to do."""
        holder, now = self._holder, self._app.clock.now()
        if holder.todo:
            until = self._wait_until or now
            release = Release(done=False, now=now, not_before=until, behind=self._turn_over)
        else:
            release = Release(
                done=True,
                now=now,
                not_before=now,
                follow_ups=follow_ups(self._batch, holder, now),
            )
            holder.again, holder.onward, holder.deferred = set(), set(), {}
            ended.along.append(self._aftermath.finish_campaign)
        self._write([], ended, release, self._checks.reservation([], ended.returned))

    def _write(
        self,
        in_flight: list[int],
        ended: Ended,
        release: Release | None,
        reservation: Reservation | None = None,
    ) -> float:
        try:
            return self._holder.journal(
                in_flight, ended.rows, release, ended.along, ended.opposition_effect, reservation
            )
        except Fenced:
            self._aftermath.correct(ended.rows)
            raise
