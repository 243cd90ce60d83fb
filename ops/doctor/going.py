"""What goes on: connectors, work that waits, promises that are due."""

from collections.abc import Iterator
from functools import partial

import sqlalchemy as sa

from channels.contract import SendKind
from channels.errors import ChannelError
from engine import connectors, situation
from engine.app import App
from engine.clock import MINUTE
from engine.errors import EngineError
from engine.fleet import ConnectorRow
from engine.probing import probe
from ops.database_faults import sentence_of
from ops.doctor.findings import Finding, fault, ok, warning
from ops.doctor.patience import answers
from policy.decide import EEA

_LATE = 5 * MINUTE
_PROBE_SECONDS = 8.0
_OVER = 2.0  # seconds more until a probe is given up that does not heed its limit: names looked up

_SILENT = f"no answer within {_PROBE_SECONDS + _OVER:.0f} s"


def carriers(app: App) -> Iterator[Finding]:
    """Ask every connector in use whether it could send, sending nothing."""
    rows = connectors.every(app)
    if not any(row.enabled and row.attested_at is not None for row in rows):
        yield fault(
            "no connector may be used", "chappe connector create, then chappe connector attest"
        )
    used = []
    for row in rows:
        if row.enabled and row.attested_at is None:
            yield warning(
                f"connector {row.name} is not attested and so not used", "chappe connector attest"
            )
        elif row.enabled:
            used.append(row)
    # All at once: several that drop what they are sent must not take each other's time.
    for row, trouble in answers(partial(_trouble, app), used, _PROBE_SECONDS + _OVER):
        yield from _carrier(app, row, _SILENT if trouble is None else trouble)


def work(app: App) -> Iterator[Finding]:
    """Look whether what is due leaves, and whether anybody is unaccounted for."""
    now = situation.look(app)
    late = [lane for lane in now.lanes if lane.due_age > _LATE]
    for lane in late:
        yield warning(
            f"{lane.waiting} recipients wait in {lane.name}, the oldest for"
            f" {lane.due_age // MINUTE} minutes",
            "is a worker running? see chappe top, and chappe connector list",
        )
    if now.audit_gap:
        yield fault(
            f"{now.audit_gap} recipients are unaccounted for",
            "run chappe campaign audit on each running campaign, and keep what it says",
        )
    if now.dead_letters:
        yield warning(
            f"{now.dead_letters} messages were no campaigns", "see: chappe dead-letter list"
        )
    if not (late or now.audit_gap):
        yield ok(f"{len(now.campaigns)} campaigns under way, nothing late")


def promises(app: App) -> Iterator[Finding]:
    """Look whether anything is kept too long, or a person's request is late."""
    now = situation.look(app)
    overdue = sum(now.retention.overdue.values())
    if overdue:
        classes = ", ".join(sorted(now.retention.overdue))
        yield fault(f"{overdue} rows are older than promised ({classes})", "chappe retention run")
    if now.rights.overdue:
        yield fault(f"{now.rights.overdue} requests of persons are late", "chappe rights list")
    if not (overdue or now.rights.overdue):
        yield ok("nothing is kept too long, no request is late")


def _carrier(app: App, row: ConnectorRow, trouble: str) -> Iterator[Finding]:
    named = f"connector {row.name}"
    if row.open_since is not None:
        minutes = (app.clock.now() - row.open_since) // MINUTE
        yield warning(
            f"{named} has been set aside for {minutes} minutes: {row.open_cause}",
            "mend the cause; it is tried again by itself, with growing pauses",
        )
    if row.country not in EEA:
        yield warning(
            f"{named} processes data in {row.country}, outside the EEA",
            "campaigns by it are refused; use a provider inside, or disable it",
        )
    if not trouble:
        yield ok(f"{named} answers")
    else:
        yield fault(
            f"{named} cannot send: {trouble}",
            f"chappe connector configure {row.name}, or chappe connector disable {row.name}",
        )


def _trouble(app: App, row: ConnectorRow) -> str:
    """Return why a connector could not send now; empty: it could."""
    try:
        result = probe(app, row, _PROBE_SECONDS)
    except (ChannelError, EngineError) as refused:
        return str(refused)
    except sa.exc.SQLAlchemyError as away:
        return sentence_of(away)
    except Exception as defect:  # noqa: BLE001 (what one does must not hide what others do)
        return f"the check itself failed ({type(defect).__name__})"
    return "" if result.kind is SendKind.SENT else (result.reason or result.kind.value)
