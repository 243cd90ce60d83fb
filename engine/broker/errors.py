"""What can go wrong between Chappe and its broker."""

from engine.errors import EngineError


class BrokerFault(EngineError):
    """Root of what goes wrong with the broker."""


class UnreadableBrokerUrl(BrokerFault):
    """Raised when the broker's URL cannot be used at all; never quotes it."""

    def __init__(self) -> None:
        super().__init__(
            "CHAPPE_BROKER_URL cannot be used as it is written; expected"
            " amqp://account:password@host:5672/ and options that pika knows"
        )


class BrokerUnavailable(BrokerFault):
    """Raised when the broker cannot be reached, or was lost during a call."""


class BrokerAccessRefused(BrokerFault):
    """Raised when the broker refuses our account, or a right that it needs."""


class TopologyConflict(BrokerFault):
    """Raised when a queue or exchange exists with other properties than ours."""


class Unroutable(BrokerFault):
    """Raised when no queue takes a message that must reach one."""


class NotConfirmed(BrokerFault):
    """Raised when the broker does not confirm that it keeps a message."""


class DelayedDoorbell(BrokerFault):
    """Raised when a doorbell is to be rung later: delays live in the database."""
