"""*Overview*: what goes out, how soon, what carries it, and whether anything needs a look."""

from ops.dashboards.panels import (
    EXACTLY_ZERO,
    NONE_ALLOWED,
    Dashboard,
    Kind,
    Panel,
    Query,
    Section,
    Unit,
    rising,
)
from ops.dashboards.promql import current, growth, largest, or_none, quantile, rate, total

_SENT = 'chappe_deliveries_total{channel=~"$channel", outcome="sent"}'
_ALL = 'chappe_deliveries_total{channel=~"$channel"}'
_LATENCY = 'chappe_handover_latency_seconds{channel=~"$channel"}'
_OPEN = f"{largest(current('chappe_connector_open'), 'connector, cause')} > 0"
_TRIED = 'chappe_deliveries_total{channel=~"$channel", outcome=~"sent|failed|in_doubt"}'
_FAILED = 'chappe_deliveries_total{channel=~"$channel", outcome="failed"}'

_GLANCE = Section(
    "At a glance",
    (
        Panel(
            "Handed over",
            "Messages that providers took, per second, over all chosen channels.",
            Kind.STAT,
            Unit.PER_SECOND,
            (Query(or_none(total(rate(_SENT)))),),
            runbook="ChappeNothingLeaves",
            width=4,
            height=4,
        ),
        Panel(
            "Waiting",
            "Recipients without a final outcome, of campaigns that are planned.",
            Kind.STAT,
            Unit.COUNT,
            (Query(or_none(total(current("chappe_recipients_waiting")))),),
            width=4,
            height=4,
        ),
        Panel(
            "Oldest due",
            "How long the oldest piece of work that is due has been waiting. A large campaign in "
            "full swing has an old one too: look at whether messages go out.",
            Kind.STAT,
            Unit.SECONDS,
            (Query(or_none(largest(current("chappe_due_age_seconds")))),),
            runbook="ChappeNothingLeaves",
            thresholds=rising(120, 3600),
            width=4,
            height=4,
        ),
        Panel(
            "In doubt",
            "Deliveries of which nobody knows whether they left: a crash, or an answer that never "
            "came. Nobody of them is written to again on a guess.",
            Kind.STAT,
            Unit.COUNT,
            (Query(or_none(total(current("chappe_in_doubt")))),),
            runbook="ChappeManyDoubts",
            thresholds=rising(1, 1000),
            width=4,
            height=4,
        ),
        Panel(
            "Audit gap",
            "Recipients accepted, minus final outcomes, minus those who wait. Always 0: anything "
            "else is somebody forgotten or counted twice.",
            Kind.STAT,
            Unit.COUNT,
            (Query(largest(current("chappe_audit_gap"))),),
            runbook="ChappeAuditGap",
            thresholds=EXACTLY_ZERO,
            width=4,
            height=4,
        ),
        Panel(
            "Connectors open",
            "Connectors whose circuit breaker is open: nothing goes through them, recipients wait.",
            Kind.STAT,
            Unit.COUNT,
            (Query(or_none(f"count(count by (connector) ({_OPEN}))")),),
            runbook="ChappeConnectorOpen",
            thresholds=NONE_ALLOWED,
            width=4,
            height=4,
        ),
    ),
)

_OUT = Section(
    "What goes out",
    (
        Panel(
            "Handed over by channel",
            "Messages that providers took, per second.",
            Kind.GRAPH,
            Unit.PER_SECOND,
            (Query(total(rate(_SENT), "channel"), "{{channel}}"),),
            runbook="ChappeNothingLeaves",
            stacked=True,
            width=12,
        ),
        Panel(
            "How recipients end",
            "Outcomes per second. passed_on is not final: those recipients go on to the next "
            "channel of their campaign.",
            Kind.GRAPH,
            Unit.PER_SECOND,
            (Query(total(rate(_ALL), "outcome"), "{{outcome}}"),),
            stacked=True,
            width=12,
        ),
        Panel(
            "Units",
            "What providers bill, per second: parts of text messages, pages, minutes, or messages.",
            Kind.GRAPH,
            Unit.PER_SECOND,
            (
                Query(
                    total(rate('chappe_units_total{channel=~"$channel"}'), "channel"), "{{channel}}"
                ),
            ),
        ),
        Panel(
            "Why recipients were not reached",
            "The ten most frequent reasons in the time that is looked at, sent ones left out.",
            Kind.BARS,
            Unit.COUNT,
            (
                Query(
                    "topk(10, "
                    + total(
                        growth('chappe_deliveries_total{channel=~"$channel", outcome!="sent"}'),
                        "outcome, reason",
                    )
                    + ")",
                    "{{outcome}} {{reason}}",
                ),
            ),
        ),
        Panel(
            "Campaigns",
            "Campaigns in the time that is looked at, by what happened to them.",
            Kind.BARS,
            Unit.COUNT,
            (Query(total(growth("chappe_campaigns_total"), "event"), "{{event}}"),),
        ),
    ),
)

