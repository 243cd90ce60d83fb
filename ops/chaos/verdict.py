"""What a campaign that was played with came to: the sink's count against the database's."""

import json
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import sqlalchemy as sa

from engine import campaign_audit, statistics
from engine.admission import UnknownCampaign
from engine.states import CampaignState, Outcome
from ops.bench.ground import CONTROLLER
from ops.chaos.field import DEADLINE_SECONDS, Field

_POLL = 0.1
_STALE_POOLS = 2  # of the database and of the keyring


@dataclass(slots=True)
class Deeds:
    """What was done to a campaign while it ran.

    opposed   addresses, and when their opposition was committed (0: before the campaign)
    in_flight recipients in flight whenever somebody was killed or frozen, added up
    erased    how many were erased: of those nobody can say any more who is in doubt
    """

    killed: int = 0
    frozen: int = 0
    restarted: int = 0
    in_flight: int = 0
    erased: int = 0
    opposed: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line of ``make chaos``."""

    name: str
    n: int
    killed: int
    frozen: int
    restarted: int
    lost: int
    twice: int
    after_opposition: int
    in_doubt: int
    in_flight_bound: int
    seconds: float
    faults: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.twice or self.after_opposition or self.faults) and (
            self.in_doubt <= self.in_flight_bound
        )

    def line(self) -> str:
        """Return the verdict as one JSON object."""
        values = {name: getattr(self, name) for name in Verdict.__dataclass_fields__}
        return json.dumps({**values, "seconds": round(self.seconds, 1), "ok": self.ok})


def finished(field: Field, campaign: str) -> bool:
    """Return whether a campaign has finished; False also while the database is away."""
    with suppress(sa.exc.DBAPIError, UnknownCampaign):
        row = statistics.overview(field.app, campaign, CONTROLLER).found.row
        if row.state is CampaignState.REFUSED:
            msg = f"refused: {', '.join(row.reasons)}"
            raise RuntimeError(msg)
        return row.state is CampaignState.FINISHED
    return False


def await_end(field: Field, campaign: str, patience: float) -> bool:
    """Wait until a campaign has finished; False when it takes too long."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if finished(field, campaign):
            return True
        time.sleep(_POLL)
    return False


def judge(
    field: Field, name: str, campaign: str, number: int, deeds: Deeds, seconds: float
) -> Verdict:
    """Hold what the sink counted against what Chappe recorded."""
    audit = _audit(field, campaign)
    outcomes: Mapping[str, int] = statistics.overview(field.app, campaign, CONTROLLER).outcomes
    taken = {
        contact: times
        for contact, times in field.sink.taken.items()
        if contact.startswith(campaign)
    }
    sent, doubtful = outcomes.get(Outcome.SENT.word, 0), outcomes.get(Outcome.IN_DOUBT.word, 0)
    faults = [f"audit: {check.name}" for check in audit.checks if not check.holds]
    unnamed = sum(doubt.ref is None for doubt in audit.doubts)
    if unnamed > deeds.erased or len(audit.doubts) != doubtful:
        faults.append("audit does not name everybody who is in doubt")
    if not finished(field, campaign):
        faults.append("the campaign did not finish")
    if not sent <= len(taken) <= sent + doubtful:
        faults.append(f"sent {sent}, in doubt {doubtful}, but the sink has {len(taken)}")
    return Verdict(
        name=name,
        n=number,
        killed=deeds.killed,
        frozen=deeds.frozen,
        restarted=deeds.restarted,
        lost=max(number - sum(outcomes.values()), 0) + max(sent - len(taken), 0),
        twice=sum(times - 1 for times in taken.values()),
        after_opposition=_late(field, deeds.opposed.items()),
        in_doubt=doubtful,
        in_flight_bound=deeds.in_flight,
        seconds=seconds,
        faults=tuple(faults),
    )


def _audit(field: Field, campaign: str) -> campaign_audit.Audit:
    """Audit a campaign; connections from before a restart fail once, and are then replaced."""
    for _ in range(_STALE_POOLS):
        with suppress(sa.exc.OperationalError):
            return campaign_audit.audit(field.app, campaign, CONTROLLER)
    return campaign_audit.audit(field.app, campaign, CONTROLLER)


def _late(field: Field, opposed: Iterable[tuple[str, float]]) -> int:
    """Count who was reached although their opposition was known when their slice was checked.

    A slice that was checked before may still go out: until its deadline, and one second.
    """
    latest = DEADLINE_SECONDS + 1.0
    return sum(
        contact in field.sink.taken_at and field.sink.taken_at[contact] > since + latest
        for contact, since in opposed
    )
