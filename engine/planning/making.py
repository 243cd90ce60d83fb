"""What a step of planning makes: sealed spills or blocks, to be written by the step's commit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from engine.app import App
from engine.briefing import campaign_scope
from engine.clock import Millis
from engine.planning.aiming import keys_by_bucket
from engine.planning.cursor import Cursor, Spilled, encode_spill
from engine.planning.cutting import block_of, contact_index, parts_of, person_index
from engine.planning.ending import spill_scope
from engine.planning.own_time import Starts
from engine.planning.passes import by_bucket
from engine.states import lane_of
from engine.store import blocks
from engine.store.blocks import Birth, NewBlock, Spill
from engine.store.campaigns import CampaignRow

Write = Callable[[sa.Connection], None]


@dataclass(frozen=True, slots=True)
class Made:
    """What a step made: sealed bytes, and how they are written.

    batches  born with them
    starts   how many recipients of theirs start at which instant
    assumed  of them, those of whom the time zone is not known
    """

    sealed: Sequence[bytes]
    write: Write
    batches: int = 0
    starts: Mapping[Millis, int] = field(default_factory=dict)
    assumed: int = 0


class Maker:
    """Makes the spills and blocks of one campaign."""

    def __init__(self, app: App, campaign: CampaignRow, controller: str) -> None:
        self._app = app
        self._campaign = campaign
        self._controller = controller

    def spilled(self, rows: Sequence[Spilled], stage: int, kind: int | None, buckets: int) -> Made:
        """Seal rows for the stage that compares ``kind``."""
        sorted_rows = by_bucket(rows, kind, buckets)
        plain = {bucket: encode_spill(group) for bucket, group in sorted_rows.items()}
        return self._spills(stage, plain)

    def aimed(self, keys: Sequence[bytes], stage: int, buckets: int) -> Made:
        """Seal the keys of persons that an aim means, for the pass over persons."""
        return self._spills(stage, keys_by_bucket(keys, buckets))

    def cut(self, rows: Sequence[Spilled], cursor: Cursor, everybody: int) -> Made:
        """Cut rows into sealed blocks, each with its batches on the first leg.

        ``everybody`` is how many recipients the whole campaign has, about.
        """
        campaign = self._campaign
        starts = Starts(cursor, campaign.not_before)
        by_start = starts.sort(rows)
        most = self._app.settings.batch_size
        parts = list(parts_of(by_start, most, campaign.spread, everybody))
        sealed = self._app.vault.seal_many(
            self._controller,
            campaign_scope(campaign.id),
            [block_of(part, cursor) for part, _ in parts],
            self._app.clock.now(),
        )
        added = [
            NewBlock(len(part), batches, contact_index(part), person_index(part), blob)
            for (part, batches), blob in zip(parts, sealed, strict=True)
        ]
        lane = lane_of(campaign.route[0], urgent=campaign.urgent)
        birth = Birth(campaign.id, campaign.controller, lane, cursor.sequence)

        def write(connection: sa.Connection) -> None:
            blocks.add_blocks(self._app.db, connection, birth, added)

        return Made(
            sealed,
            write,
            sum(len(block.batches) for block in added),
            {begin: len(group) for begin, group in by_start.items()},
            starts.assumed,
        )

    def _spills(self, stage: int, plain: Mapping[int, bytes]) -> Made:
        """Seal what belongs to a stage, by bucket."""
        scope, now = spill_scope(self._campaign.id), self._app.clock.now()
        sealed = self._app.vault.seal_many(self._controller, scope, list(plain.values()), now)
        spills = [Spill(stage, bucket, blob) for bucket, blob in zip(plain, sealed, strict=True)]

        def write(connection: sa.Connection) -> None:
            blocks.add_spills(self._app.db, connection, self._campaign.id, spills)

        return Made(sealed, write)
