"""Options of the ``smtp`` connector, from its URL and its option table."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from math import isfinite
from typing import TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit, urlunsplit

from channels.contract import ConnectorConfig
from channels.errors import ConnectorFault

T = TypeVar("T")

_PORTS = {"smtp": 25, "smtps": 465}
_MAX_CONNECTIONS = 64


class StartTls(StrEnum):
    """Whether a connection is upgraded to TLS."""

    REQUIRED = "required"
    IF_OFFERED = "if_offered"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """One relay and how to use it; times in seconds.

    verify       whether the relay's certificate must be right. Always, except for ``if_offered``
                 without ``ca_file``: who could forge it could hide the offer as well
    per_second   most mails per second over all processes; None: no limit
    """

    host: str
    port: int
    implicit_tls: bool
    starttls: StartTls
    verify: bool
    username: str | None = None
    ca_file: str | None = None
    connections: int = 8
    local_hostname: str = "localhost"
    connect_timeout: float = 10.0
    command_timeout: float = 30.0
    answer_timeout: float = 120.0
    idle: float = 30.0
    messages: int = 1000
    per_second: float | None = None

    @property
    def place(self) -> str:
        """Host and port, for operators."""
        return f"{self.host}:{self.port}"


def split_password(url: str) -> tuple[str, str | None]:
    """Return an SMTP URL without its password, and the password."""
    parts = urlsplit(url)
    if parts.password is None:
        return url, None
    user, _, place = parts.netloc.rpartition("@")
    bare = parts._replace(netloc=f"{user.partition(':')[0]}@{place}")
    return urlunsplit(bare), unquote(parts.password)


def read_settings(config: ConnectorConfig, *, has_password: bool) -> SmtpSettings:
    """Read options; those of the table beat those of the URL's query.

    Raises ConnectorFault saying which option is wrong and how it must be.
    """
    name = f"connector {config.name}"
    url = _url(name, config.options.get("url", ""))
    options = dict(parse_qsl(url.query)) | {k: v for k, v in config.options.items() if k != "url"}
    unknown = sorted(options.keys() - _OPTIONS)
    if unknown:
        msg = f"{name}: unknown option {unknown[0]}; known: url, {', '.join(sorted(_OPTIONS))}"
        raise ConnectorFault(msg)
    host = url.hostname or ""
    read = _Reader(name, options)
    starttls = read.starttls(host)
    ca_file = options.get("ca_file")
    settings = SmtpSettings(
        host=host,
        port=_port(name, url),
        implicit_tls=url.scheme == "smtps",
        starttls=starttls,
        verify=starttls is not StartTls.IF_OFFERED or ca_file is not None,
        username=unquote(url.username) if url.username else None,
        ca_file=ca_file,
        connections=read.whole("connections", 8, _MAX_CONNECTIONS),
        local_hostname=options.get("local_hostname") or socket.gethostname(),
        connect_timeout=read.seconds("connect_timeout", 10.0),
        command_timeout=read.seconds("command_timeout", 30.0),
        answer_timeout=config.answer_timeout,
        idle=read.seconds("idle", 30.0),
        messages=read.whole("messages", 1000, 1_000_000),
        per_second=read.rate("per_second"),
    )
    _check_login(name, settings, has_password=has_password)
    return settings


class _Reader:
    """Reads single options, with faults that say what is right."""

    def __init__(self, name: str, options: Mapping[str, str]) -> None:
        self._name = name
        self._options = options

    def starttls(self, host: str) -> StartTls:
        default = StartTls.IF_OFFERED if is_loopback(host) else StartTls.REQUIRED
        kinds = ", ".join(StartTls)
        return self._read("starttls", default, StartTls, f"one of {kinds}")

    def whole(self, option: str, default: int, most: int) -> int:
        value = self._read(option, default, int, f"a whole number from 1 to {most}")
        if not 1 <= value <= most:
            msg = f"{self._name}: {option} must be a whole number from 1 to {most}"
            raise ConnectorFault(msg)
        return value

    def seconds(self, option: str, default: float) -> float:
        value = self._read(option, default, float, "a positive number")
        if not (value > 0 or value == default):
            msg = f"{self._name}: {option} must be a positive number"
            raise ConnectorFault(msg)
        return value

    def rate(self, option: str) -> float | None:
        """Return a rate; None: no limit, which 0 cannot say since it reads as *nothing at all*."""
        right = "a positive number; leave it out for no limit"
        value = self._read(option, None, float, right)
        if value is not None and not (isfinite(value) and value > 0):
            msg = f"{self._name}: {option} must be {right}"
            raise ConnectorFault(msg)
        return value

    def _read(self, option: str, default: T, convert: Callable[[str], T], right: str) -> T:
        given = self._options.get(option)
        if given is None:
            return default
        try:
            return convert(given)
        except ValueError:
            msg = f"{self._name}: {option} must be {right}"
            raise ConnectorFault(msg) from None


def is_loopback(host: str) -> bool:
    """Whether a host name or address surely is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


_OPTIONS = frozenset(
    [
        "ca_file",
        "command_timeout",
        "connect_timeout",
        "connections",
        "idle",
        "local_hostname",
        "messages",
        "per_second",
        "starttls",
    ]
)


def _url(name: str, text: str) -> SplitResult:
    url = urlsplit(text)
    if url.scheme not in _PORTS or not url.hostname or url.path not in {"", "/"}:
        msg = f"{name}: url must be like smtp://user@relay.example.org:587"
        raise ConnectorFault(msg)
    if url.password is not None:
        msg = f"{name}: the password does not belong into the url; set the secret 'password'"
        raise ConnectorFault(msg)
    return url


def _port(name: str, url: SplitResult) -> int:
    try:
        return url.port or _PORTS[url.scheme]
    except ValueError:
        msg = f"{name}: the port of url must be a number up to 65535"
        raise ConnectorFault(msg) from None


def _check_login(name: str, settings: SmtpSettings, *, has_password: bool) -> None:
    if settings.username is None:
        return
    if not has_password:
        msg = f"{name}: url names a user, but the secret 'password' is missing"
        raise ConnectorFault(msg)
    safe = settings.implicit_tls or settings.starttls is StartTls.REQUIRED
    if not safe and not is_loopback(settings.host):
        msg = f"{name}: a password is only sent over verified TLS; use smtps or starttls=required"
        raise ConnectorFault(msg)
