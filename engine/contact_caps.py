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


@dataclass(frozen=True, slots=True)
class Returned:
    """Places that are given back: of whom, and the instant under which they were taken."""

    positions: Sequence[int]
    at: Millis


NOTHING_RETURNED = Returned((), 0)


@dataclass(slots=True)
class Reservation:
    """Takes the places of a slice, and gives back those of the one before, as it is journalled.

    All rows are locked at once, before anything else of the transaction: two batches that each
    take what the other gives back would wait for each other.

    permits   decides about a position again, by contacts that nobody can change meanwhile
    returned  who of the slice before certainly did not go
    lost      positions that got no place, after the transaction; they must not go out
    """

    counted: Counted
    positions: Sequence[int]
    channel: Channel
    at: Millis
    permits: Callable[[int, Contacts], bool]
    returned: Returned = NOTHING_RETURNED
    lost: set[int] = field(default_factory=set)

    def __call__(self, connection: sa.Connection) -> set[int]:
        """Take a place for everybody who still may have one; return who may not."""
        counted = self.counted
        wanted, returned = (
            counted.places(self.positions),
            counted.places(self.returned.positions),
        )
        stored = contacts.lock(counted.db, connection, _all(wanted) | _all(returned))
        before = dict(stored)
        self._give_back(_all(returned), stored)
        self.lost = self._take(wanted, stored)
        contacts.write(
            connection,
            {
                place: (spans, _latest(spans))
                for place, spans in stored.items()
                if spans != before[place]
            },
        )
        return self.lost

    def _give_back(self, places: set[Place], stored: dict[Place, bytes]) -> None:
        one = ContactTime(self.channel, self.counted.people.controller, self.returned.at)
        for place in places:
            times = unpack(stored[place])
            if one in times:
                times.remove(one)
                stored[place] = pack(times, self.at)

    def _take(self, wanted: Mapping[int, Sequence[Place]], stored: dict[Place, bytes]) -> set[int]:
        one = ContactTime(self.channel, self.counted.people.controller, self.at)
        lost: set[int] = set()
        for position, own in wanted.items():
            if self.permits(position, self.counted.told(own, stored)):
                stored.update(
                    {place: pack([*unpack(stored[place]), one], self.at) for place in own}
                )
            else:
                lost.add(position)
        return lost


def _latest(spans: bytes) -> Millis:
    return max((time.at for time in unpack(spans)), default=0)


def _all(places: Mapping[int, Sequence[Place]]) -> set[Place]:
    return {place for own in places.values() for place in own}
