"""The broker's topology as a file that RabbitMQ loads at its start, from the one table there is.

With it the first message of an upstream system finds its queue, however late the first scheduler
comes. The file holds no account and no secret, so it is kept with the code.
"""

import json
from pathlib import Path

from engine.broker.topology import EXCHANGES, QUEUES
from ops.deploy.accounts import VHOST

FILE = Path(__file__).parent / "rabbitmq" / "10-topology.json"


def topology() -> dict[str, list[dict[str, object]]]:
    """Return virtual host, exchanges, queues and bindings as RabbitMQ imports them."""
    return {
        "vhosts": [{"name": VHOST}],
        "exchanges": [
            {
                "name": each.name,
                "vhost": VHOST,
                "type": each.type,
                "durable": True,
                "auto_delete": False,
                "internal": False,
                "arguments": {},
            }
            for each in EXCHANGES
        ],
        "queues": [
            {
                "name": each.name,
                "vhost": VHOST,
                "durable": True,
                "auto_delete": False,
                "arguments": dict(each.arguments),
            }
            for each in QUEUES
        ],
        "bindings": [
            {
                "source": exchange,
                "vhost": VHOST,
                "destination": each.name,
                "destination_type": "queue",
                "routing_key": key,
                "arguments": {},
            }
            for each in QUEUES
            for exchange, key in each.bindings
        ],
    }


def text() -> str:
    """Return the file's content."""
    return json.dumps(topology(), indent=2) + "\n"


def is_current() -> bool:
    """Tell whether the file says what the table of the engine says."""
    return FILE.is_file() and FILE.read_text(encoding="utf-8") == text()


def write() -> None:
    """Write the file."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")
