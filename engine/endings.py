"""What a slice's results mean: outcomes, another round, the next leg, or back to the batch."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from channels.contract import Effect, Idempotency, SendKind, SendResult, Traits
from engine.bitmap import bitmap
from engine.clock import HOUR, MINUTE, SECOND, Millis
from engine.open_batch import OpenBatch
from engine.protocol import Holder
from engine.slices import LiveSlice
from engine.states import Outcome, lane_of
from engine.store.delivery_row import DeliveryRow
from engine.store.journal import FollowUp

# How long the next round waits, by how often every usable connector has said no. After the last
# one the delivery has failed; a campaign's own end usually comes first.
BACK_OFF: tuple[Millis, ...] = (
    30 * SECOND,
    2 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    1 * HOUR,
    2 * HOUR,
    4 * HOUR,
    8 * HOUR,
)


_LOOK_FOR_KEYS: Millis = 10 * MINUTE
_log = structlog.get_logger()


@dataclass(slots=True)
class Landing:
    """The results of one slice, sorted by what has to be done."""

    rows: list[DeliveryRow] = field(default_factory=list)
    again: list[int] = field(default_factory=list)
    onward: list[int] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    again_at: Millis = 0
    again_reasons: Counter[str] = field(default_factory=Counter)
    served: bool = False  # the provider answered about at least one recipient
    throttled: int = 0
    settled: int = 0
    breaker: str | None = None
    stop_campaign: str | None = None
    suppress: list[int] = field(default_factory=list)

    @property
    def unsent(self) -> list[int]:
        """Those who were certainly not contacted, whatever becomes of them."""
        told = [row.position for row in self.rows if row.outcome not in _MAY_HAVE_IT]
        return [*self.back, *self.again, *told]


def land(
    batch: OpenBatch, live: LiveSlice, traits: Traits, connector: int, usable: int, now: Millis
) -> Landing:
    """Turn the results of a slice into outcomes.

    ``connector`` is the number of the one that carried it, ``usable`` how many connectors could
    carry the channel.
    """
    ends = live.ends()
    landing = Landing(back=list(ends.unsent))
    sorter = _Sorter(batch, landing, traits, connector, usable, now)
    for position, result in ends.results.items():
        sorter.sort(position, result)
    for position in ends.unanswered:
        sorter.sort(position, SendResult(SendKind.IN_DOUBT, "unanswered"))
    return landing


def hand_back(holder: Holder, landing: Landing) -> None:
    """Let the holder of the batch know who is still to do, and when."""
    holder.todo = [*landing.back, *holder.todo]
    holder.again.update(landing.again)
    holder.onward.update(landing.onward)
    holder.again_at = max(holder.again_at, landing.again_at)
    holder.again_reasons.update(landing.again_reasons)


def follow_ups(batch: OpenBatch, holder: Holder, now: Millis) -> list[FollowUp]:
    """Return the batches that a finished one leaves: another round, the next leg, a later time."""
    claim, briefing, born = batch.claim, batch.briefing, []
    if holder.again:
        # Past the campaign's end the follow-up comes due at that end, and expires there.
        due = max(now, min(holder.again_at, briefing.not_after))
        left, reason = bitmap(holder.again), holder.again_reason
        born.append(FollowUp(claim.leg, claim.round + 1, claim.lane, left, due, reason))
    if holder.onward:
        lane = lane_of(briefing.route[claim.leg], urgent=briefing.urgent)
        born.append(FollowUp(claim.leg + 1, 1, lane, bitmap(holder.onward), now))
    for (due, why), waiting in _by_instant(holder.deferred).items():
        # Past the campaign's end they expire, at that end.
        at = min(due, briefing.not_after)
        born.append(FollowUp(claim.leg, claim.round, claim.lane, bitmap(waiting), at, why))
    return born


def _by_instant(deferred: Mapping[int, tuple[Millis, str]]) -> dict[tuple[Millis, str], list[int]]:
    """Return who leaves together: those who wait for the same instant, for the same reason."""
    together: dict[tuple[Millis, str], list[int]] = {}
    for position, when in deferred.items():
        together.setdefault(when, []).append(position)
    return together


def wait_for_keys(holder: Holder, now: Millis) -> None:
    """Let all who are left of a batch wait, whose block or content nobody can open.

    So it is in a copy of the database that is older than an erasure. Nobody can be contacted; nor
    is anybody given up before the campaign ends, since another keyring may hold the key.
    """
    holder.again.update(holder.todo)
    holder.again_reasons["key_destroyed"] += len(holder.todo)
    holder.todo = []
    holder.again_at = now + _LOOK_FOR_KEYS
    _log.error("batch_unreadable", batch=holder.claim.batch_id)


class _Sorter:
    def __init__(
        self,
        batch: OpenBatch,
        landing: Landing,
        traits: Traits,
        connector: int,
        usable: int,
        now: Millis,
    ) -> None:
        self._batch = batch
        self._landing = landing
        self._traits = traits
        self._connector = connector
        self._usable = max(usable, 1)
        self._now = now
        self._by_kind: dict[SendKind, Callable[[int, SendResult], None]] = {
            SendKind.SENT: self._sent,
            SendKind.NOT_ACCEPTED: self._not_accepted,
            SendKind.REFUSED: self._refused,
            SendKind.INVALID: self._invalid,
            SendKind.IN_DOUBT: self._in_doubt,
        }

    def sort(self, position: int, result: SendResult) -> None:
        landing = self._landing
        landing.settled += 1
        if result.units and result.kind is not SendKind.IN_DOUBT:
            landing.served = landing.served or result.effect is not Effect.OPEN_BREAKER
        self._by_kind[result.kind](position, result)
        if result.effect is Effect.SUPPRESS:
            landing.suppress.append(position)
        elif result.effect is Effect.OPEN_BREAKER:
            landing.breaker = result.reason
        elif result.effect is Effect.SLOW_DOWN:
            landing.throttled += 1
        elif result.effect is Effect.STOP_CAMPAIGN:
            landing.stop_campaign = result.reason

    def _sent(self, position: int, result: SendResult) -> None:
        self._row(position, Outcome.SENT, result)

    def _refused(self, position: int, result: SendResult) -> None:
        self._end(position, "failed", Outcome.FAILED, result)

    def _invalid(self, position: int, result: SendResult) -> None:
        self._end(position, "invalid", Outcome.INVALID, result)

    def _not_accepted(self, position: int, result: SendResult) -> None:
        if result.effect is Effect.OPEN_BREAKER:
            # Our own set-up is at fault: that uses up nobody's tries, however long it lasts.
            self._landing.back.append(position)
            return
        cycle, rest = divmod(self._batch.claim.round, self._usable)
        if rest:
            delay = 0  # the next connector in order has not been asked in this cycle
        elif cycle <= len(BACK_OFF):
            delay = BACK_OFF[cycle - 1]
        else:
            self._end(position, "failed", Outcome.FAILED, result)
            return
        if result.retry_after is not None:
            delay = max(delay, int(result.retry_after * SECOND))
        self._landing.again.append(position)
        self._landing.again_reasons[result.reason or "not_accepted"] += 1
        self._landing.again_at = max(self._landing.again_at, self._now + delay)

    def _in_doubt(self, position: int, result: SendResult) -> None:
        # Another provider knows nothing of this one's keys: it would deliver a second time.
        drops_repeats = self._traits.idempotency is Idempotency.KEY and self._usable == 1
        if self._batch.briefing.resend_doubt and drops_repeats:
            self._not_accepted(position, result)
            return
        self._row(position, Outcome.IN_DOUBT, result)

    def _end(self, position: int, fallback: str, outcome: Outcome, result: SendResult) -> None:
        if self._batch.passes_on(fallback):
            outcome = Outcome.PASSED_ON
            self._landing.onward.append(position)
        self._row(position, outcome, result)

    def _row(self, position: int, outcome: Outcome, result: SendResult) -> None:
        self._landing.rows.append(
            self._batch.row(
                position,
                outcome,
                self._now,
                reason=result.reason or None,
                connector=self._connector,
                units=result.units if outcome in _MAY_HAVE_IT else 0,
                provider_ref=result.provider_ref,
            )
        )


_MAY_HAVE_IT = frozenset({Outcome.SENT, Outcome.IN_DOUBT})  # so it is billed, and counts
