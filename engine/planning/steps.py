"""The steps of planning. Each reads, computes and seals outside, then commits one transaction.

A commit writes what the step made, removes what it consumed and moves the cursor by
compare-and-set. So a crash anywhere, or a second planner, leaves nothing lost and nothing twice:
what was not committed is done again from the stored cursor, by whoever comes next.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import sqlalchemy as sa
from msgspec.structs import replace

from engine.app import App
from engine.briefing import campaign_scope
from engine.controllers import ALIVE, Controller
from engine.planning import aiming, ending
from engine.planning.cursor import (
    AIMING,
    PERSONS,
    READING,
    Aim,
    Cursor,
    Reached,
    Spilled,
    decode_cursor,
    decode_spill,
    encode_cursor,
)
from engine.planning.ending import ErasedMeanwhile, Overtaken, counts_of, spill_scope
from engine.planning.making import Made, Maker
from engine.planning.passes import Pass, in_order
from engine.planning.rows import RowMaker, without_erased
from engine.sources import ERASED, Group, SourceFault, source_of
from engine.store import blocks, campaigns, erased
from engine.store.campaigns import CampaignRow, ReadCounts
from engine.volume_rules import lacks_approval, volume_refused
from engine.wire.decode import decode_stored_job

BUCKET_ROWS: Final = 20_000
_MOST_BUCKETS: Final = 1_000
_OPEN_AT_ONCE: Final = 32


def buckets_for(rows: int, aims: Sequence[Aim] = ()) -> int:
    """Return how many buckets a source of about so many rows is spilled into.

    The persons that an aim means share them, so that memory stays flat however many they are.
    """
    most = max((rows, *(aim.size for aim in aims)))
    return min(max(-(-most // BUCKET_ROWS), 1), _MOST_BUCKETS)


def _aim_stages(cursor: Cursor) -> list[int]:
    """Return the stages of the keys that the pass over persons works off."""
    aims = cursor.aims if cursor.stage == PERSONS else ()
    return [aiming.stage_of(place) for place in range(len(aims))]


class Plan:
    """A campaign that is being planned by this process."""

    def __init__(self, app: App, campaign: CampaignRow, controller: Controller) -> None:
        if campaign.sealed_job is None or campaign.cursor is None:
            raise ending.PlanFault(f"campaign {campaign.id} was never admitted")
        self.campaign = campaign
        self.controller = controller
        self._app = app
        self._stored = campaign.cursor
        self._cursor = decode_cursor(campaign.cursor)
        self._counts = counts_of(campaign)
        with app.db.read() as connection:
            self._erased = erased.read(connection, campaign.controller)
        scope = campaign_scope(campaign.id)
        job = decode_stored_job(app.vault.open(controller.name, scope, campaign.sealed_job))
        self._job = job
        self._source = source_of(app, controller.name, job, campaign.list_id, campaign.list_until)
        self._groups: Iterator[Group] | None = None
        self._maker = Maker(app, campaign, controller.name)

    def step(self) -> bool:
        """Do one step; False: planning has ended.

        Raises Overtaken or SourceFault; nothing of the step was written then.
        """
        if self._cursor.stage == READING:
            self._read()
        elif self._cursor.stage == AIMING:
            self._aim()
        elif self._cursor.stage <= len(self._cursor.passes):
            self._work_bucket()
        else:
            self._end()
            return False
        return True

    def abandon(self) -> None:
        """End a campaign that was cancelled before it was planned."""
        ending.discard_source(self._source, self.campaign)
        with self._app.db.read() as connection:
            deleted = campaigns.lost_its_list(connection, self.campaign)
        reason = ending.LIST_DELETED if deleted else ending.CANCELLED
        ending.finish_empty(self._app, self.campaign, self.controller.name, reason)

    def _read(self) -> None:
        """Spill the next group of the source into buckets by person."""
        if self._groups is None:
            self._groups = self._source.groups(self._cursor.position)
        group = next(self._groups)
        cursor = self._cursor
        keys = self._app.vault.pseudonyms(self.controller.name)
        maker = RowMaker(self.campaign.id, cursor.kinds, cursor.variables, keys)
        persons = Pass(None)
        persons.take(self._living(maker.make(group.rows, self._counts.rows_read), maker.reasons))
        maker.reasons.update(line.reason for line in group.rejected)
        if group.last:
            self._source.verify()
        after = replace(
            cursor,
            stage=cursor.after_reading if group.last else READING,
            position=group.position,
            buckets=cursor.buckets or buckets_for(group.total, cursor.aims),
            refs=cursor.refs or maker.refs,
            reasons=dict(maker.reasons + Counter(cursor.reasons)),
        )
        counts = ReadCounts(
            rows_read=self._counts.rows_read + len(group.rows) + len(group.rejected),
            duplicates=self._counts.duplicates + persons.duplicates,
            rejected=self._counts.rejected + maker.reasons.total(),
            accepted=0,
        )
        made = self._maker.spilled(persons.kept(), PERSONS, None, after.buckets)
        self._commit(after, counts, made)

    def _aim(self) -> None:
        """Spill the next persons of an earlier campaign into buckets, for the pass over persons."""
        cursor = self._cursor
        place = cursor.reached.aim
        keys, reached = aiming.read_on(self._app, cursor.aims[place], cursor.reached)
        made = self._maker.aimed(keys, aiming.stage_of(place), cursor.buckets)
        if reached.whole:
            reached = Reached(place + 1)
        done = reached.aim == len(cursor.aims)
        after = replace(cursor, stage=PERSONS if done else AIMING, reached=reached)
        self._commit(after, self._counts, made)

    def _work_bucket(self) -> None:
        """Compare the rows of one bucket; spill those that are left, or cut them into blocks."""
        cursor, campaign_id = self._cursor, self.campaign.id
        stage, bucket = cursor.stage, cursor.bucket
        with self._app.db.read() as connection:
            consumed = blocks.take_spills(connection, campaign_id, stage, bucket)
        compared = self._compared(consumed, cursor.passes[stage - 1])
        reasons: Counter[str] = Counter()
        kept = self._living(compared.kept(), reasons)
        if stage == PERSONS and cursor.aims:
            keys, used = self._persons_aimed_at(bucket)
            kept = aiming.keep_aimed(kept, keys, reasons)
            consumed += used
        if stage < len(cursor.passes):
            made = self._maker.spilled(kept, stage + 1, cursor.passes[stage], cursor.buckets)
        else:
            # All who may still be accepted: known now, but for the duplicates of buckets to come.
            counted = self._counts
            everybody = counted.rows_read - counted.rejected - counted.duplicates
            everybody -= compared.duplicates + reasons.total()
            made = self._maker.cut(in_order(kept, cursor.passes[-1]), cursor, everybody)
        accepted = len(kept) if made.batches else 0
        counts = ReadCounts(
            rows_read=self._counts.rows_read,
            duplicates=self._counts.duplicates + compared.duplicates,
            rejected=self._counts.rejected + reasons.total(),
            accepted=self._counts.accepted + accepted,
        )
        last = bucket + 1 == cursor.buckets
        after = replace(
            cursor,
            stage=stage + 1 if last else stage,
            bucket=0 if last else bucket + 1,
            sequence=cursor.sequence + made.batches,
            starts=dict(Counter(cursor.starts) + Counter(made.starts)),
            assumed=cursor.assumed + made.assumed,
            reasons=dict(reasons + Counter(cursor.reasons)),
        )

        def write(connection: sa.Connection) -> None:
            made.write(connection)
            for worked_off in (stage, *_aim_stages(cursor)):
                blocks.drop_spills(connection, campaign_id, worked_off, bucket)

        self._commit(after, counts, Made(made.sealed, write))
        self._app.vault.destroy(consumed)

    def _living(self, rows: list[Spilled], reasons: Counter[str]) -> list[Spilled]:
        """Return rows without whoever was erased, as far as is known; the commit asks again."""
        if not self._erased.keys:
            return rows
        kept, gone = without_erased(rows, self._erased.keys)
        if gone:
            reasons[ERASED] += gone
        return kept

    def _persons_aimed_at(self, bucket: int) -> tuple[aiming.Keys, list[bytes]]:
        """Return whom each aim means of a bucket, and the spills that told it."""
        scope = spill_scope(self.campaign.id)
        keys, used = {}, []
        for place, aim in enumerate(self._cursor.aims):
            with self._app.db.read() as connection:
                stage = aiming.stage_of(place)
                sealed = blocks.take_spills(connection, self.campaign.id, stage, bucket)
            plain = self._app.vault.open_many(self.controller.name, scope, sealed)
            keys[aim] = aiming.decode_keys(plain)
            used += sealed
        return keys, used

    def _compared(self, sealed: Sequence[bytes], kind: int | None) -> Pass:
        """Run one pass over the rows of a bucket, a few spills at a time."""
        scope = spill_scope(self.campaign.id)
        compared = Pass(kind)
        for start in range(0, len(sealed), _OPEN_AT_ONCE):
            part = sealed[start : start + _OPEN_AT_ONCE]
            for plain in self._app.vault.open_many(self.controller.name, scope, part):
                compared.take(decode_spill(plain))
        return compared

    def _commit(self, after: Cursor, counts: ReadCounts, made: Made) -> None:
        after = replace(after, version=self._cursor.version + 1)
        stored = encode_cursor(after)
        try:
            with self._app.db.write() as connection:
                self._hold_controller(connection)
                self._move_cursor(connection, stored, counts)
                made.write(connection)
        except (ErasedMeanwhile, Overtaken, SourceFault):
            self._app.vault.destroy(made.sealed)  # certainly not written
            raise
        self._cursor, self._stored, self._counts = after, stored, counts

    def _hold_controller(self, connection: sa.Connection) -> None:
        """Keep the controller as it is until the commit.

        Whoever erases a person takes the controller's row alone: before this call they are found
        among what was written, after the commit by the scan of blocks.
        """
        if blocks.hold_controller(connection, self.campaign.controller) != ALIVE:
            raise SourceFault(
                "controller_not_alive", "The contract with this controller has ended."
            )
        if erased.count(connection, self.campaign.controller) != self._erased.erasures:
            raise ErasedMeanwhile(f"campaign {self.campaign.id}: its rows must be looked at again")

    def _move_cursor(self, connection: sa.Connection, stored: str, counts: ReadCounts) -> None:
        if not campaigns.move_cursor(connection, self.campaign.id, self._stored, stored, counts):
            raise Overtaken(f"campaign {self.campaign.id}: its cursor was moved")

    def _end(self) -> None:
        with self._app.db.read() as connection:
            campaign = campaigns.by_id(connection, self.campaign.id)
        if campaign is None or campaign.cursor != self._stored:
            raise Overtaken(f"campaign {self.campaign.id}: its cursor was moved")
        # First: should the process die in between, the next one finds the rows in blocks.
        ending.discard_source(self._source, campaign)
        if campaign.accepted == 0:
            ending.finish_empty(self._app, campaign, self.controller.name, ending.NO_RECIPIENTS)
            return
        refused = volume_refused(self._app, self.controller, self._job, campaign)
        lacking = lacks_approval(refused)
        if refused and not lacking:
            raise SourceFault(refused[0].reason.value, refused[0].sentence())
        ending.release(
            self._app, campaign, self.controller.name, self._cursor, approved=not lacking
        )
