"""Connector ``smtp``: one relay, a pool of connections.

Options (in the option table, or in the query of the URL):

- ``url``              ``smtp://user@host:port`` or ``smtps://…``; the password is the secret
                       ``password``
- ``starttls``         ``required`` (default), ``if_offered`` (default on loopback) or ``never``
- ``ca_file``          certificates to trust instead of the system's
- ``connections``      8: most at a time in one process
- ``connect_timeout``  10 s, for connecting, STARTTLS and login together
- ``command_timeout``  30 s for every answer but the last, which has the connector's answer_timeout
- ``idle``             30 s: an unused connection is closed
- ``messages``         1000: mails on one connection
- ``local_hostname``   what EHLO says; default: this machine's name
- ``per_second``       most mails per second over all processes; default: no limit

Connections take letters as they come free, from all slices that are being handed over. More are
opened while there is work. A relay that cannot be reached at all ends the hand-over with
``ConnectorUnavailable``; what was not taken by then is not sent.
"""

import asyncio
from collections.abc import Mapping

from channels.contract import (
    Channel,
    ConnectorConfig,
    Effect,
    SendKind,
    SendResult,
    Slice,
    Traits,
)
from channels.email.connect import Dialler
from channels.email.desk import Desk, Feed
from channels.email.line import Line
from channels.email.replies import CUT, SENT
from channels.email.smtp_settings import SmtpSettings, read_settings
from channels.errors import ConnectorFault, ConnectorUnavailable

SLICE_LIMIT = 500
_PAUSE = 5.0  # seconds without new connections after one failed while others work


class SmtpConnector:
    """One relay. All calls on one event loop."""

    def __init__(self, name: str, settings: SmtpSettings, password: str | None) -> None:
        self.name = name
        self.channel = Channel.EMAIL
        self.traits = Traits(slice_limit=SLICE_LIMIT, per_second=settings.per_second)
        self._settings = settings
        self._dialler = Dialler(settings, password)
        self._desk = Desk(self._staff)
        self._workers: set[asyncio.Task[None]] = set()
        self._lines: set[Line] = set()  # in use
        self._idle: list[tuple[Line, float]] = []  # the longest unused first
        self._sweep: asyncio.TimerHandle | None = None
        self._no_more_until = 0.0

    async def hand_over(self, slice: Slice) -> None:  # noqa: A002 (the contract's word)
        """Send what the slice gives.

        Raises ConnectorUnavailable: no connection could be had; letters already taken are settled
        as not accepted.
        """
        feed = Feed(slice, asyncio.get_running_loop().create_future())
        self._desk.open(feed)
        self._staff()
        try:
            await feed.done
        finally:
            if not feed.exhausted or feed.pending:
                self._abandon(feed)

    async def probe(self) -> SendResult:
        """Connect and log in: SENT when it would work, else why not."""
        try:
            line = await self._dialler.open()
        except ConnectorUnavailable as error:
            effect = Effect.OPEN_BREAKER if error.open_breaker else Effect.NONE
            return SendResult(SendKind.NOT_ACCEPTED, error.reason, effect)
        line.hang_up()
        return SENT

    async def close(self) -> None:
        """Close every connection; what is under way is cut."""
        if self._sweep is not None:
            self._sweep.cancel()
        workers = list(self._workers)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        closed = ConnectorUnavailable("closed", "the connector was closed", open_breaker=False)
        self._desk.fail(closed, CUT)
        while self._idle:
            self._idle.pop()[0].hang_up()

    # -- connections and those who work them

    def _staff(self) -> None:
        """Put one more connection to work, if there may be one more."""
        if len(self._workers) >= self._settings.connections:
            return
        loop = asyncio.get_running_loop()
        if self._workers and loop.time() < self._no_more_until:
            return
        worker = loop.create_task(self._work())
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _work(self) -> None:
        """Serve the desk on one connection after another until there is nothing to do."""
        line: Line | None = None
        try:
            while self._desk.has_work:
                line = line if line is not None and line.usable else await self._next_line(line)
                await line.serve(self._desk)
        except ConnectorUnavailable as error:
            self._on_no_line(error)
        except Exception as error:  # noqa: BLE001 (told to whoever handed over, not lost in a task)
            self._desk.fail(error, CUT)
        finally:
            self._release(line)
            current = asyncio.current_task()
            if current is not None:
                self._workers.discard(current)

    async def _next_line(self, spent: Line | None) -> Line:
        if spent is not None:
            self._lines.discard(spent)
            spent.hang_up()
        line = self._unused() or await self._dialler.open()
        self._lines.add(line)
        return line

    def _unused(self) -> Line | None:
        """Return the connection used last, if the relay has not closed it meanwhile."""
        while self._idle:
            line, _ = self._idle.pop()
            if line.usable:
                return line
            line.hang_up()
        return None

    def _on_no_line(self, error: ConnectorUnavailable) -> None:
        """A connection was not to be had: others go on, or everything ends here."""
        loop = asyncio.get_running_loop()
        self._no_more_until = loop.time() + _PAUSE
        if len(self._workers) <= 1:
            self._desk.fail(error, CUT)

    def _release(self, line: Line | None) -> None:
        if line is None:
            return
        self._lines.discard(line)
        if not line.usable:
            line.hang_up()
            return
        loop = asyncio.get_running_loop()
        self._idle.append((line, loop.time()))
        if self._sweep is None:
            self._sweep = loop.call_later(self._settings.idle, self._close_unused)

    def _close_unused(self) -> None:
        """Close connections that nobody needed for a while."""
        self._sweep = None
        loop = asyncio.get_running_loop()
        oldest = loop.time() - self._settings.idle
        while self._idle and self._idle[0][1] <= oldest:
            self._idle.pop(0)[0].hang_up()
        if self._idle:
            delay = self._idle[0][1] - oldest
            self._sweep = loop.call_later(delay, self._close_unused)

    def _abandon(self, feed: Feed) -> None:
        """The holder of a slice is gone: nothing of it may go out any more."""
        self._desk.close(feed)
        for line in list(self._lines):
            line.forget(feed)


def smtp_connector(config: ConnectorConfig, secrets: Mapping[str, str]) -> SmtpConnector:
    """Build the connector from its options and the secret ``password``. Raises ConnectorFault."""
    if config.channel is not Channel.EMAIL:
        msg = f"connector {config.name}: smtp serves the channel email only"
        raise ConnectorFault(msg)
    password = secrets.get("password")
    settings = read_settings(config, has_password=password is not None)
    return SmtpConnector(config.name, settings, password)
