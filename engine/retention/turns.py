"""Whose turn it is: which classes are to be swept, by whom, how fast; and what came of it."""

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import structlog

from engine.app import App
from engine.clock import MINUTE, SECOND, Millis
from engine.errors import EngineError
from engine.retention import aged, content, contracts, files, history, ledgers, strays
from engine.retention.sweeper import Held, Sweeper, held_by
from engine.store import due
from engine.store import sweeps as store
from policy.retention import CLASSES

Progress = Callable[[int], None]  # how many rows went since it was told last

_log = structlog.get_logger()
_LIMIT = 10_000  # rows at a time while nobody is being contacted
_LIMIT_BESIDE_CAMPAIGNS = 500
_REST = 19  # times as long as a step took, beside campaigns: a twentieth of one core
_MOST_REST = 2.0  # seconds
_STEP_SECONDS = 5.0  # of work, after which the actor gives its thread back
_LEASE: Millis = 2 * MINUTE  # longer than any step, and than a turn with its rests
_LOOK_SECONDS = 0.2
_AGAIN: Millis = 30 * MINUTE

SWEEPERS: Mapping[str, Sweeper] = {
    "content": content.Content(),
    "doubtful_blocks": content.DoubtfulBlocks(),
    "history": history.History(),
    "provider_references": history.ProviderReferences(),
    "connection_log": aged.CONNECTION_LOG,
    "oppositions": contracts.Oppositions(),
    "consents": ledgers.Consents(),
    "contact_times": ledgers.ContactTimes(),
    "opposition_lists": ledgers.OppositionLists(),
    "links": contracts.Links(),
    "lists": contracts.Lists(),
    "deleted_lists": aged.DeletedLists(),
    "broken_imports": aged.BrokenImports(),
    "dead_letter_bodies": aged.DeadLetterBodies(),
    "dead_letters": aged.DEAD_LETTERS,
    "events": aged.EVENTS,
    "rights_requests": aged.RIGHTS,
    "holds": aged.HOLDS,
    "ended_contracts": contracts.Contracts(),
    "stray_keys": strays.StrayKeys(),
    "dropped_files": files.DROPPED,
    "outbox_files": files.OUTBOX,
}
"""One sweeper for each class that is swept; a test holds it against ``policy.retention``."""


class SweptElsewhere(EngineError):
    """Raised when an actor has been sweeping a class for longer than a turn takes."""

    def __init__(self, name: str) -> None:
        super().__init__(f"another process is sweeping {name}; it goes on there: try again later")


@dataclass(frozen=True, slots=True)
class Swept:
    """What one turn did. ``more``: it stopped before everything was gone."""

    removed: int
    more: bool


def due_classes(app: App) -> list[str]:
    """Return the classes that are to be swept now; content as soon as a campaign is over."""
    now = app.clock.now()
    with app.db.read() as connection:
        known = store.next_turns(app.db, connection)
        if "content" not in known.busy and content.waits(connection, now):
            known.at["content"] = now
    return [
        one.name
        for one in CLASSES
        if one.swept and one.name not in known.busy and known.at.get(one.name, 0) <= now
    ]


def sweep_class(app: App, name: str) -> bool:
    """Take one turn at a class, unless another actor has it; return whether there is more to do.

    ``name`` of a class that is not swept does nothing: it came from an older or newer version.
    """
    if name not in SWEEPERS:
        return False
    token = secrets.token_bytes(16)
    if not store.claim(app.db, name, token, app.clock.now(), _LEASE):
        return False
    done = _turn(app, name, app.clock.boot() + _STEP_SECONDS)
    if done.removed and not done.more:
        app.db.empty_log()  # which holds the rows still
    now = app.clock.now()
    left = None if done.more else overdue(app, name, now)
    next_at = now if done.more else now + _AGAIN
    store.release(app.db, name, token, store.Turn(done.removed, left, next_at, now, done.more))
    if done.removed:
        _log.info("retention_swept", retention_class=name, removed=done.removed, more=done.more)
    return done.more


def sweep_all(app: App, name: str, progress: Progress = lambda _: None) -> int:
    """Sweep a class to its end, now; return how many rows went.

    ``progress`` is told how many went since it was told last.

    Raises SweptElsewhere when another actor does not let go of the class.
    """
    token = _claimed(app, name)
    removed = 0
    try:
        while gone := SWEEPERS[name].sweep(app, app.clock.now(), held_of(app, name), _LIMIT):
            removed += gone
            progress(gone)
            store.renew(app.db, name, token, _LEASE)
    except BaseException:
        now = app.clock.now()
        left = overdue(app, name, now)
        store.release(app.db, name, token, store.Turn(removed, left, now, now, more=True))
        raise
    if removed:
        app.db.empty_log()
    now = app.clock.now()
    left = overdue(app, name, now)
    store.release(app.db, name, token, store.Turn(removed, left, now + _AGAIN, now, more=False))
    return removed


def _claimed(app: App, name: str) -> bytes:
    """Take a class, waiting for an actor that has it: turns are short, and end with the lease."""
    token = secrets.token_bytes(16)
    until = app.clock.boot() + (_LEASE + MINUTE) / SECOND
    while not store.claim(app.db, name, token, app.clock.now(), _LEASE):
        if app.clock.boot() > until:
            raise SweptElsewhere(name)
        app.clock.wait(_LOOK_SECONDS)
    return token


def outlast_steps(app: App, name: str) -> bool:
    """Wait until nobody sweeps data of a class who asked for its holds before now.

    False: somebody does not come to an end.
    """
    sweeping = {one.name for one in CLASSES if name == one.name or name in one.takes}
    begun = _steps(app, sweeping)
    until = app.clock.boot() + (_LEASE + MINUTE) / SECOND
    while begun:
        if app.clock.boot() > until:
            return False
        app.clock.wait(_LOOK_SECONDS)
        begun &= _steps(app, sweeping)
    return True


def _steps(app: App, names: Collection[str]) -> set[tuple[str, tuple[bytes, Millis]]]:
    with app.db.read() as connection:
        under_way = store.steps(app.db, connection)
    return {(name, step) for name, step in under_way.items() if name in names}


def last_ends(app: App) -> dict[str, Millis]:
    """Return when each class was swept to its end last."""
    with app.db.read() as connection:
        return store.ends(connection)


def overdue(app: App, name: str, now: Millis) -> int:
    """Count what of a class would be too old at an instant, but for what is on hold."""
    return SWEEPERS[name].overdue(app, now, held_of(app, name))


def held_of(app: App, name: str) -> Held:
    """Return what is on legal hold in a class."""
    with app.db.read() as connection:
        return held_by(connection, name, app.clock.now())


def _turn(app: App, name: str, until: float) -> Swept:
    removed = 0
    while True:
        begun, now = app.clock.boot(), app.clock.now()
        beside = due.anything_goes_on(app.db, now)
        limit = _LIMIT_BESIDE_CAMPAIGNS if beside else _LIMIT
        gone = SWEEPERS[name].sweep(app, now, held_of(app, name), limit)
        removed += gone
        if not gone:
            return Swept(removed, more=False)
        if app.clock.boot() >= until:
            return Swept(removed, more=True)
        if beside:
            app.clock.wait(min((app.clock.boot() - begun) * _REST, _MOST_REST))
