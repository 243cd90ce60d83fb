"""For each alert: what makes it fire, and what looks like it but must not.

Series are written as promtool reads them, one value a minute: ``0+30x20`` begins at 0 and grows by
30, twenty times; ``1x20`` stays; ``_x5`` is missing for five minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

Series = dict[str, str]
_UP = {'up{job="chappe"}': "1x2000"}


@dataclass(frozen=True)
class Case:
    """What is seen, and after how many minutes the alert fires with which labels; None: never."""

    alert: str
    what: str
    series: Series
    minutes: int
    labels: tuple[Mapping[str, str], ...] = field(default=())

    @property
    def seen(self) -> Series:
        """Every series, Chappe's exporter being up unless the case says otherwise."""
        return self.series if self.alert == "ChappeExporterDown" else _UP | self.series


def sent(rise: str, channel: str = "email", outcome: str = "sent") -> Series:
    labels = f'channel="{channel}", connector="relay", outcome="{outcome}", reason=""'
    return {f"chappe_deliveries_total{{{labels}}}": rise}


DUE = 'chappe_due_age_seconds{lane="email"}'
URGENT = 'chappe_due_age_seconds{lane="email.urgent"}'
_EMAIL = ({"channel": "email"},)
_RELAY = ({"connector": "relay"},)
_HISTORY = ({"class": "history"},)
_NOBODY: tuple[Mapping[str, str], ...] = ({},)
DAY = 1440  # minutes


def swept(at: int, age: str = "999999x4320") -> Series:
    """A class that was last swept at an instant, on an installation of some age in seconds."""
    return {
        'chappe_retention_last_sweep_timestamp_seconds{class="history"}': f"{at}x{3 * DAY}",
        'chappe_key_age_seconds{purpose="wrap"}': age,
    }


def _effect(within: int, beyond: int) -> Series:
    """Slices per minute whose oppositions counted within half a second, and beyond three."""
    name = "chappe_opposition_effect_seconds_bucket"
    return {
        f'{name}{{channel="email", le="0.5"}}': f"0+{within}x30",
        f'{name}{{channel="email", le="1.0"}}': f"0+{within}x30",
        f'{name}{{channel="email", le="5.0"}}': f"0+{within + beyond}x30",
        f'{name}{{channel="email", le="+Inf"}}': f"0+{within + beyond}x30",
    }


