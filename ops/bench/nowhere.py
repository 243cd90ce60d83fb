"""A worker whose connector takes every message and sends none: what all but the provider costs.

Run as ``python -m ops.bench.nowhere``; never part of an installation.
"""

from channels.contract import Channel, Connector, SendKind, SendResult, Slice, Traits
from engine.fleet import ConnectorRow
from engine.settings import load_settings
from ops.processes import run_worker

_SENT = SendResult(SendKind.SENT)


class Nowhere:
    """Settles everything as sent. Templates are rendered; MIME and the wire are the provider's half."""

    channel = Channel.EMAIL
    traits = Traits(slice_limit=500)

    def __init__(self, name: str) -> None:
        self.name = name

    async def hand_over(self, slice: Slice) -> None:  # noqa: A002 (the contract's word)
        """Take all and send nothing."""
        while (message := slice.take()) is not None:
            if slice.gate(message.position):
                slice.settle(message.position, _SENT)

    async def probe(self) -> SendResult:
        """Answer that it would work."""
        return _SENT

    async def close(self) -> None:
        """Nothing is open."""


def build(row: ConnectorRow) -> Connector:
    """Return a connector to nowhere in place of the one that is set up."""
    return Nowhere(row.name)


if __name__ == "__main__":
    run_worker(load_settings(), build)
