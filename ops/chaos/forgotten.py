"""Whether nothing is left of persons who were erased: in the database, in copies of it, in files."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import sqlalchemy as sa

from engine import rights, rights_certificate
from engine.briefing import campaign_scope
from engine.campaign_audit import audit
from engine.erasure.person import Person, keys_of
from engine.erasure.work import SCOPE as RIGHTS_SCOPE
from engine.list_chunks import list_scope
from engine.lists import export
from engine.opposition_chunks import SCOPE as OPPOSITIONS_SCOPE
from engine.personal_events import SCOPE as EVENTS_SCOPE
from engine.vault import KeyDestroyed
from ops.bench.ground import CONTROLLER
from ops.chaos.field import Field, address
from policy.rights import RequestState

_SEALED = (
    ("SELECT campaign_id, sealed FROM blocks", campaign_scope),
    ("SELECT list_id, sealed FROM list_chunks", list_scope),
    ("SELECT 0, sealed FROM suppression_chunks", lambda _: OPPOSITIONS_SCOPE),
    ("SELECT 0, sealed_ref FROM events WHERE sealed_ref IS NOT NULL", lambda _: EVENTS_SCOPE),
    (
        "SELECT 0, sealed_subject FROM rights_requests WHERE sealed_subject IS NOT NULL",
        lambda _: RIGHTS_SCOPE,
    ),
)
_IN_HISTORY = (
    "SELECT count(*) FROM deliveries WHERE person_key = ANY(:keys) OR contact_key = ANY(:keys)"
)
_FORBIDDEN = "SELECT count(*) FROM suppressions WHERE reason = 'erased' AND key = ANY(:keys)"


@dataclass(slots=True)
class Persons:
    """Who asked to be erased.

    campaign  the one whose people they are: it tells them apart from those of others
    requests  number of the request, and which of the people it is
    copies    sealed things that lay there while requests were open, with the scope of their key
    """

    campaign: str = ""
    requests: dict[int, int] = field(default_factory=dict)
    copies: dict[bytes, str] = field(default_factory=dict)

    def copy(self, place: Field) -> None:
        """Keep what is sealed now, as a backup would."""
        with place.app.db.read() as connection:
            for query, scope_of in _SEALED:
                for owner, sealed in connection.execute(sa.text(query)):
                    self.copies.setdefault(bytes(sealed), scope_of(owner))

    def done(self, place: Field) -> bool:
        """Return whether every request was carried out."""
        return all(
            rights.show(place.app, number).state is RequestState.DONE for number in self.requests
        )

    def readable(self, place: Field) -> Iterator[str]:
        """Say which sealed things, of now or copied before, still open and hold one of them."""
        self.copy(place)
        opened = 0
        for sealed, scope in self.copies.items():
            with suppress(KeyDestroyed):
                plain = place.app.vault.open(CONTROLLER, scope, sealed)
                opened += 1
                if held := self.met_in(plain):
                    yield f"{scope} still opens and holds {len(held)} who were erased"
        if not opened or opened == len(self.copies):
            yield f"{opened} of {len(self.copies)} copies open: nothing is proven"

    def met_in(self, plain: bytes) -> set[int]:
        """Return which of them some bytes mention."""
        return self.people_in(plain).intersection(self.requests.values())

    def people_in(self, plain: bytes) -> set[int]:
        """Return which people of the campaign some bytes mention, by address or by ref."""
        name = re.escape(self.campaign.encode())
        found = re.finditer(rb"%s(?:\.(\d+)@|-(\d+))" % (name,), plain)
        return {int(one[1] or one[2]) for one in found}


def faults_of(place: Field, persons: Persons, runs: str, waits: str, number: int) -> list[str]:
    """Say what is left of them although everything has come to its end."""
    return [
        *_uncertified(place, persons),
        *_kept(place, persons),
        *_uneven(place, waits, number),
        *_listed(place, persons, runs, number),
        *_in_the_clear(place, persons),
    ]


def _uncertified(place: Field, persons: Persons) -> Iterator[str]:
    for request in persons.requests:
        row = rights.show(place.app, request).row
        if row.certificate is None:
            yield f"request {request} has no certificate"
            continue
        text = row.certificate.encode()
        if persons.people_in(text):
            yield f"the certificate of request {request} names somebody"
        said = rights_certificate.verify(place.app, text)
        found = {one.place: one.found for one in said.searched}
        if (found["lists"], found["blocks"]) != (1, 2):
            yield f"request {request} found {found}, expected one row and two recipients"


def _kept(place: Field, persons: Persons) -> Iterator[str]:
    """Look for keys: of persons in the history none, among those never to be written to all."""
    pseudonyms = place.app.vault.pseudonyms(CONTROLLER)
    for request, who in persons.requests.items():
        name = persons.campaign
        person = Person((f"{name}-{who}",), (("email", address(name, who)),))
        keys = keys_of(person, pseudonyms)
        if place.count(_IN_HISTORY, keys=[*keys.persons, *keys.contacts]):
            yield f"the history still knows whom request {request} was about"
        if place.count(_FORBIDDEN, keys=[*keys.subjects]) != len(keys.subjects):
            yield f"whoever request {request} was about may be taken in again"


def _uneven(place: Field, waits: str, number: int) -> Iterator[str]:
    proven = audit(place.app, waits, CONTROLLER)
    if not proven.holds or proven.gap or sum(proven.final.values()) != number:
        yield f"the campaign that waited does not add up: {dict(proven.final)}"
    if "sent" in proven.final:
        yield "the campaign that waited was sent"


def _listed(place: Field, persons: Persons, name: str, number: int) -> Iterator[str]:
    refs = {row["ref"] for row in export(place.app, CONTROLLER, name)}
    gone = {f"{name}-{who}" for who in persons.requests.values()}
    if refs != {f"{name}-{n}" for n in range(number)} - gone:
        yield f"the list has {len(refs)} of {number} people, {len(gone)} were erased"


def _in_the_clear(place: Field, persons: Persons) -> Iterator[str]:
    """Search every file of the installation and of the database for anybody of the campaign."""
    with place.app.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as link:
        link.exec_driver_sql("CHECKPOINT")
    for folder in (place.ground.home, place.postgres.folder):
        for path in folder.rglob("*"):
            with suppress(OSError):
                if path.is_file() and (met := persons.people_in(path.read_bytes())):
                    yield f"{path.name} names {len(met)} people in the clear"
