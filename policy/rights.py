"""What persons may ask for, the states of a request, and how soon it must be answered.

One state machine serves every right. A right is a row of ``RIGHTS``: adding another one is adding
its row and, in the engine, the steps that carry it out.
"""

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class RightsFault(ValueError):
    """Raised when a request would go from one state to another that does not follow it."""


class Right(StrEnum):
    """What a person asks for."""

    ERASURE = "erasure"  # GDPR art. 17
    OPPOSITION = "opposition"  # GDPR art. 21


class RequestState(StrEnum):
    """Where a request stands."""

    RECEIVED = "received"  # noted; whether the person is who they say is still open
    ACCEPTED = "accepted"  # it will be carried out
    RUNNING = "running"  # it is being carried out; there is no way back
    DONE = "done"
    REFUSED = "refused"


class Refusal(StrEnum):
    """Why a request is not carried out; the person must be told (GDPR art. 12(4))."""

    IDENTITY_UNPROVEN = "identity_unproven"  # art. 12(6)
    UNFOUNDED = "unfounded"  # art. 12(5)
    EXCESSIVE = "excessive"  # art. 12(5)
    LEGAL_OBLIGATION = "legal_obligation"  # art. 17(3)(b)
    LEGAL_CLAIM = "legal_claim"  # art. 17(3)(e)
    WITHDRAWN = "withdrawn"  # by the person


@dataclass(frozen=True, slots=True)
class RightRules:
    """What follows from a right.

    article         of the GDPR
    stops_contact   from the moment it is noted the person is not contacted, whatever comes of it
    months          in which it must be answered, art. 12(3)
    target_seconds  in which it should be carried out once it was accepted
    """

    article: str
    stops_contact: bool
    months: int
    target_seconds: int


RIGHTS: dict[Right, RightRules] = {
    Right.ERASURE: RightRules("17", stops_contact=True, months=1, target_seconds=60),
    Right.OPPOSITION: RightRules("21", stops_contact=True, months=1, target_seconds=1),
}

NEXT: dict[RequestState, frozenset[RequestState]] = {
    RequestState.RECEIVED: frozenset({RequestState.ACCEPTED, RequestState.REFUSED}),
    RequestState.ACCEPTED: frozenset({RequestState.RUNNING, RequestState.REFUSED}),
    RequestState.RUNNING: frozenset({RequestState.DONE}),
    RequestState.DONE: frozenset(),
    RequestState.REFUSED: frozenset(),
}


def may_follow(state: RequestState, then: RequestState) -> bool:
    """Return whether a request in one state may go to another."""
    return then in NEXT[state]


def is_open(state: RequestState) -> bool:
    """Return whether something is still to be done about a request."""
    return bool(NEXT[state])


def advance(state: RequestState, then: RequestState) -> RequestState:
    """Return the state that follows. Raises RightsFault where it does not."""
    if not may_follow(state, then):
        msg = f"a request that is {state.value} cannot become {then.value}"
        raise RightsFault(msg)
    return then


def deadline(right: Right, received: datetime) -> datetime:
    """Return the first instant at which an answer is too late.

    A period of months ends with the last hour of the day that has the same number in the last
    month, or of that month's last day where it has no such day (Regulation 1182/71, art. 3(2)(c)).
    ``received`` is local time where the controller is; so is the answer. Weekends and holidays
    would extend the period; they are not counted, so that nobody relies on them.
    """
    month = received.month - 1 + RIGHTS[right].months
    year, month = received.year + month // 12, month % 12 + 1
    day = min(received.day, calendar.monthrange(year, month)[1])
    last_day = received.replace(
        year=year, month=month, day=day, hour=0, minute=0, second=0, microsecond=0
    )
    return last_day + timedelta(days=1)
