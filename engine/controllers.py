"""Controllers: the clients on whose behalf campaigns are sent, and how each wants to be served."""

import re
from dataclasses import dataclass
from typing import Annotated

import msgspec
import sqlalchemy as sa

from channels.contract import Channel
from channels.struct_types import build_now
from engine import audit
from engine.app import App
from engine.audit import Act
from engine.clock import Millis
from engine.errors import EngineError
from engine.store import controllers as store
from engine.vault import PLATFORM
from engine.wire.instants import DURATION_PATTERN
from engine.wire.job import Kind
from engine.wire.scalars import CONTROLLER_PATTERN, OneLine, Purpose, Sector
from policy.retention import keeps

EVERY_CONTROLLER = store.EVERY_CONTROLLER
ALIVE = "alive"
ENDED = "ended"
PLATFORM_SCOPE = 0  # scope number of what holds for every controller

_NAME = re.compile(CONTROLLER_PATTERN)
_ACCOUNT = re.compile(r"[^\s*\x00-\x1f]{1,255}")


class ControllerFault(EngineError):
    """Raised when a controller cannot be created or set up as asked."""


class UnknownController(ControllerFault):
    """Raised when no controller has the given name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no controller {name!r}; `chappe controller list` names them")


class ControllerExists(ControllerFault):
    """Raised when a controller of that name exists already."""


class NotGranted(ControllerFault):
    """Raised when a right that is to be taken back was never given."""


History = Annotated[str, msgspec.Meta(pattern=DURATION_PATTERN)]  # read it by Duration.parse
StopMention = Annotated[str, msgspec.Meta(min_length=4, max_length=30)]
SenderName = OneLine  # a name or a number, as it is shown
Domain = Annotated[str, msgspec.Meta(pattern=r"^([a-z0-9-]+\.)+[a-z0-9-]+$")]


class ControllerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was agreed with one client.

    purposes       what campaigns may be for, and whether that is marketing or service
    history        how long deliveries are kept after a campaign, unless its job says less
    connectors     per channel, connectors in order; a channel that is not named uses all enabled
                   ones by rank
    stop_mention   how an SMS says where objections go, such as ``STOP au 36063``
    return_domain  domain of return paths and message ids; None: that of the installation
    allow_inline   whether a campaign message may carry recipients itself
    sectors        what it advertises, unless a campaign says so itself; None: not said
    senders        who it may show as the sender, per channel
    """

    purposes: dict[Purpose, Kind] = {}
    history: History = keeps("history")
    connectors: dict[Channel, tuple[str, ...]] = {}
    stop_mention: StopMention = "STOP"
    return_domain: Domain | None = None
    allow_inline: bool = True
    sectors: tuple[Sector, ...] | None = None
    senders: dict[Channel, tuple[SenderName, ...]] = {}


build_now(ControllerSettings)

# What each setting must look like, said as a sentence where its pattern would say nothing.
_EXPECTED = {
    "purposes": "a name is 1 to 64 lower-case letters, digits, dots, hyphens or underscores",
    "history": "expected an ISO 8601 duration such as P3Y (three years), P30D or PT6H",
    "stop_mention": "expected 4 to 30 signs, such as 'STOP au 36063'",
    "sectors": "a name is 1 to 64 lower-case letters, digits, dots, hyphens or underscores",
    "senders": "expected a name, a number or an address, on one line",
    "return_domain": "expected a domain in lower case, such as bounces.example.org",
}


@dataclass(frozen=True, slots=True)
class Controller:
    """One client. ``number`` is the scope of its rows, ``name`` its id on the wire."""

    number: int
    name: str
    alive: bool
    settings: ControllerSettings
    created_at: Millis


def create_platform_keys(app: App) -> None:
    """Make the keys of the platform itself; does nothing when they exist."""
    app.vault.create_controller(PLATFORM, app.clock.now())


def create(app: App, name: str, settings: ControllerSettings) -> Controller:
    """Add a controller with keys of its own.

    Raises ControllerExists, or ControllerFault when name or settings cannot be used.
    """
    if not _NAME.match(name):
        msg = f"controller {name!r}: use 1 to 64 of a-z, 0-9 and hyphens"
        raise ControllerFault(msg)
    encoded = _encode(settings)
    now = app.clock.now()
    # Keys first: a controller without keys could not be served, keys without one are litter.
    app.vault.create_controller(name, now)
    try:
        with app.db.write() as connection:
            made = _decode(store.insert(connection, name, encoded, now))
            _record(app, connection, Act.CONTROLLER_ADDED, name)
            return made
    except sa.exc.IntegrityError:
        msg = f"controller {name!r} exists already; change it with `chappe controller configure`"
        raise ControllerExists(msg) from None