CASES = (
    Case("ChappeNothingLeaves", "due and still", {DUE: "0+60x20"} | sent("50x20"), 10, _EMAIL),
    Case("ChappeNothingLeaves", "due since the first day", {DUE: "0+60x20"}, 10, _EMAIL),
    Case("ChappeNothingLeaves", "a large campaign", {DUE: "0+60x20"} | sent("0+90x20"), 10),
    Case("ChappeNothingLeaves", "nothing is due", {DUE: "0x20"} | sent("50x20"), 10),
    Case(
        "ChappeNothingLeaves",
        "another channel goes on",
        {DUE: "0+60x20"} | sent("0+90x20", channel="sms"),
        10,
        _EMAIL,
    ),
    Case("ChappeUrgentWaits", "late", {URGENT: "0+60x9"}, 5, ({"lane": "email.urgent"},)),
    Case("ChappeUrgentWaits", "quick", {URGENT: "0 30 0 55 0x5", DUE: "0+60x9"}, 5),
    Case("ChappeWorkWaitsLong", "seven hours", {DUE: "0+60x500"}, 420, ({"lane": "email"},)),
    Case("ChappeWorkWaitsLong", "five hours", {DUE: "0+60x500"}, 300),
    Case(
        "ChappeBatchesSetAside",
        "two of them",
        {'chappe_batches{lane="email", state="quarantined"}': "2x20"},
        6,
        ({"lane": "email"},),
    ),
    Case(
        "ChappeBatchesSetAside",
        "all are being worked",
        {
            'chappe_batches{lane="email", state="quarantined"}': "0x20",
            'chappe_batches{lane="email", state="claimed"}': "7x20",
        },
        6,
    ),
    Case(
        "ChappeManyDoubts",
        "one in ten",
        {**sent("0+900x20"), **sent("0+100x20", outcome="in_doubt")},
        15,
        _EMAIL,
    ),
    Case(
        "ChappeManyDoubts",
        "one slice after a crash of a large campaign",
        {**sent("0+90000x20"), **sent("0x5 200x15", outcome="in_doubt")},
        15,
    ),
    Case("ChappeAuditGap", "somebody is missing", {"chappe_audit_gap": "1x10"}, 3, _NOBODY),
    Case("ChappeAuditGap", "somebody counts twice", {"chappe_audit_gap": "-1x10"}, 3, _NOBODY),
    Case("ChappeAuditGap", "it adds up", {"chappe_audit_gap": "0x10"}, 3),
    Case(
        "ChappeConnectorOpen",
        "its password is wrong",
        {'chappe_connector_open{connector="relay", cause="login_refused"}': "1x20"},
        12,
        ({"connector": "relay", "cause": "login_refused"},),
    ),
    Case(
        "ChappeConnectorOpen",
        "a short break",
        {'chappe_connector_open{connector="relay", cause="unreachable"}': "1x5 0x15"},
        12,
    ),
    Case(
        "ChappeConnectorFails",
        "one in ten",
        {**sent("0+900x30"), **sent("0+100x30", outcome="failed")},
        25,
        _RELAY,
    ),
    Case(
        "ChappeConnectorFails",
        "one in a hundred",
        {**sent("0+990x30"), **sent("0+10x30", outcome="failed")},
        25,
    ),
    Case("ChappeEventsWait", "rising", {"chappe_events_oldest_age_seconds": "0+60x9"}, 5, _NOBODY),
    Case("ChappeEventsWait", "told at once", {"chappe_events_oldest_age_seconds": "1x9"}, 5),
    Case("ChappeDeadLetters", "one", {"chappe_dead_letters_open": "1x9"}, 6, _NOBODY),
    Case("ChappeDeadLetters", "none", {"chappe_dead_letters_open": "0x9"}, 6),
    Case(
        "ChappeQueueGrows",
        "nobody takes from it",
        {'chappe_queue_messages{queue="campaigns"}': "0+200x40"},
        30,
        ({"queue": "campaigns"},),
    ),
    Case(
        "ChappeQueueGrows",
        "a burst that is worked off",
        {'chappe_queue_messages{queue="campaigns"}': "5000-100x40"},
        30,
    ),
    Case(
        "ChappeQueueGrows",
        "a few more",
        {'chappe_queue_messages{queue="campaigns"}': "0+5x40"},
        30,
    ),
    Case("ChappeExporterDown", "it is down", {'up{job="chappe"}': "0x9"}, 4, _NOBODY),
    Case("ChappeExporterDown", "nobody scrapes it", {'up{job="other"}': "1x9"}, 4, _NOBODY),
    Case("ChappeExporterDown", "it is up", _UP, 4),
    Case(
        "ChappeScrapeFails", "at times", {"chappe_scrape_failures_total": "0 0 0 2x9"}, 5, _NOBODY
    ),
    Case("ChappeScrapeFails", "long ago", {"chappe_scrape_failures_total": "7x30"}, 20),
    Case(
        "ChappeTwoVersions",
        "an update left halfway",
        {
            'chappe_build_info{version="1.0", instance="a"}': "1x100",
            'chappe_build_info{version="1.1", instance="b"}': "1x100",
        },
        70,
        _NOBODY,
    ),
    Case(
        "ChappeTwoVersions",
        "two hosts alike",
        {
            'chappe_build_info{version="1.0", instance="a"}': "1x100",
            'chappe_build_info{version="1.0", instance="b"}': "1x100",
        },
        70,
    ),
    Case("ChappeOppositionSlow", "one slice in ten", _effect(90, 10), 15, _EMAIL),
    Case("ChappeOppositionSlow", "one in a thousand", _effect(999, 1), 15),
    Case("ChappeOppositionSlow", "nothing is sent", _effect(0, 0), 15),
    Case(
        "ChappeRetentionOverdue",
        "kept on",
        {'chappe_retention_overdue{class="history"}': "3x90"},
        70,
        ({"class": "history"},),
    ),
    Case(
        "ChappeRetentionOverdue",
        "gone at the next sweep",
        {'chappe_retention_overdue{class="history"}': "3x30 0x60"},
        70,
    ),
    Case("ChappeRetentionNotSwept", "not since the start", swept(60), 2 * DAY + 20, _HISTORY),
    Case("ChappeRetentionNotSwept", "never at all", swept(0), 2 * DAY + 20, _HISTORY),
    Case("ChappeRetentionNotSwept", "yesterday", swept(60), DAY),
    Case("ChappeRetentionNotSwept", "never, on a new day", swept(0, age="0+60x4320"), DAY),
    Case(
        "ChappeRightsDeadlineNear",
        "six days",
        {'chappe_rights_next_deadline_timestamp_seconds{kind="erasure"}': f"{6 * 86400}x9"},
        1,
        ({"kind": "erasure"},),
    ),
    Case(
        "ChappeRightsDeadlineNear",
        "three weeks",
        {'chappe_rights_next_deadline_timestamp_seconds{kind="erasure"}': f"{21 * 86400}x9"},
        1,
    ),
    Case(
        "ChappeRightsDeadlineNear",
        "none is open",
        {'chappe_rights_next_deadline_timestamp_seconds{kind="erasure"}': "0x9"},
        1,
    ),
    Case(
        "ChappeRightsOverdue",
        "one",
        {'chappe_rights_overdue{kind="erasure"}': "1x9"},
        1,
        ({"kind": "erasure"},),
    ),
    Case("ChappeRightsOverdue", "none", {'chappe_rights_overdue{kind="erasure"}': "0x9"}, 1),
    Case(
        "ChappeAuditNotAnchored",
        "the keyring does not answer",
        {"chappe_audit_head": "10+1x60", "chappe_audit_anchor": "10x60"},
        45,
        _NOBODY,
    ),
    Case(
        "ChappeAuditNotAnchored",
        "it follows",
        {"chappe_audit_head": "10x10 11x50", "chappe_audit_anchor": "10x15 11x45"},
        45,
    ),
    Case(
        "ChappeKeyOld",
        "fourteen months",
        {'chappe_key_age_seconds{purpose="wrap"}': f"{425 * 86400}x90"},
        70,
        _NOBODY,
    ),
    Case(
        "ChappeKeyOld",
        "pseudonym keys stay",
        {
            'chappe_key_age_seconds{purpose="wrap"}': f"{30 * 86400}x90",
            'chappe_key_age_seconds{purpose="pseudonym"}': f"{3650 * 86400}x90",
        },
        70,
    ),
)
