"""dramatiq brokers that ring doorbells: a message says only that there is work.

Nothing rests on these messages: what is due stands in the database, a lost ring is rung again.
So there are no retries, no delays, no dead letters, and none of dramatiq's companion queues
(``.DQ`` for delayed and ``.XQ`` for dead messages, each with a consumer and a connection of its
own). Queues are declared by ``topology``, here they are only looked at, so that a worker's account
needs no right to configure.
"""

from collections import defaultdict, deque
from collections.abc import Collection
from queue import Queue
from typing import Any

import dramatiq
from dramatiq.broker import MessageProxy
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import Middleware, Retries

from engine.broker.connection import parameters
from engine.broker.errors import DelayedDoorbell

_REMEMBERED = 20


def doorbell_middleware() -> list[Middleware]:
    """Return the middleware of every broker of ours, in full.

    Retries with none allowed makes a failed message *failed*; without it dramatiq would say that
    it was processed. Time limits raise exceptions inside threads at any line, also between a
    provider's answer and its record: deadlines are the dispatch protocol's.
    """
    return [Retries(max_retries=0)]


class RabbitDoorbells(RabbitmqBroker):
    """Doorbells over RabbitMQ, confirmed and mandatory."""

    def __init__(self, url: str) -> None:
        super().__init__(url=url, confirm_delivery=True, middleware=doorbell_middleware())
        self.parameters = parameters(url, "doorbells")

    def declare_queue(self, queue_name: str, *, ensure: bool = False) -> None:
        """Note a queue; with ``ensure``, see that it is there.

        Raises dramatiq's ConnectionClosed when it is not, or the broker is away.
        """
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.queues_pending.add(queue_name)
            self.emit_after("declare_queue", queue_name)
        if ensure:
            self._ensure_queue(queue_name)  # type: ignore[no-untyped-call]

    def enqueue(
        self, message: dramatiq.Message[Any], *, delay: int | None = None
    ) -> dramatiq.Message[Any]:
        """Ring once.

        Raises DelayedDoorbell when a delay is asked for, dramatiq's ConnectionClosed when the
        broker is away or the queue is missing.
        """
        _no_delay(delay)
        return super().enqueue(message)

    def _declare_queue(self, queue_name: str) -> object:
        return self.channel.queue_declare(queue=queue_name, passive=True)

    def _declare_dq_queue(self, queue_name: str) -> None:
        """Declare nothing: there are no delayed messages."""

    def _declare_xq_queue(self, queue_name: str) -> None:
        """Declare nothing: there are no dead messages."""


class MemoryDoorbells(StubBroker):
    """Doorbells inside one process."""

    def __init__(self) -> None:
        super().__init__(middleware=doorbell_middleware())
        # A list would hold every failed message, and what it failed with, for as long as we live.
        self.dead_letters_by_queue = defaultdict(_remembered_failures)

    def declare_queue(self, queue_name: str) -> None:
        """Create a queue, without the one for delayed messages."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues[queue_name] = Queue()
            self.emit_after("declare_queue", queue_name)

    def enqueue(
        self, message: dramatiq.Message[Any], *, delay: int | None = None
    ) -> dramatiq.Message[Any]:
        """Ring once.

        Raises DelayedDoorbell when a delay is asked for.
        """
        _no_delay(delay)
        return super().enqueue(message)

    def wait_until_idle(self) -> None:
        """Wait until every ring so far was answered; for tests and for one-process runs."""
        for queue in list(self.queues.values()):
            queue.join()


def doorbell_worker(
    broker: dramatiq.Broker, *, threads: int, prefetch: int, queues: Collection[str]
) -> dramatiq.Worker:
    """Return a worker, not yet started; run no more than one in a process.

    ``prefetch`` is per queue. It is small, since a ring that waits in one process's memory is one
    that no idle process hears; dramatiq's own default is twice the number of threads.
    """
    worker = dramatiq.Worker(broker, queues=set(queues), worker_threads=threads)
    worker.queue_prefetch = prefetch
    return worker


def _remembered_failures() -> Any:
    return deque[MessageProxy](maxlen=_REMEMBERED)


def _no_delay(delay: int | None) -> None:
    if delay is not None:
        raise DelayedDoorbell(
            "a doorbell cannot be rung later: write not_before to the database instead"
        )
