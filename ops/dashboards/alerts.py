"""Alerts: what is worth waking somebody for, or looking at in the morning.

Every alert has a section of its name in ``ops/docs/runbooks.md``.
"""

from dataclasses import dataclass
from enum import StrEnum

from ops.dashboards.promql import (
    current,
    growth,
    largest,
    per_channel,
    quantile,
    rate,
    total,
)

_DAY = 86_400
_HANDED = 'chappe_deliveries_total{outcome=~"sent|failed|in_doubt"}'
_FAILED = 'chappe_deliveries_total{outcome="failed"}'
_DOUBTS = 'chappe_deliveries_total{outcome="in_doubt"}'
_URGENT = 'chappe_due_age_seconds{lane=~".+[.]urgent"}'
_ASIDE = 'chappe_batches{state="quarantined"}'
_WRAPPING = 'chappe_key_age_seconds{purpose="wrap"}'
_DEADLINE = current("chappe_rights_next_deadline_timestamp_seconds")
_SWEPT = current("chappe_retention_last_sweep_timestamp_seconds")


class Severity(StrEnum):
    """How soon somebody should look."""

    PAGE = "page"  # now, at any hour
    TICKET = "ticket"  # on the same working day


@dataclass(frozen=True, slots=True)
class Alert:
    """One rule: it fires once ``promql`` has found something for as long as ``wait``.

    summary  one sentence; ``{{ $labels.x }}`` names a label of what was found
    action   what to do first
    """

    name: str
    promql: str
    wait: str
    severity: Severity
    summary: str
    action: str


SENDING = (
    Alert(
        "ChappeNothingLeaves",
        f"{largest(per_channel('chappe_due_age_seconds'), 'channel')} > 120 unless on (channel) "
        f"({total(rate('chappe_deliveries_total', '2m'), 'channel')} > 0)",
        "1m",
        Severity.PAGE,
        "{{ $labels.channel }}: work is due for more than two minutes and nobody is handed over.",
        "Run chappe top and chappe doctor: is a worker running, a connector open, a disk full?",
    ),
    Alert(
        "ChappeUrgentWaits",
        f"{largest(current(_URGENT), 'lane')} > 60",
        "1m",
        Severity.PAGE,
        "{{ $labels.lane }}: urgent work has been due for more than a minute.",
        "Run chappe top; start another worker if all are busy.",
    ),
    Alert(
        "ChappeWorkWaitsLong",
        f"{largest(current('chappe_due_age_seconds'), 'lane')} > 6 * 3600",
        "10m",
        Severity.TICKET,
        "{{ $labels.lane }}: the oldest due work has been waiting for more than six hours.",
        "Compare the pace with the connector's rate limit and with what waits (chappe top).",
    ),
    Alert(
        "ChappeBatchesSetAside",
        f"{total(current(_ASIDE), 'lane')} > 0",
        "5m",
        Severity.TICKET,
        "{{ $labels.lane }}: batches stopped several workers and were set aside.",
        "Read the workers' last log lines; the batches are tried again by themselves.",
    ),
    Alert(
        "ChappeManyDoubts",
        f"({total(growth(_DOUBTS, '15m'), 'channel')} > 10) / on (channel) "
        f"{total(growth(_HANDED, '15m'), 'channel')} > 0.001",
        "0m",
        Severity.TICKET,
        "{{ $labels.channel }}: more than one delivery in a thousand is in doubt.",
        "Look for killed workers and for a provider that answers late or not at all.",
    ),
    Alert(
        "ChappeAuditGap",
        f"{largest(current('chappe_audit_gap'))} != 0",
        "1m",
        Severity.PAGE,
        "Recipients accepted and recipients accounted for differ.",
        "Find the campaign with chappe campaign audit; keep the database as it is.",
    ),
    Alert(
        "ChappeConnectorOpen",
        f"{largest(current('chappe_connector_open'), 'connector, cause')} > 0",
        "10m",
        Severity.PAGE,
        "Connector {{ $labels.connector }} has been out of use for ten minutes: "
        "{{ $labels.cause }}.",
        "Mend the cause, then run chappe connector test; recipients wait meanwhile.",
    ),
    Alert(
        "ChappeConnectorFails",
        f"({total(growth(_FAILED, '15m'), 'connector')} > 50) / on (connector) "
        f"{total(growth(_HANDED, '15m'), 'connector')} > 0.05",
        "5m",
        Severity.TICKET,
        "Connector {{ $labels.connector }}: the provider refuses more than one message in twenty.",
        "Read the reasons in chappe campaign show; pause the campaign if its list is bad.",
    ),
)

