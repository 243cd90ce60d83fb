"""The rulebook: which rules hold for a campaign now, and what is switched off; kept in memory.

Every change of policy makes a number in the database grow, the *generation*. Dispatch reads that
number with the other flags before each slice, so a process that holds an older edition reads the
new one before anybody else leaves. Where no ruleset of the platform holds, or one cannot be read,
nothing is permitted.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog

from engine.clock import Millis
from engine.store import kills, rulesets
from engine.store.database import Database
from engine.store.kills import Kill, KillKind
from engine.store.rulesets import RulesetRow
from policy.evaluate import Compiled, compile_ruleset
from policy.layers import ORDER, union
from policy.reading import RulesetFault, content_hash, read_ruleset
from policy.rule_kinds import Ruleset

_MOST_COMPILED = 256  # combinations of layers kept at once

_log = structlog.get_logger()
_Place = tuple[str, int, str]  # layer, controller, campaign


@dataclass(slots=True)
class Edition:
    """All rulesets and switches as they stand at one generation; threads may share it."""

    generation: int
    off: tuple[Kill, ...] = ()
    _rows: dict[_Place, list[RulesetRow]] = field(default_factory=dict)
    _read: dict[str, Ruleset] = field(default_factory=dict)
    _compiled: dict[tuple[str, ...], Compiled] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def in_force(self, controller: int, campaign: str, now: Millis) -> tuple[RulesetRow, ...]:
        """Return what holds on each layer that has anything, the platform's first."""
        places: tuple[_Place, ...] = (
            ("platform", 0, ""),
            ("controller", controller, ""),
            ("campaign", controller, campaign),
        )
        found = (latest(self._rows.get(place, ()), now) for place in places)
        return tuple(row for row in found if row is not None and row.version)

    def compiled(self, controller: int, campaign: str, now: Millis) -> Compiled | None:
        """Return the rules of all layers together; None: nothing is permitted.

        That is so where no ruleset of the platform holds, or one cannot be read.
        """
        rows = self.in_force(controller, campaign, now)
        if not rows or rows[0].layer != ORDER[0]:
            return None
        key = tuple(row.version for row in rows)
        with self._lock:
            made = self._compiled.get(key)
            if made is None:
                made = self._compile(rows)
                if made is not None:
                    if len(self._compiled) >= _MOST_COMPILED:
                        self._compiled.clear()
                    self._compiled[key] = made
        return made

    def ruled(self, now: Millis) -> bool:
        """Return whether a ruleset of the platform holds: without one nothing is sent."""
        held = latest(self._rows.get((ORDER[0], 0, ""), ()), now)
        return held is not None and bool(held.version)

    def killed(
        self, controller: tuple[int, str], campaign: str, channel: str, now: Millis
    ) -> Kill | None:
        """Return what stops a campaign on a channel as a whole; None: nothing does.

        controller  its number and its name
        """
        number, name = controller
        for kill in self.off:
            whole = (
                (kill.kind == KillKind.CAMPAIGN and (kill.scope, kill.target) == (number, campaign))
                or (kill.kind == KillKind.CONTROLLER and kill.target == name)
                or (kill.kind == KillKind.CHANNEL and kill.target == channel)
            )
            if whole and kill.holds(now):
                return kill
        return None

    def next_change(self, now: Millis) -> Millis | None:
        """Return when, as far as is foreseen, other rules hold or something is switched off."""
        begins = [row.effective_at for rows in self._rows.values() for row in rows]
        begins += [kill.begun_at for kill in self.off]
        begins += [kill.ends_at for kill in self.off if kill.ends_at is not None]
        return min((at for at in begins if at > now), default=None)

    def connectors_off(self, now: Millis) -> frozenset[str]:
        """Return the names of connectors that are switched off."""
        return frozenset(kill.target for kill in self._of(KillKind.CONNECTOR, now))

    def destinations_off(self, now: Millis) -> tuple[Kill, ...]:
        """Return the destinations that are switched off."""
        return tuple(self._of(KillKind.DESTINATION, now))

    def _of(self, kind: KillKind, now: Millis) -> Iterable[Kill]:
        return (kill for kill in self.off if kill.kind == kind and kill.holds(now))

    def _compile(self, rows: tuple[RulesetRow, ...]) -> Compiled | None:
        try:
            layers = [self._ruleset(row) for row in rows]
        except RulesetFault:
            _log.error("ruleset_unreadable", versions=[row.version for row in rows])
            return None
        whole = union(*layers)
        version = rows[0].version if len(rows) == 1 else content_hash(whole)
        return compile_ruleset(whole, version)

    def _ruleset(self, row: RulesetRow) -> Ruleset:
        read = self._read.get(row.version)
        if read is None:
            read = self._read[row.version] = read_ruleset(row.text)
        return read


def latest(rows: Iterable[RulesetRow], now: Millis) -> RulesetRow | None:
    """Return which of the rows of one layer, ordered as they are stored, holds at an instant."""
    found = None
    for row in rows:
        if row.effective_at <= now:
            found = row
    return found


class Rulebook:
    """Holds the edition that this process knows; shared by its threads."""

    def __init__(self, db: Database, now: Callable[[], Millis]) -> None:
        self._db = db
        self._now = now
        self._held: Edition | None = None
        self._lock = threading.Lock()

    def at(self, generation: int) -> Edition:
        """Return the edition of a generation, which was just read from the database, or a later.

        Raises SQLAlchemy's errors when it must be read and the database is away.
        """
        held = self._held
        if held is not None and held.generation >= generation:
            return held
        # Read without the lock: a thread that the database keeps waiting holds up nobody else.
        read = self._load(held)
        with self._lock:
            if self._held is None or self._held.generation < read.generation:
                self._held = read
            return self._held

    def current(self) -> Edition:
        """Return the edition that counts now."""
        with self._db.read() as connection:
            generation = rulesets.generation(connection)
        return self.at(generation)

    def _load(self, before: Edition | None) -> Edition:
        with self._db.read() as connection:
            generation = rulesets.generation(connection)
            rows = rulesets.every(connection)
            off = kills.standing(connection, self._now())
        edition = Edition(generation, tuple(off))
        if before is not None:  # what was read and compiled is true of its hash for ever
            edition._read = before._read  # noqa: SLF001 (its own class)
            edition._compiled = before._compiled  # noqa: SLF001
            edition._lock = before._lock  # noqa: SLF001
        for row in rows:
            edition._rows.setdefault((row.layer, row.scope, row.campaign), []).append(row)  # noqa: SLF001
        return edition
