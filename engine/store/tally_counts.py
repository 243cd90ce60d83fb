"""What the deliveries of a journal entry add to counters: the same numbers as to the tallies."""

from collections import Counter
from collections.abc import Sequence

from engine import counters
from engine.clock import Millis
from engine.counters import Counts, Series
from engine.states import Outcome, channel_of
from engine.store.deliveries import Totals
from engine.store.delivery_row import DeliveryRow


def ended(lane: str, totals: Totals) -> Counts:
    """Return what to count for deliveries of one lane that were added to tallies."""
    channel = channel_of(lane)
    found: Counter[counters.Key] = Counter()
    for (_, _, connector, outcome, reason), (recipients, units) in totals.items():
        found[counters.delivery(channel, connector, Outcome(outcome), reason)] += recipients
        if units:
            found[counters.units(channel, connector)] += units
    return found


def handed_over(lane: str, due_at: Millis, rows: Sequence[DeliveryRow]) -> Counts:
    """Return what to count for the time from due to the provider's answer.

    Only those whom a connector was given have one; all of a slice are taken to end together.
    """
    ends = Counter(row.at for row in rows if row.connector is not None)
    spans = [(at - due_at, number) for at, number in ends.items()]
    return counters.observed(Series.HANDOVER_LATENCY, channel_of(lane), spans)
