"""Databases whose clock a test holds in its hand, and rows of campaigns to work on."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from engine.bitmap import full, positions
from engine.clock import Millis
from engine.states import BatchState, CampaignState, Outcome
from engine.store import claims, deliveries, due, journal, partitions, schema
from engine.store.claims import Ask, Claim
from engine.store.database import Database
from engine.store.delivery_row import DeliveryRow
from engine.store.journal import Entry, Progress, Release
from engine.store.tables import batches, blocks, campaigns
from engine.store.tables import deliveries as delivery_table

MONTH = 203611
NOON: Millis = 1_800_000_000_000
DAY: Millis = 86_400_000
LEASE: Millis = 30_000
SHARD = 3


@dataclass(slots=True)
class Hands:
    """The hands of a clock; everything that asks for the time of a test reads them."""

    millis: Millis = NOON
    watch: Callable[[], None] | None = None  # called whenever time has passed

    def move(self, millis: Millis) -> None:
        self.millis += millis
        if self.watch is not None:
            self.watch()

    def now(self) -> Millis:
        return self.millis

    def boot(self) -> float:
        return (self.millis - NOON) / 1000

    def wait(self, seconds: float) -> None:
        self.move(int(seconds * 1000))


class TimedDatabase(Database):
    """A database whose own clock, the one of the leases, is the test's."""

    def __init__(self, url: str, hands: Hands) -> None:
        super().__init__(url)
        self.hands = hands

    def clock(self) -> sa.ColumnElement[int]:
        return sa.literal(self.hands.millis, sa.BigInteger)


def open_migrated(url: str, hands: Hands) -> TimedDatabase:
    """Bring a database to the newest schema, with room for deliveries, and open it."""
    schema.upgrade(url, "main")
    db = TimedDatabase(url, hands)
    partitions.ensure(db, MONTH)
    return db


_names = itertools.count()


@dataclass(slots=True)
class Lane:
    """One lane of a database with the campaigns that a test puts there."""

    db: TimedDatabase
    name: str = field(default_factory=lambda: f"email-{next(_names)}")

    @property
    def now(self) -> Millis:
        return self.db.hands.millis

    def campaign(self, open_batches: int = 1, accepted: int = 0, controller: int = 1) -> int:
        row: dict[str, object] = {
            "controller": controller,
            "name": f"campaign-{next(_names)}",
            "fingerprint": b"f",
            "account": "test",
            "state": CampaignState.PLANNED,
            "kind": "marketing",
            "purpose": "offres",
            "route": '["email"]',
            "urgent": False,
            "not_before": self.now,
            "not_after": self.now + 30 * DAY,
            "spread": 0,
            "resend_doubt": False,
            "expiry_month": MONTH,
            "open_batches": open_batches,
            "accepted": accepted,
            "received_at": self.now,
        }
        with self.db.write() as connection:
            number: int = connection.execute(
                campaigns.insert().values(row).returning(campaigns.c.id)
            ).scalar_one()
        return number

    def change(self, campaign: int, **values: object) -> None:
        if not values:
            return
        with self.db.write() as connection:
            connection.execute(
                sa.update(campaigns).where(campaigns.c.id == campaign).values(values)
            )

    def batch(self, campaign: int, size: int = 4, turn: float = 1.0, **values: object) -> int:
        with self.db.write() as connection:
            block = connection.execute(
                blocks.insert()
                .values(
                    campaign_id=campaign,
                    size=size,
                    contact_prefixes=b"",
                    person_prefixes=b"",
                    sealed=b"",
                )
                .returning(blocks.c.id)
            ).scalar_one()
            row: dict[str, object] = {
                "campaign_id": campaign,
                "controller": 1,
                "block_id": block,
                "leg": 1,
                "round": 1,
                "lane": self.name,
                "turn": turn,
                "state": BatchState.READY,
                "not_before": self.now,
                "todo": full(size),
                "in_flight": b"",
                "again": b"",
                "onward": b"",
                "again_at": 0,
                "step": 0,
                "barren": 0,
            }
            number: int = connection.execute(
                batches.insert().values(row | values).returning(batches.c.id)
            ).scalar_one()
        return number

    def row(self, batch: int) -> sa.Row[tuple[object, ...]]:
        with self.db.read() as connection:
            return connection.execute(sa.select(batches).where(batches.c.id == batch)).one()

    def campaign_row(self, campaign: int) -> sa.Row[tuple[object, ...]]:
        with self.db.read() as connection:
            return connection.execute(sa.select(campaigns).where(campaigns.c.id == campaign)).one()

    def claim(self, token: bytes = b"t", lease: Millis = LEASE) -> Claim | None:
        ask = Ask(self.name, self.now, lease, token.ljust(16, b"."), SHARD)
        return claims.claim(self.db, ask, doubts)

    def take(self, token: bytes = b"t", lease: Millis = LEASE) -> Claim:
        claim = self.claim(token, lease)
        assert claim is not None, "there was nothing to claim"
        return claim

    def journal(self, claim: Claim, step: int, entry: Entry, lease: Millis = LEASE) -> int | None:
        return journal.journal(self.db, claim, step, entry, lease, SHARD)

    def deliveries(self, campaign: int) -> list[tuple[int, Outcome, str | None]]:
        columns = delivery_table.c
        with self.db.read() as connection:
            rows = connection.execute(
                sa.select(columns.position, columns.outcome, columns.reason)
                .where(columns.expiry_month == MONTH, columns.campaign_id == campaign)
                .order_by(columns.block_id, columns.position, columns.leg)
            )
            return [(position, Outcome(outcome), reason) for position, outcome, reason in rows]

    def tallied(self, campaign: int) -> dict[Outcome, int]:
        found: dict[Outcome, int] = {}
        with self.db.read() as connection:
            for count in deliveries.counts(connection, campaign):
                found[count.outcome] = found.get(count.outcome, 0) + count.recipients
        return found

    def stored(self, campaign: int) -> dict[Outcome, int]:
        with self.db.read() as connection:
            return deliveries.stored_counts(connection, MONTH, campaign)

    def waiting(self, campaign: int) -> int:
        with self.db.read() as connection:
            return due.waiting(connection, campaign)


def delivery(
    claim: Claim, position: int, outcome: Outcome = Outcome.SENT, **values: object
) -> DeliveryRow:
    row = DeliveryRow(
        MONTH,
        claim.block_id,
        position,
        claim.leg,
        claim.campaign_id,
        outcome,
        None,
        7 if outcome is Outcome.SENT else None,
        b"c" * 16,
        b"p" * 16,
        1 if outcome in {Outcome.SENT, Outcome.IN_DOUBT} else 0,
        None,
        NOON,
    )
    return row._replace(**values)  # type: ignore[arg-type]  # the test says what differs


def doubts(claim: Claim, in_flight: bytes) -> Sequence[DeliveryRow]:
    return [
        delivery(claim, position, Outcome.IN_DOUBT, reason="interrupted")
        for position in positions(in_flight)
    ]


def progress(
    todo: Iterable[int] = (), in_flight: Iterable[int] = (), again: Iterable[int] = ()
) -> Progress:
    return Progress(bits(todo), bits(in_flight), bits(again), b"", 0)


def bits(found: Iterable[int]) -> bytes:
    number = sum(1 << position for position in found)
    return number.to_bytes((number.bit_length() + 7) // 8, "little")


def finished(now: Millis = NOON) -> Release:
    return Release(done=True, now=now, not_before=now)


def given_back(now: Millis = NOON, until: Millis = NOON) -> Release:
    return Release(done=False, now=now, not_before=until)
