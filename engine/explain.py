"""What became of one person in a campaign, and why.

People are found through the key indexes of blocks: only a block that may hold the person is
unsealed. Once a campaign's blocks are gone, the deliveries themselves are asked, which keep keys
as long as the history lasts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from engine import bitmap, oppositions
from engine.app import App
from engine.blocks import Block, Recipient, decode_block, may_hold
from engine.briefing import campaign_scope
from engine.clock import Millis
from engine.oppositions import Found as Opposed
from engine.states import BatchState, Outcome
from engine.statistics import Found, find
from engine.store import overviews
from engine.store.overviews import BatchRow, LegRow
from engine.subjects import REF, Subject, keyed
from engine.vault import KeyDestroyed


@dataclass(frozen=True, slots=True)
class Leg:
    """What became of a recipient on one channel of the route."""

    channel: str
    outcome: str
    reason: str
    connector: str | None
    units: int
    at: Millis


@dataclass(frozen=True, slots=True)
class Wait:
    """Where a recipient waits: the channel, what for, and until when at least."""

    channel: str
    state: str
    not_before: Millis


@dataclass(frozen=True, slots=True)
class Story:
    """One recipient of the campaign that fits the question."""

    block: int
    position: int
    legs: tuple[Leg, ...]
    wait: Wait | None

    @property
    def outcome(self) -> str:
        """The final outcome, or ``waiting``."""
        final = [leg.outcome for leg in self.legs if leg.outcome != Outcome.PASSED_ON.word]
        return final[-1] if final else "waiting"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that is known about one person in one campaign.

    stories  empty: the person is not among the recipients. Several: an address that several
             persons of the list share, though it serves only one of them
    opposed  what forbids contact now, whatever it was when the campaign ran
    """

    found: Found
    stories: tuple[Story, ...]
    opposed: tuple[Opposed, ...]


def explain(app: App, name: str, controller: str | None, subject: Subject) -> Explanation:
    """Return what became of a person, named by an address or by ``ref``.

    Raises UnknownCampaign, AmbiguousCampaign, SubjectFault, or VaultFault for an altered block.
    """
    with app.db.read() as connection:
        overviews.hold_still(app.db, connection)
        found = find(connection, name, controller)
        one = keyed(app.vault.pseudonyms(found.controller), subject)
        names = overviews.connector_names(connection)
        there = list(members(app, connection, found, one.key))
        stories = [_story(connection, found, names, block, at) for block, at, _ in there]
        if not stories:
            stories = _remembered(connection, found, names, one.key)
    subjects = {Subject(one.kind, one.value): None}
    for block, _, recipient in there:
        subjects |= dict.fromkeys(_subjects(block.content, recipient))
    opposed = oppositions.check(app, found.controller, subjects)
    return Explanation(found, tuple(stories), tuple(opposed))


@dataclass(frozen=True, slots=True)
class Opened:
    """A block that was unsealed, and its number."""

    number: int
    content: Block


def members(
    app: App, connection: sa.Connection, found: Found, key: bytes
) -> Iterator[tuple[Opened, int, Recipient]]:
    """Give every place of a campaign where the person or contact point stands."""
    worth = [
        index.block_id
        for index in overviews.block_indexes(connection, found.row.id)
        if may_hold(index.contact_prefixes, key) or may_hold(index.person_prefixes, key)
    ]
    scope = campaign_scope(found.row.id)
    for block_id, sealed in overviews.sealed_blocks(connection, worth).items():
        try:
            block = decode_block(app.vault.open(found.controller, scope, sealed))
        except KeyDestroyed:
            continue
        for position, recipient in enumerate(block.recipients):
            if recipient is not None and _is(recipient, key):
                yield Opened(block_id, block), position, recipient


def _is(recipient: Recipient, key: bytes) -> bool:
    return recipient.person == key or any(
        point is not None and point.key == key for point in recipient.points
    )


def _subjects(block: Block, recipient: Recipient) -> Iterator[Subject]:
    if recipient.ref:
        yield Subject(REF, recipient.ref)
    for kind, point in zip(block.kinds, recipient.points, strict=True):
        if point is not None and point.address is not None:
            yield Subject(kind, point.address)


def _story(
    connection: sa.Connection, found: Found, names: dict[int, str], block: Opened, position: int
) -> Story:
    row = found.row
    legs = overviews.legs_at(connection, row.expiry_month, row.id, block.number, position)
    told = tuple(_leg(found, names, leg) for leg in legs)
    wait = next(
        (
            _wait(found, batch)
            for batch in overviews.open_batches_of(connection, block.number)
            if position in _owed(batch)
        ),
        None,
    )
    return Story(block.number, position, told, wait)


def _remembered(
    connection: sa.Connection, found: Found, names: dict[int, str], key: bytes
) -> list[Story]:
    row = found.row
    by_place: dict[tuple[int, int], list[Leg]] = {}
    for leg in overviews.legs_of(connection, row.expiry_month, row.id, key):
        by_place.setdefault((leg.block_id, leg.position), []).append(_leg(found, names, leg))
    return [Story(block, at, tuple(legs), None) for (block, at), legs in by_place.items()]


def _leg(found: Found, names: dict[int, str], leg: LegRow) -> Leg:
    return Leg(
        channel=found.row.route[leg.leg - 1],
        outcome=Outcome(leg.outcome).word,
        reason=leg.reason or "",
        connector=names.get(leg.connector or 0),
        units=leg.units,
        at=leg.at,
    )


def _owed(batch: BatchRow) -> set[int]:
    owed: set[int] = set()
    for bits in (batch.todo, batch.in_flight, batch.again, batch.onward):
        owed.update(bitmap.positions(bits))
    return owed


def _wait(found: Found, batch: BatchRow) -> Wait:
    return Wait(
        channel=found.row.route[batch.leg - 1],
        state=BatchState(batch.state).name.lower(),
        not_before=batch.not_before,
    )
