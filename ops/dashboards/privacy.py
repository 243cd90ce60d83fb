"""*Privacy*: whether people are left alone, forgotten and answered as promised."""

from ops.dashboards.panels import (
    NONE_ALLOWED,
    Dashboard,
    Kind,
    Panel,
    Query,
    Section,
    Unit,
    falling,
    rising,
)
from ops.dashboards.promql import current, growth, largest, or_none, quantile, rate, total

_DAY = 86_400
_EFFECT = "chappe_opposition_effect_seconds"
_DEADLINE = "chappe_rights_next_deadline_timestamp_seconds"
_SWEPT = "chappe_retention_last_sweep_timestamp_seconds"
# A deadline or a sweep at 0 is none at all.
_DUE_IN = f"({largest(current(_DEADLINE), 'kind')} > 0) - time()"

_LEFT_ALONE = Section(
    "Left alone",
    (
        Panel(
            "Oppositions",
            "People who objected, counted over the hour before each point, by reason.",
            Kind.GRAPH,
            Unit.COUNT,
            (Query(total(growth("chappe_oppositions_total", "1h"), "reason"), "{{reason}}"),),
            stacked=True,
        ),
        Panel(
            "How they told us",
            "Oppositions in the time that is looked at, by the way they came in.",
            Kind.BARS,
            Unit.COUNT,
            (Query(total(growth("chappe_oppositions_total"), "source"), "{{source}}"),),
        ),
        Panel(
            "Oppositions kept",
            "Entries that forbid contact, as the database estimates their number.",
            Kind.STAT,
            Unit.COUNT,
            (Query(largest(current("chappe_suppressions"))),),
        ),
        Panel(
            "From opposition to effect",
            "The longest that an opposition can take to count: from the look-up of a slice's "
            "oppositions to its last hand-over. 99 % of slices stay below the line; it must not "
            "pass 1 second.",
            Kind.GRAPH,
            Unit.SECONDS,
            (Query(quantile(0.99, _EFFECT, by="channel"), "{{channel}}"),),
            runbook="ChappeOppositionSlow",
            thresholds=rising(0.5, 1),
            width=12,
        ),
        Panel(
            "Recipients left alone",
            "Recipients per second who were not contacted because of an opposition.",
            Kind.GRAPH,
            Unit.PER_SECOND,
            (
                Query(
                    or_none(total(rate('chappe_deliveries_total{outcome="suppressed"}'), "reason")),
                    "{{reason}}",
                ),
            ),
            width=12,
        ),
    ),
)

_FORGOTTEN = Section(
    "Forgotten in time",
    (
        Panel(
            "Kept too long",
            "Rows older than their retention class allows, as the last look found them. Always 0.",
            Kind.BARS,
            Unit.COUNT,
            (Query(largest(current("chappe_retention_overdue"), "class"), "{{class}}"),),
            runbook="ChappeRetentionOverdue",
            thresholds=NONE_ALLOWED,
        ),
        Panel(
            "Last sweep",
            "When each retention class was last swept to its end.",
            Kind.TABLE,
            Unit.SINCE,
            (Query(f"1000 * ({largest(current(_SWEPT), 'class')} > 0)"),),
            runbook="ChappeRetentionNotSwept",
        ),
        Panel(
            "Forgotten",
            "Rows, keys and files destroyed, counted over the hour before each point.",
            Kind.GRAPH,
            Unit.COUNT,
            (Query(total(growth("chappe_retention_removed_total", "1h"), "class"), "{{class}}"),),
            stacked=True,
        ),
    ),
)

_ANSWERED = Section(
    "Answered in time",
    (
        Panel(
            "Open requests",
            "What persons asked for and have not been given yet, by right and state.",
            Kind.BARS,
            Unit.COUNT,
            (
                Query(
                    or_none(largest(current("chappe_rights_open"), "kind, state")),
                    "{{kind}} {{state}}",
                ),
            ),
            runbook="ChappeRightsDeadlineNear",
        ),
        Panel(
            "Overdue requests",
            "Requests whose legal deadline has passed. Always 0.",
            Kind.STAT,
            Unit.COUNT,
            (Query(or_none(total(current("chappe_rights_overdue")))),),
            runbook="ChappeRightsOverdue",
            thresholds=NONE_ALLOWED,
        ),
        Panel(
            "Next deadline",
            "How long there is until the next request must be answered, by right; a month when "
            "none is open.",
            Kind.BARS,
            Unit.SECONDS,
            (Query(f"{_DUE_IN} or on () vector({30 * _DAY})", "{{kind}}"),),
            runbook="ChappeRightsDeadlineNear",
            thresholds=falling(7 * _DAY, 2 * _DAY),
        ),
    ),
)

_KEYS = Section(
    "Keys and audit",
    (
        Panel(
            "Oldest key",
            "Age of the oldest key of each purpose. Wrapping keys are renewed; pseudonym keys stay "
            "as long as the contract, or every opposition would be lost.",
            Kind.BARS,
            Unit.SECONDS,
            (Query(largest(current("chappe_key_age_seconds"), "purpose"), "{{purpose}}"),),
            runbook="ChappeKeyOld",
        ),
        Panel(
            "Sealed things",
            "Keys of blocks, lists, contents and contacts. Destroying one is what erases.",
            Kind.STAT,
            Unit.COUNT,
            (Query(largest(current("chappe_sealed_keys"))),),
        ),
        Panel(
            "Audit: acts and anchor",
            "Number of the last act of the audit, and of the last one anchored in the keyring. "
            "The anchor follows within minutes.",
            Kind.GRAPH,
            Unit.COUNT,
            (
                Query(largest(current("chappe_audit_head")), "last act"),
                Query(largest(current("chappe_audit_anchor")), "anchored"),
            ),
            runbook="ChappeAuditNotAnchored",
        ),
        Panel(
            "Dead letters",
            "Messages that are no campaign and that nobody has dealt with; sealed, and kept only "
            "for days.",
            Kind.STAT,
            Unit.COUNT,
            (Query(largest(current("chappe_dead_letters_open"))),),
            runbook="ChappeDeadLetters",
            thresholds=NONE_ALLOWED,
        ),
    ),
)

PRIVACY = Dashboard(
    "chappe-privacy",
    "Chappe: Privacy",
    "Whether people are left alone, forgotten and answered as promised. Figures name no person.",
    (_LEFT_ALONE, _FORGOTTEN, _ANSWERED, _KEYS),
)
