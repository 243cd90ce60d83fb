"""What an unsubscription does, for many persons at once and in one transaction.

A person who unsubscribes from a message opposes every further message of that controller on that
channel, whatever its purpose: at the address that the message went to, and, where the controller gave the person an id,
at any other address that it may have of the same person on that channel. Other channels and other
controllers are not touched.
"""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

import sqlalchemy as sa
import structlog

from channels.contract import ADDRESS_KIND, Channel
from engine import counters
from engine.app import App
from engine.clock import Millis
from engine.events import Opposed, instant, new_id
from engine.opposition_chunks import SCOPE, Contact, encode_contacts
from engine.oppositions import Reason
from engine.personal_events import sealed_ref
from engine.store import campaigns, controllers, erased, suppression_chunks, suppressions
from engine.store import counters as counter_rows
from engine.store.events import SealedEvent, put_sealed
from engine.store.suppressions import ANY_PURPOSE, Entry, Place
from engine.subjects import REF
from engine.tokens import Bearer
from engine.vault import KeyDestroyed, Plain

_log = structlog.get_logger()
_MOST_NAMES = 5_000


class Wish(NamedTuple):
    """One person's wish. ``controller`` is its number; ``source``: ``one_click`` or ``page``."""

    controller: int
    bearer: Bearer
    source: str


class Outcome(Enum):
    """What became of a wish."""

    COMMITTED = auto()  # it holds from now on, or held before
    CONTRACT_ENDED = auto()  # there is nobody any more whom it could bind
    NOT_NOW = auto()  # it could not be committed; nothing is known of it


@dataclass(slots=True)
class Unsubscriptions:
    """Records wishes; called by one thread."""

    app: App
    _names: OrderedDict[int, str] = field(default_factory=OrderedDict)

    def record(self, wishes: Sequence[Wish]) -> list[Outcome]:
        """Commit wishes together; return what became of each.

        A second try follows when the connection broke: what the first may have committed is
        found, and not written twice. Where something else is at fault, each wish is tried alone,
        so that a bad one fails for itself.
        """
        try:
            return self._together(wishes)
        except (sa.exc.OperationalError, sa.exc.InterfaceError) as away:
            _log.warning("unsubscriptions_again", error=type(away.orig).__name__)
        except Exception as fault:  # noqa: BLE001 (its text might quote anything)
            _log.error("unsubscriptions_failed", error=type(fault).__name__, members=len(wishes))
            return [self._alone(wish) for wish in wishes]
        try:
            return self._together(wishes)
        except Exception as fault:  # noqa: BLE001 (the same)
            _log.error("unsubscriptions_not_now", error=type(fault).__name__)
            return [Outcome.NOT_NOW] * len(wishes)

    def _alone(self, wish: Wish) -> Outcome:
        try:
            return self._together([wish])[0]
        except Exception as fault:  # noqa: BLE001 (the same)
            _log.error("unsubscription_failed", error=type(fault).__name__)
            return Outcome.NOT_NOW

    def _together(self, wishes: Sequence[Wish]) -> list[Outcome]:
        now = self.app.clock.now()
        with self.app.db.write() as connection:
            owners = self._owners(connection, {wish.controller for wish in wishes})
            good = _still_known(connection, [wish for wish in wishes if wish.controller in owners])
            if good:
                names = self._campaign_names(connection, {w.bearer.campaign_id for w in good})
                _Group(self.app, connection, owners, names, now).write(good)
        return [
            Outcome.COMMITTED if wish.controller in owners else Outcome.CONTRACT_ENDED
            for wish in wishes
        ]

    def _owners(self, connection: sa.Connection, numbers: set[int]) -> Mapping[int, str]:
        """Return the names of controllers whose contract lives and whose keys are there."""
        alive = controllers.alive(connection, numbers)
        return {number: name for number, name in alive.items() if self._has_keys(name)}

    def _has_keys(self, controller: str) -> bool:
        try:
            self.app.vault.require_keys(controller)
        except KeyDestroyed:
            _log.error("controller_without_keys", controller=controller)
            return False
        return True

    def _campaign_names(self, connection: sa.Connection, ids: set[int]) -> Mapping[int, str]:
        missing = [campaign_id for campaign_id in ids if campaign_id not in self._names]
        if missing:
            self._names.update(campaigns.names(connection, missing))
        found = {number: self._names[number] for number in ids if number in self._names}
        while len(self._names) > _MOST_NAMES:
            self._names.popitem(last=False)
        return found


