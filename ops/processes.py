"""The long-running processes: worker, scheduler, and both in one.

Each runs until SIGTERM or SIGINT. A worker then finishes or journals the slices it has in flight
and claims nothing more; what it gives back is taken up by others or at the next start.
"""

import queue
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import dramatiq
import sqlalchemy as sa
import structlog

from engine.actors import WORK_QUEUES, Bells, Work, declare_actors, declare_queues
from engine.adoption import require_own
from engine.app import App
from engine.bootstrap import (
    build_app,
    build_dispatcher,
    build_fleet,
    build_intake,
    build_planner,
    build_rights,
    build_sweeper,
)
from engine.broker.connection import connect
from engine.broker.consumer import CampaignConsumer
from engine.broker.doorbells import MemoryDoorbells, RabbitDoorbells, doorbell_worker
from engine.broker.errors import BrokerFault
from engine.broker.publisher import Publisher
from engine.broker.topology import EVENTS_EXCHANGE, declare_topology
from engine.errors import EngineError
from engine.fleet import Build, Fleet
from engine.gateway.serving import serving
from engine.scheduler import Scheduler
from engine.settings import Settings
from engine.sole_process import sole_process
from ops.heartbeat import SCHEDULER, WORKER, Heartbeat, watch
from ops.lacking_rules import log_lack
from ops.memory import calm_collector
from ops.metrics.serving import CannotListen
from ops.metrics.showing import served, show_installation, show_process

_log = structlog.get_logger()
_TURN_SECONDS = 0.5
_STOP_MILLISECONDS = 30_000
_PREFETCH = 2


class NeedsBroker(EngineError):
    """Raised when a process that talks to others over RabbitMQ is started without one."""


