"""What sweeps a retention class: counts what is too old, and deletes some of it."""

from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa

from engine.app import App
from engine.clock import Millis
from engine.store.holds import held_now
from engine.wire.instants import Duration, from_millis, to_millis
from policy.retention import BY_NAME, keeps

_MONTHS = 12
HEAD_BYTES = 32
"""The head of a sealed thing, which names its key; the rest need not be read to destroy it."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is on legal hold in one class: (controller, campaign), None standing for every one."""

    scopes: tuple[tuple[int | None, int | None], ...] = ()

    def spares(
        self,
        controller: sa.ColumnElement[int] | None = None,
        campaign: sa.ColumnElement[int] | None = None,
    ) -> sa.ColumnElement[bool]:
        """Return the condition under which a row is on no hold.

        A class whose rows tell no controller or campaign is held as a whole by any hold.
        """
        free: list[sa.ColumnElement[bool]] = []
        for owner, number in self.scopes:
            same: list[sa.ColumnElement[bool]] = []
            if owner is not None and controller is not None:
                same.append(controller == owner)
            if number is not None and campaign is not None:
                same.append(campaign == number)
            free.append(sa.not_(sa.and_(*same)) if same else sa.false())
        return sa.and_(sa.true(), *free)


class Sweeper(Protocol):
    """Sweeps one class. Both methods leave out what is on hold."""

    def overdue(self, app: App, now: Millis, held: Held) -> int:
        """Count what is older than promised."""

    def sweep(self, app: App, now: Millis, held: Held, limit: int) -> int:
        """Delete at most about ``limit`` rows of it, keys first; return how many went.

        0: nothing is left. Stopped anywhere, it goes on where it stood when called again.
        """


def held_by(connection: sa.Connection, name: str, now: Millis) -> Held:
    """Return what is on legal hold in a class, and in those whose data goes with it."""
    return Held(tuple(held_now(connection, (name, *BY_NAME[name].takes), now)))


def before(name: str, now: Millis) -> Millis:
    """Return the instant before which data of a class is too old."""
    period = Duration.parse(keeps(name))
    moment = from_millis(now - period.millis)
    months = moment.year * _MONTHS + moment.month - 1 - period.months
    year, month = divmod(months, _MONTHS)
    for day in (moment.day, 30, 29, 28):  # the last day of a shorter month
        try:
            return to_millis(moment.replace(year=year, month=month + 1, day=day))
        except ValueError:
            continue
    raise AssertionError  # every month has 28 days


def month_of(now: Millis) -> int:
    """Return the month (yyyymm, UTC) that an instant lies in."""
    moment = from_millis(now)
    return moment.year * 100 + moment.month
