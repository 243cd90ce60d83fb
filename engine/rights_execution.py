"""Carrying requests out, step by step, by whichever actor comes; taken up again after a crash."""

import secrets
from collections.abc import Callable
from typing import Final

import structlog
from msgspec.structs import replace

from engine import audit, controllers
from engine.app import App
from engine.audit import Act
from engine.erasure.held import LOOK_AGAIN
from engine.erasure.steps import AGAIN_AFTER, END, carry_out
from engine.erasure.work import LEASE, Overtaken, Progress, Work
from engine.rights import holds_on
from engine.rights_certificate import issue
from engine.rights_record import Became, put_on_record
from engine.store import rights as store
from policy.rights import RequestState, Right, advance

_TOKEN_BYTES: Final = 16
_log = structlog.get_logger()


def execute(
    app: App, number: int | None = None, told: Callable[[str], None] = lambda _step: None
) -> int | None:
    """Carry a request out as far as it goes now; return its number, None: there was none to do.

    number  None: the one that has been due longest

    An erasure that a legal hold forbids is put off.
    """
    token = secrets.token_bytes(_TOKEN_BYTES)
    row = store.claim(app.db, app.clock.now(), token, LEASE, number)
    if row is None:
        return None
    with app.db.read() as connection:
        controller = controllers.by_number(connection, row.controller).name
        held = holds_on(connection, row, app.clock.now())
    try:
        work = Work(app, row, controller, token)
        if held:
            _log.info("rights_request_held", request=row.id, holds=held)
            work.let_go(app.clock.now() + LOOK_AGAIN)
            return row.id
        _begin(work)
        if Right(row.kind) is not Right.ERASURE or carry_out(work, told):
            _finish(work)
        else:
            work.let_go(app.clock.now() + AGAIN_AFTER)
    except Overtaken:
        _log.info("rights_request_overtaken", request=row.id)
    return row.id


def _begin(work: Work) -> None:
    if work.row.state == RequestState.ACCEPTED:
        running = advance(RequestState.ACCEPTED, RequestState.RUNNING)
        with work.change() as change:
            change.values["state"] = running.value


def _finish(work: Work) -> None:
    """Forget whom it was about, and certify what was done."""
    app, row = work.app, work.row
    if work.progress.step != END:  # a right without steps of its own
        with work.change() as change:
            change.progress = replace(change.progress, step=END)
    work.forget_subject()
    now = app.clock.now()
    with work.change() as change:
        change.progress = Progress(step=END, found=change.progress.found)
        change.values |= {
            "state": advance(RequestState.RUNNING, RequestState.DONE).value,
            "sealed_subject": None,
            "certificate": issue(app, row, work.controller, change.progress.found, now),
            "finished_at": now,
        }
        put_on_record(
            app, change.connection, Act.RIGHTS_DONE, Became(row, work.controller, RequestState.DONE)
        )
    app.db.empty_log()
    audit.anchor(app)
    _log.info("rights_request_done", request=row.id, kind=row.kind)
