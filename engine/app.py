"""What every use case of the engine is given: built once by ``engine.bootstrap``."""

from dataclasses import dataclass

from engine.clock import Clock
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

    def close(self) -> None:
        """Close the connections to both databases."""
        self.db.close()
        self.vault.close()
