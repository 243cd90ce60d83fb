"""Dead letters, as an operator deals with them: look, replay once mended, or drop.

Replays come from the database: nobody can publish under another account's name, so a message that
went back over the broker would come back as the operator's own.
"""

from engine import audit
from engine.app import App
from engine.audit import Act
from engine.errors import EngineError
from engine.intake import DEAD_LETTER_SCOPE, Taken, take
from engine.store import dead_letters as store
from engine.store.dead_letters import DROPPED, OPEN, REPLAYED, DeadLetterRow
from engine.vault import PLATFORM

_ACTS = {REPLAYED: Act.DEAD_LETTER_REPLAYED, DROPPED: Act.DEAD_LETTER_DROPPED}


class DeadLetterFault(EngineError):
    """Raised when a dead letter does not exist, or was closed before."""


def every(app: App, *, closed: bool = False) -> list[DeadLetterRow]:
    """Return the open dead letters, newest first; with ``closed`` the others too."""
    states = (OPEN, REPLAYED, DROPPED) if closed else (OPEN,)
    with app.db.read() as connection:
        return store.in_states(connection, states)


def get(app: App, number: int) -> DeadLetterRow:
    """Return a dead letter, or raise DeadLetterFault."""
    with app.db.read() as connection:
        row = store.by_id(connection, number)
    if row is None:
        msg = f"no dead letter {number}; `chappe dead-letter list` names them"
        raise DeadLetterFault(msg)
    return row


def body(app: App, number: int) -> bytes:
    """Open the body of a dead letter. It may hold personal data: show it only when asked to.

    Raises DeadLetterFault when it was closed, and its body let go.
    """
    row = get(app, number)
    if row.state != OPEN or row.sealed is None:
        msg = f"dead letter {number} was {row.state}; its body is gone"
        raise DeadLetterFault(msg)
    with app.db.write() as connection:
        audit.record(app, connection, Act.DEAD_LETTER_OPENED, f"dead_letter:{number}")
    return app.vault.open(PLATFORM, DEAD_LETTER_SCOPE, row.sealed)


def replay(app: App, number: int) -> Taken:
    """Take the message in again, as its own account; when it fails again it stays open.

    Raises DeadLetterFault when it was closed before.
    """
    row = get(app, number)
    taken = take(app, body(app, number), row.account or None, row.message_id)
    if taken.campaign_id is not None:
        _close(app, row, REPLAYED)
    else:
        _close_newer(app, taken)
    return taken


def drop(app: App, number: int) -> None:
    """Let a message go for good.

    Raises DeadLetterFault when it was closed before.
    """
    row = get(app, number)
    if not _close(app, row, DROPPED):
        msg = f"dead letter {number} was closed before"
        raise DeadLetterFault(msg)


def _close_newer(app: App, taken: Taken) -> None:
    """A replay that fails is no new dead letter: the one it came from stays."""
    if taken.dead_letter is not None:
        _close(app, get(app, taken.dead_letter), DROPPED)


def _close(app: App, row: DeadLetterRow, state: str) -> bool:
    with app.db.write() as connection:
        closed = store.close(connection, row.id, state, app.clock.now())
        if closed:
            audit.record(app, connection, _ACTS[state], f"dead_letter:{row.id}")
    if closed and row.sealed is not None:
        app.vault.destroy([row.sealed])
    return closed
