"""Whom a link speaks for: tokens opened on the event loop, codes and controllers looked up apart.

A token is opened with keys that are kept in memory, so that a forged one costs next to nothing.
What must be asked of the databases is asked by one thread, for all who wait at once.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from channels.contract import Channel
from engine.app import App
from engine.gateway.grouping import Grouped, Unavailable
from engine.short_codes import is_code
from engine.store import controllers, short_links
from engine.tokens import Bearer, read_token
from engine.vault import KeyDestroyed

_SECONDS = 5.0  # how long a look-up may take
_FRESH_SECONDS = 30.0  # after which a contract may have ended unseen; what is stored is asked anew
_MOST_KEPT = 10_000
_LARGEST_NUMBER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Known:
    """A controller whose contract lives."""

    number: int
    name: str
    token_key: bytes


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds an authentic link."""

    controller: Known
    bearer: Bearer

    @property
    def channel(self) -> Channel:
        """The channel that the link came by."""
        return Channel(self.bearer.channel)


class Links:
    """Reads links; used on one event loop."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._mask_key = app.vault.reference_key()
        self._kept: OrderedDict[int, tuple[float, Known]] = OrderedDict()
        self.controllers: Grouped[int, Known | None] = Grouped("controllers", self._find_known)
        self.codes: Grouped[str, str | None] = Grouped("codes", self._find_tokens)

    async def of_token(self, token: str) -> Holder | None:
        """Return who holds a token; None: nobody, whatever the reason.

        Raises Unavailable when it cannot be known now.
        """
        strangers: list[int] = []

        def key_of(number: int) -> bytes | None:
            kept = self._kept.get(number)
            if kept is not None and self._app.clock.boot() - kept[0] < _FRESH_SECONDS:
                return kept[1].token_key
            strangers.append(number)
            return None

        found = read_token(token, self._mask_key, key_of)
        if found is None and strangers:
            known = await self._learn(strangers[0])
            if known is None:
                return None
            found = read_token(token, self._mask_key, lambda _number: known.token_key)
        if found is None:
            return None
        number, bearer = found
        return Holder(self._kept[number][1], bearer)

    async def of_code(self, code: str) -> Holder | None:
        """Return who holds a code; None: nobody. Raises Unavailable."""
        if not is_code(code):
            return None
        token = await self.codes.ask(code, _SECONDS)
        return None if token is None else await self.of_token(token)

    async def _learn(self, number: int) -> Known | None:
        """Ask who has a number. A database that is away does not hide a page that was known."""
        try:
            known = await self.controllers.ask(number, _SECONDS)
        except Unavailable:
            kept = self._kept.get(number)
            if kept is None:
                raise
            return kept[1]
        if known is None:
            self._kept.pop(number, None)
            return None
        self._kept[number] = self._app.clock.boot(), known
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return known

    def _find_known(self, numbers: Sequence[int]) -> list[Known | None]:
        wanted = {number for number in numbers if 0 < number <= _LARGEST_NUMBER}
        with self._app.db.read() as connection:
            names = controllers.alive(connection, wanted)
        return [self._known(number, names.get(number)) for number in numbers]

    def _known(self, number: int, name: str | None) -> Known | None:
        if name is None:
            return None
        try:
            return Known(number, name, self._app.vault.token_key(name))
        except KeyDestroyed:
            return None

    def _find_tokens(self, codes: Sequence[str]) -> list[str | None]:
        with self._app.db.read() as connection:
            tokens = short_links.tokens(connection, list(set(codes)))
        return [tokens.get(code) for code in codes]
