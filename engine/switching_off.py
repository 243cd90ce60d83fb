"""Switches something off at once, and also for what arrives later: a *kill*; and on again.

It holds until it is lifted or its end comes. What is in a provider's hands already cannot be
called back; whoever waits goes on waiting, until the campaign's own end.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import sqlalchemy as sa
import structlog

from channels.contract import Channel
from channels.email.address import normalise
from channels.normal_form import AddressFault
from engine import audit
from engine.app import App
from engine.audit import Act
from engine.clock import Millis
from engine.controllers import PLATFORM_SCOPE
from engine.deciding import KILLED
from engine.events import Switched, instant, new_id
from engine.policy_scope import PolicyFault, campaign_of, checked_reason, scope_of
from engine.store import connectors, controllers, events, kills, overviews, rulesets
from engine.store.due import reconsider
from engine.store.kills import Kill, KillKind
from engine.wire.instants import from_millis
from policy.countries import COUNTRIES
from policy.typed_tree import meant

__all__ = ["Kill", "KillKind", "Lifted", "SwitchedOff", "Target", "every", "kill", "lift"]

_NUMBERS: Final = re.compile(r"\+[1-9][0-9]{0,14}")
_COUNTRY_LETTERS: Final = 2
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be switched off.

    controller  whose campaign it is; empty: it is none
    """

    kind: KillKind
    name: str
    controller: str = ""

    @classmethod
    def of(cls, one: Kill, controller: str) -> "Target":
        """Return what was switched off; ``controller`` is the name of its scope, if it has one."""
        return cls(KillKind(one.kind), one.target, controller if one.scope else "")

    def __str__(self) -> str:
        """Return what it is called in sentences."""
        return f"{self.kind} {self.name}{f' of {self.controller}' if self.controller else ''}"


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """Something that was switched off; ``notice`` is what should be known of it, or empty."""

    kill: Kill
    target: Target
    notice: str


@dataclass(frozen=True, slots=True)
class Lifted:
    """A kill that was lifted; ``still`` are others that keep the same thing off."""

    kill: Kill
    target: Target
    still: tuple[Kill, ...]


def kill(app: App, target: Target, reason: str, until: Millis | None = None) -> SwitchedOff:
    """Let nothing more leave by or for a target, whatever arrives; every process heeds it at once.

    until  the instant from which it goes on by itself; None: when somebody lifts it

    Raises PolicyFault for a target that there is not, or an end that has passed; UnknownController.
    """
    said = checked_reason(reason)
    with app.db.write() as connection:
        rulesets.take_turn(connection)
        now = app.clock.now()
        if until is not None and until <= now:
            raise PolicyFault("that end has passed already: give a later --until, or --for PT2H")
        known, scope, notice = _found(connection, target)
        off = Kill(
            id=0,
            kind=known.kind,
            target=known.name,
            scope=scope,
            reason=said,
            actor=app.settings.actor,
            begun_at=now,
            ends_at=until,
            lifted_at=None,
            lifted_by=None,
        )
        off = off._replace(id=kills.insert(connection, off))
        _tell(connection, known, off, now, off=True)
        _record(app, connection, Act.SWITCHED_OFF, known, off, said)
    _log.info("switched_off", kill=off.id, kind=off.kind)
    return SwitchedOff(off, known, notice)


def lift(app: App, number: int, reason: str) -> Lifted:
    """Switch something on again before its end.

    Raises PolicyFault where no kill of that number is in force.
    """
    said = checked_reason(reason)
    with app.db.write() as connection:
        rulesets.take_turn(connection)
        now = app.clock.now()
        held = {one.id: one for one in kills.standing(connection, now)}
        if number not in held or not kills.lift(connection, number, app.settings.actor, now):
            raise PolicyFault(f"no kill {number} is in force; `chappe policy kills` names them")
        one = held.pop(number)
        target = _target(one, _names(connection))
        reconsider(connection, (KILLED,), now)
        _tell(connection, target, one, now, off=False)
        _record(app, connection, Act.SWITCHED_ON, target, one, said)
    _log.info("switched_on", kill=number, kind=one.kind)
    same = (one.kind, one.scope, one.target)
    still = tuple(
        other for other in held.values() if (other.kind, other.scope, other.target) == same
    )
    return Lifted(one._replace(lifted_at=now, lifted_by=app.settings.actor), target, still)


def every(app: App, *, ended: bool = False) -> list[tuple[Kill, Target]]:
    """Return what is off, with ``ended`` also what was, the oldest first."""
    with app.db.read() as connection:
        names = _names(connection)
        found = kills.every(connection) if ended else kills.standing(connection, app.clock.now())
        return [(one, _target(one, names)) for one in found]