@dataclass(frozen=True, slots=True)
class _Group:
    """Wishes whose controllers are alive, in one transaction."""

    app: App
    connection: sa.Connection
    owners: Mapping[int, str]
    campaign_names: Mapping[int, str]
    now: Millis

    def write(self, wishes: Sequence[Wish]) -> None:
        """Write entries, their contacts, the events and the counts: a statement for each kind."""
        chunks = suppression_chunks.new_chunks(
            self.connection, sorted({wish.controller for wish in wishes})
        )
        entries = [entry for wish in wishes for entry in self._entries(wish, chunks)]
        new = suppressions.add_each(self.app.db, self.connection, entries)
        news = _first_with_news(wishes, new)
        self._seal(news, new, chunks)
        counts = Counter(counters.opposition(Reason.UNSUBSCRIBED, wish.source) for wish in news)
        counter_rows.add(self.connection, dict(counts))

    def _entries(self, wish: Wish, chunks: Mapping[int, int]) -> list[Entry]:
        """Return the entries of a wish.

        A token with the client's own id holds no address: the entry of the contact point has
        nothing to hand back then, and the one of the person has the id.
        """
        bearer, chunk_id = wish.bearer, chunks[wish.controller]
        of_contact = Entry(
            bearer.contact_key,
            wish.controller,
            bearer.channel,
            ANY_PURPOSE,
            Reason.UNSUBSCRIBED,
            wish.source,
            "contact",
            self.now,
            chunk_id if bearer.ref is None else None,
        )
        if bearer.ref is None:
            return [of_contact]
        of_person = of_contact._replace(key=bearer.person_key, subject="person", chunk_id=chunk_id)
        return [of_contact, of_person]

    def _seal(self, news: Sequence[Wish], new: set[Place], chunks: Mapping[int, int]) -> None:
        """Seal contacts and ids with one commit to the keyring, and write them."""
        contacts: dict[int, dict[Place, Contact]] = defaultdict(dict)
        for wish in news:
            contact = _contact(wish)
            place = contact.key, wish.controller, contact.channel, contact.purpose
            if place in new:
                contacts[wish.controller][place] = contact
        plains = [
            Plain(self.owners[number], SCOPE, encode_contacts(found.values()))
            for number, found in contacts.items()
        ]
        refs = [
            sealed_ref(self.owners[wish.controller], wish.bearer.ref)
            for wish in news
            if wish.bearer.ref is not None
        ]
        sealed = self.app.vault.seal_each([*plains, *refs], self.now) if plains or refs else []
        suppression_chunks.fill_chunks(
            self.connection,
            {chunks[number]: blob for number, blob in zip(contacts, sealed, strict=False)},
        )
        empty = [chunk_id for number, chunk_id in chunks.items() if number not in contacts]
        suppression_chunks.drop_chunks(self.connection, empty)
        self._tell(news, sealed[len(plains) :])

    def _tell(self, news: Sequence[Wish], sealed_refs: Sequence[bytes]) -> None:
        refs = iter(sealed_refs)
        told = [
            SealedEvent(
                self._event(wish),
                wish.controller,
                next(refs) if wish.bearer.ref is not None else None,
            )
            for wish in news
        ]
        put_sealed(self.connection, told, self.now)

    def _event(self, wish: Wish) -> Opposed:
        return Opposed(
            id=new_id(),
            at=instant(self.now),
            controller=self.owners[wish.controller],
            campaign=self.campaign_names.get(wish.bearer.campaign_id),
            channel=Channel(wish.bearer.channel),
            reason=Reason.UNSUBSCRIBED,
            source=wish.source,
        )


def _still_known(connection: sa.Connection, wishes: Sequence[Wish]) -> list[Wish]:
    """Return wishes without those of erased persons, who are forbidden on every channel already.

    What their tokens say about them is not to be kept again.
    """
    gone = erased.among(connection, ((wish.controller, wish.bearer.person_key) for wish in wishes))
    return [wish for wish in wishes if (wish.controller, wish.bearer.person_key) not in gone]


def _first_with_news(wishes: Sequence[Wish], new: set[Place]) -> list[Wish]:
    """Return those wishes to which we owe new entries, each entry counted for one wish only."""
    left, found = set(new), []
    for wish in wishes:
        bearer = wish.bearer
        places = {
            (key, wish.controller, bearer.channel, ANY_PURPOSE)
            for key in (bearer.contact_key, bearer.person_key)
        }
        if not places.isdisjoint(left):
            found.append(wish)
            left -= places
    return found


def _contact(wish: Wish) -> Contact:
    """Return what is handed back to the client: its own id, or else the address."""
    bearer = wish.bearer
    if bearer.ref is not None:
        return Contact(bearer.person_key, bearer.channel, REF, bearer.ref)
    kind = ADDRESS_KIND[Channel(bearer.channel)]
    return Contact(bearer.contact_key, bearer.channel, kind, bearer.contact or "")
