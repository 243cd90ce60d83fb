"""What the results of a slice ask for besides outcomes: a breaker opened or closed, a slower pace."""

from dataclasses import dataclass

import sqlalchemy as sa

from engine import routing
from engine.app import App
from engine.clock import SECOND, Millis
from engine.endings import Landing
from engine.store.connectors import ConnectorRow

_PAUSE: Millis = 5 * SECOND


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do next.

    wait_until  let go of the batch, not before this instant; None: go on
    put_off     let all batches of the campaign in this lane wait until then; None: go on
    """

    wait_until: Millis | None = None
    put_off: Millis | None = None


def heed(
    app: App, landing: Landing, cause: str | None, carrier: ConnectorRow, usable: int
) -> Advice:
    """Open or close the connector's breaker, and say how to go on.

    cause   why the connector could not serve, a word; None: it could
    usable  how many connectors could carry the channel
    """
    now = app.clock.now()
    try:
        advice = _heed(app, landing, cause, carrier, usable, now)
    except (sa.exc.OperationalError, sa.exc.InterfaceError):
        return Advice(wait_until=now + SECOND)  # the next one who tries the connector finds out
    if landing.stop_campaign is not None and advice == Advice():
        return Advice(wait_until=now)  # the slice that is prepared already holds the same content
    return advice


def _heed(
    app: App,
    landing: Landing,
    cause: str | None,
    carrier: ConnectorRow,
    usable: int,
    now: Millis,
) -> Advice:
    if cause is not None:
        until = routing.open_breaker(app.db, carrier, cause, now)
        # The next claim chooses another connector, where there is one.
        return Advice(wait_until=now) if usable > 1 else Advice(put_off=until)
    if landing.throttled * 2 > landing.settled:
        return Advice(put_off=now + _PAUSE)
    if landing.served and carrier.failures:
        routing.close_breaker(app.db, carrier)
    elif landing.back and not landing.settled:
        return Advice(wait_until=now + SECOND)  # nothing went out: do not try again at once
    return Advice()
