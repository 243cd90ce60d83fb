"""What persons ask for: noted, decided, shown.

Opening a request forbids contact in the same transaction: from its commit on the person is not
contacted, whatever comes of the rest. Everything else is done step by step by whichever actor
comes (``engine.rights_execution``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from msgspec.structs import replace

from engine import controllers, oppositions
from engine.app import App
from engine.audit import Act
from engine.clock import Millis
from engine.counters import opposition as counted_opposition
from engine.erasure.held import held_by
from engine.erasure.person import encode_person, keys_of, person_of
from engine.erasure.steps import SOURCE
from engine.erasure.work import SCOPE, Progress, decode_progress, encode_progress
from engine.errors import EngineError
from engine.rights_record import Became, put_on_record
from engine.store import counters, erased
from engine.store import rights as store
from engine.store.rights import RequestRow
from engine.store.suppressions import EVERY_CHANNEL, Mark
from engine.subjects import REF, Keyed, Subject, keyed, realm
from engine.wire.instants import from_millis
from policy.rights import Refusal, RequestState, Right, advance, deadline, is_open, may_follow

ZONE: Final = ZoneInfo("Europe/Paris")  # whose days the deadline counts
_log = structlog.get_logger()


class RequestFault(EngineError):
    """Raised when a request does not exist, or cannot be dealt with as asked."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it stands. ``holds``: the legal holds that it waits for."""

    row: RequestRow
    controller: str
    right: Right
    state: RequestState
    progress: Progress
    holds: tuple[int, ...]


def open_request(
    app: App,
    controller: str,
    right: Right,
    subjects: Sequence[Subject],
    *,
    source: str,
    verified: bool = True,
) -> Request:
    """Note a request; when this returns, the person is not contacted any more.

    source    a short word for how it came
    verified  False: who they are is still to be proven; it is carried out once ``accept`` is called

    Raises UnknownController, SubjectFault, RequestFault without subjects.
    """
    if not subjects:
        raise RequestFault("say whom the request is about: a ref, or at least one address")
    now = app.clock.now()
    with app.db.write() as connection:
        where = realm(connection, controller)
        named = [keyed(app.vault.pseudonyms(controller), one) for one in subjects]
        person = person_of(named)
        sealed = app.vault.seal(controller, SCOPE, encode_person(person), now)
        if right is Right.ERASURE:
            keys = keys_of(person, app.vault.pseudonyms(controller)).subjects
            new = len(keys) - len(erased.among(connection, [(where.scope, key) for key in keys]))
            erased.mark(app.db, connection, where.scope, keys, now, SOURCE)
            counters.add(connection, {counted_opposition(erased.ERASED, SOURCE): new})
        else:
            _oppose(app, connection, controller, named, now)
        state = RequestState.RECEIVED
        if verified:
            state = advance(state, RequestState.ACCEPTED)
        row = store.insert(
            connection,
            {
                "controller": where.scope,
                "kind": right.value,
                "state": state.value,
                "source": source,
                "sealed_subject": sealed,
                "progress": encode_progress(Progress()),
                "received_at": now,
                "due_at": due_at(right, now),
                "accepted_at": now if verified else None,
                "next_at": now,
            },
        )
        put_on_record(
            app,
            connection,
            Act.RIGHTS_OPENED,
            Became(row, controller, state, refs=person.refs, verified=verified),
        )
        request = _request(connection, row, controller, now)
    _log.info("rights_request_opened", request=row.id, kind=right.value, state=state.value)
    return request


def due_at(right: Right, received: Millis) -> Millis:
    """Return the instant from which on an answer is late."""
    local = from_millis(received).astimezone(ZONE)
    return int(deadline(right, local).astimezone(UTC).timestamp() * 1000)


def _oppose(
    app: App, connection: sa.Connection, controller: str, named: Iterable[Keyed], now: Millis
) -> None:
    """Forbid every channel, and keep the contacts for the client."""
    where = realm(connection, controller)
    for one in named:
        subject = "person" if one.kind == REF else "contact"
        reason = oppositions.Reason.OBJECTION
        mark = Mark(where.scope, EVERY_CHANNEL, reason, SOURCE, subject, now)
        if oppositions.record(app, connection, where, mark, [one]):
            oppositions.tell_client(app, connection, controller, mark, one)


def accept(app: App, number: int) -> Request:
    """Let a request be carried out whose person is now proven to be who they say.

    Raises RequestFault.
    """
    now = app.clock.now()
    return _decide(app, number, RequestState.ACCEPTED, {"accepted_at": now, "next_at": now})


def refuse(app: App, number: int, why: Refusal) -> Request:
    """Refuse a request. Contact stays forbidden; whom it was about is forgotten.

    Raises RequestFault when it is under way or was closed.
    """
    request = show(app, number)
    now = app.clock.now()
    progress = encode_progress(replace(request.progress, refusal=why.value))
    values: dict[str, object] = {
        "finished_at": now,
        "sealed_subject": None,
        "progress": progress,
    }
    refused = _decide(app, number, RequestState.REFUSED, values, why)
    if request.row.sealed_subject is not None:
        app.vault.destroy([request.row.sealed_subject])
    return refused


def _decide(
    app: App,
    number: int,
    then: RequestState,
    values: dict[str, object],
    why: Refusal | None = None,
) -> Request:
    request = show(app, number)
    if not may_follow(request.state, then):
        msg = f"request {number} is {request.state.value}; it cannot become {then.value} any more"
        raise RequestFault(msg)
    act = Act.RIGHTS_REFUSED if then is RequestState.REFUSED else Act.RIGHTS_ACCEPTED
    with app.db.write() as connection:
        changed = {"state": then.value, **values}
        if not store.decide(connection, number, request.state.value, changed):
            raise RequestFault(f"request {number} is being carried out; look again")
        put_on_record(app, connection, act, Became(request.row, request.controller, then, why))
    return show(app, number)


def show(app: App, number: int) -> Request:
    """Return a request. Raises RequestFault when there is none of that number."""
    with app.db.read() as connection:
        row = store.by_id(connection, number)
        if row is None:
            raise RequestFault(f"no request {number}; `chappe rights list --all` names them")
        name = controllers.by_number(connection, row.controller).name
        return _request(connection, row, name, app.clock.now())


def every(app: App, controller: str | None = None, *, closed: bool = False) -> list[Request]:
    """Return the open requests, newest first; with ``closed`` the others too.

    Raises UnknownController.
    """
    with app.db.read() as connection:
        wanted = None
        if controller is not None:
            wanted = [controllers.find(connection, controller).number]
        rows = store.every(connection, wanted, closed=closed)
        names = {
            number: controllers.by_number(connection, number).name
            for number in {row.controller for row in rows}
        }
        now = app.clock.now()
        return [_request(connection, row, names[row.controller], now) for row in rows]


def anything_due(app: App) -> bool:
    """Return whether an actor should come now."""
    with app.db.read() as connection:
        return store.waits(app.db, connection, app.clock.now())


def holds_on(connection: sa.Connection, row: RequestRow, now: Millis) -> tuple[int, ...]:
    """Return the numbers of the legal holds that a request waits for."""
    if Right(row.kind) is not Right.ERASURE or not is_open(RequestState(row.state)):
        return ()
    return held_by(connection, row.controller, now)


def _request(connection: sa.Connection, row: RequestRow, controller: str, now: Millis) -> Request:
    return Request(
        row,
        controller,
        Right(row.kind),
        RequestState(row.state),
        decode_progress(row.progress),
        holds_on(connection, row, now),
    )
