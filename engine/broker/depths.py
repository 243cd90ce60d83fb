"""How many messages wait in each queue; needs no right to configure, read or write."""

import pika
import pika.exceptions

from engine.broker.errors import BrokerUnavailable
from engine.broker.topology import QUEUES

_NOT_FOUND = 404


def depths(connection: pika.BlockingConnection) -> dict[str, int]:
    """Return the messages that wait in our queues; one that does not exist is left out.

    Raises BrokerUnavailable when the connection is lost.
    """
    found: dict[str, int] = {}
    for queue in QUEUES:
        try:
            channel = connection.channel()
            declared = channel.queue_declare(queue.name, passive=True)
            found[queue.name] = declared.method.message_count
            channel.close()
        except pika.exceptions.ChannelClosedByBroker as error:
            if error.reply_code != _NOT_FOUND:
                raise BrokerUnavailable(
                    f"the broker does not tell how long queue {queue.name!r} is"
                ) from None
        except pika.exceptions.AMQPError as error:
            raise BrokerUnavailable(f"lost the broker: {type(error).__name__}") from None
    return found
