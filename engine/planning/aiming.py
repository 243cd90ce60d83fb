"""Aims: who of an earlier campaign is meant, or left out, by what became of them in it.

The keys of those persons are read once, a part of the campaign at a time, and spilled into the
buckets that the rows fall into: memory stays flat however many they are. No address is looked at.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import sqlalchemy as sa

from engine.app import App
from engine.planning.cursor import Aim, Reached, Spilled
from engine.planning.passes import bucket_of
from engine.retention.sweeper import month_of
from engine.sources import SourceFault
from engine.states import CampaignState, Outcome
from engine.store import aimed, campaigns
from engine.store.aimed import Blocks
from engine.store.campaigns import CampaignRow
from engine.wire.job import Recipients
from policy.decision import SENTENCES, ReasonCode
from policy.facts import AimFacts

NOT_AIMED: Final = "not_aimed"
KEYS_AT_ONCE: Final = 100_000
_BLOCKS_AT_ONCE: Final = 50

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[bytes])

Keys = Mapping[Aim, frozenset[bytes]]


@dataclass(frozen=True, slots=True)
class Aimed:
    """What a campaign aims at: facts for the policy, and what planning needs of the right ones."""

    facts: tuple[AimFacts, ...] = ()
    aims: tuple[Aim, ...] = ()


def look_up(app: App, connection: sa.Connection, controller: int, recipients: Recipients) -> Aimed:
    """Find the earlier campaigns that a campaign aims at."""
    facts, aims = [], []
    for only, wanted in ((True, recipients.only), (False, recipients.except_)):
        if wanted is None:
            continue
        row = campaigns.find(connection, controller, wanted.campaign)
        facts.append(
            AimFacts(
                wanted.campaign,
                there=row is not None,
                finished=row is not None and row.state is CampaignState.FINISHED,
                kept=row is not None and _kept(app, row),
            )
        )
        if row is not None:
            outcomes = sorted(Outcome[outcome.name] for outcome in wanted.outcomes)
            aims.append(Aim(row.id, wanted.campaign, only, tuple(outcomes), row.accepted))
    return Aimed(tuple(facts), tuple(aims))


def read_on(app: App, aim: Aim, reached: Reached) -> tuple[list[bytes], Reached]:
    """Return the next persons that an aim means, and how far that came.

    Raises SourceFault when the earlier campaign's history went meanwhile.
    """
    month = _month(app, aim)
    keys: list[bytes] = []
    with app.db.read() as connection:
        after, last = reached.after, reached.last
        if last is None:
            after, last = aimed.blocks_of(connection, month, aim.campaign_id)
        while after < last and len(keys) < KEYS_AT_ONCE:
            until = min(after + _BLOCKS_AT_ONCE, last)
            outcomes = tuple(map(Outcome, aim.outcomes))
            part = Blocks(after, until)
            keys += aimed.persons(connection, month, aim.campaign_id, outcomes, part)
            after = until
    if _month(app, aim) != month:  # put aside for a legal hold, just now
        return read_on(app, aim, reached)
    return keys, Reached(reached.aim, after, last)


def all_keys(app: App, aim: Aim) -> Iterator[list[bytes]]:
    """Return every person that an aim means, part by part; raises SourceFault as ``read_on``."""
    reached = Reached()
    while not reached.whole:
        keys, reached = read_on(app, aim, reached)
        yield keys


def stage_of(aim: int) -> int:
    """Return the stage under which the keys of an aim are spilled: no stage of rows has it."""
    return -2 - aim


def keys_by_bucket(keys: Iterable[bytes], buckets: int) -> dict[int, bytes]:
    """Return keys as bytes to be sealed, by the bucket that rows of those persons fall into."""
    found: dict[int, list[bytes]] = {}
    for key in keys:
        found.setdefault(bucket_of(key, buckets), []).append(key)
    return {bucket: _ENCODER.encode(group) for bucket, group in found.items()}


def decode_keys(parts: Iterable[bytes]) -> frozenset[bytes]:
    """Read what ``keys_by_bucket`` made of one bucket, in any number of parts."""
    return frozenset(key for part in parts for key in _DECODER.decode(part))


def keep_aimed(rows: Sequence[Spilled], keys: Keys, reasons: Counter[str]) -> list[Spilled]:
    """Return the rows that every aim leaves in; the others are counted in ``reasons``."""
    kept = list(rows)
    for aim, persons in keys.items():
        kept = [row for row in kept if (row.recipient.person in persons) is aim.only]
    if len(kept) < len(rows):
        reasons[NOT_AIMED] += len(rows) - len(kept)
    return kept


def _month(app: App, aim: Aim) -> int:
    """Return where the history of an earlier campaign lies, as long as all of it is there."""
    with app.db.read() as connection:
        row = campaigns.by_id(connection, aim.campaign_id)
    if row is None or not _kept(app, row):
        reason = ReasonCode.AIMED_CAMPAIGN_FORGOTTEN
        raise SourceFault(reason, SENTENCES[reason].en.format(subject=aim.name))
    return row.expiry_month


def _kept(app: App, row: CampaignRow) -> bool:
    """Whether none of a campaign's deliveries can have been dropped: its month is not over."""
    return row.expiry_month > month_of(app.clock.now())
