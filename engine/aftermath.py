"""What else follows from results: suppressions, a paused campaign, its end, corrected doubts."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

import sqlalchemy as sa
import structlog

from channels.contract import ADDRESS_KIND
from engine import oppositions
from engine.app import App
from engine.briefing import Briefing
from engine.campaign_events import tell
from engine.counters import NO_CONNECTOR, Key, settled, units
from engine.endings import Landing
from engine.events import (
    Corrected,
    FinalOutcome,
    Finished,
    OutcomeCounts,
    Paused,
    Reason,
)
from engine.open_batch import OpenBatch
from engine.states import CampaignState, Outcome
from engine.store import counters, deliveries
from engine.store.delivery_row import DeliveryRow
from engine.store.journal import Along
from engine.store.suppressions import Mark
from engine.store.tables import campaigns
from engine.subjects import Keyed, Realm

_log = structlog.get_logger()
_CORRECTION_WAITS = (0.1, 0.3, 1.0, 3.0)  # seconds; who was fenced has time, and nothing else to do
_CORRECTABLE = frozenset({Outcome.SENT, Outcome.FAILED, Outcome.INVALID})


def outcome_counts(connection: sa.Connection, campaign_id: int) -> OutcomeCounts:
    """Return how many recipients of a campaign ended as what; passed on is no end."""
    found: Counter[str] = Counter()
    for count in deliveries.counts(connection, campaign_id):
        if count.outcome is not Outcome.PASSED_ON:
            found[count.outcome.word] += count.recipients
    return OutcomeCounts(**found)


class Aftermath:
    """Writes that belong into the journal transactions of one batch."""

    def __init__(self, app: App, batch: OpenBatch, shard: int) -> None:
        self._app = app
        self._batch = batch
        self._shard = shard

    @property
    def _briefing(self) -> Briefing:
        return self._batch.briefing

    @property
    def _names(self) -> tuple[str, str]:
        return self._briefing.controller_name, self._briefing.campaign_name

    def along(self, landing: Landing) -> list[Along]:
        """Return what has to be written with the outcomes of a slice."""
        writes: list[Along] = []
        if landing.suppress:
            writes.append(partial(self._suppress, list(landing.suppress)))
        if landing.stop_campaign is not None:
            writes.append(partial(self._pause, landing.stop_campaign))
        return writes

    def _suppress(
        self, positions: Sequence[int], connection: sa.Connection, _open: int | None
    ) -> None:
        """Never contact these addresses again on this channel: the provider knows they are dead."""
        batch, where = self._batch, Realm(self._briefing.controller, self._briefing.controller_name)
        mark = Mark(
            where.scope,
            batch.channel,
            oppositions.Reason.HARD_BOUNCE,
            "dispatch",
            "contact",
            self._app.clock.now(),
        )
        dead = []
        for position in positions:
            recipient = batch.recipient(position)
            point = batch.point(recipient) if recipient is not None else None
            if point is not None and point.address is not None and point.key is not None:
                dead.append(Keyed(point.key, ADDRESS_KIND[batch.channel], point.address))
        oppositions.record(self._app, connection, where, mark, dead)

    def _pause(self, reason: str, connection: sa.Connection, _open: int | None) -> None:
        """Pause the campaign: its content is at fault, and everybody else would fare the same."""
        now = self._app.clock.now()
        told = Reason(
            reason=reason, sentence="The relay refuses this content; mend it before resuming."
        )
        paused = connection.execute(
            sa.update(campaigns)
            .where(campaigns.c.id == self._briefing.campaign_id, campaigns.c.paused_at.is_(None))
            .values(paused_at=now, reasons=f'["{reason}"]')
        ).rowcount
        if paused:
            tell(
                connection,
                Paused,
                self._names,
                now,
                reasons=(told,),
            )

    def finish_campaign(self, connection: sa.Connection, open_batches: int | None) -> None:
        """Finish the campaign in the transaction that closes its last batch."""
        if open_batches != 0:
            return
        now = self._app.clock.now()
        accepted = connection.execute(
            sa.update(campaigns)
            .where(campaigns.c.id == self._briefing.campaign_id)
            .values(state=CampaignState.FINISHED, finished_at=now)
            .returning(campaigns.c.accepted)
        ).scalar_one()
        counts = outcome_counts(connection, self._briefing.campaign_id)
        tell(
            connection,
            Finished,
            self._names,
            now,
            accepted=accepted,
            outcomes=counts,
        )
        _log.info("campaign_finished", campaign=self._briefing.campaign_id, accepted=accepted)

    def correct(self, rows: Sequence[DeliveryRow]) -> int:
        """Tell what is known of deliveries that the taker of the batch recorded as in doubt.

        Returns how many were corrected. A database that stays away leaves the doubt: it is
        honest.
        """
        known = [row for row in rows if row.outcome in _CORRECTABLE]
        for wait in _CORRECTION_WAITS:
            try:
                return self._correct(known)
            except (sa.exc.OperationalError, sa.exc.InterfaceError):
                self._app.clock.wait(wait)
        _log.warning("doubt_kept", campaign=self._briefing.campaign_id, deliveries=len(known))
        return 0

    def _correct(self, known: Sequence[DeliveryRow]) -> int:
        corrected: Counter[Outcome] = Counter()
        counts: Counter[Key] = Counter()
        channel = self._batch.channel
        with self._app.db.write() as connection:
            for row in known:
                found = deliveries.settle_doubt(self._app.db, connection, row, self._shard)
                if found is not None:
                    corrected[Outcome(row.outcome)] += 1
                    counts[settled(channel, Outcome(row.outcome))] += 1
                    counts[units(channel, row.connector or NO_CONNECTOR)] += found.more_units
            self._tell_corrected(connection, corrected)
            counters.add(connection, counts)
        return corrected.total()

    def _tell_corrected(self, connection: sa.Connection, corrected: Counter[Outcome]) -> None:
        now = self._app.clock.now()
        for outcome, number in corrected.items():
            tell(
                connection,
                Corrected,
                self._names,
                now,
                count=number,
                was=FinalOutcome.IN_DOUBT,
                now=FinalOutcome(outcome.word),
            )