def configure(app: App, name: str, settings: ControllerSettings) -> Controller:
    """Replace the settings of a controller.

    Raises UnknownController, or ControllerFault when the settings cannot be used.
    """
    with app.db.write() as connection:
        if not store.set_settings(connection, name, _encode(settings)):
            raise UnknownController(name)
        _record(app, connection, Act.CONTROLLER_CHANGED, name)
        return find(connection, name)


def end(app: App, name: str) -> None:
    """End the contract: nothing more is admitted or planned for this controller."""
    with app.db.write() as connection:
        if not store.set_ended(connection, name, ENDED, app.clock.now()):
            raise UnknownController(name)
        _record(app, connection, Act.CONTROLLER_ENDED, name)


def find(connection: sa.Connection, name: str) -> Controller:
    """Return the controller of that name, or raise UnknownController."""
    row = store.by_name(connection, name)
    if row is None:
        raise UnknownController(name)
    return _decode(row)


def by_number(connection: sa.Connection, number: int) -> Controller:
    """Return the controller of that number, or raise UnknownController."""
    row = store.by_number(connection, number)
    if row is None:
        raise UnknownController(f"number {number}")
    return _decode(row)


def every(app: App) -> list[Controller]:
    """Return all controllers in order of name."""
    with app.db.read() as connection:
        return [_decode(row) for row in store.every(connection)]


def grant(app: App, account: str, controller: str) -> None:
    """Let a broker account enqueue campaigns of a controller, or of all (``*``)."""
    if not _ACCOUNT.fullmatch(account):
        msg = "a broker account is 1 to 255 signs without spaces or asterisks"
        raise ControllerFault(msg)
    with app.db.write() as connection:
        if controller != EVERY_CONTROLLER:
            find(connection, controller)
        store.grant(connection, account, controller)
        audit.record(
            app, connection, Act.ACCOUNT_GRANTED, f"account:{account}", controller=controller
        )


def revoke(app: App, account: str, controller: str) -> list[str]:
    """Take back what ``grant`` gave; return whom the account may still speak for.

    Raises NotGranted when it was not given, UnknownController for a name that nobody has.
    """
    with app.db.write() as connection:
        if controller != EVERY_CONTROLLER:
            find(connection, controller)
        gone = store.revoke(connection, account, controller)
        left = [whose for who, whose in store.grants(connection) if who == account]
        if gone:
            what = f"account:{account}"
            audit.record(app, connection, Act.ACCOUNT_REVOKED, what, controller=controller)
    if gone:
        return left
    if EVERY_CONTROLLER in left:
        msg = (
            f"{account} has its right by '*', for all controllers; take that back"
            f" (chappe account revoke {account} '*') and grant those that are to stay"
        )
        raise NotGranted(msg)
    may = f"it may speak for: {', '.join(left)}" if left else "it may speak for nobody"
    msg = f"{account} was not granted {controller!r}, nothing was taken back; {may}"
    raise NotGranted(msg)


def grants(app: App) -> list[tuple[str, str]]:
    """Return every (account, controller), in order."""
    with app.db.read() as connection:
        return store.grants(connection)


def _record(app: App, connection: sa.Connection, act: Act, name: str) -> None:
    audit.record(app, connection, act, f"controller:{name}", controller=name)


def may_speak_for(connection: sa.Connection, account: str, controller: str) -> bool:
    """Whether a broker account may enqueue campaigns of a controller."""
    return store.may_speak_for(connection, account, controller)


def _encode(settings: ControllerSettings) -> str:
    encoded = msgspec.json.encode(settings)
    try:  # what was built in Python was not checked yet
        msgspec.json.decode(encoded, type=ControllerSettings)
    except msgspec.ValidationError as error:
        _, _, path = str(error).partition("`$.")
        part = next((name for name in _EXPECTED if path.startswith(name)), None)
        msg = f"{part.replace('_', ' ')}: {_EXPECTED[part]}" if part else str(error)
        raise ControllerFault(f"settings of the controller: {msg}") from None
    return encoded.decode()


def _decode(row: store.ControllerRow) -> Controller:
    settings = msgspec.json.decode(row.settings, type=ControllerSettings)
    return Controller(row.number, row.name, row.state == ALIVE, settings, row.created_at)
