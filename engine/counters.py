"""What metrics count: a closed list of series, each with closed labels.

Counts are rows (``engine.store.counters``), written in the transaction of what happened: a process
that dies takes none with it, and none is ever lowered or deleted, whatever retention removes.
A label is never a campaign, a person, a process or a host.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import Final

from channels.contract import Channel
from engine.clock import SECOND, Millis
from engine.reason_words import OTHER, reason_word
from engine.states import BatchState, Outcome, lane_of

CHANNELS: Final = tuple(channel.value for channel in Channel)
LANES: Final = tuple(lane_of(name, urgent=urgent) for name in CHANNELS for urgent in (False, True))
BATCH_STATES: Final = tuple(
    state.name.lower() for state in BatchState if state is not BatchState.DONE
)
NO_CONNECTOR: Final = 0

# What an opposition came from; the word that its entry keeps may be any.
SOURCES: Final = frozenset(
    {"api", "cli", "dispatch", "import", "one_click", "page", "reply", "rights"}
)
# Why people are not contacted: ``engine.oppositions.Reason``, or an erasure.
OPPOSITION_REASONS: Final = frozenset(
    {
        *("objection", "unsubscribed", "stop", "complaint", "hard_bounce", "admin", "imported"),
        *("withdrawn", "erased"),
    }
)

# What the gateway is asked for; how it answers is its own choice among few numbers.
GATEWAY_ROUTES: Final = frozenset({"unsubscribe", "short_link"})

_SEPARATOR: Final = "|"
_SUM: Final = "sum"
_NO_END: Final = ""


class Series(StrEnum):
    """The series that are counted, as they stand in the database; metrics add ``chappe_``."""

    DELIVERIES = "deliveries_total"  # channel, connector (its number), outcome, reason
    UNITS = "units_total"  # channel, connector
    HANDOVER_LATENCY = "handover_latency_seconds"  # channel; a histogram
    OPPOSITION_EFFECT = "opposition_effect_seconds"  # channel; a histogram
    DOUBTS_SETTLED = "doubts_settled_total"  # channel, became
    OPPOSITIONS = "oppositions_total"  # reason, source
    CAMPAIGNS = "campaigns_total"  # event
    GATEWAY_REQUESTS = "gateway_requests_total"  # route, status


class Milestone(StrEnum):
    """What happens to campaigns and is counted."""

    RECEIVED = "received"  # stored; the same campaign put again is not
    REFUSED = "refused"
    PLANNED = "planned"
    FINISHED = "finished"
    DEAD_LETTER = "dead_letter"


# Upper ends of the buckets, in milliseconds; beyond the last one there is one more without end.
BUCKETS: Final[dict[Series, tuple[Millis, ...]]] = {
    Series.HANDOVER_LATENCY: tuple(
        int(seconds * SECOND)
        for seconds in (0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 28800)
    ),
    Series.OPPOSITION_EFFECT: (50, 100, 250, 500, 750, 1000, 1500, 2000, 5000),
}

Key = tuple[Series, str]  # the series, and its label values joined as the database has them
Counts = dict[Key, int]


@dataclass(frozen=True, slots=True)
class Observed:
    """What a histogram has seen: observations up to each end (the last is all), and their sum."""

    buckets: tuple[int, ...]
    total: Millis


def delivery(channel: str, connector: int, outcome: Outcome, reason: str | None) -> Key:
    """Name the counter of deliveries that ended alike; connector 0: none was asked."""
    return _key(Series.DELIVERIES, channel, str(connector), outcome.word, reason_word(reason))


def units(channel: str, connector: int) -> Key:
    """Name the counter of what providers bill."""
    return _key(Series.UNITS, channel, str(connector))


def settled(channel: str, became: Outcome) -> Key:
    """Name the counter of doubts that became known."""
    return _key(Series.DOUBTS_SETTLED, channel, became.word)


def opposition(reason: str, source: str) -> Key:
    """Name the counter of oppositions; a reason or source of no known kind is ``other``."""
    word = reason if reason in OPPOSITION_REASONS else OTHER
    origin = "import" if source.endswith("-import") else source
    return _key(Series.OPPOSITIONS, word, origin if origin in SOURCES else OTHER)


def gateway_request(route: str, status: int) -> Key:
    """Name the counter of requests to the gateway; a route of no known kind is ``other``."""
    return _key(Series.GATEWAY_REQUESTS, route if route in GATEWAY_ROUTES else OTHER, str(status))


def campaign(milestone: Milestone) -> Key:
    """Name the counter of what happens to campaigns."""
    return _key(Series.CAMPAIGNS, milestone.value)


def from_the_start() -> Counts:
    """Return the counters that stand at 0 before anything has happened.

    Prometheus cannot tell how much a series grew that was not there before.
    """
    became = (Outcome.SENT, Outcome.FAILED, Outcome.INVALID)
    keys = [campaign(milestone) for milestone in Milestone]
    keys += [settled(channel, outcome) for channel in CHANNELS for outcome in became]
    keys += [
        opposition(reason, source) for reason in OPPOSITION_REASONS for source in SOURCES | {OTHER}
    ]
    return dict.fromkeys(keys, 0)


def observed(series: Series, channel: str, spans: Iterable[tuple[Millis, int]]) -> Counts:
    """Return what to add for observations of a histogram: (span in milliseconds, how often)."""
    ends = BUCKETS[series]
    counts: Counts = {}
    for span, number in spans:
        within = bisect_left(ends, span)
        bucket = _key(series, channel, str(ends[within]) if within < len(ends) else _NO_END)
        counts[bucket] = counts.get(bucket, 0) + number
        total = _key(series, channel, _SUM)
        counts[total] = counts.get(total, 0) + max(span, 0) * number
    return counts


def histogram(series: Series, rows: dict[str, int]) -> Observed:
    """Return what a histogram of one channel shows, from its rows: bucket or sum, and value."""
    names = [*map(str, BUCKETS[series]), _NO_END]
    return Observed(tuple(accumulate(rows.get(name, 0) for name in names)), rows.get(_SUM, 0))


def label_values(labels: str) -> tuple[str, ...]:
    """Return the label values of a counter as the database has them."""
    return tuple(labels.split(_SEPARATOR))


def _key(series: Series, *values: str) -> Key:
    return series, _SEPARATOR.join(values)
