"""The rows that places are taken in: locked in one order, made anew, swept past whoever is busy."""

from collections.abc import Callable, Sequence
from random import Random
from threading import Event, Thread
from time import sleep

import sqlalchemy as sa

from channels.contract import Channel
from engine.blocks import Point, Recipient
from engine.clock import DAY, Millis
from engine.contact_caps import NOTHING_RETURNED, Counted, Reservation, Returned
from engine.contact_times import unpack
from engine.retention.ledgers import ContactTimes
from engine.retention.sweeper import Held
from engine.store import contacts, keyed_traces
from engine.store.policy_tables import contacts as table
from tests.scenarios.site import Site

TURNS = 40


class Numbered:
    """People by number: whoever stands at a position has that number as the key."""

    controller, purpose, channel = 1, "offres", Channel.EMAIL

    def recipient(self, position: int) -> Recipient:
        return Recipient(key(position), None, (), ())

    def point(self, recipient: Recipient) -> Point:
        return Point("p@example.org", recipient.person, recipient.person[::-1])


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def reserve(
    site: Site,
    connection: sa.Connection,
    positions: Sequence[int],
    at: Millis,
    returned: Returned = NOTHING_RETURNED,
) -> None:
    counted = Counted(site.app.db, Numbered(), across=True)
    Reservation(counted, positions, Channel.EMAIL, at, lambda *_: True, returned)(connection)


def journal_by_turns(site: Site, seed: int) -> None:
    """Take places in each turn, and give back those of the turn before."""
    chance, now = Random(seed), site.clock.now()
    before: list[int] = []
    for turn in range(TURNS):
        wanted = chance.sample(range(40), 10) if turn < TURNS - 1 else []
        with site.app.db.write() as connection:
            reserve(site, connection, wanted, now, Returned(before, now))
        before = wanted


def sweep_by_turns(site: Site) -> None:
    for _ in range(TURNS):
        ContactTimes().sweep(site.app, site.clock.now(), Held(), 20)


def all_at_once(*works: Callable[[], None]) -> list[BaseException]:
    """Do these at once; return what went wrong."""
    failed: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as fault:  # noqa: BLE001 (told to the test)
            failed.append(fault)

    threads = [Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return failed


def test_who_takes_what_another_gives_back_never_waits_in_a_circle(site: Site) -> None:
    """PostgreSQL would cut a circle after a second, at the cost of one of them."""
    failed = all_at_once(
        lambda: journal_by_turns(site, 1),
        lambda: journal_by_turns(site, 2),
        lambda: journal_by_turns(site, 3),
        lambda: sweep_by_turns(site),
    )
    assert failed == []
    with site.app.db.read() as connection:
        left = connection.scalars(sa.select(table.c.spans)).all()
    assert not any(unpack(spans) for spans in left), "a place was not given back"


def test_a_row_that_is_deleted_meanwhile_is_made_anew(site: Site) -> None:
    """An erasure deletes it, and has not committed yet as the place is taken."""
    now = site.clock.now()
    with site.app.db.write() as connection:
        reserve(site, connection, [0, 1, 2], now)
    begun = Event()

    def erase() -> None:
        with site.app.db.write() as connection:
            assert keyed_traces.drop_contact_times(connection, 1, [key(0), key(1)]) == 2
            begun.set()
            sleep(0.2)

    def take() -> None:
        assert begun.wait(10)
        with site.app.db.write() as connection:
            reserve(site, connection, [0, 1, 2], now + 1)

    assert all_at_once(erase, take) == []
    with site.app.db.read() as connection:
        stored = contacts.read(connection, [(key(number), 1) for number in range(3)])
    assert [len(unpack(stored[key(number), 1])) for number in range(3)] == [1, 1, 2]


def test_a_sweep_passes_by_whoever_is_contacted_just_now(site: Site) -> None:
    later = site.clock.now() + 800 * DAY
    with site.app.db.write() as connection:
        reserve(site, connection, [0, 1], site.clock.now())
    with site.app.db.write() as connection:
        reserve(site, connection, [0], later)
        if not site.app.db.is_sqlite:  # which lets one write at a time
            assert ContactTimes().sweep(site.app, later, Held(), 20) == 2
    ContactTimes().sweep(site.app, later, Held(), 20)
    with site.app.db.read() as connection:
        stored = contacts.read(connection, [(key(0), 1), (key(1), 1)])
    assert [len(unpack(spans)) for spans in stored.values()] == [1]
