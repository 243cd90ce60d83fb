"""Which connector carries a batch: order, switches, circuit breakers and rates.

Everything is kept in the connector's row, so that all workers on all hosts see one breaker and
one rate.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from engine.clock import SECOND, Millis
from engine.store.connectors import ConnectorRow, of_channel
from engine.store.database import Database
from engine.store.tables import connectors

_FIRST_PAUSE: Millis = 5 * SECOND
_LONGEST_PAUSE: Millis = 60 * SECOND


@dataclass(frozen=True, slots=True)
class Choice:
    """The connector to use now, or when to ask again.

    ``probing``: its breaker was open and this is the one try that may close it, with one
    recipient. ``others``: how many further connectors could carry the same channel.
    """

    carrier: ConnectorRow | None
    probing: bool = False
    again_at: Millis = 0
    others: int = 0


def choose(
    db: Database,
    channel: str,
    names: Sequence[str],
    attempt: int,
    now: Millis,
    open_to: Callable[[ConnectorRow], bool] = lambda _: True,
) -> Choice:
    """Choose the connector for a batch's ``attempt``-th round (from 1).

    ``names`` is the controller's own order; empty means every connector of the channel. Later
    rounds start further down the order: a provider that did not accept is not asked first again.
    ``open_to`` says which connectors policy permits.
    """
    with db.read() as connection:
        known = of_channel(connection, channel)
    if names:
        by_name = {carrier.name: carrier for carrier in known}
        known = [by_name[name] for name in names if name in by_name]
    usable = [one for one in known if one.enabled and one.attested_at and open_to(one)]
    if not usable:
        return Choice(None, again_at=now + _LONGEST_PAUSE)
    start = (attempt - 1) % len(usable)
    ordered = usable[start:] + usable[:start]
    for carrier in ordered:
        if carrier.failures == 0:
            return Choice(carrier, others=len(usable) - 1)
        # A connector of a better rank is tried again in its turn, also while others serve.
        if (carrier.open_until or 0) <= now and _take_probe(db, carrier, now):
            return Choice(carrier, probing=True, others=len(usable) - 1)
    soonest = min(carrier.open_until or 0 for carrier in ordered)
    return Choice(None, again_at=max(soonest, now + SECOND))


def _take_probe(db: Database, carrier: ConnectorRow, now: Millis) -> bool:
    """Let one worker try a connector whose breaker is open; the others wait for its news."""
    with db.write() as connection:
        return bool(
            connection.execute(
                sa.update(connectors)
                .where(
                    connectors.c.number == carrier.number,
                    connectors.c.failures == carrier.failures,
                    sa.func.coalesce(connectors.c.open_until, 0) <= now,
                )
                .values(open_until=now + _pause(carrier.failures))
            ).rowcount
        )


def open_breaker(db: Database, carrier: ConnectorRow, cause: str, now: Millis) -> Millis:
    """Stop using a connector for a while; return until when. ``cause`` is a word, never an address."""
    with db.write() as connection:
        until: Millis = connection.execute(
            sa.update(connectors)
            .where(connectors.c.number == carrier.number)
            .values(
                failures=connectors.c.failures + 1,
                open_until=now + _pause(carrier.failures + 1),
                open_since=sa.func.coalesce(connectors.c.open_since, now),
                open_cause=cause,
            )
            .returning(connectors.c.open_until)
        ).scalar_one()
    return until


def close_breaker(db: Database, carrier: ConnectorRow) -> None:
    """Use a connector again: it served."""
    with db.write() as connection:
        connection.execute(
            sa.update(connectors)
            .where(connectors.c.number == carrier.number)
            .values(failures=0, open_until=None, open_since=None, open_cause=None)
        )


def _pause(failures: int) -> Millis:
    doublings = min(max(failures - 1, 0), 10)
    return min(_FIRST_PAUSE << doublings, _LONGEST_PAUSE)


def permit(
    db: Database, carrier: ConnectorRow, per_second: float | None, wanted: int, now: Millis
) -> tuple[int, Millis]:
    """Reserve a place for up to ``wanted`` messages under the connector's rate.

    Returns how many are permitted and the instant from which; one row serves all workers, so
    that the rate holds for the account and not for each process (a virtual clock that moves on
    by one interval per message).
    """
    if per_second is None:
        return wanted, now
    granted = max(1, min(wanted, int(per_second)))
    interval = granted * SECOND / per_second
    with db.write() as connection:
        free_at: Millis = connection.execute(
            sa.select(connectors.c.next_free_at)
            .where(connectors.c.number == carrier.number)
            .with_for_update()
        ).scalar_one()
        start = max(free_at, now)
        if start - now > SECOND:
            return 0, start  # too far ahead: the batch waits elsewhere
        connection.execute(
            sa.update(connectors)
            .where(connectors.c.number == carrier.number)
            .values(next_free_at=start + int(interval + 0.999))
        )
    return granted, start
