"""Whether this process can do its work now: not what it hopes, what it has just tried."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from engine.app import App
from engine.errors import EngineError
from engine.gateway.grouping import Grouped, Unavailable
from engine.store import schema
from engine.store.database import Database

_SECONDS = 3.0
READY = "ready"


@dataclass(slots=True)
class Readiness:
    """Asks both databases; many who ask at once are answered by one look.

    recorder  returns what is wrong with whoever records oppositions; empty: nothing
    """

    app: App
    recorder: Callable[[], str]
    looks: Grouped[None, str]

    def __init__(self, app: App, recorder: Callable[[], str]) -> None:
        self.app = app
        self.recorder = recorder
        self.looks = Grouped("readiness", self._look)

    async def word(self) -> str:
        """Return ``ready``, or a word for what is missing."""
        wrong = self.recorder()
        if wrong:
            return wrong
        try:
            return await self.looks.ask(None, _SECONDS)
        except Unavailable:
            return "no_answer"

    def _look(self, asked: Sequence[None]) -> list[str]:
        word = (
            self._fault_of(self.app.db, "main", "database")
            or self._fault_of(self.app.vault.keyring, "keyring", "keyring")
            or READY
        )
        return [word] * len(asked)

    def _fault_of(self, db: Database, which: schema.Which, name: str) -> str:
        try:
            if db.reads_only():
                return f"{name}_read_only"
            schema.check(db, which)
        except (sa.exc.SQLAlchemyError, OSError):
            return f"{name}_away"
        except EngineError:
            return f"{name}_schema"
        return ""
