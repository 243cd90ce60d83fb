"""Every series there is: its name, labels, meaning and source. The page of metrics comes from here.

``chappe_`` stands before each name. A label is a closed word or the name of a configured connector;
a campaign, a person, a process or a host is never one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from engine.counters import Series
from engine.gauges import Gauge

PREFIX: Final = "chappe_"


class Kind(StrEnum):
    """How a series moves."""

    COUNTER = "counter"  # never falls
    GAUGE = "gauge"  # goes up and down
    HISTOGRAM = "histogram"  # buckets that never fall


class Own(StrEnum):
    """Series about the exporter itself."""

    BUILD = "build_info"
    SCRAPE = "scrape_seconds"
    FAILURES = "scrape_failures_total"


Name = Series | Gauge | Own


@dataclass(frozen=True, slots=True)
class Described:
    """One series: its kind, its labels in order, what it means and where the figure comes from."""

    kind: Kind
    labels: tuple[str, ...]
    meaning: str
    source: str


_COUNTERS: Mapping[Name, Described] = {
    Series.DELIVERIES: Described(
        Kind.COUNTER,
        ("channel", "connector", "outcome", "reason"),
        "Deliveries by the outcome that was recorded first: one per recipient and leg. passed_on is"
        " a leg whose recipient goes on to the next one. Reasons are cut at the colon.",
        "counted with the tallies, in the journal entry or take-over that records the outcome",
    ),
    Series.UNITS: Described(
        Kind.COUNTER,
        ("channel", "connector"),
        "What providers bill: SMS parts, pages, letters, 1 for an email. Those of a doubt count as"
        " it is raised.",
        "as deliveries_total",
    ),
    Series.HANDOVER_LATENCY: Described(
        Kind.HISTOGRAM,
        ("channel",),
        "Time from due to the provider's answer, per recipient. Due is the batch's not_before:"
        " planned, or its part of a spread, a later try, or the end of a connector's outage.",
        "the journal entry that records the outcome",
    ),
    Series.OPPOSITION_EFFECT: Described(
        Kind.HISTOGRAM,
        ("channel",),
        "The longest that an opposition could take to count, per slice: from the look-up of its"
        " oppositions until the connector was last given somebody of it.",
        "the journal entry that records the slice's outcomes",
    ),
    Series.DOUBTS_SETTLED: Described(
        Kind.COUNTER,
        ("channel", "became"),
        "Doubts that became known, by what they were. Sent in all is"
        ' deliveries_total{outcome="sent"} and these with became="sent".',
        "event corrected",
    ),
    Series.OPPOSITIONS: Described(
        Kind.COUNTER,
        ("reason", "source"),
        "New entries that forbid contact; one that existed is not counted again.",
        "the transaction that stores them",
    ),
    Series.CAMPAIGNS: Described(
        Kind.COUNTER,
        ("event",),
        "Campaigns received (stored), refused, planned, finished; and dead letters.",
        "intake; events refused, planned, finished, dead_letter",
    ),
    Series.GATEWAY_REQUESTS: Described(
        Kind.COUNTER,
        ("route", "status"),
        "Requests to the gateway. 404 of a link is one that nobody has, 429 an address that asked"
        " for too many of those, 503 an unsubscription that could not be committed.",
        "the gateway, about once a second, with table connections",
    ),
    Gauge.RETENTION_REMOVED: Described(
        Kind.COUNTER,
        ("class",),
        "Rows, keys and files that retention removed.",
        "table sweeps",
    ),
}

_WORK: Mapping[Name, Described] = {
    Gauge.CAMPAIGNS: Described(
        Kind.GAUGE,
        ("state",),
        "Campaigns that the database holds. Pause and cancellation are no states.",
        "table campaigns",
    ),
    Gauge.RECIPIENTS_WAITING: Described(
        Kind.GAUGE,
        ("lane",),
        "Recipients without a final outcome.",
        "batches of campaigns that are not over",
    ),
    Gauge.BATCHES: Described(
        Kind.GAUGE,
        ("lane", "state"),
        "Batches that are not done. A claimed one whose lease expired counts as ready.",
        "batches of campaigns that are not over",
    ),
    Gauge.DUE_AGE: Described(
        Kind.GAUGE,
        ("lane",),
        "How long the oldest due batch has been waiting; 0: none is due. Work of paused campaigns"
        " and of connectors that cannot serve is not due.",
        "batches of campaigns that are not over",
    ),
    Gauge.IN_DOUBT: Described(
        Kind.GAUGE,
        ("channel",),
        "Deliveries in doubt that nothing has settled, of campaigns that are open or finished"
        " within 30 days.",
        "tallies",
    ),
    Gauge.AUDIT_GAP: Described(
        Kind.GAUGE,
        (),
        "By how many recipients accepted and accounted for differ: over planned campaigns, and the"
        " latest 1,000 finished ones whose content is still there. Must be 0.",
        "campaigns, tallies, batches",
    ),
    Gauge.CONNECTOR_OPEN: Described(
        Kind.GAUGE,
        ("connector", "cause"),
        "1 while the breaker of a connector is open, with the cause; 0 without one while it is"
        " closed.",
        "table connectors",
    ),
    Gauge.EVENTS_WAITING: Described(Kind.GAUGE, (), "Events not published yet.", "table events"),
    Gauge.EVENTS_OLDEST_AGE: Described(
        Kind.GAUGE, (), "How long the oldest of them has been waiting.", "table events"
    ),
    Gauge.DEAD_LETTERS_OPEN: Described(
        Kind.GAUGE, (), "Dead letters that nobody has dealt with.", "table dead_letters"
    ),
    Gauge.QUEUE_MESSAGES: Described(
        Kind.GAUGE,
        ("queue",),
        "Messages that wait in a queue; none without a broker.",
        "the broker",
    ),
}

_PROMISES: Mapping[Name, Described] = {
    Gauge.RETENTION_OVERDUE: Described(
        Kind.GAUGE,
        ("class",),
        "What is older than its class allows, as the last sweep found it.",
        "table sweeps",
    ),
    Gauge.RETENTION_LAST_SWEEP: Described(
        Kind.GAUGE,
        ("class",),
        "When the class was last swept to its end; 0: never.",
        "table sweeps",
    ),
    Gauge.RIGHTS_OPEN: Described(
        Kind.GAUGE,
        ("kind", "state"),
        "Requests of persons that are not finished.",
        "table rights_requests",
    ),
    Gauge.RIGHTS_OVERDUE: Described(
        Kind.GAUGE,
        ("kind",),
        "Those of them whose legal deadline has passed.",
        "table rights_requests",
    ),
    Gauge.RIGHTS_NEXT_DEADLINE: Described(
        Kind.GAUGE,
        ("kind",),
        "The next legal deadline among them.",
        "table rights_requests",
    ),
    Gauge.KEY_AGE: Described(
        Kind.GAUGE,
        ("purpose",),
        "Age of the oldest key of controllers: wrap, pseudonym, token.",
        "keyring",
    ),
    Gauge.SEALED_KEYS: Described(
        Kind.GAUGE,
        (),
        "Keys of sealed things; PostgreSQL's estimate there.",
        "keyring",
    ),
    Gauge.SUPPRESSIONS: Described(
        Kind.GAUGE,
        (),
        "Entries that forbid contact; PostgreSQL's estimate there.",
        "table suppressions",
    ),
    Gauge.AUDIT_HEAD: Described(Kind.GAUGE, (), "Number of the last act.", "table acts"),
    Gauge.AUDIT_ANCHOR: Described(
        Kind.GAUGE, (), "Number of the last act that the keyring knows of.", "keyring"
    ),
}

_OWN: Mapping[Name, Described] = {
    Own.BUILD: Described(Kind.GAUGE, ("version",), "Always 1; the version that answers.", "itself"),
    Own.SCRAPE: Described(Kind.GAUGE, (), "How long this reading took.", "itself"),
    Own.FAILURES: Described(
        Kind.COUNTER,
        (),
        "Groups of figures that could not be read since the exporter started: they are left out,"
        " never guessed.",
        "itself",
    ),
}

TABLES: Final[Mapping[str, Mapping[Name, Described]]] = {
    "Counters": _COUNTERS,
    "Work": _WORK,
    "Promises": _PROMISES,
    "The exporter itself": _OWN,
}
SERIES: Final[Mapping[Name, Described]] = {
    name: described for table in TABLES.values() for name, described in table.items()
}
