"""Probing: asks a connector whether it could send now, sending nothing."""

import asyncio

from channels.contract import SendKind, SendResult
from channels.errors import ConnectorUnavailable
from channels.registry import build_connector
from engine import connectors
from engine.app import App
from engine.store.connectors import ConnectorRow


def probe(app: App, row: ConnectorRow, patience: float | None = None) -> SendResult:
    """Connect and log in; the result is ``sent`` where that works, and names the cause otherwise.

    patience  seconds to wait for an answer; None: as long as the connector itself does

    Raises ConnectorFault for settings that could never work, VaultFault for unreadable secrets.
    """
    live = build_connector(*connectors.load_config(app, row))

    async def ask() -> SendResult:
        try:
            async with asyncio.timeout(patience):
                return await live.probe()
        except ConnectorUnavailable as unavailable:
            return SendResult(SendKind.NOT_ACCEPTED, f"{unavailable.reason}: {unavailable.cause}")
        except TimeoutError:
            return SendResult(SendKind.NOT_ACCEPTED, f"no answer within {patience:.0f} s")
        finally:
            await live.close()

    return asyncio.run(ask())