PLUMBING = (
    Alert(
        "ChappeEventsWait",
        f"{largest(current('chappe_events_oldest_age_seconds'))} > 60",
        "2m",
        Severity.TICKET,
        "Events have been waiting for more than a minute; clients are not told.",
        "Is a scheduler running, and does the broker answer? See chappe doctor.",
    ),
    Alert(
        "ChappeDeadLetters",
        f"{largest(current('chappe_dead_letters_open'))} > 0",
        "5m",
        Severity.TICKET,
        "A message on the campaign queue is no campaign.",
        "Read why with chappe dead-letter list, tell whoever sent it, then replay or drop it.",
    ),
    Alert(
        "ChappeQueueGrows",
        f"{largest(current('chappe_queue_messages'), 'queue')} > 1000 and on (queue) "
        "max by (queue) (deriv(chappe_queue_messages[10m])) > 0",
        "10m",
        Severity.TICKET,
        "Queue {{ $labels.queue }} has been growing for ten minutes.",
        "Look whether workers run and take from it (chappe top, chappe doctor).",
    ),
    Alert(
        "ChappeExporterDown",
        '(max by (job) (up{job="chappe"}) == 0) or absent(up{job="chappe"})',
        "2m",
        Severity.PAGE,
        "Prometheus does not reach Chappe's metrics: no other alert can be trusted.",
        "Is chappe metrics running, and does the database answer? See chappe doctor.",
    ),
    Alert(
        "ChappeScrapeFails",
        f"{total(growth('chappe_scrape_failures_total', '10m'))} > 0",
        "0m",
        Severity.TICKET,
        "The exporter could not read some of its figures.",
        "Read the log of chappe metrics; the database or the broker did not answer.",
    ),
    Alert(
        "ChappeTwoVersions",
        "count(count by (version) (chappe_build_info)) > 1",
        "1h",
        Severity.TICKET,
        "Two versions of Chappe have been running side by side for an hour.",
        "Finish the update: restart what runs the older version.",
    ),
)

PROMISES = (
    Alert(
        "ChappeOppositionSlow",
        f"{quantile(0.99, 'chappe_opposition_effect_seconds', '10m', by='channel')} > 1",
        "0m",
        Severity.PAGE,
        "{{ $labels.channel }}: an opposition may take longer than a second to count.",
        "Look for a slow database or a machine out of breath; slices must shrink.",
    ),
    Alert(
        "ChappeRetentionOverdue",
        f"{largest(current('chappe_retention_overdue'), 'class')} > 0",
        "1h",
        Severity.TICKET,
        "{{ $labels.class }}: something is kept longer than allowed.",
        "Run chappe retention plan, then chappe retention run; look for a forgotten hold.",
    ),
    Alert(
        "ChappeRetentionNotSwept",
        # One that was never swept says 0: that is late too, but for a new installation.
        f"time() - {largest(_SWEPT, 'class')} > 2 * {_DAY} "
        f"and on () {largest(current('chappe_key_age_seconds'))} > 2 * {_DAY}",
        "10m",
        Severity.TICKET,
        "{{ $labels.class }}: not swept for two days.",
        "Is a scheduler running? Run chappe retention show, then chappe retention run.",
    ),
    Alert(
        "ChappeRightsDeadlineNear",
        f"(({largest(_DEADLINE, 'kind')} > 0) - time()) < 7 * {_DAY}",
        "0m",
        Severity.TICKET,
        "A request ({{ $labels.kind }}) must be answered within a week.",
        "Run chappe rights list, see what it waits for, and chappe rights run.",
    ),
    Alert(
        "ChappeRightsOverdue",
        f"{total(current('chappe_rights_overdue'), 'kind')} > 0",
        "0m",
        Severity.PAGE,
        "A request ({{ $labels.kind }}) was not answered within the legal time.",
        "Run chappe rights list; tell the controller today.",
    ),
    Alert(
        "ChappeAuditNotAnchored",
        f"{largest(current('chappe_audit_head'))} - {largest(current('chappe_audit_anchor'))} > 0",
        "30m",
        Severity.TICKET,
        "Acts of the audit have not been anchored in the keyring for half an hour.",
        "Does the keyring's database answer? Run chappe audit verify.",
    ),
    Alert(
        "ChappeKeyOld",
        f"{largest(current(_WRAPPING))} > 400 * {_DAY}",
        "1h",
        Severity.TICKET,
        "A wrapping key is older than a year.",
        "Plan its renewal.",
    ),
)

ALERTS = (*SENDING, *PLUMBING, *PROMISES)
GROUPS = {"sending": SENDING, "plumbing": PLUMBING, "promises": PROMISES}
