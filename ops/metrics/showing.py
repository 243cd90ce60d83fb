"""Metrics of an installation, served beside whatever else a process does, or on their own."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import sqlalchemy as sa
import structlog
from prometheus_client import CollectorRegistry

from engine.app import App
from engine.fleet import Fleet
from ops.metrics.collector import Exporter
from ops.metrics.process import process_registry
from ops.metrics.serving import Address, CannotListen, serving

_log = structlog.get_logger()


@contextmanager
def exporter(app: App) -> Iterator[Exporter]:
    """Give the installation's metrics, read anew each time they are asked for."""
    source = Exporter(app)
    try:
        yield source
    finally:
        source.close()


@contextmanager
def served(app: App, address: Address) -> Iterator[int]:
    """Serve the installation's metrics until the block ends; give the port.

    Raises CannotListen.
    """
    registry = CollectorRegistry()
    with exporter(app) as source, serving(address, registry, lambda: answers(app)) as port:
        registry.register(source)
        _log.info("metrics_served", host=address[0], port=port)
        yield port


def show_installation(stack: ExitStack, app: App) -> None:
    """Serve the installation's metrics beside its work, for as long as the stack is open.

    Work goes on without them where another installation has the port already.
    """
    address = app.settings.metrics_address
    if address is None:
        return
    try:
        stack.enter_context(served(app, address))
    except CannotListen as fault:
        _log.warning("metrics_not_served", why=str(fault))


def show_process(stack: ExitStack, app: App, fleet: Fleet | None = None) -> None:
    """Serve figures of this process for as long as the stack is open, if a setting asks for it.

    Raises CannotListen.
    """
    address = app.settings.process_metrics_address
    if address is not None:
        registry = process_registry(app, fleet)
        stack.enter_context(serving(address, registry, lambda: answers(app)))


def answers(app: App) -> bool:
    """Return whether the database answers."""
    try:
        with app.db.read() as connection:
            connection.execute(sa.select(1))
    except sa.exc.SQLAlchemyError:
        return False
    return True