def _names(connection: sa.Connection) -> dict[int, str]:
    return {one.number: one.name for one in controllers.every(connection)}


def _target(one: Kill, names: Mapping[int, str]) -> Target:
    return Target.of(one, names.get(one.scope, ""))


def _found(connection: sa.Connection, target: Target) -> tuple[Target, int, str]:
    """Return a target as it is stored, its controller's number, and what should be known of it."""
    if target.kind is KillKind.CAMPAIGN:
        target = _with_controller(connection, target)
        scope = scope_of(connection, target.controller or None, target.name)
        later = f"there is no {target} yet: it will not leave when it comes"
        return target, scope.number, "" if campaign_of(connection, scope) else later
    if target.controller:
        raise PolicyFault(f"a {target.kind} is that of all controllers: leave --controller out")
    name = _LOOKED_UP[target.kind](connection, target.name.strip())
    return replace(target, name=name), PLATFORM_SCOPE, ""


def _with_controller(connection: sa.Connection, target: Target) -> Target:
    """Return a campaign with its controller, which may be left unsaid where it can be only one."""
    if target.controller:
        return target
    having = [place.controller for place in overviews.places(connection, target.name, None)]
    able = having or [one.name for one in controllers.every(connection)]
    return replace(target, controller=able[0]) if len(able) == 1 else target


def _controller(connection: sa.Connection, name: str) -> str:
    return _one_of(KillKind.CONTROLLER, name, [one.name for one in controllers.every(connection)])


def _channel(_connection: sa.Connection, name: str) -> str:
    return _one_of(KillKind.CHANNEL, name, [one.value for one in Channel])


def _connector(connection: sa.Connection, name: str) -> str:
    return _one_of(KillKind.CONNECTOR, name, [one.name for one in connectors.every(connection)])


def _one_of(kind: KillKind, name: str, known: Iterable[str]) -> str:
    words = list(known)
    if name not in words:
        there = f"; there are: {', '.join(words)}" if words else ""
        raise PolicyFault(f"no {kind} is called {name!r}{meant(name, words)}{there}")
    return name


def _destination(_connection: sa.Connection, name: str) -> str:
    """Return a country, the beginning of numbers, or the domain of addresses, as it is compared."""
    bare = "".join(name.split())
    if bare.startswith("+"):
        return _numbers(bare)
    if bare.startswith("@"):
        return _domain(bare)
    if len(bare) == _COUNTRY_LETTERS and bare.upper() in COUNTRIES:
        return bare.upper()
    raise PolicyFault(
        f"{name!r} is no destination: give a country (FR), the beginning of numbers (+262), or the"
        " domain of addresses (@example.org)"
    )


def _numbers(text: str) -> str:
    if not _NUMBERS.fullmatch(text):
        raise PolicyFault("numbers begin with + and up to 15 digits, the country's first: +262")
    return text


def _domain(text: str) -> str:
    try:
        return "@" + normalise(f"a{text}").value.rpartition("@")[2]
    except AddressFault:
        raise PolicyFault("after the @ a domain is expected, such as @example.org") from None


_LOOKED_UP: Final[Mapping[KillKind, Callable[[sa.Connection, str], str]]] = {
    KillKind.CONTROLLER: _controller,
    KillKind.CHANNEL: _channel,
    KillKind.CONNECTOR: _connector,
    KillKind.DESTINATION: _destination,
}


def _tell(connection: sa.Connection, target: Target, one: Kill, now: Millis, *, off: bool) -> None:
    """Tell the controller whose campaigns it is about; of all others each would learn of others."""
    whose = target.name if target.kind is KillKind.CONTROLLER else target.controller
    if not whose:
        return
    event = Switched(
        id=new_id(),
        at=instant(now),
        controller=whose,
        campaign=target.name if target.kind is KillKind.CAMPAIGN else None,
        off=off,
        until=None if one.ends_at is None or not off else instant(one.ends_at),
    )
    events.put(connection, event, now)


def _record(
    app: App, connection: sa.Connection, act: Act, target: Target, one: Kill, reason: str
) -> None:
    whose = target.name if target.kind is KillKind.CONTROLLER else target.controller
    told: dict[str, str | int | bool] = {"kill": one.id, "reason": reason}
    if one.ends_at is not None and act is Act.SWITCHED_OFF:
        told["until"] = from_millis(one.ends_at).isoformat()
    subject = f"{target.kind}:{target.name}"
    audit.record(app, connection, act, subject, controller=whose, details=told)
