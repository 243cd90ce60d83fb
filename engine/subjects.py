"""Whom an opposition is about, where it holds, and the keys under which it is found."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import sqlalchemy as sa

from channels.addresses import NORMALISERS, AddressFault, normalise
from channels.contract import ADDRESS_KIND, AddressKind, Channel
from engine import controllers
from engine.app import App
from engine.errors import EngineError
from engine.pseudonyms import Pseudonyms
from engine.store.suppressions import PLATFORM_SCOPE
from engine.vault import PLATFORM

REF = "ref"
_POSTAL: Final = re.compile(r"\n|[^\W\d_]{2,}.*\b\d{5}\b|\b\d{5}\s+[^\W\d_]{2,}", re.DOTALL)
_IN_WORDS: Final = {
    AddressKind.TEL: "a telephone number",
    AddressKind.EMAIL: "an email address",
    AddressKind.POST: "a postal address",
}
_NORMALISERS: Final = tuple((kind.value, normal) for kind, normal in NORMALISERS.items())


class SubjectFault(EngineError):
    """Raised when an address or ref cannot be used as given; never quotes the address."""


@dataclass(frozen=True, slots=True)
class Realm:
    """Where an entry holds: one controller, or the platform (scope 0)."""

    scope: int
    owner: str  # whose keys the vault uses
    purposes: frozenset[str] | None = None  # agreed with the controller; None: any word may be one

    @property
    def is_platform(self) -> bool:
        """Whether entries hold for every controller."""
        return self.scope == PLATFORM_SCOPE


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom an entry is about, as given: an address of some kind, or ``ref`` for a person."""

    kind: str
    value: str


class UnknownPurpose(EngineError):
    """Raised when a purpose was never agreed with the controller: an entry would never match."""


class Keyed(NamedTuple):
    """A subject ready to be stored: its key and its normal form."""

    key: bytes
    kind: str
    value: str


class RowFault(NamedTuple):
    """Why a row, or an address of it, cannot be used: a word, and a sentence for people."""

    reason: str
    sentence: str


def realm(connection: sa.Connection, controller: str | None) -> Realm:
    """Return the realm of a controller, or the platform's for None.

    Raises UnknownController.
    """
    if controller is None:
        return Realm(PLATFORM_SCOPE, PLATFORM)
    found = controllers.find(connection, controller)
    return Realm(found.number, controller, frozenset(found.settings.purposes))


def keyed(pseudonyms: Pseudonyms, subject: Subject) -> Keyed:
    """Normalise a subject and return it with its key.

    Raises SubjectFault when the address cannot be used, or an empty ``ref``.
    """
    if subject.kind == REF:
        ref = subject.value.strip()
        if not ref:
            raise SubjectFault("the ref is empty")
        return Keyed(pseudonyms.person(ref), REF, ref)
    try:
        kind = AddressKind(subject.kind)
    except ValueError:
        msg = f"{subject.kind!r} is neither ref nor an address kind (tel, email, post)"
        raise SubjectFault(msg) from None
    try:
        address = normalise(kind, subject.value).value
    except AddressFault as fault:
        msg = f"as {_IN_WORDS[kind]} the address cannot be used: {fault}"
        raise SubjectFault(msg) from None
    return Keyed(pseudonyms.contact(kind, address), kind, address)


def read_address(text: str, kind: AddressKind | None = None) -> Subject:
    """Return the address that an operator typed, in its normal form; without a kind, by its looks.

    Raises SubjectFault, which says what it was taken for.
    """
    taken_for = kind or _guessed(text)
    try:
        return Subject(taken_for.value, normalise(taken_for, text).value)
    except AddressFault as fault:
        msg = f"as {_IN_WORDS[taken_for]} the address cannot be used: {fault}"
        guessed = "" if kind else "; if it is something else, say so: --kind email, tel or post"
        raise SubjectFault(msg + guessed) from None


def _guessed(text: str) -> AddressKind:
    if "@" in text:
        return AddressKind.EMAIL
    return AddressKind.POST if _POSTAL.search(text) else AddressKind.TEL


def look_up_keys(
    app: App, where: Realm, subjects: Iterable[Subject]
) -> tuple[dict[bytes, str], dict[bytes, str]]:
    """Return the keys to look for under the realm and under the platform, each with its kind."""
    pseudonyms = app.vault.pseudonyms(where.owner)
    keys: dict[bytes, str] = {}
    platform_keys: dict[bytes, str] = {}
    for subject in subjects:
        one = keyed(pseudonyms, subject)
        if not where.is_platform:
            keys[one.key] = one.kind
        if one.kind != REF:
            platform_keys[pseudonyms.platform(one.kind, one.value)] = one.kind
    return keys, platform_keys


def require_fit(where: Realm, kind: str, channel: Channel | None) -> None:
    """Raise SubjectFault unless such an entry can ever match."""
    if kind == REF:
        if where.is_platform:
            raise SubjectFault(
                "a ref means a person of one controller, so it cannot hold for the whole platform"
            )
        return
    if channel is not None and ADDRESS_KIND[channel] != kind:
        msg = f"channel {channel} does not use {kind} addresses; give an address that it uses, or another channel"
        raise SubjectFault(msg)


def require_purpose(where: Realm, purpose: str | None) -> None:
    """Raise UnknownPurpose unless campaigns of the realm can have this purpose; None: any."""
    if purpose is None or where.purposes is None or purpose in where.purposes:
        return
    known = ", ".join(sorted(where.purposes)) or "none"
    near = difflib.get_close_matches(purpose, where.purposes, n=1)
    meant = f"; did you mean {near[0]}?" if near else ""
    msg = f"controller {where.owner} has agreed on no purpose {purpose!r} (it has: {known}){meant}"
    raise UnknownPurpose(msg)


def keyed_row(
    pseudonyms: Pseudonyms, values: Mapping[str, str | None]
) -> tuple[list[Keyed], dict[str, RowFault]]:
    """Return the subjects of a row, the person first, and what is wrong with its addresses.

    A value that could be one of several addresses stands for each of them: to miss somebody who
    objected is worse than to leave somebody alone who did not.
    """
    subjects: list[Keyed] = []
    faults: dict[str, RowFault] = {}
    if ref := values.get(REF):
        subjects.append(Keyed(pseudonyms.person(ref), REF, ref))
    for kind, normal in _NORMALISERS:
        if raw := values.get(kind):
            try:
                addresses: tuple[str, ...] = (normal(raw).value,)
            except AddressFault as fault:
                addresses = fault.candidates
                if not addresses:
                    faults[kind] = RowFault(fault.reason, str(fault))
            subjects += [
                Keyed(pseudonyms.contact(kind, address), kind, address) for address in addresses
            ]
    return subjects, faults