@contextmanager
def until_signalled() -> Iterator[threading.Event]:
    """Give an event that SIGTERM or SIGINT sets; put the former handlers back afterwards.

    The handler only puts into a queue that may be entered again: an event has a lock, and a second
    signal that comes while the first one holds it would wait for itself for ever.
    """
    asked = threading.Event()
    signals: queue.SimpleQueue[int] = queue.SimpleQueue()

    def pass_on() -> None:
        signals.get()
        asked.set()

    listener = threading.Thread(target=pass_on, name="signals", daemon=True)
    listener.start()
    former = {
        number: signal.signal(number, lambda number, _frame: signals.put(number))
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield asked
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        signals.put(0)  # ends the listener where no signal did
        listener.join()


def run_worker(settings: Settings, build: Build | None = None) -> None:
    """Plan and dispatch, and take campaigns in from RabbitMQ, until asked to stop.

    ``build`` makes live connectors; None: as their rows say.
    """
    _require_broker(settings)
    with until_signalled() as asked, ExitStack() as stack:
        app = _opened(stack, settings, "worker")
        threads = start_worker(stack, app, doorbells(settings), build)
        stack.callback(watch(app, WORKER, threads, asked))
        _log.info("worker_started", threads=settings.worker_threads)
        asked.wait()
        _log.info("worker_stopping")
    _log.info("worker_stopped")


def run_scheduler(settings: Settings) -> None:
    """Release, ring and publish until asked to stop."""
    _require_broker(settings)
    with until_signalled() as asked, ExitStack() as stack:
        app = _opened(stack, settings, "scheduler")
        show_process(stack, app)
        broker = doorbells(settings)
        declare_queues(broker)
        heart = Heartbeat(app, SCHEDULER)
        stack.callback(heart.end)
        _log.info("scheduler_started")
        run_turns(app, broker, asked, heart.beat)
    _log.info("scheduler_stopped")


def run_up(settings: Settings) -> None:
    """Run a worker and the scheduler in one process until asked to stop."""
    with until_signalled() as asked:
        run_both(settings, asked, metrics=True, gateway=True)


def run_gateway(settings: Settings) -> None:
    """Serve the links that people follow, until asked to stop.

    Raises GatewayFault when it cannot listen.
    """
    with until_signalled() as asked, ExitStack() as stack:
        app = build_app(settings)
        stack.callback(app.close)
        require_own(app)  # what is told to a copy that nobody works would not count
        show_process(stack, app)
        calm_collector()
        stack.enter_context(serving(app, asked.set))
        asked.wait()


def run_metrics(settings: Settings) -> None:
    """Show metrics until asked to stop: reads the databases and the broker, writes nothing.

    Raises CannotListen.
    """
    address = settings.metrics_address
    if address is None:
        msg = "CHAPPE_METRICS_LISTEN is none: set it to host:port, such as 127.0.0.1:9464"
        raise CannotListen(msg)
    with until_signalled() as asked, ExitStack() as stack:
        app = build_app(settings)
        stack.callback(app.close)
        stack.enter_context(served(app, address))
        asked.wait()
    _log.info("metrics_stopped")


def run_both(
    settings: Settings, asked: threading.Event, *, metrics: bool = False, gateway: bool = False
) -> None:
    """Run a worker and the scheduler in one process until ``asked`` is set.

    ``metrics``: they are shown too, where the settings say; ``gateway``: so is the gateway.
    """
    with ExitStack() as stack:
        app = _opened(stack, settings, "worker")
        if metrics:
            show_installation(stack, app)
        broker = doorbells(settings)
        start_worker(stack, app, broker)
        if gateway and settings.gateway_address is not None:
            stack.enter_context(serving(app, asked.set))
        _log.info("started", threads=settings.worker_threads)
        run_turns(app, broker, asked)
        _log.info("stopping")
    _log.info("stopped")


def doorbells(settings: Settings) -> dramatiq.Broker:
    """Return the broker of doorbells that the settings name."""
    if settings.embedded:
        return MemoryDoorbells()
    return RabbitDoorbells(settings.broker_url.get_secret_value())


def start_worker(
    stack: ExitStack, app: App, broker: dramatiq.Broker, build: Build | None = None
) -> list[threading.Thread]:
    """Start everything a worker process runs; ``stack`` ends it in the right order.

    Returns the threads without which the process does not do its work.
    """
    settings = app.settings
    log_lack(app)
    calm_collector()
    fleet = Fleet(build) if build is not None else build_fleet(app)
    stack.callback(fleet.close)
    show_process(stack, app, fleet)
    dispatcher = build_dispatcher(app, fleet)
    work = Work(build_planner(app), dispatcher.work, build_rights(app), build_sweeper(app))
    declare_actors(broker, work, Bells(broker))
    worker = doorbell_worker(
        broker,
        threads=settings.worker_threads,
        prefetch=_PREFETCH,
        queues=WORK_QUEUES,
    )
    worker.start()
    stack.callback(worker.stop, _STOP_MILLISECONDS)
    stack.callback(dispatcher.stop)  # runs first: threads come back within a slice
    threads: list[threading.Thread] = [*worker.workers]
    if not settings.embedded:
        consumer = CampaignConsumer(settings.broker_url.get_secret_value(), build_intake(app))
        thread = threading.Thread(target=consumer.run, name="intake", daemon=True)
        thread.start()
        threads.append(thread)
        stack.callback(thread.join, _STOP_MILLISECONDS / 1000)
        stack.callback(consumer.stop)
    return threads


def run_turns(
    app: App,
    broker: dramatiq.Broker,
    asked: threading.Event,
    beat: Callable[[], None] = lambda: None,
) -> None:
    """Take the scheduler's turns until asked to stop; outlives database and broker.

    ``beat`` is called after each turn that was taken to its end.
    """
    publisher = None if app.settings.embedded else _Events(app.settings)
    scheduler = Scheduler(app, Bells(broker), publisher or _nobody_listens)
    declared = app.settings.embedded
    while not asked.is_set():
        try:
            if not declared:
                _declare(app.settings)
                declared = True
            scheduler.turn()
            beat()
        except (sa.exc.OperationalError, sa.exc.InterfaceError) as away:
            _log.warning("scheduler_waits", error=type(away.orig).__name__)
        except (BrokerFault, dramatiq.errors.ConnectionError) as away:
            declared = app.settings.embedded  # whatever broke there is declared again
            _log.warning("scheduler_waits", error=type(away).__name__)
        asked.wait(_TURN_SECONDS)
    if publisher is not None:
        publisher.close()


class _Events:
    """Publishes events; one connection, opened again when it was lost."""

    def __init__(self, settings: Settings) -> None:
        self._publisher = Publisher(settings.broker_url.get_secret_value(), purpose="scheduler")

    def __call__(self, routing_key: str, body: bytes) -> None:
        self._publisher.publish(EVENTS_EXCHANGE, routing_key, body, mandatory=False)

    def close(self) -> None:
        self._publisher.close()


def _nobody_listens(_routing_key: str, _body: bytes) -> None:
    """Without a broker events are read where they are written: in the database."""


def _declare(settings: Settings) -> None:
    connection = connect(settings.broker_url.get_secret_value(), "topology")
    try:
        declare_topology(connection)
    finally:
        connection.close()


def _opened(stack: ExitStack, settings: Settings, role: str) -> App:
    if "actor" not in settings.model_fields_set:  # nobody acts here but the process itself
        settings = settings.model_copy(update={"actor": role})
    app = build_app(settings)
    stack.callback(app.close)
    require_own(app)
    if settings.embedded:
        stack.enter_context(sole_process(app))
    return app


def _require_broker(settings: Settings) -> None:
    if settings.embedded:
        msg = (
            "a worker or scheduler of its own needs RabbitMQ (CHAPPE_BROKER_URL); without it, "
            "`chappe up` runs everything in one process"
        )
        raise NeedsBroker(msg)
