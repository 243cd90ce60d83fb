"""A request in the hands of one actor: what it knows, and how it writes down each step.

Every change is one transaction that also says how far the request is. Keys of what a change has
replaced are noted in that transaction and destroyed right after it, so that an actor which dies in
between leaves them to the next one.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from channels.struct_types import build_now
from engine.app import App
from engine.clock import SECOND, Millis
from engine.erasure.person import Person, PersonKeys, decode_person, encode_person, keys_of
from engine.errors import EngineError
from engine.store import rights as store
from engine.store.rights import RequestRow
from engine.vault import KeyDestroyed, Vault, key_of

SCOPE: Final = "rights"  # the vault's scope of subjects, under their controller
LEASE: Final[Millis] = 60 * SECOND


class Overtaken(EngineError):
    """Raised when another actor has the request; nothing of the change was written."""


class Progress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a request is.

    step      what is done next; empty: the first one
    found     per place, how many things of the person were dealt with
    stale     ids of keys of replaced things, to be destroyed
    awaited   campaigns that were being planned when the search began
    blocks    blocks that were sealed anew
    positions where the person stood in them: block, position
    claims    who held batches over those blocks: batch, token
    refusal   why it was refused
    """

    step: str = ""
    found: Mapping[str, int] = {}
    stale: tuple[str, ...] = ()
    awaited: tuple[int, ...] = ()
    blocks: tuple[int, ...] = ()
    positions: tuple[tuple[int, int], ...] = ()
    claims: tuple[tuple[int, str], ...] = ()
    refusal: str = ""


build_now(Progress)


def encode_progress(progress: Progress) -> str:
    """Return progress as it is stored."""
    return msgspec.json.encode(progress).decode()


def decode_progress(text: str) -> Progress:
    """Read what ``encode_progress`` wrote."""
    return msgspec.json.decode(text, type=Progress)


@dataclass(slots=True)
class Change:
    """One transaction of a request.

    found   how many things it deals with, by place
    stale   sealed things that it replaces or drops
    values  other columns of the request that it changes
    """

    connection: sa.Connection
    progress: Progress
    found: dict[str, int] = field(default_factory=dict)
    stale: list[bytes] = field(default_factory=list)
    values: dict[str, object] = field(default_factory=dict)

    def note(self, place: str, number: int) -> None:
        """Count what was dealt with in a place; 0 says that it was searched."""
        self.found[place] = self.found.get(place, 0) + number

    def after(self) -> Progress:
        """Return the progress with everything that the change noted."""
        before = self.progress
        counts = {
            place: before.found.get(place, 0) + self.found.get(place, 0)
            for place in (*before.found, *self.found)
        }
        keys = tuple(key_of(sealed).hex() for sealed in self.stale)
        return replace(before, found=counts, stale=keys)


class Work:
    """One claimed request."""

    def __init__(self, app: App, row: RequestRow, controller: str, token: bytes) -> None:
        self.app = app
        self.row = row
        self.controller = controller
        self.progress = decode_progress(row.progress)
        self._token = token
        self._sealed = row.sealed_subject
        self._person: Person | None = None
        # What the actor before did not come to.
        self._destroy(bytes.fromhex(key) for key in self.progress.stale)

    @property
    def person(self) -> Person:
        """The person. Raises KeyDestroyed once the request has forgotten them."""
        if self._person is None:
            if self._sealed is None:
                raise KeyDestroyed(f"request {self.row.id} no longer says whom it is about")
            plain = self.app.vault.open(self.controller, SCOPE, self._sealed)
            self._person = decode_person(plain)
        return self._person

    @property
    def keys(self) -> PersonKeys:
        """The keys under which the person is found."""
        return keys_of(self.person, self.app.vault.pseudonyms(self.controller))

    @contextmanager
    def change(self) -> Iterator[Change]:
        """Open a transaction; leaving it writes the progress, and destroys replaced keys.

        Raises Overtaken when the request went to another actor meanwhile.
        """
        with self.app.db.write() as connection:
            change = Change(connection, self.progress)
            yield change
            after = change.after()
            self._write(connection, {"progress": encode_progress(after), **change.values}, LEASE)
        self.progress = after
        self._destroy(key_of(sealed) for sealed in change.stale)

    def widen(self, change: Change, person: Person) -> None:
        """Keep more of whom the request is about."""
        plain = encode_person(person)
        sealed = self.app.vault.seal(self.controller, SCOPE, plain, self.app.clock.now())
        change.values["sealed_subject"] = sealed
        if self._sealed is not None:
            change.stale.append(self._sealed)
        self._sealed, self._person = sealed, person

    def forget_subject(self) -> None:
        """Destroy what says whom the request is about; it is not needed any more."""
        if self._sealed is not None:
            self.app.vault.destroy([self._sealed])

    def let_go(self, next_at: Millis) -> None:
        """Leave the request to whoever comes, not before an instant."""
        with self.app.db.write() as connection:
            self._write(connection, {"next_at": next_at}, None)

    def _write(
        self, connection: sa.Connection, values: Mapping[str, object], lease: Millis | None
    ) -> None:
        if not store.write(self.app.db, connection, self.row.id, self._token, lease, values):
            raise Overtaken(f"request {self.row.id} went to another actor")

    def _destroy(self, key_ids: Iterator[bytes]) -> None:
        if ids := list(key_ids):
            self.app.vault.destroy_keys(ids)


def open_living(
    vault: Vault, controller: str, scope: str, sealed: Sequence[bytes]
) -> list[bytes | None]:
    """Open sealed things of one scope; None for those whose keys were destroyed meanwhile."""
    try:
        return list(vault.open_many(controller, scope, sealed))
    except KeyDestroyed:
        if len(sealed) == 1:
            return [None]
        return [found for blob in sealed for found in open_living(vault, controller, scope, [blob])]
