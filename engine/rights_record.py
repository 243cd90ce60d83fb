"""What is written down of each change of a request: an act for the audit, an event for the client."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from engine import audit
from engine.app import App
from engine.audit import Act
from engine.events import RightsRequest, instant, new_id
from engine.personal_events import sealed_ref
from engine.store.events import SealedEvent, put_sealed
from engine.store.rights import RequestRow
from policy.rights import Refusal, RequestState, Right


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a request.

    refs      the client's own ids of the person, where the client is to learn them: an event each
    verified  for the audit: whether the person had proven who they are
    """

    row: RequestRow
    controller: str
    state: RequestState
    why: Refusal | None = None
    refs: Sequence[str] = ()
    verified: bool | None = None


def put_on_record(app: App, connection: sa.Connection, act: Act, became: Became) -> None:
    """Write down what became of a request, last in the transaction."""
    row, why = became.row, became.why
    tell_client(app, connection, became)
    details: dict[str, str | bool] = {"right": row.kind}
    if why is not None:
        details["why"] = why.value
    if became.verified is not None:
        details["verified"] = became.verified
    subject, owner = f"rights:{row.id}", became.controller
    audit.record(app, connection, act, subject, controller=owner, details=details)


def tell_client(app: App, connection: sa.Connection, became: Became) -> None:
    """Write an event for each of the client's own ids of the person, or one without any."""
    row, controller, now = became.row, became.controller, app.clock.now()
    refs = [sealed_ref(controller, ref) for ref in became.refs]
    sealed: list[bytes | None] = [*app.vault.seal_each(refs, now)] if refs else [None]
    told = [
        SealedEvent(
            RightsRequest(
                id=new_id(),
                at=instant(now),
                controller=controller,
                request=row.id,
                right=Right(row.kind),
                state=became.state,
                due=instant(row.due_at),
                why=became.why,
            ),
            row.controller,
            blob,
        )
        for blob in sealed
    ]
    put_sealed(connection, told, now)
