"""What every use case of the engine is given: built once by ``engine.bootstrap``."""

from dataclasses import dataclass, field

from engine.clock import Clock
from engine.rulebook import Rulebook
from engine.settings import Settings
from engine.store.database import Database
from engine.vault import Vault


@dataclass(frozen=True, slots=True)
class App:
    """The few objects that live as long as the process."""

    settings: Settings
    clock: Clock
    db: Database
    vault: Vault
    rulebook: Rulebook = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Open the rulebook, which reads nothing before it is asked."""
        object.__setattr__(self, "rulebook", Rulebook(self.db, self.clock.now))

    def close(self) -> None:
        """Close the connections to both databases."""
        self.db.close()
        self.vault.close()
