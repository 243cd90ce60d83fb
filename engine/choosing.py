"""By which connector and which rules a claimed batch may leave, or until when it waits."""

import threading
from dataclasses import dataclass, replace

import structlog

from engine import routing
from engine.app import App
from engine.briefing import Briefing
from engine.clock import MINUTE, SECOND, Millis
from engine.deciding import Ruling, ruling
from engine.open_batch import OpenBatch
from engine.recipient_facts import RecipientClasses
from engine.rulebook import Edition
from engine.store.connectors import ConnectorRow
from policy.campaign_step import region_refused, too_large
from policy.evaluate import Compiled
from policy.send_facts import SendFacts
from policy.send_reasons import SendReason

_LOOK_AGAIN: Millis = 15 * SECOND  # whether what was switched off goes on, or was approved
_NO_RULES: Millis = 1 * MINUTE
_MOST_KEPT = 256

_log = structlog.get_logger()
_Key = tuple[int, int, int]  # campaign, leg, connector


@dataclass(frozen=True, slots=True)
class Chosen:
    """How a batch leaves.

    probing  its breaker was open, and this is the one try that may close it, with one recipient
    others   how many further connectors could carry the same channel
    """

    carrier: ConnectorRow
    ruling: Ruling
    probing: bool
    others: int


@dataclass(frozen=True, slots=True)
class Waits:
    """Nobody of the campaign can leave in this lane before an instant; ``why`` is a word."""

    until: Millis
    why: str


class Rulings:
    """Keeps what was made ready for campaigns in progress; shared by the threads of a process."""

    def __init__(self) -> None:
        self._kept: dict[_Key, tuple[Briefing, Compiled, Ruling]] = {}
        self._lock = threading.Lock()

    def of(
        self,
        batch: OpenBatch,
        carrier: ConnectorRow,
        compiled: Compiled,
        edition: Edition,
        now: Millis,
    ) -> Ruling:
        """Return the rules on a batch's campaign through one connector, ready to decide."""
        briefing, leg = batch.briefing, batch.claim.leg
        key = (briefing.campaign_id, leg, carrier.number)
        with self._lock:
            kept = self._kept.get(key)
        if (
            kept is not None
            and kept[0] is briefing
            and kept[1] is compiled
            and kept[2].prepared.send.connector_country == (carrier.country or None)
            and not kept[2].outdated(edition.generation, now)
        ):
            return kept[2]
        send = _through(batch, carrier)
        classes = RecipientClasses(batch.channel, batch.block.variables)
        if kept is not None and kept[1] is compiled and kept[2].prepared.send == send:
            prepared, classes = kept[2].prepared, kept[2].classes  # with all that they know by now
        else:
            prepared = compiled.for_send(send)
        made = ruling(compiled, prepared, classes, edition, now)
        with self._lock:
            while len(self._kept) >= _MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = (briefing, compiled, made)
        return made


def choose(
    app: App, batch: OpenBatch, rulings: Rulings, generation: int, now: Millis
) -> Chosen | Waits:
    """Choose how a batch leaves. ``generation`` was just read from the database."""
    briefing, claim = batch.briefing, batch.claim
    edition = app.rulebook.at(generation)
    whose = (briefing.controller, briefing.controller_name)
    kill = edition.killed(whose, briefing.campaign_name, batch.channel.value, now)
    if kill is not None:
        again = now + _LOOK_AGAIN
        return Waits(again if kill.ends_at is None else min(kill.ends_at, again), "killed")
    compiled = edition.compiled(briefing.controller, briefing.campaign_name, now)
    if compiled is None:
        _log.error("no_ruleset", campaign=briefing.campaign_id)
        return Waits(now + _NO_RULES, "no_ruleset")
    send = briefing.sends[claim.leg - 1]
    if any(one.reason is SendReason.NOT_APPROVED for one in too_large(compiled, send, now)):
        return Waits(now + _LOOK_AGAIN, "approval_needed")
    off = edition.connectors_off(now)

    def open_to(carrier: ConnectorRow) -> bool:
        through = _through(batch, carrier)
        return carrier.name not in off and not region_refused(compiled, through, now)

    choice = routing.choose(
        app.db,
        batch.channel,
        briefing.connectors.get(batch.channel, ()),
        claim.round,
        now,
        open_to,
    )
    if choice.carrier is None:
        return Waits(choice.again_at, "no_connector")
    made = rulings.of(batch, choice.carrier, compiled, edition, now)
    return Chosen(choice.carrier, made, choice.probing, choice.others)


def _through(batch: OpenBatch, carrier: ConnectorRow) -> SendFacts:
    send = batch.briefing.sends[batch.claim.leg - 1]
    return replace(send, connector_country=carrier.country or None)
