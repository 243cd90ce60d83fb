"""For each alert that waits: what has been true for not quite long enough."""

from tests.integration.dashboards.alert_cases import DAY, DUE, URGENT, Case, sent, swept

_OPEN = {'chappe_connector_open{connector="relay", cause="login_refused"}': "1x20"}
_TWO = {f'chappe_build_info{{version="1.{at}", instance="{at}"}}': "1x100" for at in (0, 1)}
# What is true for a moment only must not wake anybody: just before each has waited long enough.
NOT_YET = (
    Case("ChappeNothingLeaves", "not yet", {DUE: "0+60x20"} | sent("50x20"), 3),
    Case("ChappeUrgentWaits", "not yet", {URGENT: "0+60x9"}, 2),
    Case("ChappeWorkWaitsLong", "not yet", {DUE: "0+60x500"}, 365),
    Case(
        "ChappeBatchesSetAside",
        "not yet",
        {'chappe_batches{lane="email", state="quarantined"}': "2x20"},
        4,
    ),
    Case("ChappeAuditGap", "not yet", {"chappe_audit_gap": "1x10"}, 0),
    Case("ChappeConnectorOpen", "not yet", _OPEN, 9),
    Case(
        "ChappeConnectorFails",
        "not yet",
        {**sent("0+900x30"), **sent("0+100x30", outcome="failed")},
        4,
    ),
    Case("ChappeEventsWait", "not yet", {"chappe_events_oldest_age_seconds": "0+60x9"}, 3),
    Case("ChappeDeadLetters", "not yet", {"chappe_dead_letters_open": "1x9"}, 4),
    Case(
        "ChappeQueueGrows", "not yet", {'chappe_queue_messages{queue="campaigns"}': "0+200x40"}, 13
    ),
    Case("ChappeExporterDown", "not yet", {'up{job="chappe"}': "0x9"}, 1),
    Case("ChappeTwoVersions", "not yet", _TWO, 59),
    Case(
        "ChappeRetentionOverdue",
        "not yet",
        {'chappe_retention_overdue{class="history"}': "3x90"},
        59,
    ),
    Case("ChappeRetentionNotSwept", "not yet", swept(60), 2 * DAY + 8),
    Case(
        "ChappeAuditNotAnchored",
        "not yet",
        {"chappe_audit_head": "10+1x60", "chappe_audit_anchor": "10x60"},
        29,
    ),
    Case(
        "ChappeKeyOld",
        "not yet",
        {'chappe_key_age_seconds{purpose="wrap"}': f"{425 * 86400}x90"},
        59,
    ),
)