_SOON = Section(
    "How soon",
    (
        Panel(
            "From due to handed over",
            "How long recipients waited from the moment their message was due until a provider "
            "had it: half of them, 95 % and 99 % waited no longer. Grows with the campaign's size.",
            Kind.GRAPH,
            Unit.SECONDS,
            tuple(
                Query(quantile(share, _LATENCY), name)
                for share, name in ((0.5, "half"), (0.95, "95 %"), (0.99, "99 %"))
            ),
        ),
        Panel(
            "From due to handed over, by channel",
            "99 % of a channel's recipients waited no longer than this.",
            Kind.GRAPH,
            Unit.SECONDS,
            (Query(quantile(0.99, _LATENCY, by="channel"), "{{channel}}"),),
        ),
        Panel(
            "Oldest due work by lane",
            "How long the oldest due batch of a lane has been waiting; 0: none is due. An urgent "
            "lane should stay near 0.",
            Kind.GRAPH,
            Unit.SECONDS,
            (Query(largest(current("chappe_due_age_seconds"), "lane"), "{{lane}}"),),
            runbook="ChappeUrgentWaits",
        ),
    ),
)

_CARRIED = Section(
    "What carries it",
    (
        Panel(
            "Open connectors and why",
            "One line per connector whose breaker is open, with the cause; none when all serve.",
            Kind.TABLE,
            Unit.COUNT,
            (Query(or_none(_OPEN)),),
            runbook="ChappeConnectorOpen",
            thresholds=NONE_ALLOWED,
        ),
        Panel(
            "Failures by connector",
            "Share of handed-over messages that a provider refused for good.",
            Kind.GRAPH,
            Unit.SHARE,
            (
                Query(
                    f"({total(rate(_FAILED), 'connector')} or "
                    f"0 * {total(rate(_TRIED), 'connector')})"
                    f" / ({total(rate(_TRIED), 'connector')} > 0)",
                    "{{connector}}",
                ),
            ),
            runbook="ChappeConnectorFails",
            thresholds=rising(0.02, 0.05),
        ),
        Panel(
            "Doubts raised and settled",
            "Deliveries that became doubtful, and doubts that were settled later, in the time "
            "that is looked at.",
            Kind.BARS,
            Unit.COUNT,
            (
                Query(
                    or_none(total(growth('chappe_deliveries_total{outcome="in_doubt"}'))), "raised"
                ),
                Query(or_none(total(growth("chappe_doubts_settled_total"))), "settled"),
            ),
            runbook="ChappeManyDoubts",
        ),
        Panel(
            "Messages in queues",
            "Messages that wait in the broker. Campaigns and doorbells are taken within seconds; "
            "without a broker there is one line at 0.",
            Kind.GRAPH,
            Unit.COUNT,
            (Query(or_none(largest(current("chappe_queue_messages"), "queue")), "{{queue}}"),),
            runbook="ChappeQueueGrows",
        ),
        Panel(
            "Events not published yet",
            "How old the oldest event is that its client has not been told of.",
            Kind.GRAPH,
            Unit.SECONDS,
            (Query(largest(current("chappe_events_oldest_age_seconds")), "oldest"),),
            runbook="ChappeEventsWait",
            thresholds=rising(10, 60),
        ),
        Panel(
            "Dead letters",
            "Messages on the campaign queue that are no campaign, and that nobody has dealt with.",
            Kind.STAT,
            Unit.COUNT,
            (Query(largest(current("chappe_dead_letters_open"))),),
            runbook="ChappeDeadLetters",
            thresholds=NONE_ALLOWED,
        ),
    ),
)

_ITSELF = Section(
    "The measuring itself",
    (
        Panel(
            "Exporter reached",
            "1 while Prometheus reaches the exporter of metrics; at 0 nothing here is current.",
            Kind.GRAPH,
            Unit.COUNT,
            (Query('up{job="chappe"}', "{{instance}}"),),
            runbook="ChappeExporterDown",
        ),
        Panel(
            "Time of a scrape",
            "How long the exporter took to read its figures from the database.",
            Kind.GRAPH,
            Unit.SECONDS,
            (Query(largest("chappe_scrape_seconds", "instance"), "{{instance}}"),),
            runbook="ChappeScrapeFails",
            thresholds=rising(0.5, 5),
        ),
        Panel(
            "Version",
            "The version that runs; two lines while an update is under way.",
            Kind.TABLE,
            Unit.COUNT,
            (Query("count by (version) (chappe_build_info)"),),
            runbook="ChappeTwoVersions",
        ),
    ),
)

OVERVIEW = Dashboard(
    "chappe-overview",
    "Chappe: Overview",
    "What goes out, how soon, what carries it, and whether anything needs a look.",
    (_GLANCE, _OUT, _SOON, _CARRIED, _ITSELF),
)
