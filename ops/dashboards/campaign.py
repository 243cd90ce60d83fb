"""*Campaign*: how campaigns come along, all of them together.

No series carries a campaign: there are too many over the years, and their names are the clients'.
One campaign is looked at with ``chappe campaign show|watch|audit`` and, while it runs, with
``chappe top``.
"""

from ops.dashboards.panels import (
    EXACTLY_ZERO,
    Dashboard,
    Kind,
    Panel,
    Query,
    Section,
    Unit,
    rising,
)
from ops.dashboards.promql import (
    current,
    growth,
    largest,
    or_none,
    per_channel,
    rate,
    total,
)

_FINAL = 'chappe_deliveries_total{channel=~"$channel", outcome!="passed_on"}'
_STOPPED = 'chappe_deliveries_total{channel=~"$channel", outcome=~"suppressed|denied"}'
_LOST = 'chappe_deliveries_total{channel=~"$channel", outcome=~"invalid|failed|in_doubt|expired"}'


def _share(part: str, whole: str) -> str:
    """Return the share of outcomes, 0 where nobody of that kind was met."""
    met, all_of_them = total(rate(part), "channel"), total(rate(whole), "channel")
    return f"({met} or 0 * {all_of_them}) / ({all_of_them} > 0)"


_STATES = Section(
    "Where campaigns stand",
    (
        Panel(
            "Campaigns by state",
            "received: to be admitted; planning: recipients are being read; planned: batches are "
            "worked when due; finished and refused: over.",
            Kind.BARS,
            Unit.COUNT,
            (Query(largest(current("chappe_campaigns"), "state"), "{{state}}"),),
        ),
        Panel(
            "Campaigns per hour",
            "What happened to campaigns, counted over the hour before each point.",
            Kind.GRAPH,
            Unit.COUNT,
            (Query(total(growth("chappe_campaigns_total", "1h"), "event"), "{{event}}"),),
            runbook="ChappeDeadLetters",
        ),
        Panel(
            "Audit gap",
            "Recipients accepted, minus final outcomes, minus those who wait, over all campaigns "
            "that are not forgotten. Always 0.",
            Kind.STAT,
            Unit.COUNT,
            (Query(largest(current("chappe_audit_gap"))),),
            runbook="ChappeAuditGap",
            thresholds=EXACTLY_ZERO,
        ),
    ),
)

_PROGRESS = Section(
    "How they come along",
    (
        Panel(
            "Recipients waiting",
            "Recipients without a final outcome, by lane. A line that falls steadily is a campaign "
            "that goes out.",
            Kind.GRAPH,
            Unit.COUNT,
            (Query(largest(current("chappe_recipients_waiting"), "lane"), "{{lane}}"),),
            runbook="ChappeNothingLeaves",
            stacked=True,
        ),
        Panel(
            "Batches",
            "Batches that are not done. scheduled: not due yet; ready: due; claimed: a worker is "
            "at it; quarantined: it stopped several workers and is set aside for a while.",
            Kind.GRAPH,
            Unit.COUNT,
            (Query(largest(current("chappe_batches"), "lane, state"), "{{lane}} {{state}}"),),
            runbook="ChappeBatchesSetAside",
            stacked=True,
        ),
        Panel(
            "Until all is sent",
            "How long it takes until nobody waits, at the pace of the last five minutes; nothing "
            "is shown where nothing goes out.",
            Kind.GRAPH,
            Unit.SECONDS,
            (
                Query(
                    f"{total(per_channel('chappe_recipients_waiting'), 'channel')}"
                    f" / on (channel) ({total(rate(_FINAL, '5m'), 'channel')} > 0)",
                    "{{channel}}",
                ),
            ),
            runbook="ChappeNothingLeaves",
        ),
        Panel(
            "Oldest due work",
            "How long the oldest due batch of a lane has been waiting; 0: none is due.",
            Kind.GRAPH,
            Unit.SECONDS,
            (Query(largest(current("chappe_due_age_seconds"), "lane"), "{{lane}}"),),
            runbook="ChappeWorkWaitsLong",
            thresholds=rising(600, 3600),
            width=12,
        ),
        Panel(
            "Outcomes by channel",
            "Final outcomes per second, by channel and outcome.",
            Kind.GRAPH,
            Unit.PER_SECOND,
            (Query(total(rate(_FINAL), "channel, outcome"), "{{channel}} {{outcome}}"),),
            stacked=True,
            width=12,
        ),
    ),
)

_QUALITY = Section(
    "How well they reach people",
    (
        Panel(
            "Left alone",
            "Share of recipients who were not contacted because they objected or a rule says so.",
            Kind.GRAPH,
            Unit.SHARE,
            (Query(_share(_STOPPED, _FINAL), "{{channel}}"),),
        ),
        Panel(
            "Not reached",
            "Share of recipients whom no provider took: unusable address, refused, in doubt, or "
            "too late.",
            Kind.GRAPH,
            Unit.SHARE,
            (Query(_share(_LOST, _FINAL), "{{channel}}"),),
            runbook="ChappeConnectorFails",
            thresholds=rising(0.05, 0.2),
        ),
        Panel(
            "Reasons",
            "How recipients ended in the time that is looked at, by channel and reason.",
            Kind.TABLE,
            Unit.COUNT,
            (
                Query(
                    "sort_desc("
                    + total(growth(_FINAL), "channel, connector, outcome, reason")
                    + " > 0)"
                ),
            ),
        ),
        Panel(
            "Doubts",
            "Deliveries in doubt that nothing has settled yet, by channel.",
            Kind.BARS,
            Unit.COUNT,
            (Query(or_none(largest(current("chappe_in_doubt"), "channel")), "{{channel}}"),),
            runbook="ChappeManyDoubts",
            thresholds=rising(1, 1000),
        ),
        Panel(
            "Doubts settled",
            "What doubts turned out to have been, in the time that is looked at.",
            Kind.BARS,
            Unit.COUNT,
            (
                Query(
                    or_none(total(growth("chappe_doubts_settled_total"), "channel, became")),
                    "{{channel}} {{became}}",
                ),
            ),
            runbook="ChappeManyDoubts",
        ),
    ),
)

CAMPAIGN = Dashboard(
    "chappe-campaign",
    "Chappe: Campaign",
    "How campaigns come along, all of them together: metrics name no campaign, since the names "
    "are the clients' and there are too many over the years. For one campaign: chappe campaign "
    "watch ID, chappe campaign audit ID, or chappe top.",
    (_STATES, _PROGRESS, _QUALITY),
)
