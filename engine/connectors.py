"""Connectors, as an operator sets them up: created, attested, enabled, disabled.

A connector is used only once somebody attested who the provider is and in which country it
processes data: a provider is a sub-processor of the controllers. Secrets are sealed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec
import sqlalchemy as sa

from channels.contract import Channel, ConnectorConfig
from engine import audit
from engine.app import App
from engine.audit import Act, Details
from engine.errors import EngineError
from engine.store import connectors as store
from engine.store.connectors import ConnectorRow
from engine.vault import PLATFORM
from policy.countries import COUNTRIES

__all__ = [
    "Attestation",
    "ConnectorExists",
    "ConnectorFault",
    "ConnectorRow",
    "Setup",
    "UnknownCarrier",
    "UnknownConnector",
    "attest",
    "checked_attestation",
    "checked_country",
    "create",
    "disable",
    "enable",
    "every",
    "get",
    "load_config",
    "options_of",
    "reconfigure",
    "require_carriers",
    "split_password",
]

SECRETS_SCOPE = "connectors"
UNIT_COST = "unit_cost"  # an option for estimates, of every kind: the connector never sees it

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_COST = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")


class ConnectorFault(EngineError):
    """Raised when a connector cannot be set up as asked."""


class UnknownConnector(ConnectorFault):
    """Raised when no connector has the given name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no connector {name!r}; `chappe connector list` names them")


class UnknownCarrier(ConnectorFault):
    """Raised when a channel is to go through a connector that does not exist or is another's."""

    def __init__(self, channel: Channel, name: str, known: Sequence[str]) -> None:
        there = f"there are: {', '.join(known)}" if known else "there is none of this channel yet"
        super().__init__(
            f"no connector {name!r} of channel {channel}; {there} (chappe connector create)"
        )


class ConnectorExists(ConnectorFault):
    """Raised when a connector of that name exists already."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How a connector is to be set up.

    options  plain settings of its kind; a password in a URL among them is refused
    secrets  what only the vault may keep, such as ``password``
    rank     place among the connectors of its channel, lower first; None: last
    """

    name: str
    kind: str
    channel: Channel
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class Attestation:
    """What somebody answers for: who the provider is and where it processes data.

    by             the operator who attests
    country        ISO 3166-1 alpha-2, such as FR
    sub_processor  the provider's company; the controller's own name for its own relay
    """

    by: str
    country: str
    sub_processor: str


def create(app: App, setup: Setup) -> ConnectorRow:
    """Add a connector, enabled but not attested yet.

    Raises ConnectorExists, or ConnectorFault when name or options cannot be used.
    """
    if not _NAME.fullmatch(setup.name):
        msg = f"connector {setup.name!r}: use 1 to 64 of a-z, 0-9 and hyphens"
        raise ConnectorFault(msg)
    values: dict[str, object] = {
        "name": setup.name,
        "channel": setup.channel.value,
        "kind": setup.kind,
        "options": _encode_options(setup.options),
        "sealed_secrets": _seal(app, setup.secrets),
        "enabled": True,
        "country": "",
        "sub_processor": "",
    }
    if setup.rank is not None:
        values["rank"] = setup.rank
    try:
        with app.db.write() as connection:
            made = store.insert(connection, values)
            _record(app, connection, Act.CONNECTOR_ADDED, setup.name, {"kind": setup.kind})
            return made
    except sa.exc.IntegrityError:
        msg = f"connector {setup.name!r} exists already; take another name"
        raise ConnectorExists(msg) from None


def reconfigure(
    app: App, name: str, options: Mapping[str, str], secrets: Mapping[str, str] | None = None
) -> ConnectorRow:
    """Replace the options, and the secrets unless None. The attestation stays.

    Raises UnknownConnector, or ConnectorFault when the options cannot be used.
    """
    before = get(app, name)
    values: dict[str, object] = {"options": _encode_options(options)}
    if secrets is not None:
        values["sealed_secrets"] = _seal(app, secrets)
    after = _change(app, name, values, {"options": True, "secrets": secrets is not None})
    if secrets is not None and before.sealed_secrets is not None:
        app.vault.destroy([before.sealed_secrets])
    return after


def attest(app: App, name: str, attestation: Attestation) -> ConnectorRow:
    """Record who answers for the provider, and where it processes data.

    Raises UnknownConnector, or ConnectorFault when a part is missing.
    """
    said = checked_attestation(attestation)
    values: dict[str, object] = {
        "country": said.country,
        "sub_processor": said.sub_processor,
        "attested_by": said.by,
        "attested_at": app.clock.now(),
    }
    details = {"by": said.by, "country": said.country, "sub_processor": said.sub_processor}
    return _change(app, name, values, details, Act.CONNECTOR_ATTESTED)


