"""Intake: a message becomes a campaign, or a dead letter with its reasons. Nothing is lost.

A message is acknowledged only after one of the two is committed. Who may speak for a controller
is decided by the account that RabbitMQ vouches for, never by what the message says of itself.
"""

import re
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
import structlog

from engine import controllers
from engine.admission import receive
from engine.app import App
from engine.broker.consumer import Arrival, Verdict
from engine.campaign_events import tell
from engine.controllers import Controller, UnknownController
from engine.events import DeadLetter, Duplicate, MessageFault, instant, message_faults, new_id
from engine.store import campaigns, dead_letters, events
from engine.vault import PLATFORM
from engine.wire.canonical import job_fingerprint
from engine.wire.decode import decode_job
from engine.wire.faults import Fault, FaultReason, JobFaults
from engine.wire.job import CampaignJob

DEAD_LETTER_SCOPE = "dead letters"
_SHOWN = 200  # signs of a message's properties that are kept
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message.

    campaign_id  the campaign it is, new or known; None: it became a dead letter
    duplicate    the same campaign was here before, with the same content
    """

    campaign_id: int | None
    duplicate: bool = False
    dead_letter: int | None = None
    faults: tuple[Fault, ...] = ()


def take(app: App, body: bytes, account: str | None, message_id: str | None) -> Taken:
    """Store one campaign message; committed when this returns.

    account  the broker account that published it; None: it did not say, which is a fault
    """
    try:
        job = decode_job(body, max_bytes=app.settings.max_job_bytes)
        return _receive(app, job, account)
    except JobFaults as wrong:
        return _bury(app, body, account, message_id, wrong.faults)


@dataclass(frozen=True, slots=True)
class Handler:
    """Judges arrivals: acknowledged once they are stored, returned while they cannot be."""

    app: App

    def __call__(self, arrival: Arrival) -> Verdict:
        """Store one arrival."""
        try:
            taken = take(self.app, arrival.body, arrival.user_id, arrival.message_id)
        except (sa.exc.OperationalError, sa.exc.InterfaceError) as away:
            _log.warning("intake_waits", error=type(away.orig).__name__)
            return Verdict.REQUEUE
        _log.info(
            "campaign_received",
            campaign=taken.campaign_id,
            duplicate=taken.duplicate,
            dead_letter=taken.dead_letter,
        )
        return Verdict.ACK


def _receive(app: App, job: CampaignJob, account: str | None) -> Taken:
    """Store a decoded job as a campaign.

    Raises JobFaults when its account may not speak for the controller, or its id is taken.
    """
    with app.db.read() as connection:
        controller = _spoken_for(connection, job, account)
    campaign_id = receive(app, controller, job, account or "")
    if campaign_id is not None:
        return Taken(campaign_id)
    now = app.clock.now()
    with app.db.write() as connection:
        known = campaigns.find(connection, controller.number, job.id)
        if known is None or known.fingerprint != job_fingerprint(job):
            sentence = "this id was used before for another content; give the campaign its own id"
            raise _fault("id", FaultReason.CONTRADICTION, sentence)
        tell(connection, Duplicate, (controller.name, job.id), now)
    return Taken(known.id, duplicate=True)


def _spoken_for(connection: sa.Connection, job: CampaignJob, account: str | None) -> Controller:
    """Return the controller of a job whose account may speak for it, or raise JobFaults."""
    if account is None:
        raise _fault("", FaultReason.MISSING, "the message must carry the AMQP property user_id")
    try:
        controller = controllers.find(connection, job.controller)
    except UnknownController:
        raise _fault("controller", FaultReason.NOT_ALLOWED, "no such controller") from None
    if not controllers.may_speak_for(connection, account, job.controller):
        sentence = "the account that published this may not speak for the controller"
        raise _fault("controller", FaultReason.NOT_ALLOWED, sentence)
    return controller


def _fault(field: str, reason: FaultReason, sentence: str) -> JobFaults:
    return JobFaults((Fault(field, reason, sentence),))


def _bury(
    app: App,
    body: bytes,
    account: str | None,
    message_id: str | None,
    faults: tuple[Fault, ...],
) -> Taken:
    """Keep a message that is no campaign: sealed, with every reason, and tell of it."""
    now = app.clock.now()
    told = message_faults(faults)
    with app.db.write() as connection:
        number = dead_letters.insert(
            connection, _shown(account), _own_id(message_id), encode_reasons(told), now
        )
        sealed = app.vault.seal(PLATFORM, DEAD_LETTER_SCOPE, body, now)
        dead_letters.set_sealed(connection, number, sealed)
        event = DeadLetter(id=new_id(), at=instant(now), dead_letter=number, faults=told)
        events.put(connection, event, now)
    return Taken(None, dead_letter=number, faults=faults)


def _shown(given: str | None) -> str:
    """Return a property of a message as it can be stored: a publisher may put anything there."""
    return "".join(sign for sign in (given or "")[:_SHOWN] if sign.isprintable())


def _own_id(message_id: str | None) -> str:
    """Return a message's id where it is no more than an id: it could hold an address."""
    return message_id if message_id is not None and _ID.fullmatch(message_id) else ""


def encode_reasons(faults: tuple[MessageFault, ...]) -> str:
    """Return faults as they are stored with a dead letter."""
    return msgspec.json.encode(faults).decode()


def decode_reasons(stored: str) -> tuple[MessageFault, ...]:
    """Read what ``encode_reasons`` wrote."""
    return msgspec.json.decode(stored, type=tuple[MessageFault, ...])
