"""The audit of a campaign: accepted = final outcomes + waiting, proven row by row.

Two independent sources are compared: the tallies that every figure comes from, and the deliveries
themselves. Those in doubt are named for the client by ``ref``, the client's own id of a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from channels.contract import ADDRESS_KIND, Channel
from engine.app import App
from engine.blocks import Block, decode_block
from engine.briefing import campaign_scope
from engine.clock import Millis
from engine.states import CampaignState, Outcome
from engine.statistics import Found, find
from engine.store import deliveries, due, overviews
from engine.store.overviews import DoubtRow
from engine.vault import KeyDestroyed

_KEY_SHOWN = 8  # bytes: enough to tell people of one campaign apart, too few to look anybody up


@dataclass(frozen=True, slots=True)
class Check:
    """One equation: what should be, what is, and whether they agree."""

    name: str
    expected: int
    found: int

    @property
    def holds(self) -> bool:
        """Whether both sides agree."""
        return self.expected == self.found


@dataclass(frozen=True, slots=True)
class Doubt:
    """A recipient of whom nobody knows whether the message left.

    ref      the client's own id; None where rows had none
    contact  the address, only when it was asked for
    key      first half of the contact key, in hexadecimal: it tells people apart, and names nobody
    """

    ref: str | None
    contact: str | None
    key: str
    block: int
    position: int
    channel: str
    connector: str | None
    reason: str
    at: Millis


@dataclass(frozen=True, slots=True)
class Audit:
    """What was proven of one campaign."""

    found: Found
    final: Mapping[str, int]
    passed_on: int
    waiting: int
    checks: tuple[Check, ...]
    doubts: tuple[Doubt, ...]

    @property
    def holds(self) -> bool:
        """Whether every equation holds."""
        return all(check.holds for check in self.checks)

    @property
    def gap(self) -> int:
        """How many accepted recipients have neither an outcome nor a place to wait; 0 is right."""
        return self.found.row.accepted - sum(self.final.values()) - self.waiting


def audit(app: App, name: str, controller: str | None, *, reveal: bool = False) -> Audit:
    """Prove a campaign's figures; with ``reveal`` addresses of those in doubt are opened too.

    Everything is read from one picture of the database, so that a campaign under way is proven
    as well as one that is over.

    Raises UnknownCampaign, AmbiguousCampaign, or VaultFault when a block was altered.
    """
    with app.db.read() as connection:
        overviews.hold_still(app.db, connection)
        found = find(connection, name, controller)
        row = found.row
        tallies: dict[Outcome, int] = {}
        for count in deliveries.counts(connection, row.id):
            tallies[count.outcome] = tallies.get(count.outcome, 0) + count.recipients
        stored = deliveries.stored_counts(connection, row.expiry_month, row.id)
        planned = row.state in {CampaignState.PLANNED, CampaignState.FINISHED}
        waiting = due.waiting(connection, row.id) if planned else 0
        twice = overviews.counted_twice(connection, row.expiry_month, row.id)
        doubts = overviews.doubts(connection, row.expiry_month, row.id)
        sealed = overviews.sealed_blocks(connection, sorted({doubt.block_id for doubt in doubts}))
        names = overviews.connector_names(connection)
    final = {one: stored[one] for one in sorted(stored) if one is not Outcome.PASSED_ON}
    checks = [
        Check(
            "rows_read = accepted + duplicates + rejected",
            row.rows_read,
            row.accepted + row.duplicates + row.rejected,
        ),
        Check("final outcomes per recipient: never two", 0, twice),
        *(
            Check(f"tally = deliveries: {one.word}", tallies.get(one, 0), stored.get(one, 0))
            for one in Outcome
            if one in tallies or one in stored
        ),
    ]
    if planned:
        total = sum(final.values()) + waiting
        checks.insert(0, Check("accepted = final outcomes + waiting", row.accepted, total))
    blocks = _opened(app, found, sealed)
    return Audit(
        found=found,
        final={one.word: number for one, number in final.items()},
        passed_on=stored.get(Outcome.PASSED_ON, 0),
        waiting=waiting,
        checks=tuple(checks),
        doubts=tuple(_doubt(found, one, blocks, names, reveal=reveal) for one in doubts),
    )


def _opened(app: App, found: Found, sealed: Mapping[int, bytes]) -> dict[int, Block]:
    """Open blocks one by one: the key of one may be destroyed, and with it only its names."""
    scope = campaign_scope(found.row.id)
    opened = {}
    for block_id, blob in sealed.items():
        try:
            opened[block_id] = decode_block(app.vault.open(found.controller, scope, blob))
        except KeyDestroyed:
            continue
    return opened


def _doubt(
    found: Found,
    row: DoubtRow,
    blocks: Mapping[int, Block],
    names: Mapping[int, str],
    *,
    reveal: bool,
) -> Doubt:
    channel = Channel(found.row.route[row.leg - 1])
    ref = contact = None
    block = blocks.get(row.block_id)
    recipient = block.recipients[row.position] if block is not None else None
    if block is not None and recipient is not None:
        ref = recipient.ref
        point = recipient.points[block.kinds.index(ADDRESS_KIND[channel])]
        contact = point.address if reveal and point is not None else None
    return Doubt(
        ref=ref,
        contact=contact,
        key=(row.contact_key or b"")[:_KEY_SHOWN].hex(),
        block=row.block_id,
        position=row.position,
        channel=channel,
        connector=names.get(row.connector or 0),
        reason=row.reason or "",
        at=row.at,
    )
