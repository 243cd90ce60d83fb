"""An exporter that shows every series there is, growing as in a busy hour.

It shows at once what a real run shows only on different days: open breakers, doubts, overdue work.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product

Labels = Mapping[str, tuple[str, ...]]
_CHANNELS = ("email", "sms")
_LANES = ("email", "email.urgent", "sms")
_CLASSES = ("history", "content")

# What grows, and per label the values that occur: their product is shown.
COUNTERS: Mapping[str, Labels] = {
    "chappe_deliveries_total": {
        "channel": _CHANNELS,
        "connector": ("relay",),
        "outcome": ("sent", "failed", "suppressed", "in_doubt", "passed_on"),
        "reason": ("", "unknown_address"),
    },
    "chappe_units_total": {"channel": _CHANNELS, "connector": ("relay",)},
    "chappe_doubts_settled_total": {"channel": _CHANNELS, "became": ("sent", "failed")},
    "chappe_oppositions_total": {"reason": ("unsubscribed", "objection"), "source": ("one_click",)},
    "chappe_campaigns_total": {
        "event": ("received", "refused", "planned", "finished", "dead_letter")
    },
    "chappe_gateway_requests_total": {
        "route": ("unsubscribe", "short_link"),
        "status": ("200", "404"),
    },
    "chappe_retention_removed_total": {"class": _CLASSES},
    "chappe_scrape_failures_total": {},
}
HISTOGRAMS: Mapping[str, Labels] = {
    "chappe_handover_latency_seconds": {"channel": _CHANNELS},
    "chappe_opposition_effect_seconds": {"channel": _CHANNELS},
}
GAUGES: Mapping[str, Labels] = {
    "chappe_campaigns": {"state": ("received", "planning", "planned", "finished", "refused")},
    "chappe_recipients_waiting": {"lane": _LANES},
    "chappe_batches": {"lane": _LANES, "state": ("scheduled", "ready", "claimed", "quarantined")},
    "chappe_due_age_seconds": {"lane": _LANES},
    "chappe_in_doubt": {"channel": _CHANNELS},
    "chappe_audit_gap": {},
    "chappe_connector_open": {"connector": ("relay",), "cause": ("login_refused",)},
    "chappe_events_waiting": {},
    "chappe_events_oldest_age_seconds": {},
    "chappe_dead_letters_open": {},
    "chappe_queue_messages": {"queue": ("campaigns", "planning")},
    "chappe_retention_overdue": {"class": _CLASSES},
    "chappe_retention_last_sweep_timestamp_seconds": {"class": _CLASSES},
    "chappe_rights_open": {"kind": ("erasure",), "state": ("received", "accepted")},
    "chappe_rights_overdue": {"kind": ("erasure",)},
    "chappe_rights_next_deadline_timestamp_seconds": {"kind": ("erasure",)},
    "chappe_key_age_seconds": {"purpose": ("wrap", "pseudonym", "token")},
    "chappe_sealed_keys": {},
    "chappe_build_info": {"version": ("1.0",)},
    "chappe_scrape_seconds": {},
    "chappe_suppressions": {},
    "chappe_audit_head": {},
    "chappe_audit_anchor": {},
}
LABELS = {name: tuple(labels) for name, labels in {**COUNTERS, **HISTOGRAMS, **GAUGES}.items()}
_BUCKETS = {"0.1": 2, "0.5": 8, "1.0": 9, "5.0": 10, "+Inf": 10}


def _each(labels: Labels) -> Iterator[str]:
    for values in product(*labels.values()):
        yield ",".join(f'{name}="{value}"' for name, value in zip(labels, values, strict=True))


def exposition(seconds: float) -> str:
    """Return what is shown after so many seconds."""
    lines = []
    for name, labels in COUNTERS.items():
        lines += [f"{name}{{{each}}} {int(10 * seconds)}" for each in _each(labels)]
    for name, labels in GAUGES.items():
        lines += [f"{name}{{{each}}} 7" for each in _each(labels)]
    for name, labels in HISTOGRAMS.items():
        for each, (limit, share) in product(_each(labels), _BUCKETS.items()):
            bucket = f'{name}_bucket{{{each},le="{limit}"}}'
            lines.append(f"{bucket} {int(10 * seconds) * share}")
    return "\n".join((*lines, ""))


@contextmanager
def showing() -> Iterator[int]:
    """Serve it on a free loopback port, and give the port."""
    begun = time.monotonic()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = exposition(time.monotonic() - begun).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
