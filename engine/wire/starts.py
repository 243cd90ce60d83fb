"""From when on a schedule lets messages leave."""

from engine.clock import Millis
from engine.wire.instants import to_millis
from engine.wire.job import Schedule
from policy.own_time import day_begin, first_start


def begin_of(schedule: Schedule, received_at: Millis) -> Millis:
    """Return the instant from which on a schedule counts: a local time is the first from there."""
    minute = schedule.local_minute
    if schedule.local_date is not None and minute is not None:
        return day_begin(schedule.local_date, minute)
    return received_at if schedule.not_before is None else to_millis(schedule.not_before)


def earliest_start(schedule: Schedule) -> Millis | None:
    """Return before when nothing leaves, whoever the recipients are; None: not before it comes."""
    if schedule.not_before is None and schedule.local_date is None:
        return None
    minute, begin = schedule.local_minute, begin_of(schedule, 0)
    return begin if minute is None else first_start(minute, begin)
