"""Rows of a file of consents: which persons, what they agreed to, and what is wrong with a row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from channels.contract import ADDRESS_KIND, Channel
from engine.app import App
from engine.clock import DAY, Millis
from engine.consent_ledger import day_of
from engine.store.consents import ConsentRow
from engine.subjects import REF, Keyed, Realm, RowFault, keyed_row
from engine.wire.job import ConsentMethod

FACTS: Final = ("purpose", "channel", "given_on", "method", "text_version", "source")
"""Columns that say what was agreed to, and how it is proven; all of them must be said."""

WITHDRAWN_ON: Final = "withdrawn_on"
_EPOCH: Final = date(1970, 1, 1).toordinal()
_MOST_KNOWN: Final = 10_000
_MOST: Final = 200  # characters of a wording or a source, as campaigns may write them


class Faulty(Exception):
    """Raised for a row that gives no consent."""

    def __init__(self, fault: RowFault, column: str = "") -> None:
        super().__init__(fault.reason)
        self.fault = fault
        self.column = column


_NO_ADDRESS = RowFault("no_address", "the row has no ref or address that fits its channels")
_MISSING = RowFault(
    "proof_missing",
    "a consent is proven by purpose, channel, day, method,"
    " text_version and source: say each in the row, or for all by an option",
)
_PURPOSE = RowFault("unknown_purpose", "the controller has agreed on no such purpose")
_CHANNEL = RowFault("unknown_channel", f"name channels, such as email sms: {', '.join(Channel)}")
_METHOD = RowFault("unknown_method", f"a method is one of {', '.join(ConsentMethod)}")
_DATE = RowFault("bad_date", "write a day as 2026-01-31")
_FUTURE = RowFault("date_in_the_future", "nobody can have consented on a day that is to come")
_ORDER = RowFault("withdrawn_before_given", "it was taken back before the day it was given")
_LONG = RowFault("too_long", f"a wording or source has at most {_MOST} characters")


class Agreement(NamedTuple):
    """What a row says but whom it is about. ``withdrawn_at`` None: it holds."""

    purpose: str
    channels: tuple[Channel, ...]
    given_on: str
    method: str
    text_version: str
    source: str
    withdrawn_at: Millis | None


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row as the ledger takes it: its consents, and whom each is about."""

    consents: tuple[tuple[ConsentRow, Keyed], ...]
    unusable: Mapping[str, RowFault]


class ConsentRows:
    """Reads rows; ``usual`` holds for those that do not say otherwise, by the names of ``FACTS``.

    Rows that say the same are read once: a file of a million has a handful of wordings.
    """

    def __init__(self, app: App, where: Realm, usual: Mapping[str, str]) -> None:
        self._now = app.clock.now()
        self._today = day_of(self._now)
        self._where = where
        self._usual = usual
        self._pseudonyms = app.vault.pseudonyms(where.owner)
        self._known: dict[tuple[str, ...], Agreement] = {}

    def read(self, values: Mapping[str, str | None]) -> ReadRow:
        """Return the consents of a row. Raises Faulty."""
        said = tuple(values.get(name) or self._usual.get(name, "") for name in FACTS)
        key = (*said, values.get(WITHDRAWN_ON) or "")
        agreement = self._known.get(key)
        if agreement is None:
            agreement = self._known[key] = self._agreement(key)
            if len(self._known) > _MOST_KNOWN:  # a file with wordings of its own for everybody
                self._known.clear()
        subjects, unusable = keyed_row(self._pseudonyms, values)
        consents = tuple(
            (self._row(one, channel, agreement), one)
            for channel in agreement.channels
            for one in subjects
            if one.kind in {REF, ADDRESS_KIND[channel]}
        )
        if not consents:
            column, fault = next(iter(unusable.items()), ("", _NO_ADDRESS))
            raise Faulty(fault, column)
        return ReadRow(consents, unusable)

    def _row(self, one: Keyed, channel: Channel, agreed: Agreement) -> ConsentRow:
        return ConsentRow(
            one.key,
            self._where.scope,
            agreed.purpose,
            channel.value,
            agreed.given_on,
            agreed.method,
            agreed.text_version,
            agreed.source,
            self._now,
            agreed.withdrawn_at,
        )

    def _agreement(self, said: tuple[str, ...]) -> Agreement:
        purpose, channels, given_on, method, text_version, source, withdrawn_on = said
        if not all(said[: len(FACTS)]):
            raise Faulty(_MISSING, FACTS[said.index("")])
        if purpose not in (self._where.purposes or ()):
            raise Faulty(_PURPOSE, "purpose")
        if max(len(text_version), len(source)) > _MOST:
            raise Faulty(_LONG)
        agreed = Agreement(
            purpose,
            _channels(channels),
            self._day(given_on),
            _method(method),
            text_version,
            source,
            _begin(self._day(withdrawn_on)) if withdrawn_on else None,
        )
        if agreed.withdrawn_at is not None and agreed.withdrawn_at < _begin(agreed.given_on):
            raise Faulty(_ORDER, WITHDRAWN_ON)
        return agreed

    def _day(self, text: str) -> str:
        try:
            day = date.fromisoformat(text).isoformat()
        except ValueError:
            raise Faulty(_DATE) from None
        if day > self._today:
            raise Faulty(_FUTURE)
        return day


def _channels(text: str) -> tuple[Channel, ...]:
    try:
        words = text.lower().replace(",", " ").replace("+", " ").split()
        return tuple(dict.fromkeys(Channel(word) for word in words))
    except ValueError:
        raise Faulty(_CHANNEL, "channel") from None


def _method(text: str) -> str:
    try:
        return ConsentMethod(text.lower()).value
    except ValueError:
        raise Faulty(_METHOD, "method") from None


def _begin(day: str) -> Millis:
    """Return the first instant of a day (UTC)."""
    return (date.fromisoformat(day).toordinal() - _EPOCH) * DAY
