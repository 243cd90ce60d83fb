"""The checks that a slice passes just before it is journalled: who goes out, who does not, why."""

import math
from dataclasses import dataclass, field

import sqlalchemy as sa

from engine import routing
from engine.app import App
from engine.clock import SECOND, Millis
from engine.contact_caps import Reservation, Returned
from engine.deciding import Decider
from engine.errors import EngineError
from engine.open_batch import OpenBatch
from engine.opposed import opposed
from engine.states import Outcome
from engine.store.connectors import ConnectorRow
from engine.store.delivery_row import DeliveryRow
from engine.store.flags import Flags, read_flags


@dataclass(slots=True)
class Prepared:
    """A slice that has been checked.

    ``positions`` go out; ``rows`` are the outcomes of those who do not; ``examined`` are both;
    ``onward`` those of ``rows`` that go on to the next leg; ``deferred`` who may leave later, from
    which instant on and why. ``checked_at`` is the boot clock's time of the checks, ``start_at``
    the instant from which the rate permits it, ``until`` the boot clock's time at which it has to be decided anew,
    ``reserved_at`` the instant under which places were taken for it.
    """

    positions: list[int] = field(default_factory=list)
    rows: list[DeliveryRow] = field(default_factory=list)
    examined: list[int] = field(default_factory=list)
    onward: list[int] = field(default_factory=list)
    deferred: dict[int, tuple[Millis, str]] = field(default_factory=dict)
    checked_at: float = 0.0
    start_at: Millis = 0
    reserved_at: Millis | None = None
    until: float = math.inf

    def keep(self, number: int) -> None:
        """Let only the first ``number`` positions go out now; the others are not examined yet."""
        dropped = set(self.positions[number:])
        self.positions = self.positions[:number]
        self.examined = [position for position in self.examined if position not in dropped]


@dataclass(frozen=True, slots=True)
class Fresh:
    """A slice as it may be handed over at this moment.

    ``late`` are the deliveries of those who opposed since it was journalled; ``stop``: nobody may
    leave, since something was switched off or cannot be asked.
    """

    positions: list[int]
    checked_at: float
    late: list[DeliveryRow] = field(default_factory=list)
    stop: bool = False


class Checks:
    """Looks up flags and oppositions for one batch, and asks the rules."""

    def __init__(self, app: App, batch: OpenBatch) -> None:
        self._app = app
        self._batch = batch
        self.decider: Decider | None = None  # of the connector that was chosen

    def flags(self, connector: int | None = None) -> Flags:
        """Return whether the campaign, or the connector that carries it, was switched off."""
        with self._app.db.read() as connection:
            return read_flags(connection, self._batch.claim.campaign_id, connector)

    def next_slice(
        self, candidates: list[int], carrier: ConnectorRow, rate: float | None
    ) -> Prepared | None:
        """Check who may go out by a connector, within its rate; None: nobody, it was switched off.

        Raises SQLAlchemy's OperationalError when something cannot be looked up.
        """
        now, checked_at = self._app.clock.now(), self._app.clock.boot()
        flags = self.flags(carrier.number)
        if flags.stop(now) or self.outdated(flags):
            return None
        prepared = self.sort_out(candidates, checked_at)
        if prepared.positions and rate is not None:
            granted, start_at = routing.permit(
                self._app.db, carrier, rate, len(prepared.positions), now
            )
            prepared.keep(granted)
            prepared.start_at = start_at
        return prepared

    def sort_out(self, candidates: list[int], checked_at: float) -> Prepared:
        """Split candidates into those who go out and those who do not.

        ``checked_at`` is the boot clock's time before the first look at anything, flags included.
        """
        now = self._app.clock.now()
        prepared = Prepared(examined=list(candidates), checked_at=checked_at)
        opposed = self.opposed(candidates)
        for position in candidates:
            if position in opposed:
                prepared.rows.append(self.suppressed(position))
            else:
                self._place(prepared, position, now)
        self._decide(prepared, now)
        return prepared

    def _decide(self, prepared: Prepared, now: Millis) -> None:
        """Ask the rules about everybody who could go out."""
        decider = self.decider
        if decider is None:
            msg = "nobody goes out whom no rule was asked about"
            raise EngineError(msg)
        decided = decider.decide(prepared.positions, now)
        left = decider.holds_for(now)
        if left is not None:
            prepared.until = prepared.checked_at + left / SECOND
        if not decided.denied and not decided.deferred:
            return
        for position, why in decided.denied.items():
            row = self._batch.row(position, Outcome.DENIED, now, reason=why)
            prepared.rows.append(row)
        prepared.deferred = dict(decided.deferred)
        held = decided.denied.keys() | decided.deferred.keys()
        prepared.positions = [place for place in prepared.positions if place not in held]

    def again(self, positions: list[int], connector: int) -> Fresh:
        """Check a slice that had to wait for the one before it, for the journal or for the rate."""
        checked_at = self._app.clock.boot()
        try:
            flags = self.flags(connector)
            stop = flags.stop(self._app.clock.now()) or self.outdated(flags)
            opposed = self.opposed(positions)
        except (sa.exc.OperationalError, sa.exc.InterfaceError):
            return Fresh(positions, checked_at, stop=True)  # nobody goes out unchecked
        late = [self.suppressed(position) for position in sorted(opposed)]
        left = [position for position in positions if position not in opposed]
        return Fresh(left, checked_at, late, stop)

    def outdated(self, flags: Flags) -> bool:
        """Return whether policy has changed since the rules were made ready."""
        ruling = None if self.decider is None else self.decider.ruling
        return ruling is None or ruling.outdated(flags.generation, self._app.clock.now())

    def reservation(self, positions: list[int], returned: Returned) -> Reservation | None:
        """Return what takes places under rules on how often, and gives others back.

        None: no rule counts this channel, or there is nothing to do.
        """
        decider = self.decider
        if decider is None:
            return None
        return decider.reservation(positions, self._app.clock.now(), returned)

    def _place(self, prepared: Prepared, position: int, now: Millis) -> None:
        batch = self._batch
        recipient = batch.recipient(position)
        if recipient is None:
            prepared.rows.append(batch.row(position, Outcome.ERASED, now))
            return
        point = batch.point(recipient)
        if point is None:
            self._unreachable(prepared, position, "no_address", "no_address")
        elif point.address is None:
            self._unreachable(prepared, position, "invalid", point.fault)
        else:
            prepared.positions.append(position)

    def _unreachable(self, prepared: Prepared, position: int, why: str, reason: str) -> None:
        batch = self._batch
        outcome = Outcome.INVALID
        if batch.passes_on(why):
            outcome = Outcome.PASSED_ON
            prepared.onward.append(position)
        prepared.rows.append(batch.row(position, outcome, self._app.clock.now(), reason=reason))

    def suppressed(self, position: int) -> DeliveryRow:
        """Return the delivery of somebody who must not be contacted."""
        return self._batch.row(
            position, Outcome.SUPPRESSED, self._app.clock.now(), reason="opposition"
        )

    def opposed(self, positions: list[int]) -> set[int]:
        """Return the positions whose contact point or person must not be contacted.

        Raises SQLAlchemy's OperationalError when it cannot be looked up: then nobody goes out.
        """
        return opposed(self._app.db, self._batch, positions)
