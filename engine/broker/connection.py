"""Connections to RabbitMQ: one set of parameters for everybody who opens one."""

import logging
from urllib.parse import unquote, urlsplit

import pika
import pika.exceptions
from pika.adapters.utils.connection_workflow import AMQPConnectorException

from engine.broker.errors import (
    BrokerAccessRefused,
    BrokerFault,
    BrokerUnavailable,
    UnreadableBrokerUrl,
)

_HEARTBEAT = 30  # seconds; a peer that is gone is noticed after two of them
_BLOCKED = 30.0  # seconds that a broker short of memory or disk may keep a publisher waiting
_SOCKET = 5.0
_CONNECT = 10.0
_REFUSALS = (
    pika.exceptions.AuthenticationError,
    pika.exceptions.ProbableAuthenticationError,
    pika.exceptions.ProbableAccessDeniedError,
)


def account_of(url: str) -> str:
    """Return the account that a broker URL speaks as: the only ``user_id`` it may publish."""
    return unquote(urlsplit(url).username or "guest")


def place_of(url: str) -> str:
    """Return host and port of a broker URL, for messages; never its password."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'localhost'}:{parts.port or 5672}"


def quiet_pika() -> None:
    """Silence pika's own log: each failed try is a page of tracebacks there, and a line here.

    Called once, where the process sets up its logging.
    """
    logging.getLogger("pika").setLevel(logging.CRITICAL)


def parameters(url: str, purpose: str) -> pika.URLParameters:
    """Return connection parameters; ``purpose`` is the connection's name on the broker.

    Raises UnreadableBrokerUrl.
    """
    try:
        found = pika.URLParameters(url)
    except (ValueError, TypeError, LookupError):  # whatever pika trips over, and might quote
        raise UnreadableBrokerUrl from None
    found.heartbeat = _HEARTBEAT
    found.blocked_connection_timeout = _BLOCKED
    found.socket_timeout = _SOCKET
    found.stack_timeout = _CONNECT
    found.client_properties = {"connection_name": f"chappe {purpose}"}
    return found


def connect(url: str, purpose: str) -> pika.BlockingConnection:
    """Open a connection.

    Raises BrokerAccessRefused for a wrong account, password or virtual host, BrokerUnavailable
    when nobody answers, UnreadableBrokerUrl.
    """
    try:
        return pika.BlockingConnection(parameters(url, purpose))
    except (pika.exceptions.AMQPError, AMQPConnectorException, OSError) as error:
        raise refusal_or_absence(url, error) from None


def refusal_or_absence(url: str, error: BaseException) -> BrokerFault:
    """Return the error of ours for a connection that could not be opened."""
    cause = _innermost(error)
    if isinstance(cause, _REFUSALS):
        return BrokerAccessRefused(
            f"broker {place_of(url)} refuses account {account_of(url)!r}: check the password and "
            "the virtual host in CHAPPE_BROKER_URL"
        )
    return BrokerUnavailable(f"no broker answers at {place_of(url)} ({type(cause).__name__})")


def _innermost(error: BaseException) -> BaseException:
    """Unwrap what pika's connection workflow puts around the error that stopped it."""
    while True:
        inner = getattr(error, "exception", None)
        tries = getattr(error, "exceptions", None)
        if tries:
            inner = tries[-1]
        if not isinstance(inner, BaseException):
            return error
        error = inner
