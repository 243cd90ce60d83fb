"""Places under rules on how often: looked up, reserved with the journal, given back.

A place is taken in the transaction that journals a slice, under a lock on the person's row: of two
campaigns that want a person's last place at the same moment, one gets it and the other decides
again. What was certainly not sent gives its place back; what is in doubt keeps it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from channels.contract import Channel
from engine.clock import Millis
from engine.contact_times import ContactTime, pack, unpack
from engine.people import People
from engine.store import contacts
from engine.store.contacts import PLATFORM_SCOPE, Place
from engine.store.database import Database

Contacts = tuple[tuple[str, str, Millis], ...]
"""Earlier contacts as ``policy.send_facts.RecipientFacts.contacts`` has them."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Whose contacts are counted in a batch.

    across  whether those of other controllers count as well, by the contact point
    """

    db: Database
    people: People
    across: bool

    def places(self, positions: Sequence[int]) -> dict[int, tuple[Place, ...]]:
        """Return under which keys each position's contacts are stored: its own first."""
        people = self.people
        found: dict[int, tuple[Place, ...]] = {}
        for position in positions:
            recipient = people.recipient(position)
            if recipient is None:
                continue
            own: tuple[Place, ...] = ((recipient.person, people.controller),)
            point = people.point(recipient)
            if self.across and point is not None and point.platform_key is not None:
                own = (*own, (point.platform_key, PLATFORM_SCOPE))
            found[position] = own
        return found

    def earlier(self, positions: Sequence[int]) -> dict[int, Contacts]:
        """Return the earlier contacts of those positions that have any."""
        places = self.places(positions)
        with self.db.read() as connection:
            stored = contacts.read(connection, _all(places))
        return {
            position: told for position, own in places.items() if (told := self.told(own, stored))
        }

    def told(self, own: Sequence[Place], stored: Mapping[Place, bytes]) -> Contacts:
        """Return what is stored under these places as rules count it."""
        us = self.people.controller
        told = []
        for place in own:
            for one in unpack(stored.get(place, b"")):
                if place[1] != PLATFORM_SCOPE:
                    told.append((one.channel.value, "controller", one.at))
                elif one.controller != us:  # ours are in our own row already
                    told.append((one.channel.value, "platform", one.at))
        return tuple(told)


@dataclass(slots=True)
class Reservation:
    """Takes the places of a slice within the transaction that journals it.

    permits  decides about a position again, by contacts that nobody can change meanwhile
    lost     positions that got no place, after the transaction; they must not go out
    """

    counted: Counted
    positions: Sequence[int]
    channel: Channel
    at: Millis
    permits: Callable[[int, Contacts], bool]
    lost: set[int] = field(default_factory=set)

    def __call__(self, connection: sa.Connection) -> set[int]:
        """Take a place for everybody who still may have one; return who may not."""
        counted = self.counted
        places = counted.places(self.positions)
        stored = contacts.lock(counted.db, connection, _all(places))
        lost: set[int] = set()
        one = ContactTime(self.channel, counted.people.controller, self.at)
        taken: dict[Place, tuple[bytes, Millis]] = {}
        for position, own in places.items():
            if not self.permits(position, counted.told(own, stored)):
                lost.add(position)
                continue
            for place in own:
                packed = pack([*unpack(stored[place]), one], self.at)
                stored[place] = packed
                taken[place] = packed, self.at
        contacts.write(connection, taken)
        self.lost = lost
        return lost


def give_back(
    counted: Counted, positions: Sequence[int], channel: Channel, at: Millis
) -> Callable[[sa.Connection, int | None], None]:
    """Return what gives places back that were reserved at an instant, within a journal entry."""

    def write(connection: sa.Connection, _open: int | None) -> None:
        places = _all(counted.places(positions))
        one = ContactTime(channel, counted.people.controller, at)
        left: dict[Place, tuple[bytes, Millis]] = {}
        for place, spans in contacts.lock(counted.db, connection, places).items():
            times = unpack(spans)
            if one in times:
                times.remove(one)
                left[place] = pack(times, at), max((time.at for time in times), default=0)
        contacts.write(connection, left)

    return write


def _all(places: Mapping[int, Sequence[Place]]) -> set[Place]:
    return {place for own in places.values() for place in own}
