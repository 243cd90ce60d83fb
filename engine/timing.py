"""When a campaign may send, when it ends at the latest, and when its history goes."""

from dataclasses import dataclass

from engine.clock import HOUR, Millis
from engine.wire.instants import Duration, from_millis, to_millis
from engine.wire.job import CampaignJob
from engine.wire.starts import begin_of
from policy.own_time import last_start

# A campaign that names no end ends this long after the last of its batches could start: a server
# that comes back days later must not send what was meant for a morning long gone.
DEFAULT_WINDOW: Millis = 72 * HOUR
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Times:
    """The instants of one campaign, fixed when it is received.

    not_before    nothing is handed over before; with a local time, that comes later still
    not_after     nothing is handed over from here on
    spread        milliseconds over which its batches start, in each time zone; 0: at once
    expiry_month  yyyymm in which its deliveries are dropped
    """

    not_before: Millis
    not_after: Millis
    spread: Millis
    expiry_month: int


def times_of(job: CampaignJob, received_at: Millis, agreed_history: Duration) -> Times:
    """Return the instants of a campaign.

    ``agreed_history`` is what the controller agreed to; a job may ask for less.
    """
    schedule = job.schedule
    begin = begin_of(schedule, received_at)
    spread = 0 if schedule.spread is None else schedule.spread.after(begin) - begin
    minute = schedule.local_minute
    last = begin if minute is None else last_start(minute, begin)
    end = last + spread + DEFAULT_WINDOW
    # An end without a begin may lie before the last start: the rest then expires.
    if schedule.not_after is not None:
        end = to_millis(schedule.not_after)
    history = agreed_history if job.history is None else job.history
    return Times(begin, end, spread, month_after(history.after(end)))


def month_after(instant: Millis) -> int:
    """Return the month (yyyymm) after the one, in UTC, that holds an instant."""
    held = from_millis(instant)
    following = held.year * _MONTHS + held.month  # months count from 0 here: this is the next one
    return following // _MONTHS * 100 + following % _MONTHS + 1


def agreed_history_covers(wanted: Duration | None, agreed: str) -> bool:
    """Whether a job asks to keep its history no longer than was agreed with the controller."""
    return wanted is None or wanted.after(0) <= Duration.parse(agreed).after(0)
