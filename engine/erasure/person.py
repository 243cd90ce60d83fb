"""Whom an erasure is about, and what it does to a row that mentions them.

A client knows a person by a ``ref``, or by an address only. An address that rows give to exactly
one ref names that person, who is erased with everything. An address that several refs share is cut
out of their rows, and those persons stay: they did not ask. An address found in a row of the
person that others have too stays with the others, and is not written to any more.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import Enum, auto

import msgspec

from channels.struct_types import build_now
from engine.pseudonyms import Pseudonyms
from engine.subjects import REF, Keyed

Point = tuple[str, str]  # address kind and normalised address


class Person(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A person as far as they are known.

    refs    the client's own ids: whoever has one of them is erased as a whole
    points  contact points that the request names: they go wherever they are
    others  contact points found in rows of the refs
    """

    refs: tuple[str, ...]
    points: tuple[Point, ...]
    others: tuple[Point, ...] = ()

    @property
    def every_point(self) -> frozenset[Point]:
        """Every contact point of theirs."""
        return frozenset((*self.points, *self.others))


build_now(Person)
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Person)


def encode_person(person: Person) -> bytes:
    """Return a person as bytes, ready to be sealed."""
    return _ENCODER.encode(person)


def decode_person(data: bytes) -> Person:
    """Read what ``encode_person`` wrote."""
    return _DECODER.decode(data)


def person_of(subjects: Iterable[Keyed]) -> Person:
    """Return the person that a request names."""
    given = list(subjects)
    refs = dict.fromkeys(one.value for one in given if one.kind == REF)
    points = dict.fromkeys((one.kind, one.value) for one in given if one.kind != REF)
    return Person(tuple(refs), tuple(points))


class PersonKeys(msgspec.Struct, frozen=True):
    """The keys under which a person is found.

    persons   of refs, and of contact points, which are persons where a row has no ref
    named     of the contact points that the request names
    contacts  of every contact point
    """

    persons: frozenset[bytes]
    named: frozenset[bytes]
    contacts: frozenset[bytes]
    refs: frozenset[bytes]

    @property
    def subjects(self) -> Mapping[bytes, str]:
        """What must not be contacted: each key with ``contact`` or ``person``."""
        return dict.fromkeys(self.contacts, "contact") | dict.fromkeys(self.refs, "person")


def keys_of(person: Person, pseudonyms: Pseudonyms) -> PersonKeys:
    """Return the keys of a person."""
    refs = frozenset(pseudonyms.person(ref) for ref in person.refs)
    named = frozenset(pseudonyms.contact(*point) for point in person.points)
    contacts = named | {pseudonyms.contact(*point) for point in person.others}
    return PersonKeys(refs | contacts, named, contacts, refs)


class Fate(Enum):
    """What becomes of a row."""

    STAYS = auto()
    IS_CUT = auto()  # it loses contact points, and somebody else stays
    GOES = auto()


class Verdict(msgspec.Struct, frozen=True):
    """What an erasure does to one row; ``kinds``: of the contact points that are cut."""

    fate: Fate
    kinds: tuple[str, ...] = ()


_STAYS, _GOES = Verdict(Fate.STAYS), Verdict(Fate.GOES)


def judge(person: Person, ref: str | None, points: Iterable[Point]) -> Verdict:
    """Say what becomes of a row with these contact points."""
    given = set(points)
    if ref:
        if ref in person.refs:
            return _GOES
        cut = given.intersection(person.points)
        if not cut:
            return _STAYS
        if cut == given:
            return _GOES  # nobody can be reached by what is left
        return Verdict(Fate.IS_CUT, tuple(sorted(kind for kind, _ in cut)))
    return _STAYS if given.isdisjoint(person.every_point) else _GOES


class Sightings:
    """What rows tell about a person: addresses of their refs, and the refs of their addresses."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._points: dict[Point, None] = {}
        self._holders: dict[Point, set[str]] = defaultdict(set)

    def take(self, ref: str | None, points: Iterable[Point]) -> None:
        """Look at one row."""
        if not ref:
            return
        given = list(points)
        if ref in self._person.refs:
            self._points.update(dict.fromkeys(given))
        for point in given:
            if point in self._person.points:
                self._holders[point].add(ref)

    def widened(self) -> Person:
        """Return the person with what was learnt about them."""
        person = self._person
        only = (next(iter(refs)) for refs in self._holders.values() if len(refs) == 1)
        refs = tuple(dict.fromkeys((*person.refs, *sorted(only))))
        known = person.every_point
        more = tuple(point for point in self._points if point not in known)
        return Person(refs, person.points, person.others + more)
