"""Who may do what on RabbitMQ: one account for each kind of process, each with the least.

Rights are patterns of names. *Configure* declares and deletes, *write* publishes to an exchange
(``amq.default`` reaches any queue by its name), *read* consumes from a queue or binds to an
exchange. A broker compares them with every name, so they are anchored.
"""

import base64
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from engine.broker.topology import (
    CAMPAIGNS,
    DOORBELLS,
    EVENTS_EXCHANGE,
    EXCHANGES,
    JOB_KEY,
    QUEUES,
    WORK_EXCHANGE,
)

VHOST = "/"
_DEFAULT_EXCHANGE = "amq.default"
_NOTHING = "^$"
_SALT_BYTES = 4  # RabbitMQ's own format


def only(*names: str) -> str:
    """Return the pattern that these names match and no other; without names: nothing does."""
    return f"^({'|'.join(re.escape(name) for name in names)})$" if names else _NOTHING


@dataclass(frozen=True, slots=True)
class Rights:
    """The patterns of an account; ``topics`` limits the routing keys it may write, by exchange."""

    configure: str = _NOTHING
    write: str = _NOTHING
    read: str = _NOTHING
    topics: tuple[tuple[str, str], ...] = ()


_QUEUE_NAMES = tuple(queue.name for queue in QUEUES)
_OURS = (*(exchange.name for exchange in EXCHANGES), *_QUEUE_NAMES)

UPSTREAM = Rights(write=only(WORK_EXCHANGE), topics=((WORK_EXCHANGE, only(JOB_KEY)),))
PROCESSES = {
    # Takes campaigns in and hears doorbells; rings them too.
    "worker": Rights(write=only(_DEFAULT_EXCHANGE), read=only(CAMPAIGNS, *DOORBELLS)),
    # Declares and binds everything, rings, and publishes events. It consumes nothing: the right
    # to read is what binding to an exchange and naming a dead-letter queue ask for.
    "scheduler": Rights(
        configure=only(*_OURS),
        write=only(_DEFAULT_EXCHANGE, EVENTS_EXCHANGE, *_QUEUE_NAMES),
        read=only(WORK_EXCHANGE, CAMPAIGNS),
    ),
    # Looks how many messages wait, which needs no right.
    "exporter": Rights(),
    # Stores what recipients say; connects to prove that it could.
    "gateway": Rights(),
    # The command line: submits campaigns, and `chappe doctor` tries with a key that leads nowhere.
    "operator": Rights(write=only(WORK_EXCHANGE)),
}


@dataclass(frozen=True, slots=True)
class Account:
    """One account of the broker."""

    name: str
    password: str
    rights: Rights


def account_definitions(accounts: Iterable[Account]) -> dict[str, list[dict[str, object]]]:
    """Return users and their permissions as RabbitMQ imports them, with hashes for passwords."""
    listed = list(accounts)
    return {
        "users": [
            {
                "name": one.name,
                "password_hash": password_hash(one.password, secrets.token_bytes(_SALT_BYTES)),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": [],
                "limits": {},
            }
            for one in listed
        ],
        "permissions": [
            {
                "user": one.name,
                "vhost": VHOST,
                "configure": one.rights.configure,
                "write": one.rights.write,
                "read": one.rights.read,
            }
            for one in listed
        ],
        "topic_permissions": [
            {
                "user": one.name,
                "vhost": VHOST,
                "exchange": exchange,
                "write": keys,
                "read": _NOTHING,
            }
            for one in listed
            for exchange, keys in one.rights.topics
        ],
    }


def password_hash(password: str, salt: bytes) -> str:
    """Return a password as RabbitMQ keeps it: base64 of the salt and SHA-256 of salt and word."""
    return base64.b64encode(salt + sha256(salt + password.encode()).digest()).decode()
