"""Rows that carry keys of persons beside other facts: found by key, and left without it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from engine.clock import Millis
from engine.store.policy_tables import contacts
from engine.store.privacy_tables import short_links
from engine.store.tables import deliveries, events


class StoredDelivery(NamedTuple):
    """Which delivery a row is."""

    expiry_month: int
    block_id: int
    position: int
    leg: int


def _of_person(
    table: sa.Table, persons: Iterable[bytes], contacts: Iterable[bytes]
) -> sa.ColumnElement[bool]:
    # Equal to one key each: a block-range index answers only that.
    same = [table.c.person_key == key for key in sorted(persons)]
    same += [table.c.contact_key == key for key in sorted(contacts)]
    return sa.or_(sa.false(), *same)


def _by_index(connection: sa.Connection) -> None:
    """Have PostgreSQL use its index of ranges, for the rest of the transaction.

    It guesses that most ranges would match, and reads the whole history instead. A million rows
    take 11 ms by the index and 80 without; SQLite has none, and reads them all.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET LOCAL enable_seqscan = off"))


def deliveries_of(
    connection: sa.Connection, persons: Iterable[bytes], contacts: Iterable[bytes]
) -> list[StoredDelivery]:
    """Return the deliveries that carry one of these keys, in any month."""
    _by_index(connection)
    found = sa.select(*(deliveries.c[name] for name in StoredDelivery._fields))
    rows = connection.execute(found.where(_of_person(deliveries, persons, contacts)))
    return [StoredDelivery(*row) for row in rows]


def anonymise_deliveries(connection: sa.Connection, found: Sequence[StoredDelivery]) -> int:
    """Take keys and provider references away from deliveries; outcomes and sums stay.

    By their primary key: searching the history while writing would keep every other writer of
    SQLite waiting for as long.
    """
    done = 0
    for one in found:
        same = (deliveries.c[name] == value for name, value in one._asdict().items())
        changed = connection.execute(
            deliveries.update()
            .where(*same)
            .values(contact_key=None, person_key=None, provider_ref=None)
        )
        done += changed.rowcount
    return done


def drop_links(
    connection: sa.Connection, controller: int, persons: Iterable[bytes], contacts: Iterable[bytes]
) -> int:
    """Delete a person's short links."""
    done = connection.execute(
        short_links.delete()
        .where(short_links.c.controller == controller)
        .where(_of_person(short_links, persons, contacts))
    )
    return done.rowcount


def drop_contact_times(connection: sa.Connection, scope: int, keys: Iterable[bytes]) -> int:
    """Delete when these keys were contacted, under one scope; return how many rows there were."""
    return connection.execute(
        contacts.delete().where(contacts.c.scope == scope, contacts.c.key.in_(list(keys)))
    ).rowcount


class ToldSoon(NamedTuple):
    """An event that still carries the sealed id of a person."""

    number: int
    sealed: bytes
    created_at: Millis


def events_with_ref(connection: sa.Connection, controller: int) -> list[ToldSoon]:
    """Return a controller's events that still carry the sealed id of a person."""
    found = sa.select(events.c.id, events.c.sealed_ref, events.c.created_at).where(
        events.c.controller == controller,
        events.c.sealed_ref.is_not(None),
        events.c.published_at.is_(None),
    )
    return [ToldSoon(*row) for row in connection.execute(found)]


def drop_event_refs(connection: sa.Connection, event_ids: Sequence[int]) -> None:
    """Leave events without the id of their person."""
    connection.execute(events.update().where(events.c.id.in_(event_ids)).values(sealed_ref=None))