def checked_attestation(attestation: Attestation) -> Attestation:
    """Return an attestation as it is recorded; raise ConnectorFault when it cannot be."""
    country = checked_country(attestation.country)
    by, sub_processor = attestation.by.strip(), attestation.sub_processor.strip()
    if not by or not sub_processor:
        msg = "an attestation names who attests (--attested-by) and the provider's company"
        raise ConnectorFault(f"{msg} (--sub-processor)")
    return Attestation(by, country, sub_processor)


def checked_country(text: str) -> str:
    """Return a country's code in capitals; raise ConnectorFault for one that does not exist."""
    country = text.strip().upper()
    if country not in COUNTRIES:
        msg = f"country {country[:20]!r} is no code of ISO 3166-1 alpha-2; expected FR, DE, US, …"
        raise ConnectorFault(msg)
    return country


def enable(app: App, name: str) -> ConnectorRow:
    """Let a connector be chosen again."""
    return _change(app, name, {"enabled": True}, {"enabled": True})


def disable(app: App, name: str) -> ConnectorRow:
    """Keep a connector from being chosen; what is in its hands is finished."""
    return _change(app, name, {"enabled": False}, {"enabled": False})


def get(app: App, name: str) -> ConnectorRow:
    """Return a connector, or raise UnknownConnector."""
    with app.db.read() as connection:
        row = store.by_name(connection, name)
    if row is None:
        raise UnknownConnector(name)
    return row


def require_carriers(app: App, channel: Channel, names: Iterable[str]) -> None:
    """Raise UnknownCarrier unless each of these connectors exists and is of the channel."""
    known = [row.name for row in every(app) if row.channel == channel]
    for name in names:
        if name not in known:
            raise UnknownCarrier(channel, name, known)


def every(app: App) -> list[ConnectorRow]:
    """Return all connectors by channel, in the order in which they are tried."""
    with app.db.read() as connection:
        return store.every(connection)


def options_of(row: ConnectorRow) -> dict[str, str]:
    """Return the plain options of a connector."""
    return msgspec.json.decode(row.options, type=dict[str, str])


def unit_cost_of(row: ConnectorRow) -> Decimal | None:
    """Return what one unit costs through a connector; None: nobody said."""
    cost = options_of(row).get(UNIT_COST)
    return None if cost is None else Decimal(cost)


def load_config(app: App, row: ConnectorRow) -> tuple[ConnectorConfig, dict[str, str]]:
    """Return what a connector is built from: its configuration, and its opened secrets.

    Raises VaultFault when the secrets cannot be opened.
    """
    config = ConnectorConfig(
        name=row.name,
        kind=row.kind,
        channel=Channel(row.channel),
        options={name: value for name, value in options_of(row).items() if name != UNIT_COST},
        answer_timeout=app.settings.answer_timeout,
    )
    if row.sealed_secrets is None:
        return config, {}
    opened = app.vault.open(PLATFORM, SECRETS_SCOPE, row.sealed_secrets)
    return config, msgspec.json.decode(opened, type=dict[str, str])


def split_password(url: str) -> tuple[str, dict[str, str]]:
    """Take the password out of a URL: the URL without it, and the secrets to seal."""
    parts = urlsplit(url)
    if parts.password is None:
        return url, {}
    account, _, host = parts.netloc.rpartition("@")
    netloc = f"{account.partition(':')[0]}@{host}"
    return urlunsplit(parts._replace(netloc=netloc)), {"password": unquote(parts.password)}


def _change(
    app: App,
    name: str,
    values: dict[str, object],
    told: Details,
    act: Act = Act.CONNECTOR_CHANGED,
) -> ConnectorRow:
    with app.db.write() as connection:
        row = store.change(connection, name, values)
        if row is None:
            raise UnknownConnector(name)
        _record(app, connection, act, name, told)
    return row


def _record(app: App, connection: sa.Connection, act: Act, name: str, told: Details) -> None:
    audit.record(app, connection, act, f"connector:{name}", details=told)


def _encode_options(options: Mapping[str, str]) -> str:
    if not _COST.fullmatch(options.get(UNIT_COST, "0")):
        msg = f"option {UNIT_COST!r}: a number such as 0.045, in whatever currency you count"
        raise ConnectorFault(msg)
    for option, value in options.items():
        if "://" in value and urlsplit(value).password is not None:
            msg = f"option {option!r} holds a password, which would be stored in the clear;"
            raise ConnectorFault(f"{msg} give it as a secret")
    return msgspec.json.encode(dict(options)).decode()


def _seal(app: App, secrets: Mapping[str, str]) -> bytes | None:
    if not secrets:
        return None
    plain = msgspec.json.encode(dict(secrets))
    return app.vault.seal(PLATFORM, SECRETS_SCOPE, plain, app.clock.now())
