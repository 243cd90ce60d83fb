"""Making a process stand still at one write of its, to be killed there and nowhere else.

Whoever holds a lock on a table lets others read it and makes the first who writes to it wait;
PostgreSQL says what that statement is. Nothing in the process knows of it.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from ops.chaos.field import Field, wait_for

_WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND wait_event_type = 'Lock' AND starts_with(query, :begins)"
)
_PATIENCE = 60.0  # on a machine that others use too

Begin = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Write:
    """A write: the first words of its statement, the last of which is the table.

    mode     the lock that stops it: SHARE stops whoever changes rows, and lets others read
    keyring  whether it is written to the keyring, which is another database
    """

    begins: str
    mode: str = "SHARE"
    keyring: bool = False

    @contextmanager
    def forbidden(self, field: Field) -> Iterator[None]:
        """Let nobody write it for a while."""
        table = self.begins.rsplit(maxsplit=1)[-1]
        database = field.app.vault.keyring if self.keyring else field.app.db
        with database.write() as connection:
            connection.execute(sa.text(f"LOCK TABLE {table} IN {self.mode} MODE"))
            yield

    def awaits(self, field: Field) -> bool:
        """Return whether somebody is about to write it and waits."""
        return field.count(_WAITING, keyring=self.keyring, begins=self.begins) > 0


DESTROY_KEYS = Write("DELETE FROM sealed_keys", keyring=True)


def kill_before(field: Field, name: str, write: Write, begin: Begin) -> int:
    """Kill a process as it is about to write; return how many it may have had in flight.

    begin  sets it going, once the write is forbidden
    """
    with write.forbidden(field):
        begin()
        wait_for(lambda: write.awaits(field), write.begins, _PATIENCE)
        return field.kill(name)


def kill_after(field: Field, name: str, write: Write, begin: Begin) -> int:
    """Kill a process that has committed a write, and is about to destroy keys after it."""
    with ExitStack() as keys:
        with write.forbidden(field):
            begin()
            wait_for(lambda: write.awaits(field), write.begins, _PATIENCE)
            keys.enter_context(DESTROY_KEYS.forbidden(field))
        wait_for(lambda: DESTROY_KEYS.awaits(field), f"keys after {write.begins}", _PATIENCE)
        return field.kill(name)
